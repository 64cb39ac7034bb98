//! What stands together: the effects of one change, or of several calls that fare alike.

use crate::diff::{Direction, Kind};
use crate::load::{Source, SourceKind};
use crate::phrase::needs;
use crate::profile::Action;
use crate::report::account::compared::{DANGERS, actions};
use crate::report::account::origin::{About, OfChange, Origin, Said};
use crate::report::account::{Effect, Entry, Item, Told};
use crate::syscall::danger;

/// How many lines of a file are named.
const LINES: usize = 4;
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
pub(super) struct Row {
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

/// A finding of a comparison.
type Found<'a> = (&'a Item, &'a OfChange);

/// The blocks of a comparison, in the order of its changes.
pub(super) fn blocks(entry: &Entry, told: &Told, is_verbose: bool) -> Vec<Block> {
    let mut calls: Vec<Vec<Found>> = Vec::new();
    let mut programs: Vec<Vec<Found>> = Vec::new();
    let mut settings: Vec<Found> = Vec::new();
    for found in in_order(entry) {
        match found.1.about {
            About::Setting => settings.push(found),
            About::Programs { .. } => {
                push(&mut programs, found, |one, other| one.1.kind == other.1.kind)
            }
            About::Call(_) | About::Calls => push(&mut calls, found, is_alike),
        }
    }
    let calls = calls.into_iter().map(|found| block(entry, told, &found, is_verbose));
    let programs = programs.into_iter().map(|found| programs_block(told, &found));
    let settings = settings.into_iter().map(|found| block(entry, told, &[found], is_verbose));
    let mut blocks: Vec<Block> = programs.chain(calls).chain(settings).collect();
    blocks.sort_by_key(|block| !block.kind.is_weaker());
    blocks
}

/// The changes, in the order of the comparison.
fn in_order(entry: &Entry) -> Vec<Found<'_>> {
    let mut found: Vec<Found> = Vec::new();
    for item in &entry.items {
        if let Origin::Change(of) = &item.origin {
            found.push((item, &**of));
        }
    }
    found.sort_by_key(|(_, of)| of.at);
    found
}

fn push<'a>(groups: &mut Vec<Vec<Found<'a>>>, found: Found<'a>, is_like: fn(Found, Found) -> bool) {
    match groups.iter_mut().find(|group| is_like(group[0], found)) {
        Some(group) => group.push(found),
        None => groups.push(vec![found]),
    }
}

/// Whether two calls fare alike.
fn is_alike(one: Found, other: Found) -> bool {
    let is_call = |found: Found| matches!(found.1.about, About::Call(_));
    let says = |effect: &Effect, of: &Effect| {
        (effect.direction, &effect.actions, &effect.words, &effect.needs)
            == (of.direction, &of.actions, &of.words, &of.needs)
    };
    let (effects, others) = (&one.0.effects, &other.0.effects);
    one.1.kind == other.1.kind
        && is_call(one)
        && is_call(other)
        && effects.len() == others.len()
        && effects.iter().zip(others).all(|(effect, of)| says(effect, of))
}

/// The ABIs that one of the filters lacks: a line for all of them.
fn programs_block(told: &Told, found: &[Found]) -> Block {
    let kind = found[0].1.kind;
    let (mut names, mut proofs) = (Vec::new(), Vec::new());
    let mut effects: Vec<&(Direction, Action, Action)> = Vec::new();
    for (item, of) in found {
        if let About::Programs { hosts, effects: of_abi, proof } = &of.about {
            let hosts: Vec<&str> = hosts.iter().map(|host| host.name()).collect();
            names.push(format!("{} on {}", item.subject, hosts.join(" and ")));
            effects.extend(of_abi);
            proofs.extend(proof);
        }
    }
    let direction = if kind.is_weaker() { Direction::Weaker } else { Direction::Stricter };
    let words = match kind {
        _ if told.is_off[1] => "the new profile has no filter",
        _ if told.is_off[0] => "the old profile has no filter",
        Kind::Added | Kind::Weakened => "only the new filter has this ABI",
        _ => "only the old filter has this ABI",
    };
    let has_way = effects.iter().any(|effect| effect.0 == direction);
    effects.retain(|effect| !has_way || effect.0 == direction);
    let row = Row {
        direction,
        actions: actions(effects.iter().map(|&&(_, from, to)| (from, to))),
        words: words.to_owned(),
        needs: None,
        proof: proofs.first().filter(|_| kind.is_weaker()).map(|&proof| proof.clone()),
        source: String::new(),
        path: None,
    };
    let (dangers, needs) = (Vec::new(), Vec::new());
    let ids = found.iter().map(|(item, _)| item.id.clone()).collect();
    Block { kind, names, ids, rows: vec![row], dangers, needs }
}

