//! What a profile came from, what it changed there, and what happened there since.

mod json;
mod text;

pub use json::{LINEAGE_JSON_VERSION, lineage_json};
pub use text::{distance_text, lineage_text};

use super::{Report, Side};
use crate::diff::Kind;
use crate::load::Loaded;
use crate::overlay::Lineage;

/// The intent as the report of a diff: from the nearest baseline to the profile.
fn intent<'a>(mine: &'a Loaded, lineage: &'a Lineage) -> Report<'a> {
    Report {
        old: Side { loaded: &lineage.base, policy: &lineage.base_policy },
        new: Side { loaded: mine, policy: &lineage.mine_policy },
        comparison: &lineage.intent,
        only: &Kind::ALL,
        hints: None,
        accepted: &[],
    }
}
