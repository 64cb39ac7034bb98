//! For a terminal.

use super::{kinds, sentences, summary, title};
use crate::fleet::{Confinement, Fleet, Level};
use crate::load::excerpt::visible;
use crate::page::{Ink, Layout, fold};
use std::fmt::Write;

/// Members, unread files and uses that are shown of each kind.
const SHOWN: usize = 5;

/// The summary, then group by group what a person should look at first.
pub fn fleet_text(fleet: &Fleet, layout: impl Into<Layout>) -> String {
    let layout = layout.into();
    let mut text = String::new();
    let bold = |words: &str| layout.paint().text(Ink::Bold, words);
    let mark = |level: Level| {
        let ink = match level {
            Level::Error => Ink::Weaker,
            Level::Warning => Ink::Warning,
            Level::Info => Ink::Note,
        };
        layout.paint().text(ink, &format!("{:<7}", level.name()))
    };
    // Writing to a String cannot fail.
    for line in summary(fleet) {
        let _ = writeln!(text, "{}", bold(&visible(&line)));
    }
    for scope in fleet.scopes() {
        let _ = writeln!(text, "for {}", scope.scope);
    }
    if layout.is_summary {
        for (level, words) in kinds(fleet) {
            let _ = writeln!(text, "{} {words}", mark(level));
        }
        return fold(&text, layout.columns());
    }
    for group in fleet.groups() {
        let short = group.fingerprint.get(..16).unwrap_or(&group.fingerprint);
        let _ =
            writeln!(text, "\n{} {} ({short})", mark(group.level()), bold(&visible(&title(group))));
        if group.members.len() > 1 {
            let names: Vec<String> =
                group.members.iter().take(SHOWN).map(|one| visible(&one.name)).collect();
            let more = group.members.len().saturating_sub(SHOWN);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let _ = writeln!(text, "        {}{more}", names.join(", "));
        }
        for sentence in sentences(group) {
            let _ = writeln!(text, "        {}", visible(&sentence));
        }
    }
    if !fleet.unread().is_empty() {
        let _ = writeln!(text, "\n{}", bold("Not judged"));
        for one in fleet.unread() {
            let place = match (one.line, one.column) {
                (Some(line), Some(column)) => format!(":{line}:{column}"),
                (Some(line), None) => format!(":{line}"),
                _ => String::new(),
            };
            let _ = writeln!(
                text,
                "{} {}{place}: {}",
                mark(Level::Error),
                visible(&one.name),
                visible(&one.why)
            );
        }
    }
    uses(&mut text, fleet, &mark, &bold);
    for left in fleet.left() {
        let names: Vec<String> = left.names.iter().map(|name| visible(name)).collect();
        let more = if left.count > names.len() { ", …" } else { "" };
        let _ = writeln!(
            text,
            "\nnot looked into: {} {} ({}{more})",
            left.count,
            left.kind.words(left.count),
            names.join(", ")
        );
    }
    fold(&text, layout.columns())
}

fn uses(
    text: &mut String,
    fleet: &Fleet,
    mark: &dyn Fn(Level) -> String,
    bold: &dyn Fn(&str) -> String,
) {
    if fleet.uses().is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}", bold("Containers"));
    for confinement in Confinement::ALL {
        let all: Vec<_> =
            fleet.uses().iter().filter(|one| one.confinement == confinement).collect();
        let Some(first) = all.first() else { continue };
        let shown = if confinement == Confinement::Unconfined { 40 } else { SHOWN };
        let _ = writeln!(text, "{} {} {}", mark(first.level()), all.len(), confinement.name());
        for one in all.iter().take(shown) {
            let _ = writeln!(
                text,
                "        {}:{}: {}: {}",
                visible(&one.name),
                one.line,
                visible(&one.container),
                visible(&one.says)
            );
        }
        if all.len() > shown {
            let _ = writeln!(text, "        and {} more", all.len() - shown);
        }
    }
}
