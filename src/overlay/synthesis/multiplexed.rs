//! `socketcall` and `ipc`: calls that stand for others.
//!
//! libseccomp spreads the rules of `socket` and its kin to `socketcall`, where it can look at
//! nothing but the call's number inside: a rule that allows `socket` for some families allows
//! `socketcall(SYS_SOCKET, ...)` for all. The multiplexer's own rules therefore come last: they
//! say what is wanted and not yet said. Where one action is wanted of all calls, a rule without
//! conditions says it against the spread ones. What those otherwise answer in another way than the
//! definition can be said by no rules, and is handed on to be told.

use super::conditions::Style;
use super::goal::{Goal, multiplexer};
use super::plan::{Edits, Wanted};
use super::synth;
use crate::decision::{Decision, Leaf, Set, Store, TooLarge};
use crate::overlay::layers::error::OverlayError;
use crate::overlay::layers::layer::{Cell, Grid, Layer, over};
use crate::profile::Action;
use crate::semantics::{UNMATCHED, action};
use crate::syscall::{Abi, Host, Multiplexer, Syscall};
use std::collections::BTreeMap;

/// Calls through a multiplexer that get another answer than the definition says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Multiplexed {
    /// Which one.
    pub multiplexer: Multiplexer,
    /// The call behind it, where it is one.
    pub behind: Option<Syscall>,
    /// On which host.
    pub host: Host,
    /// For which programs.
    pub abi: Abi,
    /// What the definition says of one of the calls.
    pub wanted: Action,
    /// What the profile says of it.
    pub found: Action,
}

/// Adds the multiplexers' own rules to those of all other calls, where those that the base has are
/// not what is wanted. `kept` is what comes of `wanted` as it is.
pub(in crate::overlay) fn own_rules(
    store: &mut Store,
    goal: &Goal,
    wanted: &mut BTreeMap<String, Wanted>,
    kept: Result<&Grid, OverlayError>,
) -> Result<Vec<Multiplexed>, OverlayError> {
    let multiplexers: Vec<Syscall> = Syscall::all()
        .filter(|s| multiplexer(*s).is_some() && matches!(goal.rows.get(s.index()), Some(Some(_))))
        .collect();
    if multiplexers.is_empty() {
        return Ok(Vec::new());
    }
    if let Ok(kept) = kept {
        let mut is_wanted = true;
        for syscall in &multiplexers {
            let kept = kept.get(syscall.index()).map_or(&[][..], Vec::as_slice);
            is_wanted &= match goal.row(*syscall) {
                Some(row) => same(store, goal, row, kept)?,
                None => true,
            };
        }
        if is_wanted {
            return Ok(Vec::new());
        }
    }
    let mut without = wanted.clone();
    for syscall in &multiplexers {
        let none = Wanted { rules: Vec::new(), by: String::new(), ordered: false };
        without.insert(syscall.name().to_owned(), none);
    }
    let spread = match built(store, goal, &without) {
        Ok(spread) => spread,
        Err(error) => {
            return unconditional(store, goal, wanted, &multiplexers, kept, error);
        }
    };
    let kept = kept?;
    let mut untold = Vec::new();
    for syscall in multiplexers {
        let (Some(Some(row)), Some(multiplexer)) =
            (goal.rows.get(syscall.index()), multiplexer(syscall))
        else {
            continue;
        };
        let of = |grid: &Grid| grid.get(syscall.index()).cloned().unwrap_or_default();
        let (spread, kept) = (of(&spread), of(kept));
        // What can be had: the spread rules' answer, and what is wanted where they have none.
        let mut possible = row.clone();
        let mut left = row.clone();
        for ((possible, left), (spread, row)) in
            possible.iter_mut().zip(&mut left).zip(spread.iter().zip(row))
        {
            possible.decision = over(store, spread.decision, row.decision)?;
            left.decision =
                store.zip(spread.decision, row.decision, &|spread, row| match spread {
                    UNMATCHED => row,
                    _ => UNMATCHED,
                })?;
            for (leaf, whole) in unconditionally(store, goal, row.decision)? {
                let leaf = Decision::leaf(leaf);
                possible.decision = store.choose(whole, leaf, possible.decision)?;
                left.decision = store.choose(whole, leaf, left.decision)?;
            }
            let default = Decision::leaf(goal.default);
            let says = over(store, possible.decision, default)?;
            let wants = over(store, row.decision, default)?;
            untold.extend(difference(store, multiplexer, row, wants, says)?);
        }
        if same(store, goal, &possible, &kept)? {
            continue;
        }
        let by = (goal.by)(syscall.name());
        let cells = if is_constant(&possible) { &possible } else { &left };
        let rules = match cells.iter().all(|cell| cell.decision == Decision::leaf(UNMATCHED)) {
            true => Vec::new(),
            false => synth::rules(store, syscall, cells, Style::Plain, &[])?.rules,
        };
        wanted.insert(syscall.name().to_owned(), Wanted { rules, by, ordered: false });
        let now = of(&built(store, goal, wanted)?);
        if !same(store, goal, &possible, &now)? {
            let default = goal.default;
            for (cell, now) in possible.iter().zip(&now) {
                let wanted = over(store, cell.decision, Decision::leaf(default))?;
                if wanted != over(store, now.decision, Decision::leaf(default))? {
                    let now = now.decision;
                    return Err(OverlayError::not_proved(store, syscall, *cell, now, default));
                }
            }
        }
    }
    Ok(untold)
}

