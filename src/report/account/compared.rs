//! A comparison as an [`Entry`].

mod change;
mod hint;
mod note;
mod place;
mod setting;
mod verdict;

pub(in crate::report) use change::{DANGERS, actions};
pub(in crate::report) use verdict::within;

use super::data::{Document, breaks_json};
use super::item::bare;
use super::model::{Account, Command, Entry, Item, Level, Status, Told, Verdict};
use super::told::Tone;
use super::words::scope::scope;
use crate::diff::NotCompared;
use crate::report::sides::{Report, Side};
use crate::starts::Breaks;
use serde_json::json;

/// What `diff` found.
pub fn diff_account(report: &Report, fails: bool) -> Account {
    let mut entry = compared(report);
    // A review has the lint `no-start`, which says the same.
    if let Some(broken) = &report.comparison.breaks {
        entry.items.insert(0, breaks(broken));
        let runtime = broken.runtime_words();
        let when = broken.cases.words();
        let sentence = &entry.sentence;
        entry.sentence = format!("No container starts any more with {runtime}{when}. {sentence}");
    }
    entry.accept(|item| {
        let accepted = report.accepted.iter().find(|accepted| accepted.id == item.id);
        accepted.map(|accepted| accepted.reason.clone())
    });
    Account {
        command: Command::Diff,
        scope: scope(report),
        range: None,
        verdict: Verdict { level: entry.level(), sentence: entry.sentence.clone(), fails },
        entries: vec![entry],
        notes: Vec::new(),
        uses: Vec::new(),
    }
}

/// The same as one entry.
pub fn compared(report: &Report) -> Entry {
    entry(report, true)
}

/// The same with nothing for programs: text tells no more, and is made faster.
pub(in crate::report) fn plainly(report: &Report) -> Entry {
    entry(report, false)
}

fn entry(report: &Report, has_data: bool) -> Entry {
    let mut items: Vec<Item> = Vec::new();
    if report.new.policy.is_off() && !report.old.policy.is_off() {
        items.push(unconfined(report));
    }
    items.extend(report.comparison.not_compared.iter().filter_map(|host| lone_host(report, host)));
    let changes = report.changes().enumerate().filter(|(_, change)| !change::is_note(change));
    items.extend(changes.map(|(at, one)| change::item(report, at, one, has_data)));
    let settings = report.settings().enumerate();
    items.extend(settings.map(|(at, one)| setting::item(report, at, one, has_data)));
    items.sort_by_key(|item| std::cmp::Reverse(item.level));
    let (tone, sentence) = verdict::sentence(report);
    let told = told(report, tone, has_data);
    let notes = told.notes.iter().map(|note| note.text.clone());
    let notes = report.readers().into_iter().chain(notes).chain(told.hints.iter().cloned());
    let path = report.new.loaded.source.name.to_string();
    Entry {
        file: report.new.loaded.source.path().map(str::to_owned),
        path,
        status: Status::Compared,
        against: report.old.label(),
        sentence,
        items,
        accepted: Vec::new(),
        notes: notes.collect(),
        old: Some(report.old.loaded.source.clone()),
        new: Some(report.new.loaded.source.clone()),
        own: None,
        table: None,
        told: Some(Box::new(told)),
    }
}

fn told(report: &Report, tone: Tone, has_data: bool) -> Told {
    let sides = [&report.old, &report.new];
    let is_off = sides.map(|side| side.policy.is_off());
    let [_, new] = report.names();
    // Only their data is asked for.
    let asides = report.changes().enumerate();
    let asides = asides.filter(|(_, change)| has_data && change::is_note(change));
    let asides = asides.map(|(at, one)| change::item(report, at, one, true));
    Told {
        tone,
        counts: verdict::counts(report),
        labels: sides.map(|side: &Side| side.label() + &report.reader(side)),
        short_names: report.short_names(),
        scope: scope(report),
        is_off,
        turns_off: (is_off == [false, true])
            .then(|| format!("{new} turns seccomp off: every call is allowed")),
        breaks: verdict::breaks(report),
        notes: note::notes(report),
        hints: hint::hints(report),
        asides: asides.collect(),
        document: has_data.then(|| Box::new(Document::of(report))),
    }
}

fn unconfined(report: &Report) -> Item {
    let [old, new] = report.names();
    Item {
        message: format!("{new} turns seccomp off, which {old} does not: every call is allowed"),
        ..bare("unconfined".to_owned(), "unconfined", Level::Error, "high")
    }
}

/// That no container starts any more.
fn breaks(breaks: &Breaks) -> Item {
    let item = bare("breaks".to_owned(), "breaks", Level::Error, "high");
    Item {
        subject: breaks
            .calls
            .first()
            .map_or(String::new(), |blocked| blocked.syscall.name().to_owned()),
        message: breaks.sentence(),
        help: Some(format!("allow {}", breaks.call_words())),
        data: breaks_json(&item.data, breaks),
        ..item
    }
}

/// A host on which only one of the profiles starts a container.
fn lone_host(report: &Report, host: &NotCompared) -> Option<Item> {
    let [old, new] = report.names();
    let name = host.host.name();
    let (rule, message) = match (&host.old, &host.new) {
        (Some(error), None) => (
            "host-opens",
            format!("on {name} a container starts with {new}, and none with {old}: {error}"),
        ),
        (None, Some(error)) => {
            ("host-lost", format!("on {name} no container starts with {new}: {error}"))
        }
        _ => return None,
    };
    let mut item = bare(format!("{rule}-{name}"), rule, Level::Warning, "medium");
    item.subject = name.to_owned();
    item.message = message;
    item.data = json!({ "id": item.id, "kind": rule, "host": name, "message": item.message });
    Some(item)
}
