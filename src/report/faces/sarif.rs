//! SARIF 2.1.0, as GitHub's code scanning takes it.

use super::super::account::{Account, Entry, Item, Level, Region, Rule, rules};
use super::{by_level, fingerprint, json_text, more, plain};
use crate::load::excerpt::visible;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// GitHub takes 25,000 results of a run and shows 5,000.
const RESULTS: usize = 5_000;

const HOME: &str = "https://crates.io/crates/seccomp-sdiff";

/// The account as a SARIF log with one run. The worst findings come first; those beyond GitHub's
/// limit are counted in a notification.
pub fn sarif(account: &Account) -> String {
    let used: BTreeMap<&str, Rule> = {
        let names: Vec<&str> = account
            .entries
            .iter()
            .flat_map(|entry| entry.items.iter().chain(entry.accepted.iter().map(|a| &a.item)))
            .map(|item| item.rule)
            .collect();
        rules().filter(|rule| names.contains(&rule.id)).map(|rule| (rule.id, rule)).collect()
    };
    let index = |id: &str| used.keys().position(|known| *known == id);
    let all = by_level(&account.entries);
    let total = all.len();
    let mut results: Vec<Value> = all
        .into_iter()
        .take(RESULTS)
        .map(|(entry, item)| result(entry, item, index(item.rule)))
        .collect();
    for entry in &account.entries {
        for accepted in &entry.accepted {
            if results.len() == RESULTS {
                break;
            }
            let mut value = result(entry, &accepted.item, index(accepted.item.rule));
            let why = visible(&accepted.reason);
            value["suppressions"] = json!([{ "kind": "external", "justification": why }]);
            results.push(value);
        }
    }
    let mut notifications: Vec<Value> = Vec::new();
    if total > RESULTS {
        let left = more(total - RESULTS, "finding is", "findings are");
        notifications.push(json!({
            "level": "warning",
            "message": { "text": format!("{left} left out: code scanning shows {RESULTS}") },
        }));
    }
    let log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "sdiff",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": HOME,
                "rules": used.values().map(rule).collect::<Vec<Value>>(),
            } },
            "automationDetails": { "id": format!("sdiff/{}/", account.command.name()) },
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
            "properties": { "verdict": account.verdict.sentence },
        }],
    });
    json_text(&log)
}

fn rule(rule: &Rule) -> Value {
    let story = if rule.story.is_empty() { rule.summary } else { rule.story };
    // Code scanning's scale: from 7.0 on high, from 4.0 on medium.
    let severity = match rule.level {
        Level::Error => "8.0",
        Level::Warning => "5.0",
        Level::Note => "1.0",
    };
    json!({
        "id": rule.id,
        "name": rule.id,
        "shortDescription": { "text": rule.summary },
        "fullDescription": { "text": rule.summary },
        "help": { "text": story, "markdown": story },
        "helpUri": HOME,
        "defaultConfiguration": { "level": rule.level.name() },
        "properties": {
            "tags": ["security", "seccomp"],
            "precision": "very-high",
            "security-severity": severity,
        },
    })
}

fn result(entry: &Entry, item: &Item, index: Option<usize>) -> Value {
    let lines = plain(item);
    let text: Vec<String> = lines.split('\n').map(visible).collect();
    // GitHub shows no result without a place: one about a whole file is on its first line.
    let path = entry.file.as_deref().or(entry.path.split('#').next()).unwrap_or_default();
    let mut value = json!({
        "ruleId": item.rule,
        "level": item.level.name(),
        "message": { "text": text.join("\n") },
        "locations": [location(path, item.place)],
        "partialFingerprints": { "sdiff/v1": fingerprint(entry, item) },
        "properties": { "id": item.id, "severity": item.severity, "profile": entry.path },
    });
    if let Some(index) = index {
        value["ruleIndex"] = json!(index);
    }
    value
}

fn location(path: &str, place: Option<Region>) -> Value {
    let region = match place {
        Some(place) => json!({
            "startLine": place.line,
            "startColumn": place.column,
            "endLine": place.end_line,
            "endColumn": place.end_column,
        }),
        None => json!({ "startLine": 1 }),
    };
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(path), "uriBaseId": "%SRCROOT%" },
        "region": region,
    } })
}

/// A path as a relative reference.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.trim_start_matches("./").bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
