//! What stands together: the effects of one change, or of several calls that fare alike.

use super::super::witness::proof;
use super::super::{Report, Side, place::usual, setting};
use crate::decision::words::Description;
use crate::diff::{Change, Direction, Effect, Kind, Place, SettingChange, Subject};
use crate::load::SourceKind;
use crate::page::Layout;
use crate::phrase::{action_text, description_text, needs, place};
use crate::profile::{Action, Capability};
use crate::semantics::Mention;
use crate::syscall::danger;
use crate::syscall::{Host, Syscall};

/// How many lines of a file are named.
const LINES: usize = 4;
/// How many dangers of one block are told.
const DANGERS: usize = 4;
/// How many calls with one danger are named.
const NAMES: usize = 8;

/// One or more changes with the same effects.
#[derive(Debug)]
pub(super) struct Block {
    pub kind: Kind,
    /// What it is about: names of system calls, or words.
    pub names: Vec<String>,
    /// What acceptances call the changes, in the order of the names.
    pub ids: Vec<String>,
    pub rows: Vec<Row>,
    /// What is known to be dangerous about it.
    pub dangers: Vec<String>,
    /// What becomes of programs that ask for it first.
    pub needs: Vec<String>,
}

/// An effect.
#[derive(Clone, Debug)]
pub(in crate::report) struct Row {
    pub direction: Direction,
    /// `EPERM → ALLOW`
    pub actions: String,
    /// Under which conditions and where; empty for always and everywhere.
    pub words: String,
    /// A capability that is needed and rarely there.
    pub needs: Option<String>,
    /// One call, for what is weaker.
    pub proof: Option<String>,
    /// Where the file says it: `mine.json:41`.
    pub source: String,
    /// The file of it, where it is one that can be opened.
    pub path: Option<String>,
}

impl Row {
    /// Whether both say the same of different calls.
    fn is_alike(&self, other: &Row) -> bool {
        (self.direction, &self.actions, &self.words, &self.needs)
            == (other.direction, &other.actions, &other.words, &other.needs)
    }
}

/// The blocks of a report, in the order of its changes.
pub(super) fn blocks(report: &Report, layout: &Layout) -> Vec<Block> {
    let mut groups: Vec<(Vec<&Change>, Vec<Row>)> = Vec::new();
    let mut programs: Vec<(Kind, Vec<&Change>)> = Vec::new();
    for change in report.changes().filter(|change| !is_note(change)) {
        if let Subject::Abi(_) = change.subject {
            match programs.iter_mut().find(|(kind, _)| *kind == change.kind) {
                Some((_, changes)) => changes.push(change),
                None => programs.push((change.kind, vec![change])),
            }
            continue;
        }
        let rows = rows(report, change);
        let is_like = |(changes, known): &(Vec<&Change>, Vec<Row>)| {
            changes.first().is_some_and(|first| first.kind == change.kind && is_call(first))
                && is_call(change)
                && known.len() == rows.len()
                && known.iter().zip(&rows).all(|(a, b)| a.is_alike(b))
        };
        match groups.iter_mut().find(|group| is_like(group)) {
            Some((changes, _)) => changes.push(change),
            None => groups.push((vec![change], rows)),
        }
    }
    let programs =
        programs.into_iter().map(|(kind, changes)| programs_block(report, kind, &changes));
    let settings = report.settings().map(|change| setting_block(report, change));
    let calls = groups.into_iter().map(|(changes, rows)| block(report, &changes, rows, layout));
    let mut blocks: Vec<Block> = programs.chain(calls).chain(settings).collect();
    blocks.sort_by_key(|block| !block.kind.is_weaker());
    blocks
}

