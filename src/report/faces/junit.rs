//! JUnit's XML, as GitLab and Jenkins read it.

use super::super::account::{Account, Entry, Item, Level};
use super::{details, seen, slashed};
use std::fmt::Write;

/// A suite for each profile and a case for each finding: errors and warnings fail, notes pass,
/// what is accepted is skipped with its reason. A profile without findings has one case that
/// passes, so that a reader sees that it was looked at.
pub fn junit(account: &Account) -> String {
    let suites: Vec<Suite> = account.entries.iter().map(suite).collect();
    let sum = |of: fn(&Suite) -> usize| suites.iter().map(of).sum::<usize>();
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "<testsuites name=\"sdiff {}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">",
        account.command.name(),
        sum(|suite| suite.tests),
        sum(|suite| suite.failures),
        sum(|suite| suite.errors),
        sum(|suite| suite.skipped),
    );
    for suite in &suites {
        text += &suite.text;
    }
    text + "</testsuites>\n"
}

struct Suite {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
    text: String,
}

fn suite(entry: &Entry) -> Suite {
    let is_error = |item: &&Item| item.rule == "unreadable";
    let errors = entry.items.iter().filter(is_error).count();
    let failures = entry.items.iter().filter(|item| item.level > Level::Note).count() - errors;
    let skipped = entry.accepted.len();
    let tests = (entry.items.len() + skipped).max(1);
    let mut body = String::new();
    for item in &entry.items {
        body += &case(entry, item, &verdict(item));
    }
    for accepted in &entry.accepted {
        let skipped = format!("<skipped message=\"{}\"/>", escaped(&accepted.reason));
        body += &case(entry, &accepted.item, &skipped);
    }
    if body.is_empty() {
        body = format!("    <testcase{} name=\"{}\"/>\n", place(entry), escaped(&entry.sentence));
    }
    let notes: Vec<String> = entry.notes.iter().map(|note| escaped(note)).collect();
    if !notes.is_empty() {
        // Writing to a String cannot fail.
        let _ = writeln!(body, "    <system-out>{}</system-out>", notes.join("\n"));
    }
    let name = escaped(&entry.path);
    let text = format!(
        "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" \
         skipped=\"{skipped}\">\n{body}  </testsuite>\n"
    );
    Suite { tests, failures, errors, skipped, text }
}

fn case(entry: &Entry, item: &Item, inner: &str) -> String {
    let name = escaped(&format!("{}: {} [{}]", item.rule, item.message, item.id));
    format!("    <testcase{} name=\"{name}\">{inner}</testcase>\n", place(entry))
}

fn place(entry: &Entry) -> String {
    let class = escaped(&entry.path);
    let file = entry.file.as_ref().map(|file| format!(" file=\"{}\"", escaped(&slashed(file))));
    format!(" classname=\"{class}\"{}", file.unwrap_or_default())
}

/// What a case says of itself.
fn verdict(item: &Item) -> String {
    let mut lines = details(item);
    if let Some(place) = item.place {
        lines.insert(0, format!("line {}, column {}", place.line, place.column));
    }
    let body = lines.iter().map(|line| escaped(line)).collect::<Vec<_>>().join("\n");
    let tag = match item.level {
        _ if item.rule == "unreadable" => "error",
        Level::Error | Level::Warning => "failure",
        Level::Note => return format!("<system-out>{body}</system-out>"),
    };
    let message = escaped(&item.message);
    let severity = escaped(item.severity);
    format!("<{tag} message=\"{message}\" type=\"{severity}\">{body}</{tag}>")
}

/// A text for an attribute or an element. What XML 1.0 has no way to write is shown as an escape
/// or, of the two characters that are none, as the one that stands for such.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in seen(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
