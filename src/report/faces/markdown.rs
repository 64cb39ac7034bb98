//! A comment on a pull request: the verdict, a table of what is weaker, the rest folded.

use super::super::account::{Account, Entry, Item, Level, Status};
use super::more;
use crate::diff::Direction;
use crate::load::excerpt::visible;

/// GitHub takes no longer comment. Counted in UTF-16, which is never fewer than its characters.
pub const MARKDOWN_LIMIT: usize = 65_536;

/// Kept for what is said of what is left out.
const RESERVE: usize = 2048;

/// How many rows a table has before the rest is counted.
const ROWS: usize = 50;

/// The account in GitHub's Markdown. Long ones are cut between findings, with a count of what is
/// left out. No text of a profile is markup, a link or a mention.
pub fn markdown(account: &Account) -> String {
    let mut page = Page { text: String::new(), left: MARKDOWN_LIMIT - RESERVE, cut: 0 };
    let mark = match account.verdict.fails {
        true => "❌",
        false if account.verdict.level.is_none() => "✅",
        false => "⚠️",
    };
    page.force(&format!("### {mark} {}\n\n", words(&account.verdict.sentence)));
    table(&mut page, account);
    for entry in &account.entries {
        profile(&mut page, entry);
    }
    for note in &account.notes {
        page.add(&format!("- {}\n", words(note)));
    }
    if page.cut > 0 {
        let left = more(page.cut, "part is", "parts are");
        page.text += &format!(
            "\n**{left} left out here**, for want of room: the whole report is in the job.\n"
        );
    }
    let range = account.range.as_ref().map(|range| format!("{}, ", code(range)));
    let scope = words(&account.scope);
    let sep = if scope.is_empty() { "" } else { " · " };
    page.text += &format!("\n<sub>sdiff{sep}{}{scope}</sub>\n", range.unwrap_or_default());
    page.text
}

struct Page {
    text: String,
    left: usize,
    cut: usize,
}

impl Page {
    /// Adds a part, whole or not at all.
    fn add(&mut self, part: &str) -> bool {
        let length = part.encode_utf16().count();
        let fits = length <= self.left;
        match fits {
            true => {
                self.left -= length;
                self.text += part;
            }
            false => self.cut += 1,
        }
        fits
    }

    /// Adds what has to be there; a part of it, if it is too long.
    fn force(&mut self, part: &str) {
        let short: String = part.chars().take(4000).collect();
        self.add(&short);
    }
}

/// What runs that did not, each with its proof.
fn table(page: &mut Page, account: &Account) {
    let mut rows = Vec::new();
    for (entry, item) in account.items() {
        for effect in item.effects.iter().filter(|e| e.direction == Direction::Weaker) {
            let when = if effect.words.is_empty() { "always" } else { &effect.words };
            rows.push(format!(
                "| {} | {} | {} | {} | {} |\n",
                cell_code(&entry.path),
                cell_code(&item.subject),
                cell(&words(&effect.actions)),
                cell(&words(when)),
                cell_code(effect.proof.as_deref().unwrap_or_default()),
            ));
        }
    }
    if rows.is_empty() {
        return;
    }
    let head = "| profile | call | action | when | proof |\n|---|---|---|---|---|\n";
    if !page.add(head) {
        return;
    }
    let count = rows.len();
    let shown = rows.into_iter().take(ROWS).take_while(|row| page.add(row)).count();
    if shown < count {
        let left = more(count - shown, "more row", "more rows");
        page.force(&format!("\n{left}: see below.\n"));
    }
    page.force("\n");
}

fn profile(page: &mut Page, entry: &Entry) {
    let icon = match entry.level() {
        Some(Level::Error) => "🔴",
        Some(Level::Warning) => "🟠",
        Some(Level::Note) => "🔵",
        None => "⚪",
    };
    let status = match entry.status {
        Status::Compared | Status::Checked => String::new(),
        status => format!(", {}", status.name()),
    };
    let sentence = words(&entry.sentence);
    let head = format!(
        "<details><summary>{icon} <b>{}</b>{status}: {sentence}</summary>\n\n",
        words(&entry.path)
    );
    // What opens is closed, whatever fits in between.
    let end = "\n</details>\n\n";
    if page.left < (head.len() + end.len()) * 2 || !page.add(&head) {
        page.cut += entry.items.len().max(1);
        return;
    }
    page.left -= end.len();
    if !entry.against.is_empty() {
        page.add(&format!("Compared with {}.\n\n", code(&entry.against)));
    }
    for group in entry.groups() {
        page.add(&finding(&group));
    }
    for accepted in &entry.accepted {
        let (message, reason) = (rich(&accepted.item.message), words(&accepted.reason));
        page.add(&format!("- ✔️ accepted: {message} ({reason})\n"));
    }
    for note in &entry.notes {
        page.add(&format!("- {}\n", rich(note)));
    }
    page.text += end;
}

/// How many calls of a group are named.
const NAMED: usize = 12;