/// The ABIs that one of the filters lacks: a line for all of them.
fn programs_block(report: &Report, kind: Kind, changes: &[&Change]) -> Block {
    let effects: Vec<&Effect> = changes.iter().flat_map(|change| &change.effects).collect();
    let names = changes.iter().map(|change| {
        let places = change.effects.iter().flat_map(|effect| &effect.places);
        let mut hosts: Vec<Host> = places.map(|place| place.host).collect();
        hosts.sort_unstable();
        hosts.dedup();
        let hosts: Vec<&str> = hosts.iter().map(|host| host.name()).collect();
        format!("{} on {}", subject_text(change), hosts.join(" and "))
    });
    let direction = if kind.is_weaker() { Direction::Weaker } else { Direction::Stricter };
    let words = match kind {
        _ if report.new.policy.is_off() => "the new profile has no filter",
        _ if report.old.policy.is_off() => "the old profile has no filter",
        Kind::Added | Kind::Weakened => "only the new filter has this ABI",
        _ => "only the old filter has this ABI",
    };
    let shown = effects.iter().filter(|effect| effect.direction == direction);
    let shown: Vec<&Effect> = shown.copied().collect();
    let proven = shown.first().map(|effect| proof(report, &effect.witness));
    let row = Row {
        direction,
        actions: actions(if shown.is_empty() { &effects } else { &shown }),
        words: words.to_owned(),
        needs: None,
        proof: proven.filter(|_| kind.is_weaker()),
        source: String::new(),
        path: None,
    };
    let (dangers, needs) = (Vec::new(), Vec::new());
    let ids = changes.iter().map(|change| change.id.clone()).collect();
    Block { kind, names: names.collect(), ids, rows: vec![row], dangers, needs }
}

/// A setting of the filter that differs.
fn setting_block(report: &Report, change: &SettingChange) -> Block {
    let names = report.short_names();
    let place = setting::place(report, change);
    let path = place.and_then(|(side, _)| openable(&side));
    let source = place.map(|(side, span)| {
        let line = side.loaded.source.position(span.start).line;
        match change.new_span {
            Some(_) => format!("{}:{line}", names[1]),
            None => format!("was {}:{line}", names[0]),
        }
    });
    let row = Row {
        direction: change.direction,
        actions: setting::values(change),
        words: setting::under(change).to_owned(),
        needs: None,
        proof: None,
        source: source.unwrap_or_default(),
        path,
    };
    Block {
        kind: change.kind,
        names: vec![setting::subject(change)],
        ids: vec![change.id.clone()],
        rows: vec![row],
        dangers: setting::danger(change).map(str::to_owned).into_iter().collect(),
        needs: Vec::new(),
    }
}

/// Whether a change is told in a sentence at the end: it is none that a gate could fail for.
pub(in crate::report) fn is_note(change: &Change) -> bool {
    change.kind == Kind::Changed && !is_call(change)
}

fn is_call(change: &Change) -> bool {
    matches!(change.subject, Subject::Syscall(_))
}

fn block(report: &Report, changes: &[&Change], mut rows: Vec<Row>, layout: &Layout) -> Block {
    let kind = changes[0].kind;
    if changes.len() > 1 {
        let merged: Vec<_> = changes.iter().map(|change| merged(change)).collect();
        for (at, row) in rows.iter_mut().enumerate() {
            let effects = merged.iter().filter_map(|of_change| of_change.get(at));
            let effects = effects.flatten().copied().collect::<Vec<_>>();
            (row.source, row.path) = source(report, &effects);
        }
    }
    let names = changes.iter().map(|change| subject_text(change)).collect();
    let mut dangers = Vec::new();
    if kind.is_weaker() {
        dangers = opened(changes);
        dangers.extend(self::dangers(changes, layout.is_verbose));
    }
    let needs: Vec<_> = changes.iter().flat_map(|change| needs::of_change(change)).collect();
    let ids = changes.iter().map(|change| change.id.clone()).collect();
    Block { kind, names, ids, rows, dangers, needs: needs::lines(&needs) }
}

/// What a change is about.
pub(in crate::report) fn subject_text(change: &Change) -> String {
    match change.subject {
        Subject::Syscall(syscall) => syscall.to_string(),
        Subject::Default => "default action".to_owned(),
        Subject::Abi(abi) => format!("{abi} programs"),
        Subject::Boundary => "ENOSYS boundary".to_owned(),
    }
}

