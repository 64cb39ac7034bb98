//! The smallest overlay that closes what was asked, proved.
//!
//! A candidate is a few rules; it counts only if the profile merged with it, read again, lets none of the
//! calls in question through, and lets no call through that was blocked before.

use super::ask::{About, Asked, Question, What, ways};
use super::beyond::stopped_besides;
use super::facts::Base;
use super::row::{Facts, Plan};
use crate::call::{Call, Condition, Op};
use crate::decision::Store;
use crate::diff::compare;
use crate::load::{LoadOptions, Loaded, parse};
use crate::overlay::{Strategy, merge_loaded};
use crate::profile::Format;
use crate::semantics::{Engine, Policy};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// So many calls that an overlay stops besides are told.
const TOLD: usize = 12;

/// A plan for each question that the profile lets something through for.
pub(super) fn plans(
    base: &Base,
    loaded: &Loaded,
    (policy, store): (&Policy, &mut Store),
    facts: &Facts,
    questions: &[Question],
) -> Vec<Plan> {
    let is_open =
        |question: &&Question| facts.answers.iter().any(|way| way.question == question.text);
    let mut plans = Vec::new();
    for question in questions.iter().filter(is_open) {
        let asked = base.asked.iter().find(|asked| asked.question == question.text);
        let Some(asked) = asked else { continue };
        let note = if loaded.profile.default_action.is_none() && loaded.profile.rules.is_empty() {
            "there is no filter: a profile is needed first, such as the engine's default"
        } else if loaded.profile.format == Format::Oci || loaded.profile.format == Format::Operator
        {
            "an overlay is for a profile in Docker's format"
        } else {
            ""
        };
        let plan = |rules, closes_all, stops, note: &str| Plan {
            question: question.text.clone(),
            rules,
            closes_all,
            stops,
            note: (!note.is_empty()).then(|| note.to_owned()),
        };
        if !note.is_empty() {
            plans.push(plan(None, false, Vec::new(), note));
            continue;
        }
        let opened: BTreeSet<&str> = facts
            .answers
            .iter()
            .filter(|way| way.question == question.text)
            .map(|way| &*way.call)
            .collect();
        let before = plans.len();
        for rules in candidates(&question.what, &opened) {
            let Some((closes_all, stops)) = proved(loaded, (policy, store), asked, &rules) else {
                continue;
            };
            // The first that closes the call itself is the smallest; another way can need more.
            if closes_all || plans.len() == before {
                plans.push(plan(Some(rules.to_string()), closes_all, stops, ""));
            }
            if closes_all {
                break;
            }
        }
        if plans.len() == before {
            let note = "no overlay was found that is proved to close it";
            plans.push(plan(None, false, Vec::new(), note));
        }
    }
    plans
}

/// Rules that might do, the fewest calls first.
fn candidates(what: &What, opened: &BTreeSet<&str>) -> Vec<Value> {
    let block = |names: Vec<&str>, args: Value| {
        let mut rule = json!({ "names": names, "action": "SCMP_ACT_ERRNO", "errnoRet": 1 });
        if args.as_array().is_some_and(|args| !args.is_empty()) {
            rule["args"] = args;
        }
        rule
    };
    let is =
        |index: usize, value: u64| json!({ "index": index, "value": value, "op": "SCMP_CMP_EQ" });
    let whole = block(opened.iter().copied().collect(), json!([]));
    let What::Call(call) = what else { return vec![json!([whole])] };
    let Call { syscall, args, .. } = call;
    let given = args.iter().enumerate();
    let given = given.filter_map(|(index, value)| value.map(|value| is(index, value)));
    // One that no rule can say is left out: what that stops besides is told.
    let given: Vec<Value> = given.chain(call.conditions().iter().filter_map(condition)).collect();
    let own = block(vec![syscall.name()], json!(given));
    let mut all = vec![json!([own])];
    if let Some((multiplexer, inside)) = syscall.multiplexer()
        && let Some(by) = multiplexer.syscall()
    {
        let through = block(vec![by.name()], json!([is(0, inside.into())]));
        all.push(json!([own, through]));
        all.push(json!([own, block(vec![by.name()], json!([]))]));
    }
    all.push(json!([whole]));
    all
}

/// A condition in the words of a rule, if there are any.
fn condition(condition: &Condition) -> Option<Value> {
    let &Condition { index, mask, op, value } = condition;
    if mask == u64::MAX {
        let op = match op {
            Op::Eq => "EQ",
            Op::Ne => "NE",
            Op::Lt => "LT",
            Op::Le => "LE",
            Op::Gt => "GT",
            Op::Ge => "GE",
        };
        return Some(json!({ "index": index, "value": value, "op": format!("SCMP_CMP_{op}") }));
    }
    let bits = match op {
        Op::Eq => value,
        // Of one bit: it is set.
        Op::Ne if value == 0 && mask.is_power_of_two() => mask,
        _ => return None,
    };
    Some(json!({ "index": index, "value": mask, "valueTwo": bits, "op": "SCMP_CMP_MASKED_EQ" }))
}

/// Whether an overlay closes every way, and what it stops besides; none where it does not close the call
/// itself, or opens anything.
fn proved(
    loaded: &Loaded,
    (policy, store): (&Policy, &mut Store),
    asked: &Asked,
    rules: &Value,
) -> Option<(bool, Vec<String>)> {
    let settings = policy.settings();
    let text = json!({ "syscalls": rules }).to_string();
    let options = LoadOptions { format: Some(Format::Docker), document: None };
    let overlay = parse("overlay", text.as_bytes(), &options).ok()?;
    let layers = [loaded.clone(), overlay];
    let engine = Some(settings.machine.engine);
    let mut of_merge = Store::default();
    let merged =
        merge_loaded(&mut of_merge, &layers, engine, Strategy::Override, &settings.hosts).ok()?;
    // What is merged is written in Docker's words.
    let settings = match settings.machine.engine {
        Engine::Docker => settings.clone(),
        _ => settings.clone().read_by(Engine::Docker).with_runtime(settings.machine.runtime),
    };
    let new = Policy::build(store, &merged.profile, &settings).ok()?;
    let left = ways(store, &new, asked).ok()?;
    let was_direct = ways(store, policy, asked).ok()?.iter().any(|way| !way.indirect);
    // What was never open by itself is closed by what closes the other ways.
    if left.iter().any(|way| !way.indirect) || (!was_direct && !left.is_empty()) {
        return None;
    }
    let comparison = compare(store, policy, &new).ok()?;
    if comparison.first_weaker().is_some() {
        return None;
    }
    let about: &[About] = &asked.calls;
    let mut stops = stopped_besides(store, policy, &new, about).ok()?;
    if stops.len() > TOLD {
        let left = stops.len() - TOLD;
        stops.truncate(TOLD);
        stops.push(format!("and {left} more"));
    }
    Some((left.is_empty(), stops))
}