/// Where rules for the calls behind a multiplexer contradict each other there, only an unconditional
/// rule of its own, which libseccomp prefers, makes them no matter. The base can have it already, be
/// it with another answer than is wanted.
fn unconditional(
    store: &mut Store,
    goal: &Goal,
    wanted: &mut BTreeMap<String, Wanted>,
    multiplexers: &[Syscall],
    kept: Result<&Grid, OverlayError>,
    error: OverlayError,
) -> Result<Vec<Multiplexed>, OverlayError> {
    let row = |syscall: &Syscall| goal.rows.get(syscall.index()).and_then(Option::as_ref);
    let of = |grid: &Grid, at: usize| grid.get(at).cloned().unwrap_or_default();
    for syscall in multiplexers {
        let Some(row) = row(syscall) else { continue };
        let is_kept = match &kept {
            Ok(kept) => !is_constant(row) || same(store, goal, row, &of(kept, syscall.index()))?,
            Err(_) => false,
        };
        if is_kept {
            continue;
        }
        if !is_constant(row) {
            return Err(error);
        }
        let rules = synth::rules(store, *syscall, row, Style::Plain, &[])?.rules;
        let by = (goal.by)(syscall.name());
        wanted.insert(syscall.name().to_owned(), Wanted { rules, by, ordered: false });
    }
    let now = built(store, goal, wanted)?;
    let mut untold = Vec::new();
    for syscall in multiplexers {
        let (Some(row), Some(multiplexer)) = (row(syscall), multiplexer(*syscall)) else {
            continue;
        };
        for (row, now) in row.iter().zip(of(&now, syscall.index())) {
            let default = Decision::leaf(goal.default);
            let wants = over(store, row.decision, default)?;
            let says = over(store, now.decision, default)?;
            untold.extend(difference(store, multiplexer, row, wants, says)?);
        }
    }
    Ok(untold)
}

/// The actions that a rule without conditions gives, each with the environments in which it is wanted
/// of all calls: libseccomp prefers such a rule to those of the calls behind. runc leaves out one with
/// the default action.
fn unconditionally(
    store: &mut Store,
    goal: &Goal,
    wanted: Decision,
) -> Result<Vec<(Leaf, Set)>, TooLarge> {
    let mut found = Vec::new();
    for leaf in store.leaves(wanted) {
        if leaf == UNMATCHED || leaf == goal.default {
            continue;
        }
        let others = store.set_where(wanted, &|other| other != leaf)?;
        let others = store.environments(others)?;
        found.push((leaf, store.not(others)?));
    }
    Ok(found)
}

fn is_constant(cells: &[Cell]) -> bool {
    let first = cells.first().map(|cell| cell.decision);
    first.is_some_and(|first| first.as_leaf().is_some())
        && cells.iter().all(|cell| Some(cell.decision) == first)
}

fn same(store: &mut Store, goal: &Goal, a: &[Cell], b: &[Cell]) -> Result<bool, TooLarge> {
    crate::overlay::layers::target::same_answers(store, a, b, goal.default)
}

fn built(
    store: &mut Store,
    goal: &Goal,
    wanted: &BTreeMap<String, Wanted>,
) -> Result<Grid, OverlayError> {
    let profile = Edits::new(&goal.base, wanted).apply(&goal.base);
    let layer = Layer { name: String::new(), profile };
    layer
        .matches(store, &goal.base, &goal.filters)
        .map_err(|error| OverlayError::Refused(Box::new(error)))
}

/// One call that gets another answer than is wanted, for each call behind the multiplexer.
fn difference(
    store: &mut Store,
    multiplexer: Multiplexer,
    cell: &Cell,
    wants: Decision,
    says: Decision,
) -> Result<Vec<Multiplexed>, TooLarge> {
    if wants == says {
        return Ok(Vec::new());
    }
    let differs = store.zip(wants, says, &|a, b| (a != b) as Leaf)?;
    let mut differs = store.set_where(differs, &|leaf| leaf == 1)?;
    let mut found = Vec::new();
    while let Some(point) = store.witness(differs) {
        let number = point.args[0];
        let behind = Syscall::all().find(|syscall| {
            syscall
                .multiplexer()
                .is_some_and(|(of, call)| of == multiplexer && u64::from(call) == number)
        });
        found.push(Multiplexed {
            multiplexer,
            behind,
            host: cell.host,
            abi: cell.abi,
            wanted: action(store.evaluate(wants, &point)),
            found: action(store.evaluate(says, &point)),
        });
        let width = if cell.abi.is_32bit() { 32 } else { 64 };
        let same =
            store.compare_arg(0, 0, width, u64::MAX, crate::decision::Compare::Eq, number)?;
        let rest: Set = store.minus(differs, same)?;
        differs = rest;
        if behind.is_none() {
            break;
        }
    }
    Ok(found)
}
