//! One change as an [`Item`].

use super::place::usual;
use crate::decision::words::Description;
use crate::diff::{Change, Direction, Effect, Kind, Place, Subject};
use crate::phrase::{action_text, description_text, needs, place};
use crate::profile::{Action, Capability};
use crate::report::account::data::change_json;
use crate::report::account::item::level;
use crate::report::account::model::{self, Item};
use crate::report::account::origin::{About, OfChange, Origin, Said};
use crate::report::account::region::Region;
use crate::report::account::words::witness::{proof, witness_text};
use crate::report::sides::{Report, Side};
use crate::semantics::Mention;
use crate::syscall::{Host, danger};

/// How many dangers are told that a change brings with it.
pub(in crate::report) const DANGERS: usize = 4;

pub(super) fn item(report: &Report, at: usize, change: &Change, has_data: bool) -> Item {
    let subject = subject_text(change);
    let mut said: Vec<&Mention> = Vec::new();
    let mut was: Vec<&Mention> = Vec::new();
    let (mut effects, mut named) = (Vec::new(), Vec::new());
    for merged in merged(change) {
        named.push(self::said(report, &merged));
        let new: Vec<&Mention> = merged.iter().flat_map(|effect| &effect.new_mentions).collect();
        let old: Vec<&Mention> = merged.iter().flat_map(|effect| &effect.old_mentions).collect();
        effects.push(effect(report, change, &merged, &old, &new));
        // A rule with the new action is what did it.
        let is_cause = |mention: &&&Mention| merged.iter().any(|e| e.to == mention.action);
        let cause = new.iter().find(is_cause).or(new.first());
        said.extend(cause.copied());
        was.extend(old.first().copied());
    }
    let proven = change.effects.iter().find(|effect| effect.direction.is_weaker());
    let proven = proven.or(change.effects.first());
    let needs = needs::of_change(change);
    Item {
        id: change.id.clone(),
        rule: change.kind.name(),
        level: level(change.severity),
        severity: change.severity.name(),
        message: message(change.kind, &subject, &effects),
        subject,
        effects,
        proof: proven.map(|effect| witness_text(report, &effect.witness)),
        dangers: if change.kind.is_weaker() { dangers(change) } else { Vec::new() },
        needs: needs::lines(&needs),
        help: None,
        place: region(&report.new, said.first().copied()),
        old_place: region(&report.old, was.first().copied()),
        data: match has_data {
            true => change_json(report, change),
            false => serde_json::Value::Null,
        },
        origin: Origin::Change(Box::new(OfChange {
            at,
            kind: change.kind,
            about: about(report, change),
            said: named,
            needs,
        })),
    }
}

fn about(report: &Report, change: &Change) -> About {
    let Subject::Abi(_) = change.subject else {
        return match change.subject {
            Subject::Syscall(call) => About::Call(call),
            _ => About::Calls,
        };
    };
    let mut hosts: Vec<Host> =
        change.effects.iter().flat_map(|effect| &effect.places).map(|place| place.host).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let proven = change.effects.iter().find(|effect| effect.direction.is_weaker());
    About::Programs {
        hosts,
        effects: change.effects.iter().map(|e| (e.direction, e.from, e.to)).collect(),
        proof: proven.map(|effect| proof(report, &effect.witness)),
    }
}

/// `keyctl is let through: EPERM → ALLOW`
fn message(kind: Kind, subject: &str, effects: &[model::Effect]) -> String {
    let is = if subject.ends_with("programs") { "are" } else { "is" };
    let what = match kind {
        Kind::Added => format!("{is} let through"),
        Kind::Weakened => format!("{is} weaker"),
        Kind::Removed => format!("{is} blocked"),
        Kind::Tightened => format!("{is} stricter"),
        Kind::Changed => "fails with another errno".to_owned(),
    };
    let first = effects.first().map_or(String::new(), |effect| {
        let gap = if effect.words.is_empty() { "" } else { " " };
        format!(": {}{gap}{}", effect.actions, effect.words)
    });
    let more = match effects.len() {
        0 | 1 => String::new(),
        count => format!(", and {} more", count - 1),
    };
    format!("{subject} {what}{first}{more}")
}

/// What is told of effects that are one.
fn effect(
    report: &Report,
    change: &Change,
    effects: &[&Effect],
    old: &[&Mention],
    new: &[&Mention],
) -> model::Effect {
    let first = effects[0];
    let is_weaker = first.direction == Direction::Weaker;
    let mut words = Vec::new();
    match change.subject {
        Subject::Syscall(syscall) => {
            words.push(description_text(&first.when, syscall, first.witness.place.abi));
        }
        Subject::Default => words.push("for calls that no rule answers".to_owned()),
        Subject::Abi(_) | Subject::Boundary => {}
    }
    let mut places: Vec<Place> = effects.iter().flat_map(|e| e.places.iter().copied()).collect();
    places.sort_unstable();
    places.dedup();
    words.extend(place::words(&places, &usual(report, change.subject)));
    words.retain(|text| !text.is_empty());
    let proven = effects.iter().map(|effect| &effect.witness).min_by_key(|w| w.place);
    let needs = is_weaker && first.needs_capability;
    model::Effect {
        direction: first.direction,
        actions: actions(effects.iter().map(|effect| (effect.from, effect.to))),
        words: words.join(", "),
        needs: needs.then(|| needs_text(&first.when)),
        proof: proven.filter(|_| is_weaker).map(|witness| proof(report, witness)),
        old_lines: lines(&report.old, old),
        new_lines: lines(&report.new, new),
    }
}

