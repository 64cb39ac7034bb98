//! The line diff of the normal forms.

use super::{Report, Side};
use crate::profile::{normalize, to_json};
use similar::TextDiff;

/// The unified diff of the two normal forms; empty if they are the same, whatever the calls do.
pub fn unified(report: &Report) -> String {
    let form = |side: &Side| to_json(&normalize(&side.loaded.profile));
    let (old, new) = (form(&report.old), form(&report.new));
    let diff = TextDiff::from_lines(old.as_str(), new.as_str());
    diff.unified_diff().header(&report.old.label(), &report.new.label()).to_string()
}
