//! Whether one profile is within another, for programs: described by `docs/within.schema.json`.

use crate::report::{Report, within, witness_text};
use serde_json::json;

/// The version of the answer: it changes with every change that a reader has to know of.
pub const WITHIN_JSON_VERSION: u32 = 1;

/// The answer, with what an admission webhook can pass on: `allowed` and `status.message` are what an
/// `AdmissionResponse` of Kubernetes has.
pub fn within_json(report: &Report) -> String {
    let is_within = report.is_within();
    let proof = report.comparison.first_weaker().map(|(change, effect)| {
        json!({ "id": change.id, "call": witness_text(report, &effect.witness) })
    });
    let [node, pulled] = report.names();
    let sentence = within(report, false).trim_end().replace('\n', ": ");
    let answer = json!({
        "version": WITHIN_JSON_VERSION,
        "node": node,
        "pulled": pulled,
        "allowed": is_within,
        "status": { "message": sentence },
        "proof": proof,
    });
    format!("{answer:#}\n")
}