/// Where the profiles speak of it: the new one if a rule there has the new action, or else the
/// old one.
fn said(report: &Report, effects: &[&Effect]) -> Said {
    let said = effects.iter().flat_map(|effect| {
        effect.new_mentions.iter().filter(|mention| mention.action == effect.to)
    });
    let said = lines(&report.new, &said.collect::<Vec<_>>());
    if !said.is_empty() {
        return Said::New(said);
    }
    let was = effects.iter().flat_map(|effect| {
        effect.old_mentions.iter().filter(|mention| mention.action == effect.from)
    });
    let was = lines(&report.old, &was.collect::<Vec<_>>());
    if !was.is_empty() {
        return Said::Was(was);
    }
    let besides = effects.iter().flat_map(|effect| &effect.new_mentions);
    Said::Besides(lines(&report.new, &besides.collect::<Vec<_>>()))
}

/// Whether a change is told in a sentence at the end: it is none that a gate could fail for.
pub(super) fn is_note(change: &Change) -> bool {
    change.kind == Kind::Changed && !matches!(change.subject, Subject::Syscall(_))
}

/// What a change is about.
pub(super) fn subject_text(change: &Change) -> String {
    match change.subject {
        Subject::Syscall(syscall) => syscall.to_string(),
        Subject::Default => "default action".to_owned(),
        Subject::Abi(abi) => format!("{abi} programs"),
        Subject::Boundary => "ENOSYS boundary".to_owned(),
    }
}

/// Why a weaker change is bad, if that is known: what it opens besides, and what the call is.
fn dangers(change: &Change) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for opened in change.effects.iter().flat_map(|effect| &effect.opens) {
        let when = description_text(&opened.when, opened.syscall, opened.abi);
        let gap = if when.is_empty() { "" } else { " " };
        let text = format!(
            "reaches {}{gap}{when}, which is blocked for {} programs",
            opened.syscall, opened.abi
        );
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts.truncate(DANGERS);
    if let Subject::Syscall(syscall) = change.subject {
        texts.extend(danger(syscall).map(str::to_owned));
    }
    texts
}

/// The effects of a change, those together that differ only in how a call fails: where runc's
/// stub answers on some ABIs and the filter on others, that is no matter to who reads what else
/// changes.
fn merged(change: &Change) -> Vec<Vec<&Effect>> {
    let is_like = |a: &Effect, b: &Effect| {
        let both_fail = |a, b| matches!((a, b), (Action::Errno(_), Action::Errno(_)));
        let differ_in_one =
            a.to == b.to && both_fail(a.from, b.from) || a.from == b.from && both_fail(a.to, b.to);
        (a.direction, a.needs_capability, &a.when) == (b.direction, b.needs_capability, &b.when)
            && a.direction != Direction::Other
            && differ_in_one
    };
    let mut merged: Vec<Vec<&Effect>> = Vec::new();
    for effect in &change.effects {
        match merged.iter_mut().find(|known| known.iter().all(|other| is_like(other, effect))) {
            Some(known) => known.push(effect),
            None => merged.push(vec![effect]),
        }
    }
    merged
}

/// `EPERM → ALLOW`, `EPERM or ENOSYS → ALLOW`
pub(in crate::report) fn actions(all: impl Iterator<Item = (Action, Action)>) -> String {
    let (from, to): (Vec<Action>, Vec<Action>) = all.unzip();
    let texts = |mut actions: Vec<Action>| {
        actions.sort_unstable();
        actions.dedup();
        let texts: Vec<String> = actions.into_iter().rev().map(action_text).collect();
        texts.join(" or ")
    };
    format!("{} → {}", texts(from), texts(to))
}

/// `Docker does not grant CAP_BPF by default`
fn needs_text(when: &Description) -> String {
    let mut names: Vec<&str> = Vec::new();
    for clause in &when.clauses {
        let held = clause.capabilities.iter().filter(|(_, held)| *held);
        let rare = held.filter(|(capability, _)| !Capability::is_docker_default(*capability));
        names.extend(rare.map(|(capability, _)| capability.name()));
    }
    names.sort_unstable();
    names.dedup();
    match names[..] {
        [name] if when.rest.is_none() => format!("Docker does not grant {name} by default"),
        _ => "needs a capability that Docker does not grant by default".to_owned(),
    }
}

fn region(side: &Side, mention: Option<&Mention>) -> Option<Region> {
    mention.map(|mention| Region::of(&side.loaded.source, mention.span))
}

fn lines(side: &Side, mentions: &[&Mention]) -> Vec<u32> {
    let source = &side.loaded.source;
    let mut lines: Vec<u32> = mentions.iter().map(|m| source.position(m.span.start).line).collect();
    lines.sort_unstable();
    lines.dedup();
    lines
}
