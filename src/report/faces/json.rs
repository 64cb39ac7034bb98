//! For programs.

use super::super::account::{Account, Entry, Item};
use super::json_text;
use serde_json::{Value, json};

/// The version of the JSON report of a review: it changes with every change that a reader has to
/// know of.
pub const REVIEW_JSON_VERSION: u32 = 1;

/// The account as JSON, described by `docs/review.schema.json`.
pub fn account_json(account: &Account) -> String {
    let report = json!({
        "version": REVIEW_JSON_VERSION,
        "command": account.command,
        "range": account.range,
        "scope": account.scope,
        "verdict": account.verdict,
        "profiles": account.entries.iter().map(entry).collect::<Vec<Value>>(),
        "notes": account.notes,
        "uses": account.uses,
    });
    json_text(&report)
}

fn entry(entry: &Entry) -> Value {
    let accepted = entry.accepted.iter().map(|accepted| {
        let mut value = item(&accepted.item);
        value["reason"] = json!(accepted.reason);
        value
    });
    json!({
        "path": entry.path,
        "file": entry.file,
        "status": entry.status,
        "against": entry.against,
        "sentence": entry.sentence,
        "findings": entry.items.iter().map(item).collect::<Vec<Value>>(),
        "accepted": accepted.collect::<Vec<Value>>(),
        "notes": entry.notes,
    })
}

fn item(item: &Item) -> Value {
    json!({
        "id": item.id,
        "rule": item.rule,
        "level": item.level,
        "severity": item.severity,
        "subject": item.subject,
        "message": item.message,
        "proof": item.proof,
        "dangers": item.dangers,
        "needs": item.needs,
        "help": item.help,
        "place": item.place,
        "oldPlace": item.old_place,
        "data": item.data,
    })
}
