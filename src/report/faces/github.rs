//! Workflow commands: annotations at the lines of a pull request.

use super::super::account::{Account, Entry, Item, Level};
use super::{by_level, counted, cut, details, seen, slashed};
use std::fmt::Write;

/// GitHub shows ten annotations of each level in a step and drops the others without a word.
const PER_LEVEL: usize = 10;
/// The longest title that is shown whole.
const TITLE: usize = 200;

/// The verdict as a line of the log, and an annotation for each finding, the worst first. Where
/// there are more than GitHub shows, the last notice says how many.
pub fn github(account: &Account) -> String {
    let mut text = format!("sdiff: {}\n", legacy(&seen(&account.verdict.sentence)));
    let items = by_level(&account.entries);
    let fits = |most: [usize; 3]| {
        let mut room = most;
        let mut is_shown = |item: &Item| {
            let room = &mut room[item.level as usize];
            let is_shown = *room > 0;
            *room = room.saturating_sub(1);
            is_shown
        };
        items.iter().map(|(_, item)| is_shown(item)).collect::<Vec<bool>>()
    };
    let mut shown = fits([PER_LEVEL; 3]);
    if shown.contains(&false) {
        // The notice about the others needs the place of one.
        shown = fits([PER_LEVEL - 1, PER_LEVEL, PER_LEVEL]);
    }
    for ((entry, item), _) in items.iter().zip(&shown).filter(|(_, shown)| **shown) {
        text += &annotation(entry, item);
    }
    let left = items.iter().zip(&shown).filter(|(_, shown)| !**shown);
    let left = counted(left.map(|((_, item), _)| *item));
    if !left.is_empty() {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "::notice title=sdiff::{left} more, which GitHub does not show here: `--also \
             markdown=FILE` and `--also sarif=FILE` have them"
        );
    }
    text
}

fn annotation(entry: &Entry, item: &Item) -> String {
    let word = match item.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    };
    let mut properties = Vec::new();
    if let Some(file) = &entry.file {
        properties.push(format!("file={}", property(&slashed(&seen(file)))));
        if let Some(place) = item.place {
            properties.push(format!("line={}", place.line));
            properties.push(format!("endLine={}", place.end_line));
            // GitHub refuses columns of more than one line.
            if place.line == place.end_line {
                properties.push(format!("col={}", place.column));
                properties.push(format!("endColumn={}", place.end_column));
            }
        }
    }
    let title = match &*item.subject {
        "" => item.rule.to_owned(),
        subject => format!("{}: {subject}", item.rule),
    };
    properties.push(format!("title={}", property(&cut(&seen(&title), TITLE))));
    let mut lines = vec![seen(&item.message)];
    if entry.file.is_none() {
        lines[0] = format!("{}: {}", seen(&entry.path), lines[0]);
    }
    lines.extend(details(item));
    format!("::{word} {}::{}\n", properties.join(","), data(&lines.join("\n")))
}

/// The text of a command.
fn data(text: &str) -> String {
    legacy(&text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A"))
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// The runner takes commands of an older form, `##[error]`, anywhere in a line.
fn legacy(text: &str) -> String {
    text.replace("##[", "# #[")
}
