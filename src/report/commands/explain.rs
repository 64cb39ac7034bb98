//! What happens to one call, and what a profile would stop of a recording.

mod columns;
mod json;
mod program;
pub(super) mod recorded;

pub use super::explain::columns::columns;
pub use super::explain::json::{EXPLAIN_JSON_VERSION, explain_json};
pub use super::explain::recorded::{
    TraceReport, lines_text, nothing_read_text, trace_json, trace_text,
};

use crate::decision::Assignment;
use crate::diff::Place;
use crate::explain::{Answer, Call, Considered, Decided, Generation, Generations, Verdict};
use crate::filter::Program;
use crate::load::Source;
use crate::load::excerpt::{Level, render, visible};
use crate::page::Layout;
use crate::phrase::{
    action_text, call_text, condition_text, description_text, environment_text, needs,
    open_call_text, place,
};
use crate::profile::{Action, ArgCmp, Op};
use crate::semantics::Policy;
use crate::syscall::{arg_name, constant_expression};
use std::fmt::Write;

/// One profile, or the filters of a process, and what they do to a call.
#[derive(Clone, Copy, Debug)]
pub struct Explained<'a> {
    /// Its text.
    pub source: &'a Source,
    /// What it means.
    pub policy: &'a Policy,
    /// What can become of the call.
    pub answers: &'a [Answer],
    /// The filters with the names of their files, the oldest first; none of a profile.
    pub stack: &'a [(&'a str, &'a Program)],
}

/// What becomes of a call, for a terminal: each answer with the rule that decides, and for a call
/// with arguments the rules that were considered. Of filters, each answer with the filter that
/// decides, and the instructions that lead there.
pub fn explain_text(explained: &Explained, call: &Call, layout: impl Into<Layout>) -> String {
    let layout = layout.into();
    let Explained { source, answers, .. } = *explained;
    let mut text = format!("{}: {}\n", visible(&source.name), call_words(call, answers));
    if answers.is_empty() {
        text += "  no program in question has this call\n";
    }
    for (hosts, why) in without_start(explained.policy) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  no container starts on {}: {why}", hosts.join(", "));
    }
    let usual: Vec<Place> = answers.iter().flat_map(|answer| answer.places.clone()).collect();
    let only_one = answers.len() == 1;
    for answer in answers {
        let action = action_text(answer.action);
        let Some(&first) = answer.places.first() else { continue };
        let mut words = Vec::new();
        if !answer.when.clauses.iter().any(|clause| clause.is_always()) {
            words.push(description_text(&answer.when, call.syscall, first.abi));
        }
        match place::words(&answer.places, &usual) {
            Some(places) => words.push(places),
            None if answer.places.len() == 1 => words.push(format!("on {}", place::one(first))),
            None => {}
        }
        let words = words.join(", ");
        let _ = writeln!(text, "\n  {action:<8} {words}");
        let _ = writeln!(text, "           {}", outcome(answer.action));
        let _ = writeln!(text, "           {}", reason(explained, call, answer));
        for line in program::layers(explained, call, answer) {
            let _ = writeln!(text, "           {line}");
        }
        let Generations { runtimes, libraries } = &answer.generations;
        for (by, generations) in [("runtime", runtimes), ("libseccomp", libraries)] {
            if let Some(words) = generation_words(generations) {
                let _ = writeln!(text, "           by {by}: {words}");
            }
        }
        for need in needs::all_lines(&answer_needs(call, answer)) {
            let _ = writeln!(text, "           needs: {need}");
        }
    }
    for answer in answers.iter().filter(|_| !call.is_open() || only_one) {
        considered(&mut text, source, call, answer, only_one, &layout);
        text += &program::path(explained, call, answer);
    }
    text
}

