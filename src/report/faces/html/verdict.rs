//! The answer, and what each profile's is.

use super::super::super::account::{Account, Entry, Level, Status};
use super::markup::Markup;

/// The class of a level: its colour.
pub(super) fn class(level: Option<Level>) -> &'static str {
    level.map_or("none", Level::name)
}

/// A sign for a level, for those who see no colours.
pub(super) fn mark(level: Option<Level>) -> &'static str {
    match level {
        Some(Level::Error) => "✖",
        Some(Level::Warning) => "▲",
        Some(Level::Note) => "●",
        None => "✔",
    }
}

/// How many findings are of each level, the worst first; levels without one are left out.
pub(super) fn levels(account: &Account) -> Vec<(Level, usize)> {
    let of = |level| account.items().filter(|(_, item)| item.level == level).count();
    let levels = [Level::Error, Level::Warning, Level::Note].into_iter();
    levels.map(|level| (level, of(level))).filter(|(_, count)| *count > 0).collect()
}

/// How many findings there are of each kind, in the order of the findings.
pub(super) fn kinds(account: &Account) -> Vec<(&'static str, usize)> {
    let mut kinds: Vec<(&'static str, usize)> = Vec::new();
    for (_, item) in account.items() {
        match kinds.iter_mut().find(|(rule, _)| *rule == item.rule) {
            Some((_, count)) => *count += 1,
            None => kinds.push((item.rule, 1)),
        }
    }
    kinds
}

/// The verdict of the run.
pub(super) fn verdict(page: &mut Markup, account: &Account) {
    let level = account.verdict.level;
    page.open("section", &[("class", "verdict"), ("aria-labelledby", "verdict")]);
    page.open("div", &[("class", "answer"), ("data-level", class(level))]);
    page.raw("<p class=\"word\"><span class=\"mark\" aria-hidden=\"true\">").text(mark(level));
    page.raw("</span> ").raw(match level {
        Some(Level::Error) => "Not to be merged unseen",
        Some(Level::Warning) => "To be looked at",
        Some(Level::Note) => "Worth knowing",
        None => "Nothing found",
    });
    page.raw("</p>\n<h1 id=\"verdict\">").text(&account.verdict.sentence).raw("</h1>\n");
    page.raw("<p class=\"gate\">").raw(match account.verdict.fails {
        true => "The gate <b>fails</b>: exit status 1.",
        false => "The gate <b>passes</b>: exit status 0.",
    });
    page.raw("</p></div>\n");
    counts(page, account);
    page.raw("<dl class=\"facts\">");
    if let [entry] = &account.entries[..]
        && !entry.against.is_empty()
    {
        fact(page, "Old", &entry.against);
        fact(page, "New", &entry.path);
    }
    for (name, text) in [("Range", account.range.as_deref()), ("Holds for", Some(&account.scope))] {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            fact(page, name, text);
        }
    }
    page.raw("</dl>\n");
    notes(page, &account.notes);
    page.raw("</section>\n");
}

fn fact(page: &mut Markup, name: &'static str, text: &str) {
    page.raw("<div><dt>").raw(name).raw("</dt><dd>").text(text).raw("</dd></div>");
}

fn counts(page: &mut Markup, account: &Account) {
    page.raw("<ul class=\"counts\" aria-label=\"Findings\">");
    for (level, count) in levels(account) {
        page.open("li", &[("class", "chip"), ("data-level", class(Some(level)))]);
        page.raw("<span aria-hidden=\"true\">").text(mark(Some(level))).raw("</span> <b>");
        page.number(count).raw("</b> ").raw(match (level, count) {
            (Level::Error, 1) => "error",
            (Level::Error, _) => "errors",
            (Level::Warning, 1) => "warning",
            (Level::Warning, _) => "warnings",
            (Level::Note, 1) => "note",
            (Level::Note, _) => "notes",
        });
        page.raw("</li>");
    }
    for (rule, number) in kinds(account) {
        page.raw("<li class=\"chip\"><b>").number(number).raw("</b> ").text(rule);
        page.raw("</li>");
    }
    if account.accepted() > 0 {
        page.raw("<li class=\"chip\"><b>").number(account.accepted());
        page.raw("</b> accepted</li>");
    }
    page.raw("</ul>\n");
}

/// The head of one profile.
pub(super) fn entry(page: &mut Markup, account: &Account, entry: &Entry) {
    page.raw("<header class=\"head\"><h2>").text(&entry.path).raw("</h2>");
    let is_told = matches!(entry.status, Status::Compared | Status::Checked);
    if !is_told {
        page.raw("<span class=\"chip\">").raw(entry.status.name()).raw("</span>");
    }
    // Of one profile, the verdict has said all of it.
    if account.entries.len() > 1 {
        if !entry.against.is_empty() {
            page.raw("<p class=\"against\">compared with <b>").text(&entry.against);
            page.raw("</b></p>");
        }
        let level = entry.level();
        page.open("p", &[("class", "said"), ("data-level", class(level))]);
        page.raw("<span class=\"mark\" aria-hidden=\"true\">").text(mark(level));
        page.raw("</span> ").text(&entry.sentence).raw("</p>");
    }
    page.raw("</header>\n");
    notes(page, &entry.notes);
}

fn notes(page: &mut Markup, notes: &[String]) {
    if notes.is_empty() {
        return;
    }
    page.raw("<ul class=\"notes\">");
    for note in notes {
        page.raw("<li>").prose(note).raw("</li>");
    }
    page.raw("</ul>\n");
}
