//! The same for programs: described by `docs/explain.schema.json`.

use super::{Explained, answer_needs, call_words, outcome, program, reason, verdict_words};
use crate::decision::Assignment;
use crate::explain::{Answer, Call, Decided, Generation};
use crate::phrase::{action_text, call_text, description_text, needs, place};
use crate::report::account::data::Machine;
use serde_json::{Value, json};

/// The version of the JSON of `explain`: it changes with every change that a reader has to know of.
pub const EXPLAIN_JSON_VERSION: u32 = 1;

/// What becomes of a call in each of the profiles.
pub fn explain_json(call: &Call, profiles: &[Explained]) -> String {
    let profiles: Vec<Value> = profiles.iter().map(|profile| one(call, profile)).collect();
    let report = json!({
        "version": EXPLAIN_JSON_VERSION,
        "syscall": call.syscall.name(),
        "args": call.args,
        "profiles": profiles,
    });
    format!("{report:#}\n")
}

fn one(call: &Call, profile: &Explained) -> Value {
    let answers = profile.answers.iter().map(|answer| self::answer(call, profile, answer));
    let without_start = crate::report::commands::explain::without_start(profile.policy).into_iter();
    let without_start = without_start.map(|(hosts, why)| json!({ "hosts": hosts, "why": why }));
    json!({
        "profile": &*profile.source.name,
        "engine": profile.policy.settings().machine.engine.name(),
        "machine": Machine::of(profile.policy.settings().machine),
        "call": call_words(call, profile.answers),
        "answers": answers.collect::<Vec<Value>>(),
        "withoutStart": without_start.collect::<Vec<Value>>(),
    })
}

fn answer(call: &Call, profile: &Explained, answer: &Answer) -> Value {
    let first = answer.places.first();
    let when = first
        .map_or(String::new(), |place| description_text(&answer.when, call.syscall, place.abi));
    let places = answer.places.iter();
    let places = places.map(|p| json!({ "host": p.host.name(), "abi": p.abi.name() }));
    let decided = match answer.decided {
        Decided::Rule(_) => "rule",
        Decided::Default => "default",
        Decided::Stub => "stub",
        Decided::Abi => "abi",
        Decided::Program => "program",
        Decided::Blind => "blind",
        Decided::Tree => "tree",
    };
    let example = first.map(|&place| {
        json!({
            "call": call_text(call.syscall, place.abi, &answer.point.args),
            "place": place::one(place),
            "args": answer.point.args,
            "capabilities": capabilities(&answer.point),
            "kernel": answer.point.kernel.to_string(),
        })
    });
    let rules = answer.considered.iter().enumerate().map(|(at, rule)| {
        let position = profile.source.position(rule.span.start);
        json!({
            "line": position.line,
            "column": position.column,
            "action": rule.action.map(action_text),
            "decides": answer.decided == Decided::Rule(at),
            "why": first.map(|&place| verdict_words(call, place, answer, at)),
        })
    });
    json!({
        "action": action_text(answer.action),
        "letsThrough": answer.action.lets_through(),
        "outcome": outcome(answer.action),
        "when": when,
        "places": places.collect::<Vec<Value>>(),
        "decided": decided,
        "reason": reason(profile, call, answer),
        "needs": needs::json(&answer_needs(call, answer)),
        "example": example,
        "rules": rules.collect::<Vec<Value>>(),
        "filters": program::json(profile, call, answer),
        "byRuntime": generations(&answer.generations.runtimes),
        "byLibseccomp": generations(&answer.generations.libraries),
    })
}

/// Empty where every version gives the answer.
fn generations(generations: &[Generation]) -> Vec<Value> {
    let one = |generation: &Generation| json!({ "action": generation.action.map(action_text), "with": generation.machines });
    generations.iter().map(one).collect()
}

fn capabilities(point: &Assignment) -> Vec<&'static str> {
    point.capability_list().map(|capability| capability.name()).collect()
}