/// The hosts in question on which no container starts, and why.
fn without_start(policy: &Policy) -> Vec<(Vec<&'static str>, String)> {
    let mut found: Vec<(Vec<&'static str>, String)> = Vec::new();
    for host in policy.hosts() {
        let Err(error) = &host.abis else { continue };
        let why = error.to_string();
        match found.iter_mut().find(|(_, known)| *known == why) {
            Some((hosts, _)) => hosts.push(host.host.name()),
            None => found.push((vec![host.host.name()], why)),
        }
    }
    found
}

/// `ENOSYS with runc ≥ 1.1.15, EPERM with runc < 1.1.15 and crun`; nothing for one answer.
pub(in crate::report) fn generation_words(generations: &[Generation]) -> Option<String> {
    let words = generations.iter().map(|Generation { action, machines }| {
        let action = action.map_or("no start".to_owned(), action_text);
        format!("{action} with {}", machines.join(" and "))
    });
    let words: Vec<String> = words.collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// The call with what is given; `_` is any value.
fn call_words(call: &Call, answers: &[Answer]) -> String {
    let Some(place) = answers.first().and_then(|answer| answer.places.first()) else {
        return call.syscall.to_string();
    };
    if !call.conditions().is_empty() {
        return visible(call.text());
    }
    let Some(last) = call.args.iter().rposition(Option::is_some) else {
        return call.syscall.to_string();
    };
    open_call_text(call.syscall, place.abi, &call.args[..=last])
}

/// What becomes of the programs that try the call first; of none where the answer is for some
/// arguments only, or no call of such programs runs.
fn answer_needs(call: &Call, answer: &Answer) -> Vec<needs::Need> {
    let is_partial = answer.when.clauses.iter().all(|clause| !clause.args.is_empty());
    if is_partial || answer.decided == Decided::Abi {
        return Vec::new();
    }
    let mut found: Vec<needs::Need> = Vec::new();
    for place in &answer.places {
        for need in needs::needs(call.syscall, place.abi, answer.action) {
            if !found.contains(&need) {
                found.push(need);
            }
        }
    }
    found
}

/// What the program sees.
fn outcome(action: Action) -> &'static str {
    match action {
        Action::KillProcess => "the process is killed by SIGSYS",
        Action::KillThread => "the thread is killed as if by SIGSYS",
        Action::Trap => "the call does not run, and the process gets SIGSYS",
        Action::Errno(0) => "the call does not run and returns 0, as if it had succeeded",
        Action::Errno(1) => "the call does not run: \"Operation not permitted\"",
        Action::Errno(38) => "the call does not run: \"Function not implemented\"",
        Action::Errno(_) => "the call does not run and gives this error",
        Action::Notify => "another process decides (the listener)",
        Action::Trace(_) => "a tracer decides; without one: \"Function not implemented\"",
        Action::Log => "the call runs, and is logged",
        Action::Allow => "the call runs",
    }
}

fn reason(explained: &Explained, call: &Call, answer: &Answer) -> String {
    let Explained { source, policy, .. } = *explained;
    match answer.decided {
        Decided::Program => program::reason(explained, call, answer),
        Decided::Abi if policy.is_filter() => "so is every call of these programs".to_owned(),
        Decided::Rule(_) => by_rules(source, answer),
        Decided::Default => "by the default action: no rule answers".to_owned(),
        Decided::Stub => "by runc: its number is above all that the profile names".to_owned(),
        Decided::Abi => "the filter lacks the ABI of these programs".to_owned(),
        Decided::Blind => {
            "by the default action: libseccomp's filter never looks at the number of a \
                           call of these programs, so no rule is asked"
                .to_owned()
        }
        Decided::Tree => format!(
            "by the order in which libseccomp tests several rules (the default action is {})",
            action_text(policy.default_action())
        ),
    }
}

/// The rule that decides at the answer's point, and those that can for other arguments.
fn by_rules(source: &Source, answer: &Answer) -> String {
    let rules = answer.rules().into_iter().filter_map(|at| answer.considered.get(at));
    let lines = rules.enumerate().map(|(place, rule)| match place {
        0 => line(source, rule),
        _ => source.position(rule.span.start).line.to_string(),
    });
    let lines: Vec<String> = lines.collect();
    match lines.len() {
        1 => format!("by the rule at {}", lines[0]),
        _ => format!("by the rules at {}", lines.join(", ")),
    }
}

/// Of a condition on bits, those that are not as it wants.
fn bits(call: &Call, place: Place, condition: &ArgCmp, point: &Assignment) -> String {
    if condition.op != Op::MaskedEq {
        return String::new();
    }
    let value = point.args[usize::from(condition.index.min(5))];
    let wrong = (value ^ condition.value_two) & condition.value;
    let names = constant_expression(call.syscall, place.abi, condition.index, wrong)
        .unwrap_or_else(|| format!("{wrong:#x}"));
    let set = if value & wrong == wrong { "set" } else { "not as wanted" };
    format!(" ({names} {set})")
}

fn line(source: &Source, rule: &Considered) -> String {
    let position = source.position(rule.span.start);
    format!("{}:{}:{}", visible(&source.name), position.line, position.column)
}

/// The deciding rule's line, and why the others did not answer.
fn considered(
    text: &mut String,
    source: &Source,
    call: &Call,
    answer: &Answer,
    only_one: bool,
    layout: &Layout,
) {
    if answer.considered.is_empty() {
        return;
    }
    let Some(&place) = answer.places.first() else { return };
    let environment = environment_text(&answer.point, true);
    let shown = call_text(call.syscall, place.abi, &answer.point.args);
    let _ = match only_one {
        true => writeln!(
            text,
            "\nRules for {}, seen by {shown} on {}:",
            call.syscall,
            place::one(place)
        ),
        false => writeln!(
            text,
            "\nRules for {}, seen by {shown} on {}, {environment}:",
            call.syscall,
            place::one(place)
        ),
    };
    for (at, rule) in answer.considered.iter().enumerate() {
        let decides = answer.decided == Decided::Rule(at);
        let action = rule.action.map_or("-".to_owned(), action_text);
        let why = verdict_words(call, place, answer, at);
        let _ = writeln!(text, "  {:<8} {}  {why}", action, line(source, rule));
        if decides {
            let shown =
                render(Level::Note, "this rule decides", Some((source, rule.span)), None, layout);
            // The message and the place were said.
            for excerpt in shown.lines().skip(2) {
                let _ = writeln!(text, "           {excerpt}");
            }
        }
    }
}

/// Why a rule did or did not answer.
fn verdict_words(call: &Call, place: Place, answer: &Answer, at: usize) -> String {
    let Some(rule) = answer.considered.get(at) else { return String::new() };
    let decides = answer.decided == Decided::Rule(at);
    match &rule.verdict {
        _ if decides => "decides".to_owned(),
        Verdict::Matches | Verdict::EqualsDefault | Verdict::Condition(_)
            if answer.decided == Decided::Abi =>
        {
            format!("not asked: the filter lacks the ABI of {} programs", place.abi)
        }
        Verdict::Matches => match answer.decided {
            Decided::Stub => "matches, but runc answers before the filter".to_owned(),
            Decided::Blind => "matches, but the filter never asks for it".to_owned(),
            Decided::Tree => "matches, but the order of libseccomp's tests decides".to_owned(),
            _ => "matches, but another rule decides".to_owned(),
        },
        Verdict::NotRead => "not read: this engine does not know `name`".to_owned(),
        Verdict::Host => format!("dropped: not for {}", place.host),
        Verdict::Needs(capability) => format!("dropped: needs {capability}"),
        Verdict::Excluded(capability) => format!("dropped: not with {capability}"),
        Verdict::KernelFrom(version) => format!("dropped: from kernel {version} on"),
        Verdict::KernelBefore(version) => format!("dropped: before kernel {version} alone"),
        Verdict::EqualsDefault => "left out: it is the default action".to_owned(),
        Verdict::Condition(condition) => {
            let index = condition.index;
            let value = answer.point.args[usize::from(index.min(5))];
            let value = constant_expression(call.syscall, place.abi, index, value)
                .unwrap_or_else(|| format!("{value:#x}"));
            let name = arg_name(call.syscall, place.abi, index);
            let name = name.map_or(format!("arg{index}"), |name| format!("arg{index} ({name})"));
            let wanted = condition_text(condition, call.syscall, place.abi);
            let bits = bits(call, place, condition, &answer.point);
            format!("does not match: {name} is {value}, not {wanted}{bits}")
        }
    }
}
