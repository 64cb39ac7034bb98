//! A comparison for programs. `docs/report.schema.json` describes it.

use super::account::compared;
use super::account::data::Document;
use super::account::origin::{About, Origin};
use super::sides::Report;
use serde_json::Value;

pub use super::account::data::JSON_VERSION;

/// The report as JSON, with a line end at the end. The same profiles give the same bytes.
pub fn json(report: &Report) -> String {
    // Only maps with keys that are no text, and values that refuse, can fail.
    let mut text = serde_json::to_string_pretty(&document(report)).unwrap_or_default();
    text.push('\n');
    text
}

/// The report as a value, for faces that hold parts of it.
pub(super) fn value(report: &Report) -> Value {
    // As above.
    serde_json::to_value(document(report)).unwrap_or_default()
}

/// What an account tells of a comparison, with its findings in the order of the comparison.
fn document(report: &Report) -> Option<Document> {
    let entry = compared(report);
    let told = *entry.told?;
    let mut found: Vec<(bool, usize, Value)> = Vec::new();
    for item in entry.items.into_iter().chain(told.asides) {
        if let Origin::Change(of) = item.origin {
            found.push((matches!(of.about, About::Setting), of.at, item.data));
        }
    }
    found.sort_by_key(|(is_setting, at, _)| (*is_setting, *at));
    let mut document = *told.document?;
    for (is_setting, _, data) in found {
        match is_setting {
            true => document.filter_settings.push(data),
            false => document.findings.push(data),
        }
    }
    Some(document)
}
