//! What is told in a sentence: changes that no gate fails for, and hosts without an answer.

use super::change::is_note;
use super::place::usual;
use crate::diff::{Change, Effect, Place, Subject};
use crate::load::excerpt::visible;
use crate::phrase::{action_text, needs, place};
use crate::profile::Action;
use crate::report::account::told::{Note, Of};
use crate::report::sides::Report;
use crate::syscall::{Abi, Syscall};

/// How many calls a note names.
const NAMES: usize = 6;

pub(super) fn notes(report: &Report) -> Vec<Note> {
    let folded = report.changes().filter(|change| is_note(change));
    let mut notes: Vec<Note> =
        folded.map(|change| Note { of: Of::Change, text: sentence(report, change) }).collect();
    notes.extend(not_compared(report));
    notes.extend(trapped(report));
    let ids = report.changes().map(|c| &c.id).chain(report.settings().map(|c| &c.id));
    let accepted = ids.filter_map(|id| {
        let reason = visible(report.acceptance(id)?);
        let text = format!("accepted: {id}: {reason}");
        Some(Note { of: Of::Acceptance, text })
    });
    notes.extend(accepted);
    notes
}

/// Of a program's own filters: that what traps is not the last word.
fn trapped(report: &Report) -> Option<Note> {
    let is_own = report.old.is_filter() && report.new.is_filter();
    let mut effects = report.changes().flat_map(|change| &change.effects);
    let traps = effects.any(|effect| [effect.from, effect.to].contains(&Action::Trap));
    let text = "TRAP: the program's own handler of SIGSYS is asked; it may have the call made by another \
                process (a broker), answer it, or end the program";
    (is_own && traps).then(|| Note { of: Of::Change, text: text.to_owned() })
}

fn sentence(report: &Report, change: &Change) -> String {
    let calls = match change.calls.len() {
        0 => "numbers without a name give".to_owned(),
        1 => format!("1 call ({}) gives", change.calls[0]),
        count if count <= NAMES => {
            format!("{count} calls ({}) give", some_names(&change.calls, NAMES))
        }
        count => format!("{count} calls give"),
    };
    let mut actions: Vec<String> = change.effects.iter().map(instead).collect();
    actions.sort();
    actions.dedup();
    let actions = actions.join(", or ");
    let needs = needs::lines(&needs::of_change(change));
    let needs: String = needs.iter().map(|line| format!("; {line}")).collect();
    let said = match change.subject {
        Subject::Boundary => match moved(report, change) {
            Some(moved) => format!("{moved}: {calls} {actions}"),
            None => format!("{calls} {actions}, for runc's ENOSYS begins elsewhere"),
        },
        Subject::Default => {
            format!("the default action is another: of those without a rule, {calls} {actions}")
        }
        Subject::Abi(abi) => format!("of {abi} programs, {calls} {actions}"),
        Subject::Syscall(syscall) => format!("{syscall} gives {actions}"),
    };
    said + &needs
}

/// `EPERM instead of ENOSYS`
fn instead(effect: &Effect) -> String {
    let [from, to] = [effect.from, effect.to].map(action_text);
    format!("{to} instead of {from}")
}

/// `on amd64 the ENOSYS boundary moves from 462 to 466`.
fn moved(report: &Report, change: &Change) -> Option<String> {
    let mut moves: Vec<([Option<u32>; 2], Vec<Place>)> = Vec::new();
    for effect in &change.effects {
        let (old, new) = effect.boundary?;
        for &place in &effect.places {
            let bounds = [old, new].map(|number| Some(counted(place.abi, number?)));
            match moves.iter_mut().find(|(known, _)| *known == bounds) {
                Some((_, places)) => places.push(place),
                None => moves.push((bounds, vec![place])),
            }
        }
    }
    for (_, places) in &mut moves {
        places.sort_unstable();
        places.dedup();
    }
    // The first host's own programs tell it best.
    moves.sort_by_key(|(_, places)| places.first().copied());
    let ([old, new], places) = moves.first()?;
    let usual = usual(report, change.subject);
    let mut place = place::words(places, &usual).unwrap_or_else(|| "everywhere".to_owned());
    if moves.len() > 1 {
        place += ", elsewhere otherwise";
    }
    Some(match (old, new) {
        (Some(old), Some(new)) => format!("the ENOSYS boundary moves from {old} to {new} {place}"),
        (None, Some(new)) => format!("there is an ENOSYS boundary now, at {new} {place}"),
        (Some(old), None) => format!("the ENOSYS boundary is gone, from {old} {place}"),
        (None, None) => return None,
    })
}

/// A number as the other ABIs count it: without the thousands of mips and the bit of x32.
fn counted(abi: Abi, number: u32) -> u32 {
    match abi {
        Abi::X32 => number & 0x3fff_ffff,
        Abi::Mips | Abi::Mips64 | Abi::Mips64n32 => number % 1000,
        Abi::Mipsel | Abi::Mipsel64 | Abi::Mipsel64n32 => number % 1000,
        _ => number,
    }
}

/// The hosts that were not compared, by reason.
fn not_compared(report: &Report) -> Vec<Note> {
    let mut reasons: Vec<(String, Vec<&str>)> = Vec::new();
    let [old_name, new_name] = report.names();
    for host in &report.comparison.not_compared {
        let why = match [&host.old, &host.new] {
            [Some(old), Some(new)] if old.kind == new.kind => {
                format!("no container starts with either: {old}")
            }
            [Some(old), Some(new)] => {
                format!("no container starts with {old_name}: {old}; nor with {new_name}: {new}")
            }
            [Some(old), None] => format!("no container starts with {old_name}: {old}"),
            [None, Some(new)] => format!("no container starts with {new_name}: {new}"),
            [None, None] => continue,
        };
        // The reason names the host; without it hosts with one reason go together.
        let why = why.replace(&format!(" on {}", host.host), " there");
        match reasons.iter_mut().find(|(known, _)| *known == why) {
            Some((_, hosts)) => hosts.push(host.host.name()),
            None => reasons.push((why, vec![host.host.name()])),
        }
    }
    let note = |(why, hosts): (String, Vec<&str>)| Note {
        of: Of::Host,
        text: format!("not compared on {}: {why}", hosts.join(", ")),
    };
    reasons.into_iter().map(note).collect()
}

/// The names of calls between commas, at most so many.
fn some_names(calls: &[Syscall], most: usize) -> String {
    let names: Vec<&str> = calls.iter().take(most).map(|call| call.name()).collect();
    let more = if calls.len() > most { ", …" } else { "" };
    names.join(", ") + more
}
