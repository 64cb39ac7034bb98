//! Findings of which only the names are known.

use super::model::{Item, Level};
use super::origin::Origin;
use crate::diff::Severity;
use serde_json::json;

/// A finding of which only the names are known.
pub fn bare(id: String, rule: &'static str, level: Level, severity: &'static str) -> Item {
    Item {
        data: json!({ "id": id, "kind": rule, "severity": severity }),
        id,
        rule,
        level,
        severity,
        subject: String::new(),
        message: String::new(),
        effects: Vec::new(),
        proof: None,
        dangers: Vec::new(),
        needs: Vec::new(),
        help: None,
        place: None,
        old_place: None,
        origin: Origin::Said,
    }
}

/// How much a reviewer has to care about a change.
pub(super) fn level(severity: Severity) -> Level {
    match severity {
        Severity::High => Level::Error,
        Severity::Medium | Severity::Low => Level::Warning,
        Severity::Info => Level::Note,
    }
}
