//! The same for programs: described by `docs/lineage.schema.json`.

use super::intent;
use super::origin::{origin_json, release};
use crate::load::Loaded;
use crate::overlay::{History, Lineage, Near, Since};
use crate::report::json::value;
use serde_json::{Value, json};

/// The version of the JSON of `lineage`: it changes with every change that a reader has to know of.
pub const LINEAGE_JSON_VERSION: u32 = 2;

/// What a profile came from, as JSON. What it changes is told as in the report of a diff.
pub fn lineage_json(mine: &Loaded, lineage: &Lineage) -> String {
    let mut report = json!({
        "version": LINEAGE_JSON_VERSION,
        "tool": { "name": "sdiff", "version": env!("CARGO_PKG_VERSION") },
        "profile": &*mine.source.name,
        "origin": origin_json(&lineage.origin),
    });
    if let Some(Near { last, distance, .. }) = lineage.nearest {
        report["nearest"] = json!({ "release": release(last), "distance": distance });
    }
    if let Some((history, first)) = lineage.history.as_ref().zip(lineage.origin.first()) {
        let against = first.state.name();
        add_history(&mut report, mine, history, &against);
    }
    format!("{report:#}\n")
}

fn add_history(report: &mut Value, mine: &Loaded, history: &History, against: &str) {
    let intent = value(&intent(mine, history));
    report["newest"] = release(history.newest);
    let ages = history.ages.iter();
    for (at, age) in ages.enumerate() {
        report["origin"]["candidates"][at]["age"] =
            json!({ "days": age.days, "releases": age.releases });
    }
    report["intent"] = json!({
        "against": against,
        "hosts": intent["hosts"],
        "not_compared": intent["not_compared"],
        "findings": intent["findings"],
    });
    if let Some(settings) = intent.get("filter_settings") {
        report["intent"]["filter_settings"] = settings.clone();
    }
    let list = |list: &[Since]| list.iter().map(since).collect::<Vec<Value>>();
    report["blocked_since"] = list(&history.blocked_since).into();
    report["allowed_since"] = list(&history.allowed_since).into();
}

fn since(since: &Since) -> Value {
    json!({ "syscall": since.syscall.name(), "release": release(since.release) })
}
