//! Where a profile came from: the states, the edits, and the reasons.

use crate::baseline::Release;
use crate::origin::{Candidate, Entry, Marks, Origin, State};
use crate::phrase::counted;
use serde_json::{Value, json};

/// How many edits are listed for a terminal.
const LISTED: usize = 12;

/// How wide a line of names may be.
const WIDTH: usize = 96;

/// `docker@20.10.0 to 20.10.3`: the releases of its line that ship a state, or its name.
pub(super) fn releases(state: &State) -> String {
    let product = state.release().product;
    let mut of = state.releases.iter().filter(|release| release.product == product);
    let (first, last) = (of.next(), of.next_back());
    match (product.is_of_commits(), first, last) {
        (false, Some(first), Some(last)) => format!("{first} to {}", last.version),
        _ => state.name(),
    }
}

/// `between docker@20.10.9 and 20.10.10`; empty for a state that was released.
pub(super) fn between(state: &State) -> String {
    match state.between() {
        [Some(before), Some(behind)] => format!("between {before} and {}", behind.version),
        [Some(before), None] => format!("after {before}"),
        [None, Some(behind)] => format!("before {behind}"),
        [None, None] => String::new(),
    }
}

/// How many edits lie between, in words.
pub fn edits_text(edits: usize) -> String {
    match edits {
        0 => "no edit".to_owned(),
        count => counted(count, "edit"),
    }
}

/// In one sentence, whether it is a copy, and of what.
pub fn verdict_text(origin: &Origin) -> String {
    match origin.nearest() {
        [] => "not a copy of any known default".to_owned(),
        [one] => format!("a copy of {}", one.state.name()),
        several => format!(
            "a copy of one of {} states that are one and the same to this file",
            several.len()
        ),
    }
}

/// Why it is a copy, or none.
pub fn reasons_text(marks: &Marks) -> String {
    let of = |(held, of): (usize, usize)| format!("{held} of {of}");
    let names = format!(
        "it lets through {} names that all defaults have for other ABIs than amd64, and {} calls that they \
         have and hardly a program makes",
        of(marks.foreign_names),
        of(marks.old_names)
    );
    if marks.is_copy() {
        return format!("{names}: who lists what his programs call has few of either");
    }
    let likeness =
        format!("its names of amd64 are {:.0} % those of a default", marks.likeness * 100.0);
    let own = match marks.added {
        0 => String::new(),
        added => format!("; {added} of its {} entries are in no default near it", marks.entries),
    };
    format!("{names}; {likeness}{own}")
}

/// The edits that lead from a state to the profile, a line each.
pub(super) fn edits(candidate: &Candidate) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some([old, new]) = &candidate.default {
        let said = |answer: &Option<_>| {
            answer
                .as_ref()
                .map_or("none".to_owned(), |answer: &crate::origin::Answer| answer.to_string())
        };
        lines.push(format!("~ default action {} → {}", said(old), said(new)));
    }
    if candidate.other_abis {
        lines.push("~ other ABIs by host".to_owned());
    }
    let listed = |sign: char, entries: &[Entry]| {
        let own = entries.iter().take(LISTED).map(|entry| format!("{sign} {entry}"));
        let mut own: Vec<String> = own.map(|line| cut(&line)).collect();
        if entries.len() > LISTED {
            own.push(format!("{sign} {} more", entries.len() - LISTED));
        }
        own
    };
    lines.extend(listed('+', &candidate.added));
    lines.extend(listed('-', &candidate.missing));
    lines
}

fn cut(line: &str) -> String {
    match line.char_indices().nth(WIDTH) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.to_owned(),
    }
}

/// All of it, as JSON.
pub(super) fn origin_json(origin: &Origin) -> Value {
    let marks = &origin.marks;
    let share = |(held, of): (usize, usize)| json!({ "held": held, "of": of });
    json!({
        "verdict": match origin.nearest().len() {
            0 => "none",
            1 => "one",
            _ => "several",
        },
        "text": verdict_text(origin),
        "reasons": {
            "text": reasons_text(marks),
            "names_of_other_abis": share(marks.foreign_names),
            "old_names": share(marks.old_names),
            "personalities": share(marks.personalities),
            "names_of_no_default": share(marks.table_names),
            "likeness": (marks.likeness * 1000.0).round() / 1000.0,
            "entries": marks.entries,
            "added": marks.added,
        },
        "candidates": origin.candidates.iter().map(candidate).collect::<Vec<Value>>(),
    })
}

fn candidate(candidate: &Candidate) -> Value {
    let Candidate { state, edits, view, added, missing, default, other_abis } = candidate;
    let texts = |entries: &[Entry]| entries.iter().map(Entry::to_string).collect::<Vec<String>>();
    let [before, behind] = state.between();
    json!({
        "name": state.name(),
        "date": state.date(),
        "releases": state.releases.iter().map(|of| release(of)).collect::<Vec<Value>>(),
        "after": before.map(release),
        "before": behind.map(release),
        "edits": edits,
        "view": view.to_string(),
        "added": texts(added),
        "missing": texts(missing),
        "default_action": default.as_ref().map(|answers| {
            answers.each_ref().map(|answer| answer.as_ref().map(ToString::to_string))
        }),
        "other_abis": other_abis,
    })
}

pub(super) fn release(release: &Release) -> Value {
    json!({
        "product": release.product.name(),
        "version": release.version,
        "date": release.date,
    })
}
