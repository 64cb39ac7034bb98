//! Why a change of the text changed nothing.

use crate::idle::Idle;
use crate::report::account::words::reason::reason;
use crate::report::sides::{Report, Side};

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
