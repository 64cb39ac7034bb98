//! One line a kind of finding.

use super::super::account::{Account, Item, Level};
use super::block::Block;
use crate::load::excerpt::visible;
use crate::page::{Ink, Page, width};

/// A kind of finding, and what it is about each time.
pub(in crate::report) struct Line<'a> {
    pub marker: &'static str,
    pub ink: Ink,
    pub kind: &'a str,
    pub subjects: Vec<String>,
    /// How many findings there are, where not each has a subject.
    pub count: usize,
}

/// The lines in columns: the kind, how many, and the first of them.
pub(in crate::report) fn show(page: &mut Page, lines: &[Line]) {
    let kinds = lines.iter().map(|line| width(line.kind)).max().unwrap_or(0);
    let counts = lines.iter().map(|line| line.count.to_string().len()).max().unwrap_or(0);
    for line in lines {
        page.go(2);
        page.put(line.ink, line.marker);
        page.go(4);
        page.put(line.ink, line.kind);
        page.go(4 + kinds + 2);
        page.put(Ink::Plain, &format!("{:>counts$}", line.count));
        if !line.subjects.is_empty() {
            page.names(Ink::Plain, page.column() + 2, &line.subjects, 1, "");
        }
        page.end();
    }
}

/// Of a comparison.
pub(super) fn blocks(page: &mut Page, blocks: &[Block], notes: usize) {
    let mut lines: Vec<Line> = Vec::new();
    for block in blocks {
        let (marker, ink) = super::marker(block.kind);
        let kind = block.kind.name();
        match lines.iter_mut().find(|line| line.kind == kind) {
            Some(line) => line.subjects.extend(block.names.iter().cloned()),
            None => lines.push(Line { marker, ink, kind, subjects: block.names.clone(), count: 0 }),
        }
    }
    for line in &mut lines {
        line.count = line.subjects.len();
    }
    if notes > 0 {
        let (marker, ink) = ("·", Ink::Other);
        lines.push(Line { marker, ink, kind: "notes", subjects: Vec::new(), count: notes });
    }
    show(page, &lines);
}

/// Of an account.
pub(super) fn account(page: &mut Page, account: &Account) {
    let mut kinds: Vec<Vec<&Item>> = Vec::new();
    for (_, item) in account.items() {
        match kinds.iter_mut().find(|kind| kind[0].rule == item.rule) {
            Some(kind) => kind.push(item),
            None => kinds.push(vec![item]),
        }
    }
    kinds.sort_by_key(|kind| std::cmp::Reverse(kind.iter().map(|item| item.level).max()));
    let mut lines: Vec<Line> = Vec::new();
    for kind in kinds {
        let (marker, ink) = marker(kind[0]);
        let mut subjects: Vec<String> = Vec::new();
        for item in &kind {
            let subject = visible(&item.subject);
            if !subject.is_empty() && !subjects.contains(&subject) {
                subjects.push(subject);
            }
        }
        lines.push(Line { marker, ink, kind: kind[0].rule, subjects, count: kind.len() });
    }
    let (marker, ink, subjects) = ("·", Ink::Dim, Vec::new());
    if account.accepted() > 0 {
        let count = account.accepted();
        lines.push(Line { marker, ink, kind: "accepted", subjects: subjects.clone(), count });
    }
    let notes = account.notes.len() + account.entries.iter().map(|e| e.notes.len()).sum::<usize>();
    if notes > 0 {
        lines.push(Line { marker, ink, kind: "notes", subjects, count: notes });
    }
    show(page, &lines);
}

/// How a finding is marked.
pub(super) fn marker(item: &Item) -> (&'static str, Ink) {
    match item.rule {
        "added" | "host-opens" => ("+", Ink::Weaker),
        "weakened" | "unconfined" | "use-weakened" | "use-unconfined" => ("!", Ink::Weaker),
        "removed" | "host-lost" => ("-", Ink::Stricter),
        "tightened" | "use-tightened" => ("~", Ink::Stricter),
        "changed" => ("·", Ink::Other),
        _ if item.level == Level::Error => ("x", Ink::Weaker),
        _ if item.level == Level::Warning => ("!", Ink::Other),
        _ => ("·", Ink::Dim),
    }
}