/// What is blocked when called directly, and now reached through a multiplexer.
fn opened(changes: &[&Change]) -> Vec<String> {
    let effects = changes.iter().flat_map(|change| &change.effects);
    let mut texts: Vec<String> = Vec::new();
    for opened in effects.flat_map(|effect| &effect.opens) {
        let when = description_text(&opened.when, opened.syscall, opened.abi);
        let gap = if when.is_empty() { "" } else { " " };
        let text = format!(
            "reaches {}{gap}{when}, which is blocked for {} programs",
            opened.syscall, opened.abi
        );
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts.truncate(DANGERS);
    texts
}

/// Each danger once, with the names of the calls that have it where not all have.
fn dangers(changes: &[&Change], is_verbose: bool) -> Vec<String> {
    let mut known: Vec<(&str, Vec<&str>)> = Vec::new();
    for change in changes {
        let Subject::Syscall(syscall) = change.subject else { continue };
        let Some(text) = danger(syscall) else { continue };
        match known.iter_mut().find(|(of, _)| *of == text) {
            Some((_, names)) => names.push(syscall.name()),
            None => known.push((text, vec![syscall.name()])),
        }
    }
    let most = if is_verbose { usize::MAX } else { DANGERS };
    let left = known.len().saturating_sub(most);
    let text = |(text, names): (&str, Vec<&str>)| match names.len() {
        count if count == changes.len() => text.to_owned(),
        count if count > NAMES && !is_verbose => {
            format!("{} and {} more: {text}", names[..NAMES - 1].join(", "), count - NAMES + 1)
        }
        _ => format!("{}: {text}", names.join(", ")),
    };
    let mut texts: Vec<String> = known.into_iter().take(most).map(text).collect();
    if left > 0 {
        texts.push(format!("and {left} more with a known danger"));
    }
    texts
}

/// Why a weaker change is bad, if that is known.
pub(in crate::report) fn told(change: &Change) -> Vec<String> {
    let mut told = opened(&[change]);
    told.extend(dangers(&[change], false));
    told
}

fn rows(report: &Report, change: &Change) -> Vec<Row> {
    merged_rows(report, change).into_iter().map(|(row, _)| row).collect()
}

/// The rows of a change, each with its effects.
pub(in crate::report) fn merged_rows<'a>(
    report: &Report,
    change: &'a Change,
) -> Vec<(Row, Vec<&'a Effect>)> {
    let merged = merged(change).into_iter();
    merged.map(|effects| (row(report, change, &effects), effects)).collect()
}

/// The effects of a change, those together that differ only in how a call fails: where runc's
/// stub answers on some ABIs and the filter on others, that is no matter to who reads what else
/// changes.
fn merged(change: &Change) -> Vec<Vec<&Effect>> {
    let is_like = |a: &Effect, b: &Effect| {
        let both_fail = |a, b| matches!((a, b), (Action::Errno(_), Action::Errno(_)));
        let differ_in_one =
            a.to == b.to && both_fail(a.from, b.from) || a.from == b.from && both_fail(a.to, b.to);
        (a.direction, a.needs_capability, &a.when) == (b.direction, b.needs_capability, &b.when)
            && a.direction != Direction::Other
            && differ_in_one
    };
    let mut merged: Vec<Vec<&Effect>> = Vec::new();
    for effect in &change.effects {
        match merged.iter_mut().find(|known| known.iter().all(|other| is_like(other, effect))) {
            Some(known) => known.push(effect),
            None => merged.push(vec![effect]),
        }
    }
    merged
}

fn row(report: &Report, change: &Change, effects: &[&Effect]) -> Row {
    let first = effects[0];
    let is_weaker = first.direction == Direction::Weaker;
    let mut words = Vec::new();
    match change.subject {
        Subject::Syscall(syscall) => {
            words.push(description_text(&first.when, syscall, first.witness.place.abi));
        }
        Subject::Default => words.push("for calls that no rule answers".to_owned()),
        Subject::Abi(_) | Subject::Boundary => {}
    }
    let mut places: Vec<Place> = effects.iter().flat_map(|e| e.places.iter().copied()).collect();
    places.sort_unstable();
    places.dedup();
    words.extend(place::words(&places, &usual(report, change.subject)));
    words.retain(|text| !text.is_empty());
    let proven = effects.iter().map(|effect| &effect.witness).min_by_key(|w| w.place);
    let needs = is_weaker && first.needs_capability;
    let (source, path) = source(report, effects);
    Row {
        direction: first.direction,
        actions: actions(effects),
        words: words.join(", "),
        needs: needs.then(|| needs_text(&first.when)),
        proof: proven.filter(|_| is_weaker).map(|witness| proof(report, witness)),
        source,
        path,
    }
}

