//! Workflow commands of GitHub Actions: annotations on the lines of the changed files.

use super::super::account::{Account, Level};
use super::{LEVELS, file, more, plain};
use crate::load::excerpt::visible;
use std::fmt::Write;

/// GitHub shows no more annotations of one level of one step; the last place is for a count.
const MOST: usize = 10;

/// The findings as workflow commands, the worst first.
pub fn github(account: &Account) -> String {
    let mut text = String::new();
    for level in LEVELS {
        let items: Vec<_> = account.items().filter(|(_, item)| item.level == level).collect();
        let shown = if items.len() > MOST { MOST - 1 } else { items.len() };
        for (entry, item) in items.iter().take(shown) {
            let mut properties = vec![("title", format!("sdiff: {}", item.rule))];
            if let Some(file) = file(entry) {
                properties.insert(0, ("file", file.to_owned()));
                if let Some(place) = item.place {
                    properties.push(("line", place.line.to_string()));
                    properties.push(("endLine", place.end_line.to_string()));
                    if place.line == place.end_line {
                        properties.push(("col", place.column.to_string()));
                        properties.push(("endColumn", place.end_column.to_string()));
                    }
                }
            }
            let properties: Vec<String> = properties
                .into_iter()
                .map(|(name, value)| format!("{name}={}", property(&value)))
                .collect();
            let _ = writeln!(
                text,
                "::{} {}::{}",
                word(level),
                properties.join(","),
                message(&plain(item))
            );
        }
        if items.len() > shown {
            let left = more(items.len() - shown, "more finding", "more findings");
            let _ =
                writeln!(text, "::{} title=sdiff::{left}; the report has them all", word(level));
        }
    }
    let level = if account.verdict.fails { Level::Error } else { Level::Note };
    let sentence = message(&account.verdict.sentence);
    let _ = writeln!(text, "::{} title=sdiff::{sentence}", word(level));
    text
}

const fn word(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    }
}

/// Behind the second `::`: a command ends where its line does.
fn message(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(visible).collect();
    lines.join("\n").replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property ends at a comma or a colon as well.
fn property(text: &str) -> String {
    // A file is found by its own name, whatever that is.
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    text.replace(':', "%3A").replace(',', "%2C")
}
