//! What the lints found as an [`Entry`].

use super::data::finding_json;
use super::item::bare;
use super::model::{Accepted, Account, Command, Entry, Item, Level, Status, Verdict};
use super::origin::{OfLint, Origin};
use super::region::Region;
use crate::lint::{Finding, Severity};
use crate::load::{LoadError, Source};
use serde_json::Value;

/// The findings of one profile.
#[derive(Clone, Debug)]
pub struct Checked<'a> {
    /// What the user called it.
    pub name: &'a str,
    /// Its text; none for findings that are about no profile.
    pub source: Option<&'a Source>,
    /// In the order of the file.
    pub findings: &'a [Finding],
    /// Those that are accepted, each with the reason.
    pub accepted: &'a [(Finding, String)],
}

/// What `check` found.
pub fn check_account(profiles: &[Checked], fails: bool) -> Account {
    account(profiles.iter().map(checked).collect(), fails)
}

/// The same with nothing for programs: text tells no more, and is made faster.
pub(in crate::report) fn plainly_checked(profiles: &[Checked]) -> Account {
    account(profiles.iter().map(|profile| entry(profile, false)).collect(), false)
}

fn account(entries: Vec<Entry>, fails: bool) -> Account {
    let items = entries.iter().flat_map(|entry| &entry.items);
    let sentence = counts(items);
    let level = entries.iter().filter_map(Entry::level).max();
    Account {
        command: Command::Check,
        scope: String::new(),
        range: None,
        verdict: Verdict { level, sentence, fails },
        entries,
        notes: Vec::new(),
        uses: Vec::new(),
    }
}

/// What `check` found in one profile.
pub fn checked(checked: &Checked) -> Entry {
    entry(checked, true)
}

fn entry(checked: &Checked, has_data: bool) -> Entry {
    let one = |(at, finding)| item(checked.source, at, finding, has_data);
    let mut items: Vec<Item> = checked.findings.iter().enumerate().map(one).collect();
    items.sort_by_key(|item| std::cmp::Reverse(item.level));
    let accepted = checked.accepted.iter().enumerate().map(|(at, (finding, reason))| Accepted {
        item: one((at, finding)),
        reason: reason.clone(),
    });
    Entry {
        path: checked.name.to_owned(),
        // What is about no profile is about `sdiff.toml`.
        file: checked.source.map_or(Some(checked.name), Source::path).map(str::to_owned),
        status: Status::Checked,
        against: String::new(),
        sentence: counts(&items),
        items,
        accepted: accepted.collect(),
        notes: Vec::new(),
        old: None,
        new: checked.source.cloned(),
        own: None,
        table: None,
        told: None,
    }
}

/// `2 errors, 1 warning`
fn counts<'a>(items: impl IntoIterator<Item = &'a Item>) -> String {
    let mut counts = [0_usize; 3];
    for item in items {
        counts[item.level as usize] += 1;
    }
    let words = [(2, "error"), (1, "warning"), (0, "info")].into_iter().filter_map(|(at, word)| {
        let plural = if counts[at] == 1 { "" } else { "s" };
        (counts[at] > 0).then(|| format!("{} {word}{plural}", counts[at]))
    });
    let words: Vec<String> = words.collect();
    if words.is_empty() { "nothing found".to_owned() } else { words.join(", ") }
}

/// One finding of a lint, in a text.
pub fn finding_item(source: Option<&Source>, finding: &Finding) -> Item {
    item(source, 0, finding, true)
}

fn item(source: Option<&Source>, at: usize, finding: &Finding, has_data: bool) -> Item {
    let place = source.zip(finding.span).map(|(source, span)| Region::of(source, span));
    Item {
        subject: finding.subject.clone(),
        message: finding.message.clone(),
        proof: finding.witness.as_ref().map(ToString::to_string),
        help: Some(finding.help.clone()).filter(|help| !help.is_empty()),
        place,
        data: if has_data { finding_json(source, finding) } else { Value::Null },
        origin: Origin::Lint(OfLint { at, span: finding.span, other: finding.other }),
        ..bare(
            finding.id.clone(),
            finding.lint,
            match finding.severity {
                Severity::Error => Level::Error,
                Severity::Warning => Level::Warning,
                Severity::Info => Level::Note,
            },
            finding.severity.name(),
        )
    }
}

/// A file that cannot be read as a profile at all.
pub fn load_item(error: &LoadError) -> Item {
    let place = error.source().zip(error.span()).map(|(source, span)| Region::of(source, span));
    Item {
        message: error.kind().to_string(),
        help: error.help(),
        place,
        ..bare("unreadable".to_owned(), "unreadable", Level::Error, "error")
    }
}
