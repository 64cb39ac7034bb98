//! The smallest overlay that closes what was asked, proved.
//!
//! A candidate is a few rules; it counts only if the profile merged with it, read again, lets none of the
//! calls in question through (a lint in question finds nothing more in it), and lets no call through that was
//! blocked before.

use super::ask::{About, Asked, Question, What, ways};
use super::beyond::stopped_besides;
use super::facts::Base;
use crate::call::{Call, Condition, Op};
use crate::decision::Store;
use crate::diff::compare;
use crate::fleet::row::{Facts, Plan, Way};
use crate::lint::Finding;
use crate::load::{LoadOptions, Loaded, parse};
use crate::overlay::{Strategy, merge_loaded};
use crate::profile::{Format, Profile, to_json};
use crate::semantics::{Engine, Policy, SemanticsError};
use crate::syscall::Syscall;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// So many calls that an overlay stops besides are told.
const TOLD: usize = 12;

/// What is to be closed.
pub(in crate::fleet) struct Subject<'s> {
    pub base: &'s Base,
    pub loaded: &'s Loaded,
    pub policy: &'s Policy,
    /// What the lints find in a profile, as those have it who read this one.
    pub lints: &'s dyn Fn(&Loaded) -> Result<Vec<Finding>, SemanticsError>,
}

/// A plan for each question that the profile lets something through for.
pub(in crate::fleet) fn plans(
    subject: &Subject,
    store: &mut Store,
    facts: &Facts,
    questions: &[Question],
) -> Vec<Plan> {
    let Subject { base, loaded, .. } = *subject;
    let is_open =
        |question: &&Question| facts.answers.iter().any(|way| way.question == question.text);
    let mut plans = Vec::new();
    for question in questions.iter().filter(is_open) {
        // A lint is about no set of calls: it is closed where it finds nothing more.
        let of_lint = Asked { question: question.text.clone(), calls: Vec::new() };
        let asked = match &question.what {
            What::Lint(_) => Some(&of_lint),
            _ => base.asked.iter().find(|asked| asked.question == question.text),
        };
        let Some(asked) = asked else { continue };
        let answers = facts.answers.iter().filter(|way| way.question == question.text);
        let is_call = |way: &&Way| Syscall::from_name(&way.call).is_some() && !way.proof.is_empty();
        let note = if loaded.profile.default_action.is_none() && loaded.profile.rules.is_empty() {
            "there is no filter: a profile is needed first, such as the engine's default"
        } else if loaded.profile.format == Format::Oci || loaded.profile.format == Format::Operator
        {
            "an overlay is for a profile in Docker's format"
        } else if matches!(question.what, What::Lint(_))
            && !answers.clone().all(|way| is_call(&way))
        {
            "it is about what the file says, which no overlay takes back: `sdiff check` says how to mend it"
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
        let opened: BTreeSet<&str> = answers.map(|way| &*way.call).collect();
        let before = plans.len();
        let mut candidates = candidates(&question.what, &opened);
        if let What::Lint(id) = question.what {
            candidates.splice(0..0, narrow(subject, store, id));
        }
        for rules in candidates {
            let Some((closes_all, stops)) = proved(subject, store, (question, asked), &rules)
            else {
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

/// So often a lint is asked again after what it showed is closed.
const ROUNDS: usize = 6;

/// Rules against what a lint shows, call by call: where the newest default lets a part of a call through,
/// its first argument alone is closed, as for address families.
fn narrow(subject: &Subject, store: &mut Store, id: &str) -> Option<Value> {
    let mut closed: BTreeSet<(String, Option<u64>)> = BTreeSet::new();
    let mut asked = subject.loaded.clone();
    for _ in 0..ROUNDS {
        let found = (subject.lints)(&asked).ok()?;
        let mut found = found.iter().filter(|finding| finding.lint == id).peekable();
        if found.peek().is_none() {
            break;
        }
        let before = closed.len();
        for finding in found {
            let proof = finding.witness.as_ref()?;
            let is_partly = subject.base.default_lets(store, proof.syscall).ok()?;
            let value = is_partly.then_some(proof.point.args[0]);
            closed.insert((proof.syscall.name().to_owned(), value));
        }
        if closed.len() == before {
            return None;
        }
        asked = with(subject, &rules(&closed))?.1;
    }
    Some(rules(&closed))
}

/// A rule for each call or argument that is to be blocked.
fn rules(closed: &BTreeSet<(String, Option<u64>)>) -> Value {
    let rule = |(name, value): &(String, Option<u64>)| {
        let mut rule = json!({ "names": [name], "action": "SCMP_ACT_ERRNO", "errnoRet": 1 });
        if let Some(value) = value {
            rule["args"] = json!([{ "index": 0, "value": value, "op": "SCMP_CMP_EQ" }]);
        }
        rule
    };
    closed.iter().map(rule).collect()
}

/// The profile with an overlay of such rules, and what is read when that is written.
fn with(subject: &Subject, rules: &Value) -> Option<(Profile, Loaded)> {
    let settings = subject.policy.settings();
    let text = json!({ "syscalls": rules }).to_string();
    let options = LoadOptions { format: Some(Format::Docker), document: None };
    let overlay = parse("overlay", text.as_bytes(), &options).ok()?;
    let layers = [subject.loaded.clone(), overlay];
    let engine = Some(settings.machine.engine);
    let mut store = Store::default();
    let merged = merge_loaded(&mut store, &layers, engine, Strategy::Override, &settings.hosts);
    let profile = merged.ok()?.profile;
    let again = parse("merged", to_json(&profile).as_bytes(), &options).ok()?;
    Some((profile, again))
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
    subject: &Subject,
    store: &mut Store,
    (question, asked): (&Question, &Asked),
    rules: &Value,
) -> Option<(bool, Vec<String>)> {
    let Subject { policy, lints, .. } = *subject;
    let settings = policy.settings();
    let (merged, again) = with(subject, rules)?;
    // What is merged is written in Docker's words.
    let settings = match settings.machine.engine {
        Engine::Docker => settings.clone(),
        _ => settings.clone().read_by(Engine::Docker).with_runtime(settings.machine.runtime),
    };
    let new = Policy::build(store, &merged, &settings).ok()?;
    if let What::Lint(id) = question.what
        && lints(&again).ok()?.iter().any(|finding| finding.lint == id)
    {
        return None;
    }
    let left = ways(store, &new, asked).ok()?;
    let is_lint = matches!(question.what, What::Lint(_));
    let was_direct = is_lint || ways(store, policy, asked).ok()?.iter().any(|way| !way.indirect);
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
