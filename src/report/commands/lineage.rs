//! What a profile came from, what it changed there, and what happened there since.

mod json;
mod origin;
mod rebase;
mod text;

pub use super::lineage::json::{LINEAGE_JSON_VERSION, lineage_json};
pub use super::lineage::origin::{edits_text, reasons_text, verdict_text};
pub use super::lineage::rebase::{
    Outcome, REBASE_JSON_VERSION, RebaseReport, doubts_text, rebase_json,
};
pub use super::lineage::text::{distance_text, lineage_text};

use crate::diff::Kind;
use crate::load::Loaded;
use crate::overlay::History;
use crate::report::{Report, Side};

/// The intent as the report of a diff: from the origin to the profile.
fn intent<'a>(mine: &'a Loaded, history: &'a History) -> Report<'a> {
    Report {
        old: Side { loaded: &history.base, policy: &history.base_policy },
        new: Side { loaded: mine, policy: &history.mine_policy },
        comparison: &history.intent,
        only: &Kind::ALL,
        hints: None,
        accepted: &[],
    }
}
