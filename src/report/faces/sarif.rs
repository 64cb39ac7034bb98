//! SARIF 2.1.0, for code scanning.

mod rule;

use super::super::account::{Accepted, Account, Entry, Item, Level, Region};
use super::{counted, details, fingerprint, json_text, seen, slashed};
use rule::Catalogue;
use serde_json::{Map, Value, json};

/// GitHub refuses a run with more results (and shows 5,000 of them).
const RESULTS: usize = 25_000;
/// GitHub refuses a file of more than 10 MB behind gzip: what is shorter before is shorter behind.
const BYTES: usize = 9_000_000;

/// The findings as a static analysis tool's results, the worst first; accepted ones as suppressed.
pub fn sarif(account: &Account) -> String {
    let rules = Catalogue::new();
    let mut found: Vec<(&Entry, &Item, Option<&Accepted>)> =
        account.items().map(|(entry, item)| (entry, item, None)).collect();
    for entry in &account.entries {
        found.extend(entry.accepted.iter().map(|one| (entry, &one.item, Some(one))));
    }
    found.sort_by_key(|(_, item, accepted)| (accepted.is_some(), std::cmp::Reverse(item.level)));
    let mut results = Vec::new();
    let mut size = 0;
    for &(entry, item, accepted) in found.iter().take(RESULTS) {
        let result = result(&rules, entry, item, accepted);
        let text = json_text(&result);
        // Each line is set in.
        size += text.len() + text.lines().count() * 12;
        if size > BYTES {
            break;
        }
        results.push(result);
    }
    let mut notes: Vec<String> = account.notes.iter().map(|note| text(note)).collect();
    for entry in &account.entries {
        let note = |note: &String| text(&format!("{}: {}", seen(&entry.path), seen(note)));
        notes.extend(entry.notes.iter().map(note));
    }
    notes.truncate(NOTES);
    let left = counted(found.iter().skip(results.len()).map(|(_, item, _)| *item));
    if !left.is_empty() {
        notes.insert(0, format!("{left} more are left out: the file would be too large"));
    }
    let notifications: Vec<Value> =
        notes.iter().map(|note| json!({ "level": "note", "message": { "text": note } })).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": tool(rules.values()),
            "automationDetails": { "id": format!("sdiff/{}/", account.command.name()) },
            "invocations": [{
                "executionSuccessful": true,
                "exitCode": i32::from(account.verdict.fails),
                "toolExecutionNotifications": notifications,
            }],
            "originalUriBaseIds": { SRCROOT: {
                "description": { "text": "The root of the repository." },
            } },
            "columnKind": "unicodeCodePoints",
            "properties": {
                "verdict": text(&account.verdict.sentence),
                "scope": account.scope,
            },
            "results": results,
        }],
    });
    json_text(&log)
}

/// How many sentences about profiles are told.
const NOTES: usize = 1000;
const SRCROOT: &str = "%SRCROOT%";

fn result(rules: &Catalogue, entry: &Entry, item: &Item, accepted: Option<&Accepted>) -> Value {
    let mut lines = vec![seen(&item.message)];
    lines.extend(details(item));
    let fingerprint = fingerprint(entry, item);
    let mut result = Map::new();
    result.insert("ruleId".into(), item.rule.into());
    if let Some(index) = rules.index(item.rule) {
        result.insert("ruleIndex".into(), index.into());
    }
    // What is stricter is no fault, and only a fault has a level.
    let is_fault = !matches!(item.rule, "removed" | "tightened" | "changed");
    if !is_fault {
        result.insert("kind".into(), "informational".into());
    }
    let level = match item.level {
        _ if !is_fault => "none",
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    };
    result.insert("level".into(), level.into());
    result.insert("message".into(), json!({ "text": escaped(&lines.join("\n")) }));
    result.insert("locations".into(), json!([location(entry, item)]));
    if let Some(related) = old_location(entry, item) {
        result.insert("relatedLocations".into(), json!([related]));
    }
    // GitHub goes by the first; computed from the line it would make one alert of two findings
    // about two names in one line.
    result.insert(
        "partialFingerprints".into(),
        json!({
            "primaryLocationLineHash": format!("{}:1", fingerprint.get(..16).unwrap_or("")),
            "sdiffFinding/v1": fingerprint,
        }),
    );
    if let Some(accepted) = accepted {
        result.insert(
            "suppressions".into(),
            json!([{
                "kind": "external",
                "status": "accepted",
                "justification": seen(&accepted.reason),
            }]),
        );
    }
    result.insert(
        "properties".into(),
        json!({ "id": seen(&item.id), "severity": item.severity, "profile": seen(&entry.path) }),
    );
    Value::Object(result)
}

/// Where the new profile says it; without a file only its name.
fn location(entry: &Entry, item: &Item) -> Value {
    let mut location = Map::new();
    if let Some(file) = &entry.file {
        // GitHub shows only what has a region.
        let first = Region { line: 1, column: 1, end_line: 1, end_column: 1 };
        location.insert("physicalLocation".into(), physical(file, item.place.unwrap_or(first)));
    }
    let name = match &*item.subject {
        "" => seen(&entry.path),
        subject => format!("{}: {}", seen(&entry.path), seen(subject)),
    };
    location.insert("logicalLocations".into(), json!([{ "fullyQualifiedName": name }]));
    Value::Object(location)
}

/// Where the old profile says it. What is built in has no file.
fn old_location(entry: &Entry, item: &Item) -> Option<Value> {
    let source = entry.old.as_ref()?;
    let place = item.old_place?;
    let said = format!("{}, line {}: the old profile", seen(&source.name), place.line);
    let mut location = Map::new();
    location.insert("id".into(), 1.into());
    if let Some(path) = source.path() {
        location.insert("physicalLocation".into(), physical(path, place));
    }
    location.insert("message".into(), json!({ "text": escaped(&said) }));
    Some(Value::Object(location))
}

fn physical(path: &str, region: Region) -> Value {
    json!({
        "artifactLocation": artifact(path),
        "region": {
            "startLine": region.line,
            "startColumn": region.column,
            "endLine": region.end_line,
            "endColumn": region.end_column,
        },
    })
}

/// The file at a path, from the root of the repository unless the path is absolute.
pub(in crate::report) fn artifact(path: &str) -> Value {
    let path = slashed(path);
    match is_absolute(&path) {
        true => json!({ "uri": uri(&path) }),
        false => json!({ "uri": uri(&path), "uriBaseId": SRCROOT }),
    }
}

fn is_absolute(path: &str) -> bool {
    path.starts_with('/') || (cfg!(windows) && path.get(1..3) == Some(":/"))
}

/// A path as a URI: every byte that has a meaning there is written as its number.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    if is_absolute(path) {
        uri += if path.starts_with('/') { "file://" } else { "file:///" };
    }
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            byte => uri += &format!("%{byte:02X}"),
        }
    }
    uri
}

fn text(note: &str) -> String {
    escaped(&seen(note))
}

/// In messages, brackets make links (SARIF 3.11.6) and braces placeholders (3.11.5).
pub(in crate::report) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '[' | ']' => out.extend(['\\', c]),
            '{' | '}' => out.extend([c, c]),
            c => out.push(c),
        }
    }
    out
}

/// Who made the log, with what is said of its rules.
pub(in crate::report) fn tool(rules: Vec<Value>) -> Value {
    json!({ "driver": {
        "name": "sdiff",
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "shortDescription": { "text": env!("CARGO_PKG_DESCRIPTION") },
        "rules": rules,
    } })
}
