//! What the lints found, as text and as JSON.

use crate::load::SourceKind;
use crate::load::excerpt::{self, render, visible};
use crate::page::{Ink, Layout, Page, fold};
use crate::report::account::checked::Checked;
use crate::report::account::origin::{OfLint, Origin};
use crate::report::account::{Account, Entry, Item, Level, check_account, plainly_checked};
use crate::report::text::summary::{self, Line};
use rustc_hash::FxHashMap;
use serde_json::{Value, json};
use std::fmt::Write;

/// The version of the JSON report: it changes with every change that a reader has to know of.
pub const CHECK_JSON_VERSION: u32 = 1;

/// For a terminal: the count, and each finding with the line that it is about.
pub fn check_text(profiles: &[Checked], layout: impl Into<Layout>) -> String {
    let layout = layout.into();
    let layout = &Layout { width: Some(layout.columns()), ..layout };
    let account = &plainly_checked(profiles);
    let verdict = fold(&verdict(account, layout), layout.columns());
    if layout.is_summary {
        let mut page = Page::new(layout);
        summary::show(&mut page, &kinds(account));
        return verdict + &page.finish();
    }
    let mut text = verdict.clone();
    let mut shared: FxHashMap<Same, Vec<&str>> = FxHashMap::default();
    for (entry, item, _) in in_order(account) {
        let names = shared.entry(same(item)).or_default();
        if names.last() != Some(&&*entry.path) {
            names.push(&entry.path);
        }
    }
    for (entry, item, of) in in_order(account) {
        // What many files have is shown in the first of them.
        let names = shared.get(&same(item)).map_or(&[][..], Vec::as_slice);
        let is_shared = names.len() >= MANY;
        if is_shared && names.first() != Some(&&*entry.path) {
            continue;
        }
        text.push('\n');
        one(&mut text, (entry, item, of), is_shared.then_some(names), layout);
    }
    if text.lines().count() > layout.lines() {
        text.push('\n');
        text += &verdict;
    }
    text
}

/// A finding, with its profile.
type Found<'a> = (&'a Entry, &'a Item, OfLint);

/// The findings of a profile, in the order of its file.
fn of_entry(entry: &Entry) -> Vec<Found<'_>> {
    let mut found: Vec<Found> = Vec::new();
    for item in &entry.items {
        if let Origin::Lint(of) = item.origin {
            found.push((entry, item, of));
        }
    }
    found.sort_by_key(|(.., of)| of.at);
    found
}

/// Those of all profiles.
fn in_order(account: &Account) -> Vec<Found<'_>> {
    account.entries.iter().flat_map(of_entry).collect()
}

/// `1 error, 2 warnings, 1 accepted`
fn verdict(account: &Account, layout: &Layout) -> String {
    let count = |level| account.items().filter(|(_, item)| item.level == level).count();
    let mut words = Vec::new();
    for (level, one, more) in [
        (Level::Error, "error", "errors"),
        (Level::Warning, "warning", "warnings"),
        (Level::Note, "info", "infos"),
    ] {
        match count(level) {
            0 => {}
            1 => words.push(format!("1 {one}")),
            count => words.push(format!("{count} {more}")),
        }
    }
    if account.accepted() > 0 {
        words.push(format!("{} accepted", account.accepted()));
    }
    if words.is_empty() {
        words.push("nothing found".to_owned());
    }
    let ink = match (count(Level::Error), count(Level::Warning)) {
        (0, 0) => Ink::Stricter,
        (0, _) => Ink::Warning,
        _ => Ink::Weaker,
    };
    layout.paint().text(ink, &words.join(", ")) + "\n"
}

/// A line a lint, the worst first.
fn kinds(account: &Account) -> Vec<Line<'_>> {
    let mut lines: Vec<(Level, Line)> = Vec::new();
    for (_, item, _) in in_order(account) {
        let at =
            lines.iter().position(|(level, line)| (*level, line.kind) == (item.level, item.rule));
        let at = at.unwrap_or_else(|| {
            let (marker, ink) = match item.level {
                Level::Error => ("x", Ink::Weaker),
                Level::Warning => ("!", Ink::Warning),
                Level::Note => ("·", Ink::Note),
            };
            let line = Line { marker, ink, kind: item.rule, subjects: Vec::new(), count: 0 };
            lines.push((item.level, line));
            lines.len() - 1
        });
        let line = &mut lines[at].1;
        line.count += 1;
        let subject = visible(&item.subject);
        if !subject.is_empty() && !line.subjects.contains(&subject) {
            line.subjects.push(subject);
        }
    }
    lines.sort_by_key(|(level, _)| std::cmp::Reverse(*level));
    lines.into_iter().map(|(_, line)| line).collect()
}

/// A finding that so many files have is shown once.
const MANY: usize = 3;

/// So many of them are named.
const NAMED: usize = 5;

/// What makes findings of several files one.
type Same<'a> = (&'static str, Level, &'a str, &'a str, &'a str);

fn same(item: &Item) -> Same<'_> {
    (item.rule, item.level, &item.subject, &item.message, item.help.as_deref().unwrap_or_default())
}

/// `in 214 files: a.json, b.json and 212 more`
fn in_files(names: &[&str], is_verbose: bool) -> String {
    let most = if is_verbose { usize::MAX } else { NAMED };
    let named: Vec<String> = names.iter().take(most).map(|name| visible(name)).collect();
    let left = names.len().saturating_sub(most);
    let more = if left > 0 { format!(" and {left} more") } else { String::new() };
    format!("in {} files: {}{more}", names.len(), named.join(", "))
}

fn one(text: &mut String, found: Found, names: Option<&[&str]>, layout: &Layout) {
    let (entry, item, of) = found;
    let level = match item.level {
        Level::Error => excerpt::Level::Error,
        Level::Warning => excerpt::Level::Warning,
        Level::Note => excerpt::Level::Info,
    };
    let message = match of.span {
        Some(_) => format!("{} [{}]", item.message, item.rule),
        None => format!("{}: {} [{}]", entry.path, item.message, item.rule),
    };
    let place = entry.new.as_ref().zip(of.span);
    *text +=
        &render(level, &message, place, Some(item.help.as_deref().unwrap_or_default()), layout);
    if let Some((source, other)) = entry.new.as_ref().zip(of.other) {
        let position = source.position(other.start);
        let name = visible(&source.name);
        let path = source.path().filter(|_| source.kind == SourceKind::File);
        let place = format!("{name}:{}:{}", position.line, position.column);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "    see  {}", layout.linked(path, &place));
    }
    if let Some(proof) = &item.proof {
        *text += &fold(&format!("  proof: {proof}\n"), layout.columns());
    }
    if let Some(names) = names {
        *text += &fold(&format!("    {}\n", in_files(names, layout.is_verbose)), layout.columns());
    }
    if layout.is_verbose {
        let _ = writeln!(text, "  id: {}", item.id);
    }
}

/// For programs: described by `docs/check.schema.json`.
pub fn check_json(profiles: &[Checked]) -> String {
    let account = check_account(profiles, false);
    let profiles: Vec<Value> = account
        .entries
        .iter()
        .map(|entry| {
            let found = of_entry(entry);
            let findings: Vec<&Value> = found.iter().map(|(_, item, _)| &item.data).collect();
            json!({ "profile": entry.path, "accepted": entry.accepted.len(), "findings": findings })
        })
        .collect();
    let report = json!({ "version": CHECK_JSON_VERSION, "profiles": profiles });
    format!("{report:#}\n")
}