/// `EPERM → ALLOW`, `EPERM or ENOSYS → ALLOW`
fn actions(effects: &[&Effect]) -> String {
    let texts = |action: fn(&Effect) -> Action| {
        let mut actions: Vec<Action> = effects.iter().map(|effect| action(effect)).collect();
        actions.sort_unstable();
        actions.dedup();
        let texts: Vec<String> = actions.into_iter().rev().map(action_text).collect();
        texts.join(" or ")
    };
    format!("{} → {}", texts(|effect| effect.from), texts(|effect| effect.to))
}

/// `Docker does not grant CAP_BPF by default`
fn needs_text(when: &Description) -> String {
    let mut names: Vec<&str> = Vec::new();
    for clause in &when.clauses {
        let held = clause.capabilities.iter().filter(|(_, held)| *held);
        let rare = held.filter(|(capability, _)| !Capability::is_docker_default(*capability));
        names.extend(rare.map(|(capability, _)| capability.name()));
    }
    names.sort_unstable();
    names.dedup();
    match names[..] {
        [name] if when.rest.is_none() => format!("Docker does not grant {name} by default"),
        _ => "needs a capability that Docker does not grant by default".to_owned(),
    }
}

/// Where the profiles speak of it: the new one if a rule there has the new action, or else the
/// old one.
fn source(report: &Report, effects: &[&Effect]) -> (String, Option<String>) {
    let said: Vec<&Mention> = effects
        .iter()
        .flat_map(|effect| effect.new_mentions.iter().filter(|m| m.action == effect.to))
        .collect();
    let was: Vec<&Mention> = effects
        .iter()
        .flat_map(|effect| effect.old_mentions.iter().filter(|m| m.action == effect.from))
        .collect();
    let [old_name, new_name] = report.short_names();
    if !said.is_empty() {
        return (lines(&report.new, &new_name, said), openable(&report.new));
    }
    if !was.is_empty() {
        let text = format!("was {}", lines(&report.old, &old_name, was));
        return (text, openable(&report.old));
    }
    let said: Vec<&Mention> = effects.iter().flat_map(|effect| &effect.new_mentions).collect();
    match said.is_empty() {
        true => (String::new(), None),
        false => (lines(&report.new, &new_name, said), openable(&report.new)),
    }
}

/// The file of a side, if the lines are its own.
fn openable(side: &Side) -> Option<String> {
    let source = &side.loaded.source;
    let path = source.path().filter(|_| source.kind == SourceKind::File);
    path.map(str::to_owned)
}

/// `mine.json:41,44-47`
fn lines(side: &Side, name: &str, mentions: Vec<&Mention>) -> String {
    let source = &side.loaded.source;
    let mut lines: Vec<u32> = mentions.iter().map(|m| source.position(m.span.start).line).collect();
    lines.sort_unstable();
    lines.dedup();
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for line in lines {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == line => *last = line,
            _ => runs.push((line, line)),
        }
    }
    let more = if runs.len() > LINES { ",…" } else { "" };
    let text = |&(first, last): &(u32, u32)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    };
    let texts: Vec<String> = runs.iter().take(LINES).map(text).collect();
    format!("{name}:{}{more}", texts.join(","))
}

/// The names of calls between commas, at most so many.
pub(super) fn some_names(calls: &[Syscall], most: usize) -> String {
    let names: Vec<&str> = calls.iter().take(most).map(|call| call.name()).collect();
    let more = if calls.len() > most { ", …" } else { "" };
    names.join(", ") + more
}
