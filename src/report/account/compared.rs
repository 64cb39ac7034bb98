//! A comparison as an [`Entry`].

use super::super::json::{breaks_json, change_json, setting_json};
use super::super::setting;
use super::super::text::{self, subject_text};
use super::super::witness::witness_text;
use super::super::{Report, Side};
use super::{Account, Command, Effect, Entry, Item, Level, Region, Status, Verdict};
use crate::diff::{Change, Kind, NotCompared, SettingChange, Severity};
use crate::phrase::needs;
use crate::profile::Span;
use crate::semantics::Mention;
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
        scope: text::scope(report),
        range: None,
        verdict: Verdict { level: entry.level(), sentence: entry.sentence.clone(), fails },
        entries: vec![entry],
        notes: Vec::new(),
        uses: Vec::new(),
    }
}

/// The same as one entry.
pub fn compared(report: &Report) -> Entry {
    let mut items: Vec<Item> = Vec::new();
    if report.new.policy.is_off() && !report.old.policy.is_off() {
        items.push(unconfined(report));
    }
    items.extend(report.comparison.not_compared.iter().filter_map(|host| lone_host(report, host)));
    items.extend(report.changes().filter(|c| !text::is_note(c)).map(|change| item(report, change)));
    items.extend(report.settings().map(|change| setting_item(report, change)));
    items.sort_by_key(|item| std::cmp::Reverse(item.level));
    let path = report.new.loaded.source.name.to_string();
    Entry {
        file: report.new.loaded.source.path().map(str::to_owned),
        path,
        status: Status::Compared,
        against: report.old.label(),
        sentence: text::sentence(report),
        items,
        accepted: Vec::new(),
        notes: text::machine::of_sides(report)
            .into_iter()
            .chain(text::note_texts(report))
            .collect(),
        old: Some(report.old.loaded.source.clone()),
        new: Some(report.new.loaded.source.clone()),
        own: None,
        table: None,
    }
}

fn item(report: &Report, change: &Change) -> Item {
    let subject = subject_text(change);
    let rows = text::merged_rows(report, change);
    let mut said: Vec<&Mention> = Vec::new();
    let mut was: Vec<&Mention> = Vec::new();
    let mut effects = Vec::new();
    for (row, merged) in rows {
        let new: Vec<&Mention> = merged.iter().flat_map(|effect| &effect.new_mentions).collect();
        let old: Vec<&Mention> = merged.iter().flat_map(|effect| &effect.old_mentions).collect();
        effects.push(Effect {
            direction: row.direction,
            actions: row.actions,
            words: row.words,
            needs: row.needs,
            proof: row.proof,
            old_lines: lines(&report.old, &old),
            new_lines: lines(&report.new, &new),
        });
        // A rule with the new action is what did it.
        let is_cause = |mention: &&&Mention| merged.iter().any(|e| e.to == mention.action);
        let cause = new.iter().find(is_cause).or(new.first());
        said.extend(cause.copied());
        was.extend(old.first().copied());
    }
    let proven = change.effects.iter().find(|effect| effect.direction.is_weaker());
    let proven = proven.or(change.effects.first());
    Item {
        id: change.id.clone(),
        rule: change.kind.name(),
        level: level(change.severity),
        severity: change.severity.name(),
        message: message(change.kind, &subject, &effects),
        subject,
        effects,
        proof: proven.map(|effect| witness_text(report, &effect.witness)),
        dangers: if change.kind.is_weaker() { text::told(change) } else { Vec::new() },
        needs: needs::lines(&needs::of_change(change)),
        help: None,
        place: region(&report.new, said.first().copied()),
        old_place: region(&report.old, was.first().copied()),
        data: change_json(report, change),
    }
}

/// A setting of the filter that differs.
fn setting_item(report: &Report, change: &SettingChange) -> Item {
    let region =
        |side: &Side, span: Option<Span>| span.map(|span| Region::of(&side.loaded.source, span));
    let place = region(&report.new, change.new_span);
    let old_place = region(&report.old, change.old_span);
    let lines = |region: Option<Region>| region.iter().map(|region| region.line).collect();
    let effect = Effect {
        direction: change.direction,
        actions: setting::values(change),
        words: setting::under(change).to_owned(),
        needs: None,
        proof: None,
        old_lines: lines(old_place),
        new_lines: lines(place),
    };
    Item {
        subject: setting::subject(change),
        message: setting::message(change),
        effects: vec![effect],
        dangers: setting::danger(change).map(str::to_owned).into_iter().collect(),
        place,
        old_place,
        data: setting_json(report, change),
        ..bare(
            change.id.clone(),
            change.kind.name(),
            level(change.severity),
            change.severity.name(),
        )
    }
}

fn level(severity: Severity) -> Level {
    match severity {
        Severity::High => Level::Error,
        Severity::Medium | Severity::Low => Level::Warning,
        Severity::Info => Level::Note,
    }
}

/// `keyctl is let through: EPERM → ALLOW`
fn message(kind: Kind, subject: &str, effects: &[Effect]) -> String {
    let is = if subject.ends_with("programs") { "are" } else { "is" };
    let what = match kind {
        Kind::Added => format!("{is} let through"),
        Kind::Weakened => format!("{is} weaker"),
        Kind::Removed => format!("{is} blocked"),
        Kind::Tightened => format!("{is} stricter"),
        Kind::Changed => "fails with another errno".to_owned(),
    };
    let first = effects.first().map_or(String::new(), |effect| {
        let gap = if effect.words.is_empty() { "" } else { " " };
        format!(": {}{gap}{}", effect.actions, effect.words)
    });
    let more = match effects.len() {
        0 | 1 => String::new(),
        count => format!(", and {} more", count - 1),
    };
    format!("{subject} {what}{first}{more}")
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

/// A finding of which only the names are known.
pub fn bare(id: String, rule: &'static str, level: Level, severity: &'static str) -> Item {
    Item {
        data: json!({ "id": id, "kind": rule, "severity": severity }),
        id,
        rule,
        level,
        severity,
        subject: String::new(),
        message: String::new(),
        effects: Vec::new(),
        proof: None,
        dangers: Vec::new(),
        needs: Vec::new(),
        help: None,
        place: None,
        old_place: None,
    }
}

fn region(side: &Side, mention: Option<&Mention>) -> Option<Region> {
    mention.map(|mention| Region::of(&side.loaded.source, mention.span))
}

fn lines(side: &Side, mentions: &[&Mention]) -> Vec<u32> {
    let source = &side.loaded.source;
    let mut lines: Vec<u32> = mentions.iter().map(|m| source.position(m.span.start).line).collect();
    lines.sort_unstable();
    lines.dedup();
    lines
}
