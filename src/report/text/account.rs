//! An account for a terminal.

use super::super::account::{Account, Entry, Item, Level};
use super::super::paint::Ink;
use super::page::{Page, WIDTH, width};
use crate::diff::Direction;
use crate::load::excerpt::visible;

/// An account for a terminal, with colours or without.
pub fn account_text(account: &Account, color: bool) -> String {
    let mut page = Page::new(color);
    if let Some(range) = &account.range {
        page.put(Ink::Dim, &visible(range));
        let column = WIDTH.saturating_sub(width(&account.scope));
        if page.column() + 3 > column {
            page.end();
        }
        page.go(column);
        page.put(Ink::Dim, &account.scope);
        page.end();
        page.end();
    }
    for entry in &account.entries {
        show(&mut page, entry);
        page.end();
    }
    for note in &account.notes {
        marked(&mut page, Ink::Other, "·", &visible(note));
    }
    let ink = match (account.verdict.fails, account.verdict.level) {
        (true, _) => Ink::Weaker,
        (false, Some(Level::Error | Level::Warning)) => Ink::Other,
        _ => Ink::Stricter,
    };
    page.wrap(ink, 0, &visible(&account.verdict.sentence));
    page.end();
    page.finish()
}

fn show(page: &mut Page, entry: &Entry) {
    page.put(Ink::Bold, &visible(&entry.path));
    page.put(Ink::Plain, "  ");
    page.put(Ink::Plain, entry.status.name());
    if !entry.against.is_empty() {
        page.put(Ink::Dim, &format!(", against {}", visible(&entry.against)));
    }
    page.end();
    for group in entry.groups() {
        item(page, &group);
    }
    for accepted in &entry.accepted {
        let text = format!("accepted: {} ({})", accepted.item.message, accepted.reason);
        marked(page, Ink::Dim, "·", &visible(&text));
    }
    for note in &entry.notes {
        marked(page, Ink::Other, "·", &visible(note));
    }
    if entry.items.is_empty() && !entry.sentence.is_empty() {
        marked(page, Ink::Stricter, "·", &visible(&entry.sentence));
    }
}

fn marked(page: &mut Page, ink: Ink, marker: &str, text: &str) {
    page.go(2);
    page.put(ink, marker);
    page.wrap(Ink::Plain, 4, text);
    page.end();
}

fn item(page: &mut Page, group: &[&Item]) {
    let Some(item) = group.first() else { return };
    let (marker, ink) = match item.rule {
        "added" | "host-opens" => ("+", Ink::Weaker),
        "weakened" | "unconfined" | "use-weakened" | "use-unconfined" => ("!", Ink::Weaker),
        "removed" | "host-lost" => ("-", Ink::Stricter),
        "tightened" | "use-tightened" => ("~", Ink::Stricter),
        "changed" => ("·", Ink::Other),
        _ if item.level == Level::Error => ("x", Ink::Weaker),
        _ if item.level == Level::Warning => ("!", Ink::Other),
        _ => ("·", Ink::Dim),
    };
    page.go(2);
    page.put(ink, marker);
    page.put(Ink::Plain, " ");
    page.put(ink, item.rule);
    let place = item.place.map(|place| format!("line {}", place.line));
    if item.effects.is_empty() {
        let message = visible(&item.message);
        page.wrap(Ink::Plain, 4, &place.map_or(message.clone(), |p| format!("{message} ({p})")));
        page.end();
    } else {
        page.put(Ink::Plain, " ");
        let names: Vec<&str> = group.iter().map(|item| item.subject.as_str()).collect();
        let count = match names.len() {
            1 => String::new(),
            _ if names.iter().any(|name| name.contains(' ')) => String::new(),
            count => format!(" ({count} calls)"),
        };
        page.wrap(Ink::Bold, page.column(), &visible(&(names.join(", ") + &count)));
        if let (Some(place), 1) = (place, names.len()) {
            page.put(Ink::Dim, &format!("  {place}"));
        }
        page.end();
        for effect in &item.effects {
            let ink = match effect.direction {
                Direction::Weaker => Ink::Weaker,
                Direction::Stricter => Ink::Stricter,
                Direction::Other => Ink::Other,
            };
            page.go(6);
            page.put(ink, &visible(&effect.actions));
            if !effect.words.is_empty() {
                page.put(Ink::Plain, " ");
                page.wrap(Ink::Plain, page.column().min(30), &visible(&effect.words));
            }
            page.end();
            detail(page, "", effect.needs.as_deref());
            detail(page, "proof: ", effect.proof.as_deref());
        }
    }
    if item.effects.is_empty() {
        detail(page, "proof: ", item.proof.as_deref());
    }
    for danger in &item.dangers {
        detail(page, "danger: ", Some(danger));
    }
    for need in Entry::needs_of(group) {
        detail(page, "needs: ", Some(&need));
    }
    detail(page, "help: ", item.help.as_deref());
}

fn detail(page: &mut Page, title: &str, text: Option<&str>) {
    let Some(text) = text else { return };
    page.go(6);
    page.put(Ink::Dim, title);
    page.wrap(Ink::Dim, page.column(), &visible(text));
    page.end();
}