fn finding(group: &[&Item]) -> String {
    let Some(item) = group.first() else { return String::new() };
    let icon = match item.level {
        Level::Error => "🔴",
        Level::Warning => "🟠",
        Level::Note => "🔵",
    };
    let line = item.place.map_or(String::new(), |place| format!(" (line {})", place.line));
    let mut text = match group.len() {
        1 => format!("- {icon} **{}** {}{line}\n", item.rule, rich(&item.message)),
        count => {
            let names = group.iter().take(NAMED).map(|item| code(&item.subject));
            let names = names.collect::<Vec<_>>().join(", ");
            let rest = if count > NAMED { ", …" } else { "" };
            let effect = item.effects.first();
            let effect = effect.map_or(String::new(), |e| format!("{} {}", e.actions, e.words));
            let (of, said) = match item.of_use() {
                Some(said) => ("uses", rich(said)),
                None => ("calls", words(&effect)),
            };
            format!("- {icon} **{}** {count} {of}: {names}{rest}: {said}\n", item.rule)
        }
    };
    let mut add = |title: &str, more: String| text += &format!("  - {title}{more}\n");
    for effect in item.effects.iter().skip(1) {
        add("", words(&format!("{} {}", effect.actions, effect.words)));
    }
    if let Some(proof) = &item.proof {
        add("proof: ", code(proof));
    }
    item.dangers.iter().for_each(|danger| add("danger: ", rich(danger)));
    Entry::needs_of(group).iter().for_each(|need| add("needs: ", rich(need)));
    if let Some(help) = &item.help {
        add("help: ", rich(help));
    }
    text
}

/// Within a table a bar ends the cell, in code as well.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// Code in a cell. With a backslash of its own, a bar could not be kept from ending it.
fn cell_code(text: &str) -> String {
    if text.contains('\\') { words(text) } else { cell(&code(text)) }
}

/// How much of one text is shown.
const LONGEST: usize = 600;

/// A text on one line, of which nothing is markup, a link, a mention or a reference.
///
/// Signs that Markdown obeys become character references. GitHub looks for mentions and issues in
/// what is left when the references are resolved: there a joiner of no width parts the sign from
/// the word.
pub(super) fn words(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let shown: Vec<char> = visible(text).trim().chars().take(LONGEST + 1).collect();
    for (at, &c) in shown.iter().enumerate().take(LONGEST) {
        let is_before_word = shown.get(at + 1).is_some_and(|next| next.is_alphanumeric());
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            // Where a line begins, these begin a list or underline a heading.
            '-' | '=' if at == 0 => push_reference(&mut out, c),
            '.' | ')' if out.bytes().all(|b| b.is_ascii_digit()) => push_reference(&mut out, c),
            '@' | '#' => {
                push_reference(&mut out, c);
                out.push('\u{2060}');
            }
            // `www.example.org`, `https:`, `GH-1`
            '.' if is_before_word => push_reference(&mut out, c),
            '-' if out.to_ascii_lowercase().ends_with("gh") => {
                push_reference(&mut out, c);
                out.push('\u{2060}');
            }
            'a'..='z' | 'A'..='Z' | '0'..='9' => out.push(c),
            ' ' | ',' | ';' | '(' | ')' | '?' | '\'' | '"' | '=' | '%' | '.' | '-' | '/' => {
                out.push(c)
            }
            c if c.is_ascii() => push_reference(&mut out, c),
            c => out.push(c),
        }
    }
    // A point of a list without a word would make a heading of the line before it.
    if shown.len() > LONGEST || shown.is_empty() {
        out.push('…');
    }
    out
}

fn push_reference(out: &mut String, c: char) {
    out.push_str(&format!("&#{};", u32::from(c)));
}

/// As [`words`], with what stands between backquotes as code.
fn rich(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    // An odd sign is none of ours.
    if parts.len().is_multiple_of(2) || text.len() > LONGEST {
        return words(text);
    }
    let of = |(at, part): (usize, &&str)| match (at % 2, part.trim()) {
        (0, "") => part.chars().take(1).map(|_| ' ').collect(),
        (0, inner) => {
            let space = |is_there: bool| if is_there { " " } else { "" };
            let (before, behind) = (part.starts_with(' '), part.ends_with(' '));
            format!("{}{}{}", space(before), words(inner), space(behind))
        }
        (_, inner) => code(inner),
    };
    let rich: String = parts.iter().enumerate().map(of).collect();
    if rich.trim().is_empty() { words("") } else { rich }
}

/// A text as code, where nothing is markup; backquotes of its own become quotes.
pub(super) fn code(text: &str) -> String {
    let shown: String = visible(text)
        .chars()
        .take(LONGEST)
        .map(|c| match c {
            '`' => '\'',
            '\n' | '\r' | '\t' => ' ',
            c => c,
        })
        .collect();
    let shown = shown.trim();
    if shown.is_empty() { String::new() } else { format!("`{shown}`") }
}
