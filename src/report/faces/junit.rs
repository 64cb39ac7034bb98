//! JUnit's XML, as Jenkins and GitLab read it: a suite for a profile, a case for a finding.

use super::super::account::{Account, Entry, Item, Level};
use super::plain;
use crate::load::excerpt::visible;
use std::fmt::Write;

/// The account as test results: what is a note passes, what is more fails.
pub fn junit(account: &Account) -> String {
    let (mut tests, mut failures) = (0, 0);
    let mut suites = String::new();
    for entry in &account.entries {
        let failed = entry.items.iter().filter(|item| item.level > Level::Note).count();
        let skipped = entry.accepted.len();
        let count = (entry.items.len() + skipped).max(1);
        tests += count;
        failures += failed;
        // Writing to a String cannot fail.
        let _ = writeln!(
            suites,
            "  <testsuite name=\"{}\" tests=\"{count}\" failures=\"{failed}\" errors=\"0\" \
             skipped=\"{skipped}\">",
            text(&entry.path)
        );
        suite(&mut suites, entry);
        suites += "  </testsuite>\n";
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites name=\"sdiff {}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">\n\
         {suites}</testsuites>\n",
        account.command.name()
    )
}

fn suite(suites: &mut String, entry: &Entry) {
    let mut case = |name: &str, inner: &str| {
        let class = text(&entry.path);
        let head = format!("    <testcase classname=\"{class}\" name=\"{}\"", text(name));
        *suites += &match inner.is_empty() {
            true => format!("{head}/>\n"),
            false => format!("{head}>{inner}</testcase>\n"),
        };
    };
    let name = |item: &Item| format!("{} {}", item.rule, item.subject).trim_end().to_owned();
    for item in &entry.items {
        let inner = match item.level {
            Level::Note => String::new(),
            _ => {
                let line = item.place.map_or(String::new(), |place| format!(":{}", place.line));
                format!(
                    "<failure type=\"{}\" message=\"{}\">{}{line}\n{}</failure>",
                    text(item.rule),
                    text(&item.message),
                    text(&entry.path),
                    text(&plain(item)),
                )
            }
        };
        case(&name(item), &inner);
    }
    for accepted in &entry.accepted {
        let inner = format!("<skipped message=\"{}\"/>", text(&accepted.reason));
        case(&name(&accepted.item), &inner);
    }
    if entry.items.is_empty() && entry.accepted.is_empty() {
        case(if entry.sentence.is_empty() { "sdiff" } else { &entry.sentence }, "");
    }
}

/// As text or as the value of an attribute. What XML 1.0 has no way to say is shown as an escape.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let lines: Vec<String> = text.split('\n').map(visible).collect();
    for c in lines.join("\n").chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\u{fffe}' | '\u{ffff}' => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}
