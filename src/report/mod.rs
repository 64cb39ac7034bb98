//! What a reviewer reads: one face per file.
//!
//! What was found has one form, the [`account`]: two profiles that were compared (a [`Report`]), those
//! that were checked and those of a review are told in it, and a face is made from nothing else. None of them
//! does any I/O, and each gives the same text for the same account, whatever the machine or the terminal.

pub mod account;
mod commands;
pub mod faces;
pub mod fleet;
mod json;
mod machine;
mod sides;
mod text;
mod trouble;
#[cfg(feature = "cli")]
mod unified;

pub use crate::page::{LEAST_WIDTH, Layout, Links, fold};
#[doc(hidden)]
pub use crate::phrase;
pub use account::checked::Checked;
pub use account::words::scope::scope_of;
pub use account::words::witness::witness_text;
pub use commands::check::{CHECK_JSON_VERSION, check_json, check_text};
#[doc(hidden)]
pub use commands::decisions::decisions_text;
#[doc(hidden)]
pub use commands::disasm::{DISASM_JSON_VERSION, disasm_json, disasm_text};
pub use commands::explain::{EXPLAIN_JSON_VERSION, Explained, explain_json, explain_text};
#[doc(hidden)]
pub use commands::explain::{
    TraceReport, columns, lines_text, nothing_read_text, trace_json, trace_text,
};
pub use commands::learn::{LEARN_JSON_VERSION, LearnReport, learn_json, learn_text};
#[doc(hidden)]
pub use commands::lineage::{
    LINEAGE_JSON_VERSION, Outcome, REBASE_JSON_VERSION, RebaseReport, distance_text, doubts_text,
    edits_text, lineage_json, lineage_text, reasons_text, rebase_json, verdict_text,
};
#[doc(hidden)]
pub use commands::machines::{MACHINES_JSON_VERSION, machines_json, machines_text};
#[doc(hidden)]
pub use commands::ps::{Beyond, Found, Judged, PS_JSON_VERSION, ps_json, ps_text};
#[doc(hidden)]
pub use commands::vectors::{VECTORS_JSON_VERSION, vectors_json};
#[doc(hidden)]
pub use commands::verify::{
    Environments, Shown, VERIFY_JSON_VERSION, environments, machine as machine_words, verify_json,
    verify_text,
};
#[doc(hidden)]
pub use commands::within::{WITHIN_JSON_VERSION, within_json};
pub use json::{JSON_VERSION, json};
pub use sides::{Acceptable, Report, Side};
pub use text::{account_text, text, within};
pub use trouble::trouble;
#[cfg(feature = "cli")]
pub use unified::unified;
