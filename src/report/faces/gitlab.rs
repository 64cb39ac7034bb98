//! GitLab's code quality report.

use super::super::account::{Account, Item, Level};
use super::{by_level, fingerprint, json_text, plain};
use crate::load::excerpt::visible;
use serde_json::{Value, json};

/// The findings for GitLab's merge request widget. What has no file of its own any more is said of
/// its path all the same.
pub fn gitlab(account: &Account) -> String {
    let issues: Vec<Value> = by_level(&account.entries)
        .into_iter()
        .map(|(entry, item)| {
            let path = entry.path.split('#').next().unwrap_or_default();
            json!({
                "description": visible(&plain(item).replace('\n', "; ")),
                "check_name": format!("sdiff/{}", item.rule),
                "fingerprint": fingerprint(entry, item),
                "severity": severity(item),
                "location": {
                    "path": entry.file.as_deref().unwrap_or(path),
                    "lines": { "begin": item.place.map_or(1, |place| place.line) },
                },
            })
        })
        .collect();
    json_text(&Value::Array(issues))
}

fn severity(item: &Item) -> &'static str {
    match (item.level, item.severity) {
        (Level::Error, "high") => "blocker",
        (Level::Error, _) => "critical",
        (Level::Warning, "low") => "minor",
        (Level::Warning, _) => "major",
        (Level::Note, _) => "info",
    }
}