fn block(entry: &Entry, told: &Told, found: &[Found], is_verbose: bool) -> Block {
    let (first, of) = found[0];
    let rows = first.effects.iter().enumerate().map(|(at, effect)| {
        let said = Said::of_all(found.iter().filter_map(|(_, of)| of.said.get(at)));
        let (source, path) = source(entry, told, &said);
        Row {
            direction: effect.direction,
            actions: effect.actions.clone(),
            words: effect.words.clone(),
            needs: effect.needs.clone(),
            proof: effect.proof.clone(),
            source,
            path,
        }
    });
    let needs: Vec<_> = found.iter().flat_map(|(_, of)| of.needs.iter().copied()).collect();
    Block {
        kind: of.kind,
        names: found.iter().map(|(item, _)| item.subject.clone()).collect(),
        ids: found.iter().map(|(item, _)| item.id.clone()).collect(),
        rows: rows.collect(),
        dangers: match found {
            [(item, _)] => item.dangers.clone(),
            _ => dangers(found, is_verbose),
        },
        needs: needs::lines(&needs),
    }
}

/// What several calls open besides; then each danger once, with the names of the calls that have it where
/// not all have.
fn dangers(found: &[Found], is_verbose: bool) -> Vec<String> {
    let mut opened: Vec<&str> = Vec::new();
    let mut known: Vec<(&str, Vec<&str>)> = Vec::new();
    for (item, of) in found {
        let About::Call(call) = of.about else { continue };
        for text in &item.dangers {
            if danger(call) != Some(text.as_str()) {
                if !opened.contains(&&**text) {
                    opened.push(text);
                }
                continue;
            }
            match known.iter_mut().find(|(of, _)| of == text) {
                Some((_, names)) => names.push(call.name()),
                None => known.push((text, vec![call.name()])),
            }
        }
    }
    let most = if is_verbose { usize::MAX } else { DANGERS };
    let left = known.len().saturating_sub(most);
    let text = |(text, names): (&str, Vec<&str>)| match names.len() {
        count if count == found.len() => text.to_owned(),
        count if count > NAMES && !is_verbose => {
            format!("{} and {} more: {text}", names[..NAMES - 1].join(", "), count - NAMES + 1)
        }
        _ => format!("{}: {text}", names.join(", ")),
    };
    let opened = opened.into_iter().take(DANGERS).map(str::to_owned);
    let mut texts: Vec<String> = opened.chain(known.into_iter().take(most).map(text)).collect();
    if left > 0 {
        texts.push(format!("and {left} more with a known danger"));
    }
    texts
}

/// `mine.json:41`, and the file where it can be opened.
fn source(entry: &Entry, told: &Told, said: &Said) -> (String, Option<String>) {
    let [old, new] = &told.short_names;
    match said {
        Said::New(lines) | Said::Besides(lines) => match lines.is_empty() {
            true => (String::new(), None),
            false => (in_lines(new, lines), entry.new.as_ref().and_then(openable)),
        },
        Said::Was(lines) => {
            (format!("was {}", in_lines(old, lines)), entry.old.as_ref().and_then(openable))
        }
    }
}

/// The file of a text, if the lines are its own.
fn openable(source: &Source) -> Option<String> {
    let path = source.path().filter(|_| source.kind == SourceKind::File);
    path.map(str::to_owned)
}

/// `mine.json:41,44-47`
fn in_lines(name: &str, lines: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for &line in lines {
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
