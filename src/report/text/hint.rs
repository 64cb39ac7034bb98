//! Why a change of the text changed nothing.

use super::super::{Report, Side};
use crate::idle::{Idle, Reason};
use crate::phrase::action_text;
use crate::profile::Span;

/// How many rules are named.
const MOST: usize = 12;

/// One sentence for each rule that only one of the profiles has and that does nothing.
pub(super) fn hints(report: &Report) -> Vec<String> {
    let Some(hints) = report.hints else { return Vec::new() };
    let [old, new] = report.names();
    let sides = [(&report.old, old, &hints.old), (&report.new, new, &hints.new)];
    let mut texts: Vec<String> = Vec::new();
    for (side, name, idle) in sides {
        for of_rule in idle.chunk_by(|a, b| a.rule == b.rule && a.reason == b.reason) {
            texts.push(sentence(side, &name, of_rule));
        }
    }
    let left = texts.len().saturating_sub(MOST);
    texts.truncate(MOST);
    if left > 0 {
        texts.push(format!("and {left} more rules that do nothing"));
    }
    texts
}

fn sentence(side: &Side, file: &str, idle: &[Idle]) -> String {
    let first = &idle[0];
    let mut names: Vec<&str> = idle.iter().map(|idle| idle.name.value.as_str()).collect();
    names.dedup();
    let shown = names.iter().take(4).copied().collect::<Vec<_>>().join(", ");
    let more = if names.len() > 4 { ", ..." } else { "" };
    let why = reason(side, &first.reason);
    let line = side.loaded.source.position(first.name.span.start).line;
    let name = crate::load::excerpt::visible(&shown);
    format!("{file}:{line} does nothing ({name}{more}): {why}")
}

/// Why a name in a rule of a profile does nothing.
pub(in crate::report) fn reason(side: &Side, reason: &Reason) -> String {
    let line = |span: Span| side.loaded.source.position(span.start).line;
    let there =
        |span: &Option<Span>| span.map_or(String::new(), |span| format!(" in line {}", line(span)));
    match reason {
        Reason::Unknown => "it is no system call".to_owned(),
        Reason::NotRead => format!("{} does not read `name`", side.engine().name()),
        Reason::NeverKept => "no host and no environment keeps the rule".to_owned(),
        Reason::Absent => "no ABI of the filter has the call".to_owned(),
        Reason::EqualsDefault => "it says what the default action says".to_owned(),
        Reason::Impossible(index) => format!("no value of arg{index} fulfils its condition"),
        Reason::Repeated { of } => format!("the rule{} says the same", there(of)),
        Reason::Shadowed { by, action, instead_of } if action != instead_of => format!(
            "the rule without conditions{} answers first, with {} where this one says {}",
            there(by),
            action_text(*action),
            action_text(*instead_of)
        ),
        Reason::Shadowed { by, .. } => {
            format!("the rule without conditions{} covers it", there(by))
        }
        Reason::Overruled { by, action, instead_of } => format!(
            "other rules{} answer, with {} for some calls where this one says {}",
            there(by),
            action_text(*action),
            action_text(*instead_of)
        ),
        Reason::Covered { by, .. } => format!("other rules{} answer alike", there(by)),
    }
}
