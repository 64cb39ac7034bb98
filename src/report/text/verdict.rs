//! The first line, and of a long report the last one.

use super::super::{Report, setting, witness_text};
use super::machine;
use crate::diff::{Change, Direction, Effect, Kind, Subject};
use crate::page::{Ink, Page};

pub(super) fn verdict(page: &mut Page, report: &Report) {
    let (ink, sentence) = sentence(report);
    let counts = counts(report);
    page.wrap(ink, 0, &sentence);
    if !counts.is_empty() {
        page.right(Ink::Plain, &counts);
    }
    page.end();
    breaks(page, report);
}

/// `breaks: no container starts with …`, where that is new.
fn breaks(page: &mut Page, report: &Report) {
    if let Some(breaks) = &report.comparison.breaks {
        page.wrap(Ink::Weaker, 0, &format!("breaks: {}.", breaks.sentence()));
        page.end();
    }
}

/// Whether the new profile is within the old one; if not, one call that shows it.
pub(super) fn within(page: &mut Page, report: &Report) {
    if report.is_within() {
        page.put(Ink::Stricter, "yes");
        page.wrap(Ink::Plain, page.column(), &readings(report));
        page.end();
        breaks(page, report);
        return;
    }
    page.put(Ink::Weaker, "no");
    page.wrap(Ink::Plain, page.column(), &readings(report));
    page.end();
    let text = match report.comparison.first_weaker() {
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
    page.wrap(Ink::Plain, 0, &text);
    page.end();
    breaks(page, report);
}

/// By whom each side is read, where that is not the same.
fn readings(report: &Report) -> String {
    let sides = [&report.old, &report.new];
    let words = sides.map(|side| format!("{}{}", side.label(), machine::of_side(report, side)));
    match report.is_read_alike() {
        true => String::new(),
        false => format!(" ({})", words.join("  →  ")),
    }
}

pub(super) fn sentence(report: &Report) -> (Ink, String) {
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
        (Ink::Weaker, format!("{new} lets through {what} that {old} blocks."))
    } else if any(Direction::Weaker) {
        (Ink::Weaker, format!("{new} is weaker than {old}."))
    } else if comparison.first_weaker_setting().is_some() {
        let calls = match comparison.changes.is_empty() {
            true => "calls get what they got",
            false => "no call gets a weaker action",
        };
        (Ink::Weaker, format!("{new} is weaker than {old} by other filter settings; {calls}."))
    } else if report.opens_a_host() {
        (Ink::Weaker, format!("{new} starts containers on hosts where {old} starts none."))
    } else if comparison.changes.is_empty() && !comparison.settings.is_empty() {
        let sentence = format!("{new} does what {old} does, under other filter settings.");
        (Ink::Stricter, sentence)
    } else if any(Direction::Stricter) {
        (Ink::Stricter, format!("{new} is within {old}: nothing is weaker."))
    } else if !comparison.changes.is_empty() {
        (Ink::Stricter, format!("{new} lets through what {old} does; some calls fail otherwise."))
    } else if report.is_different() {
        (Ink::Plain, format!("Where both start a container, {new} does what {old} does."))
    } else if report.old.is_filter() || report.new.is_filter() {
        (Ink::Stricter, format!("{new} is {old}: the same policy"))
    } else if report.is_same_text() {
        (Ink::Stricter, "same policy".to_owned())
    } else {
        (Ink::Stricter, "different text, same policy".to_owned())
    }
}

/// `2 added, 1 removed`, and what was not asked for.
fn counts(report: &Report) -> String {
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
