//! GitLab's code quality report.

use super::super::account::{Account, Item, Level};
use super::{by_level, fingerprint, json_text, seen, slashed};
use serde_json::{Value, json};
use std::collections::HashSet;

/// The findings as GitLab's merge request widget reads them: a list, empty for nothing.
///
/// Accepted findings are left out: the format has no word for them.
pub fn gitlab(account: &Account) -> String {
    let mut known = HashSet::new();
    let issues: Vec<Value> = by_level(&account.entries)
        .into_iter()
        .map(|(entry, item)| {
            // GitLab drops all but one of those that share a fingerprint.
            let base = fingerprint(entry, item);
            let mut name = base.clone();
            let mut count = 1;
            while !known.insert(name.clone()) {
                count += 1;
                name = format!("{base}-{count}");
            }
            let mut description = seen(&item.message);
            if let Some(proof) = &item.proof {
                description += &format!(" (proof: {})", seen(proof));
            }
            json!({
                "description": description,
                "check_name": item.rule,
                "fingerprint": name,
                "severity": severity(item),
                "location": {
                    "path": slashed(entry.file.as_deref().unwrap_or(&entry.path)),
                    "lines": { "begin": item.place.map_or(1, |place| place.line) },
                },
            })
        })
        .collect();
    json_text(&Value::Array(issues))
}

fn severity(item: &Item) -> &'static str {
    match (item.rule, item.level) {
        ("unconfined", _) => "blocker",
        (_, Level::Error) => "critical",
        (_, Level::Warning) if item.severity == "low" => "minor",
        (_, Level::Warning) => "major",
        (_, Level::Note) => "info",
    }
}
