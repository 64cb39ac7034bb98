//! The same for programs: described by `docs/lineage.schema.json`.

use super::super::json::value;
use super::intent;
use crate::baseline::Release;
use crate::load::Loaded;
use crate::overlay::{Lineage, Near, Since};
use serde_json::{Value, json};

/// The version of the JSON of `lineage`: it changes with every change that a reader has to know of.
pub const LINEAGE_JSON_VERSION: u32 = 1;

/// What a profile came from, as JSON. What it changes is told as in the report of a diff.
pub fn lineage_json(mine: &Loaded, lineage: &Lineage) -> String {
    let intent = value(&intent(mine, lineage));
    let mut report = json!({
        "version": LINEAGE_JSON_VERSION,
        "tool": intent["tool"],
        "profile": &*mine.source.name,
        "newest": release(lineage.newest),
        "nearest": lineage.nearest.iter().map(near).collect::<Vec<Value>>(),
        "intent": {
            "against": lineage.nearest.first().map(|near| release(near.last)),
            "hosts": intent["hosts"],
            "not_compared": intent["not_compared"],
            "findings": intent["findings"],
        },
        "blocked_since": lineage.blocked_since.iter().map(since).collect::<Vec<Value>>(),
        "allowed_since": lineage.allowed_since.iter().map(since).collect::<Vec<Value>>(),
    });
    if let Some(settings) = intent.get("filter_settings") {
        report["intent"]["filter_settings"] = settings.clone();
    }
    format!("{report:#}\n")
}

fn near(near: &Near) -> Value {
    json!({
        "first": release(near.release),
        "last": release(near.last),
        "distance": near.distance,
        "age": { "days": near.age.days, "releases": near.age.releases },
    })
}

fn since(since: &Since) -> Value {
    json!({ "syscall": since.syscall.name(), "release": release(since.release) })
}

fn release(release: &Release) -> Value {
    json!({
        "product": release.product.name(),
        "version": release.version,
        "date": release.date,
    })
}
