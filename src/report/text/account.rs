//! An account for a terminal.

use super::super::account::{Account, Entry, Item, Level};
use super::summary;
use crate::diff::Direction;
use crate::load::SourceKind;
use crate::load::excerpt::visible;
use crate::page::{Ink, Layout, Page, width};

/// On how many lines names that share a change are told.
const NAME_LINES: usize = 3;
/// The column of what is said of a finding besides.
const DETAIL: usize = 6;

/// An account for a terminal: the verdict, and then what was found.
pub fn account_text(account: &Account, layout: impl Into<Layout>) -> String {
    let layout = layout.into();
    let mut page = Page::new(&layout);
    verdict(&mut page, account);
    if let Some(range) = &account.range {
        page.wrap(Ink::Dim, 0, &visible(range));
        page.right(Ink::Dim, &account.scope);
        page.end();
    }
    if layout.is_summary {
        summary::account(&mut page, account);
        return page.finish();
    }
    if account.range.is_some() && !(account.entries.is_empty() && account.notes.is_empty()) {
        page.end();
    }
    for entry in &account.entries {
        show(&mut page, entry);
        page.end();
    }
    for note in &account.notes {
        marked(&mut page, Ink::Other, "·", &visible(note));
    }
    if page.is_long() {
        verdict(&mut page, account);
    }
    page.finish()
}

/// The one answer.
fn verdict(page: &mut Page, account: &Account) {
    let ink = match (account.verdict.fails, account.verdict.level) {
        (true, _) => Ink::Weaker,
        (false, Some(Level::Error | Level::Warning)) => Ink::Other,
        _ => Ink::Stricter,
    };
    page.wrap(ink, 0, &visible(&account.verdict.sentence));
    page.end();
}

fn show(page: &mut Page, entry: &Entry) {
    let file = entry.file.as_deref().filter(|_| is_openable(entry));
    let path = page.layout().paint().text(Ink::Bold, &visible(&entry.path));
    page.place(file, &path);
    page.put(Ink::Plain, "  ");
    page.put(Ink::Plain, entry.status.name());
    if !entry.against.is_empty() {
        page.flow(Ink::Plain, 4, &format!(", against {}", visible(&entry.against)));
    }
    page.end();
    for group in entry.groups() {
        item(page, entry, &group);
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

/// Whether the text of an entry is the file that stands in the working folder.
fn is_openable(entry: &Entry) -> bool {
    let text = entry.own.as_ref().or(entry.new.as_ref());
    text.is_some_and(|source| source.kind == SourceKind::File)
}

fn item(page: &mut Page, entry: &Entry, group: &[&Item]) {
    let Some(item) = group.first() else { return };
    let (marker, ink) = summary::marker(item);
    page.go(2);
    page.put(ink, marker);
    page.put(Ink::Plain, " ");
    page.put(ink, item.rule);
    let line = |item: &Item| item.place.map(|place| format!("line {}", place.line));
    let place = line(item);
    if let (Some(said), true) = (item.of_use(), group.len() > 1) {
        page.put(Ink::Plain, " ");
        let names: Vec<String> = group
            .iter()
            .map(|item| {
                let line = line(item).map(|line| format!(" ({line})")).unwrap_or_default();
                visible(&item.subject) + &line
            })
            .collect();
        let count = format!(" ({}\u{a0}uses)", names.len());
        page.names(Ink::Bold, page.column(), &names, NAME_LINES, &count);
        page.end();
        detail(page, "", Some(said));
    } else if item.effects.is_empty() {
        let message = visible(&item.message);
        page.wrap(Ink::Plain, 4, &place.map_or(message.clone(), |p| format!("{message} ({p})")));
        page.end();
    } else {
        page.put(Ink::Plain, " ");
        let names: Vec<String> = group.iter().map(|item| visible(&item.subject)).collect();
        let count = match names.len() {
            1 => String::new(),
            _ if names.iter().any(|name| name.contains(' ')) => String::new(),
            count => format!(" ({count}\u{a0}calls)"),
        };
        page.names(Ink::Bold, page.column(), &names, NAME_LINES, &count);
        if let (Some(place), 1) = (place, names.len()) {
            page.put(Ink::Plain, "  ");
            page.place(entry.file.as_deref().filter(|_| is_openable(entry)), &place);
        }
        page.end();
        for effect in &item.effects {
            let ink = match effect.direction {
                Direction::Weaker => Ink::Weaker,
                Direction::Stricter => Ink::Stricter,
                Direction::Other => Ink::Other,
            };
            page.go(6);
            page.wrap(ink, 6, &visible(&effect.actions));
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
    if page.layout().is_verbose {
        for item in group {
            let of = if group.len() > 1 { format!(" ({})", item.subject) } else { String::new() };
            let column = page.leaving("id: ".len() + width(&item.id), DETAIL);
            detail_at(page, column, "id: ", &format!("{}{of}", item.id));
        }
    }
}

fn detail(page: &mut Page, title: &str, text: Option<&str>) {
    if let Some(text) = text {
        detail_at(page, DETAIL, title, text);
    }
}

fn detail_at(page: &mut Page, column: usize, title: &str, text: &str) {
    page.go(column);
    page.put(Ink::Plain, title);
    page.wrap(Ink::Plain, page.column(), &visible(text));
    page.end();
}
