//! The one answer of a review.

use super::uses::Uses;
use crate::lint::{self, Severity};
use crate::report;
use crate::report::account::{Account, Command, Entry, Item, Level, Status, Verdict};
use crate::semantics::Settings;

/// What fails a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// What is weaker, gone or unreadable, and findings of the lints from that severity on.
    Weakened(Severity),
    /// The same, and what cannot be judged.
    Unjudged(Severity),
    /// Whatever is more than a note, and what is stricter.
    Any,
    /// Nothing.
    Never,
}

/// All entries with their verdict.
pub fn account(
    entries: Vec<Entry>,
    uses: Uses,
    notes: Vec<String>,
    range: String,
    settings: &Settings,
    gate: Gate,
) -> Account {
    let sentence = sentence(&entries) + &of_uses(&uses);
    // What a long entry only counts fails as what it tells.
    let cut_fails = uses.cut.iter().any(|&(level, rule)| fails(level, rule, gate));
    let mut entries = entries;
    entries.extend(uses.entries);
    entries.sort_by(|a, b| (b.level(), &a.path).cmp(&(a.level(), &b.path)));
    let mut notes = notes;
    notes.extend(uses.notes);
    let verdict = Verdict {
        level: entries.iter().filter_map(Entry::level).max(),
        sentence,
        fails: cut_fails
            || entries
                .iter()
                .flat_map(|entry| &entry.items)
                .any(|item| fails(item.level, item.rule, gate)),
    };
    Account {
        command: Command::Review,
        scope: report::scope_of(settings),
        range: Some(range),
        verdict,
        entries,
        notes,
        uses: uses.seen,
    }
}

/// What is said of uses behind the sentence on profiles.
fn of_uses(uses: &Uses) -> String {
    let items = uses.entries.iter().flat_map(|entry| &entry.items);
    let found = items.map(|item| (item.level, item.rule)).chain(uses.cut.iter().copied());
    let is_said = |&(level, rule): &(Level, &str)| level > Level::Note || rule == "use-tightened";
    let rules: Vec<&str> = found.filter(is_said).map(|(_, rule)| rule).collect();
    let count = |names: &[&str]| rules.iter().filter(|rule| names.contains(rule)).count();
    let parts = [
        (count(&["use-weakened", "use-unconfined"]), "weaker"),
        (count(&["use-changed"]), "different"),
        (count(&["use-tightened"]), "stricter"),
        (count(&["unjudged"]), "not judged"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    match parts.is_empty() {
        true => String::new(),
        false => format!(" Uses of profiles: {}.", parts.join(", ")),
    }
}

/// Whether calls run that were stopped, or may.
fn is_weaker(rule: &str) -> bool {
    matches!(
        rule,
        "added" | "weakened" | "host-opens" | "unconfined" | "use-weakened" | "use-unconfined"
    )
}

fn fails(level: Level, rule: &str, gate: Gate) -> bool {
    match gate {
        Gate::Never => false,
        Gate::Unjudged(from) => rule == "unjudged" || fails(level, rule, Gate::Weakened(from)),
        Gate::Weakened(from) => {
            let least = match from {
                Severity::Info => Level::Note,
                Severity::Warning => Level::Warning,
                Severity::Error => Level::Error,
            };
            let is_lint = lint::ALL.iter().any(|lint| lint.id == rule);
            is_weaker(rule) || rule == "unreadable" || (is_lint && level >= least)
        }
        Gate::Any => {
            level > Level::Note
                || is_weaker(rule)
                || matches!(rule, "removed" | "tightened" | "host-lost" | "use-tightened")
        }
    }
}

fn sentence(entries: &[Entry]) -> String {
    let is_settings = |item: &Item| item.rule == "config-changed";
    let is_profile = |entry: &&Entry| !entry.items.iter().any(is_settings);
    let profiles: Vec<&Entry> = entries.iter().filter(is_profile).collect();
    let has = |entry: &&&Entry, is: &dyn Fn(&Item) -> bool| entry.items.iter().any(is);
    let count = |is: &dyn Fn(&Item) -> bool| profiles.iter().filter(|e| has(e, is)).count();
    let total = match profiles.len() {
        0 => return "No seccomp profile is touched.".to_owned(),
        1 => "1 profile".to_owned(),
        count => format!("{count} profiles"),
    };
    let gone = profiles.iter().filter(|entry| entry.status == Status::Deleted).count();
    let weaker = count(&|item| is_weaker(item.rule) && item.rule != "unconfined");
    let off = count(&|item| item.rule == "unconfined") - gone;
    let broken = count(&|item| matches!(item.rule, "unreadable" | "does-not-load"));
    let is_unlike = |item: &Item| item.rule == "requirement-broken" && item.level == Level::Error;
    let unlike = count(&is_unlike);
    let is_lint =
        |item: &Item| !is_unlike(item) && lint::ALL.iter().any(|lint| lint.id == item.rule);
    let found = profiles.iter().flat_map(|entry| &entry.items);
    let found = found.filter(|item| is_lint(item) && item.level > Level::Note).count();
    let accepted: usize = entries.iter().map(|entry| entry.accepted.len()).sum();
    let verb = |count: usize, one: &str, more: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {more}"),
    };
    let parts = [
        (weaker, verb(weaker, "lets through more than before", "let through more than before")),
        (off, verb(off, "turns seccomp off", "turn seccomp off")),
        (gone, verb(gone, "is gone", "are gone")),
        (broken, verb(broken, "does not load", "do not load")),
        (unlike, verb(unlike, "is not what is required", "are not what is required")),
    ];
    let parts: Vec<String> =
        parts.into_iter().filter(|(count, _)| *count > 0).map(|(_, words)| words).collect();
    let mut sentence = match &profiles[..] {
        _ if parts.is_empty() => format!("Nothing is weaker in {total}."),
        [one] => {
            let verbs = parts.iter().map(|part| part.trim_start_matches("1 "));
            format!("{} {}.", one.path, verbs.collect::<Vec<_>>().join(" and "))
        }
        _ => format!("Of {total}, {}.", parts.join(", ")),
    };
    if found > 0 {
        sentence += &format!(" {}.", verb(found, "new warning", "new warnings"));
    }
    if accepted > 0 {
        sentence +=
            &format!(" {}.", verb(accepted, "finding is accepted", "findings are accepted"));
    }
    sentence
}
