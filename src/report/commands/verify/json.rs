//! The same for programs: described by `docs/verify.schema.json`.

use super::Shown;
use crate::report::account::data::machine_json;
use crate::report::json::value;
use crate::verify::Fit;
use serde_json::{Value, json};

/// The version of the JSON of `verify`: it changes with every change that a reader has to know of.
pub const VERIFY_JSON_VERSION: u32 = 1;

/// The answer, what differs as in the report of a diff, and the machines that would fit.
pub fn verify_json(shown: &Shown) -> String {
    let verified = shown.verified;
    let report = shown.report().map(|report| value(&report));
    let elsewhere = verified.elsewhere.iter().zip(&shown.environments.elsewhere);
    let alone = verified.alone.zip(shown.environments.alone.as_ref());
    let left = shown.left().map(|report| value(&report));
    let first = verified.elsewhere.first().map(|fit| fit.machine);
    let alone_on = verified.alone.map(|(_, fit)| fit.machine);
    let nearest = verified.nearest.as_ref();
    let why = first.or(alone_on).or(nearest.map(|nearest| nearest.machine));
    let beside = verified.alone.map(|(at, _)| at).or(nearest.and_then(|nearest| nearest.filter));
    let answer = json!({
        "version": VERIFY_JSON_VERSION,
        "profile": &*shown.profile.source.name,
        "filters": shown.files,
        "hosts": verified.settings.hosts.iter().map(|host| host.name()).collect::<Vec<_>>(),
        "engine": verified.settings.machine.engine.name(),
        "machine": machine_json(verified.settings.machine),
        "equal": !verified.equal.is_empty(),
        "environments": shown.environments.asked,
        "refused": verified.profile.as_ref().err().map(ToString::to_string),
        "findings": report.as_ref().map_or(json!([]), |report| report["findings"].clone()),
        "elsewhere": elsewhere.map(|(at, words)| fit(at, words)).collect::<Vec<Value>>(),
        "reasons": why.map_or(Vec::new(), |machine| shown.reasons(machine)),
        "besides": beside.and_then(|at| shown.besides(at)),
        "nearest": verified.nearest.as_ref().map(|nearest| json!({
            "filter": nearest.filter.and_then(|at| shown.files.get(at)),
            "engine": nearest.machine.engine.name(),
            "machine": machine_json(nearest.machine),
            "places": nearest.places,
            "findings": left.as_ref().map_or(json!([]), |report| report["findings"].clone()),
        })),
        "alone": alone.map(|((at, found), words)| {
            json!({ "filter": shown.files.get(at), "fit": fit(&found, words) })
        }),
    });
    format!("{answer:#}\n")
}

fn fit(fit: &Fit, words: &str) -> Value {
    json!({
        "engine": fit.machine.engine.name(),
        "machine": machine_json(fit.machine),
        "environments": words,
    })
}
