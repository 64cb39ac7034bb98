//! SARIF 2.1.0, for code scanning.

use super::sentences;
use crate::fleet::{Confinement, Fleet, Group, Level, UseRow};
use crate::load::excerpt::visible;
use crate::report::faces::sarif::{artifact, escaped, tool};
use serde_json::{Value, json};

/// GitHub refuses a run with more results.
const RESULTS: usize = 25_000;

const RULES: [(&str, &str); 7] = [
    ("requirement-broken", "a profile is not what sdiff.toml requires of it"),
    ("lets-through", "a call that was asked for is let through"),
    ("no-start", "no container starts"),
    ("no-filter", "a profile that turns seccomp off"),
    ("beyond-default", "dangerous calls are let through that the newest default blocks"),
    ("does-not-load", "a file that cannot be judged"),
    ("unconfined", "a container without a filter"),
];

/// A result for each profile of which somebody has to take care, the worst first.
pub fn fleet_sarif(fleet: &Fleet) -> String {
    let mut results = Vec::new();
    for group in fleet.groups() {
        for member in &group.members {
            for broken in &member.broken {
                let proof = if broken.proof.is_empty() { "" } else { "\nproof: " };
                let text = format!("{}{proof}{}", broken.says, broken.proof);
                let print = format!("{}:{}", broken.id, member.name);
                let at = (&*member.name, 1);
                results.push(result("requirement-broken", Level::Error, &text, at, &print));
            }
        }
        let Some(rule) = rule(group) else { continue };
        let text = sentences(group).join("\n");
        for member in &group.members {
            let print = format!("{}:{}", group.fingerprint, member.name);
            results.push(result(rule, group.own_level(), &text, (&member.name, 1), &print));
        }
    }
    for one in fleet.unread() {
        let (line, print) = (one.line.unwrap_or(1), format!("{}:{}", one.name, one.why));
        results.push(result("does-not-load", Level::Error, &one.why, (&one.name, line), &print));
    }
    let is_off = |one: &&UseRow| one.confinement == Confinement::Unconfined;
    for one in fleet.uses().iter().filter(is_off) {
        let text = format!("{}: {}", one.container, one.says);
        let print = format!("{}:{text}", one.name);
        let line = u32::try_from(one.line).unwrap_or(u32::MAX);
        results.push(result("unconfined", Level::Warning, &text, (&one.name, line), &print));
    }
    let left = results.len().saturating_sub(RESULTS);
    results.truncate(RESULTS);
    let mut notes: Vec<Value> = fleet
        .left()
        .map(|left| {
            note(&format!("not looked into: {} {}", left.count, left.kind.words(left.count)))
        })
        .collect();
    if left > 0 {
        notes.push(note(&format!("{left} more are left out: the file would be too large")));
    }
    let rules: Vec<Value> = RULES
        .iter()
        .map(|(id, text)| json!({ "id": id, "shortDescription": { "text": text } }))
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": tool(rules),
            "automationDetails": { "id": "sdiff/fleet/" },
            "invocations": [{
                "executionSuccessful": !fleet.has_trouble(),
                "toolExecutionNotifications": notes,
            }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn note(text: &str) -> Value {
    json!({ "level": "note", "message": { "text": text } })
}

fn rule(group: &Group) -> Option<&'static str> {
    let facts = &group.facts;
    Some(match group.own_level() {
        _ if !facts.answers.is_empty() => "lets-through",
        _ if facts.unconfined => "no-filter",
        _ if facts.no_start.is_some() => "no-start",
        Level::Info => return None,
        _ => "beyond-default",
    })
}

fn result(rule: &str, level: Level, text: &str, at: (&str, u32), print: &str) -> Value {
    use sha2::{Digest, Sha256};
    let digest: [u8; 32] = Sha256::digest(format!("{rule}\0{print}")).into();
    let print: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let level = match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "note",
    };
    // Of several profiles in a file the name stands behind the file's.
    let file = at.0.rsplit_once('#').map_or(at.0, |(file, _)| file);
    let lines: Vec<String> = text.lines().map(visible).collect();
    json!({
        "ruleId": rule,
        "ruleIndex": RULES.iter().position(|(id, _)| *id == rule),
        "level": level,
        "message": { "text": escaped(&lines.join("\n")) },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": artifact(file),
                "region": { "startLine": at.1 },
            },
            "logicalLocations": [{ "fullyQualifiedName": visible(at.0) }],
        }],
        "partialFingerprints": { "sdiffFleet/v1": print },
    })
}
