//! The one answer of a comparison.

use crate::diff::{Change, Direction, Effect, Kind, Subject};
use crate::report::account::told::Tone;
use crate::report::account::words::setting;
use crate::report::account::words::witness::witness_text;
use crate::report::sides::Report;

/// Whether the new profile is within the old one.
#[derive(Clone, Debug)]
pub(in crate::report) struct Within {
    pub is_within: bool,
    /// By whom each side is read, where that is not the same.
    pub readings: String,
    /// If not: one call that shows it, or what else does.
    pub why: String,
    /// That no container starts any more, in a sentence.
    pub breaks: Option<String>,
}

/// Whether the new profile is within the old one; if not, why.
pub(in crate::report) fn within(report: &Report) -> Within {
    let is_within = report.is_within();
    let why = match report.comparison.first_weaker() {
        _ if is_within => String::new(),
        Some((_, effect)) => witness_text(report, &effect.witness),
        None if !report.opens_a_host() => {
            report.comparison.first_weaker_setting().map(setting::message).unwrap_or_default()
        }
        None => {
            let [old, new] = report.names();
            let opened = report.comparison.not_compared.iter();
            let opened = opened.filter(|host| host.old.is_some() && host.new.is_none());
            let hosts: Vec<&str> = opened.map(|host| host.host.name()).collect();
            let hosts = hosts.join(", ");
            format!("on {hosts} a container starts with {new}, and none does with {old}")
        }
    };
    Within { is_within, readings: readings(report), why, breaks: breaks(report) }
}

/// `breaks: no container starts with …`, where that is new.
pub(super) fn breaks(report: &Report) -> Option<String> {
    report.comparison.breaks.as_ref().map(|breaks| format!("breaks: {}.", breaks.sentence()))
}

/// By whom each side is read, where that is not the same.
fn readings(report: &Report) -> String {
    let sides = [&report.old, &report.new];
    let words = sides.map(|side| format!("{}{}", side.label(), report.reader(side)));
    match report.is_read_alike() {
        true => String::new(),
        false => format!(" ({})", words.join("  →  ")),
    }
}

/// The verdict, in a sentence.
pub(super) fn sentence(report: &Report) -> (Tone, String) {
    let [old, new] = report.names();
    let comparison = report.comparison;
    let effects = || comparison.changes.iter().flat_map(|change| &change.effects);
    let opens = |effect: &Effect| !effect.from.lets_through() && effect.to.lets_through();
    let through = comparison.changes.iter().filter(|change| change.effects.iter().any(opens));
    let through: Vec<&Change> = through.collect();
    let any = |direction| effects().any(|effect| effect.direction == direction);
    if !through.is_empty() {
        let all_are_calls = through.iter().all(|c| matches!(c.subject, Subject::Syscall(_)));
        let what = match through.len() {
            _ if !all_are_calls => "calls".to_owned(),
            1 => "one kind of calls".to_owned(),
            count => format!("{count} kinds of calls"),
        };
        (Tone::Weaker, format!("{new} lets through {what} that {old} blocks."))
    } else if any(Direction::Weaker) {
        (Tone::Weaker, format!("{new} is weaker than {old}."))
    } else if comparison.first_weaker_setting().is_some() {
        let calls = match comparison.changes.is_empty() {
            true => "calls get what they got",
            false => "no call gets a weaker action",
        };
        (Tone::Weaker, format!("{new} is weaker than {old} by other filter settings; {calls}."))
    } else if report.opens_a_host() {
        (Tone::Weaker, format!("{new} starts containers on hosts where {old} starts none."))
    } else if comparison.changes.is_empty() && !comparison.settings.is_empty() {
        let sentence = format!("{new} does what {old} does, under other filter settings.");
        (Tone::Stricter, sentence)
    } else if any(Direction::Stricter) {
        (Tone::Stricter, format!("{new} is within {old}: nothing is weaker."))
    } else if !comparison.changes.is_empty() {
        (Tone::Stricter, format!("{new} lets through what {old} does; some calls fail otherwise."))
    } else if report.is_different() {
        (Tone::Plain, format!("Where both start a container, {new} does what {old} does."))
    } else if report.old.is_filter() || report.new.is_filter() {
        (Tone::Stricter, format!("{new} is {old}: the same policy"))
    } else if report.is_same_text() {
        (Tone::Stricter, "same policy".to_owned())
    } else {
        (Tone::Stricter, "different text, same policy".to_owned())
    }
}

/// `2 added, 1 removed`, and what was not asked for.
pub(super) fn counts(report: &Report) -> String {
    let counted = |is_wanted: bool| {
        let kinds = Kind::ALL.into_iter().filter(|kind| report.only.contains(kind) == is_wanted);
        let counts = kinds.map(|kind| (report.comparison.count(kind), kind));
        let counts = counts.filter(|(count, _)| *count > 0);
        counts.map(|(count, kind)| format!("{count} {kind}")).collect::<Vec<_>>().join(", ")
    };
    let (shown, hidden) = (counted(true), counted(false));
    match (&*shown, &*hidden) {
        (_, "") => shown,
        ("", _) => format!("not shown: {hidden}"),
        _ => format!("{shown}; not shown: {hidden}"),
    }
}
