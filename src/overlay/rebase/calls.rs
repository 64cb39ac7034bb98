//! What becomes of each call in a rebase.

use super::conflict::{Conflict, ConflictAbout, Favor};
use super::doubt::{Answers, Doubt, add, doubts_of, strictest};
use super::kind::Kind;
use crate::decision::words;
use crate::decision::{Decision, Leaf, Set, Store, TooLarge};
use crate::overlay::layers::error::OverlayError;
use crate::overlay::layers::layer::{Cell, Grid, over};
use crate::semantics::{UNMATCHED, action};
use crate::syscall::Syscall;

/// How many clauses the condition of a conflict is given in, at most.
const CLAUSES: usize = 6;

/// What the sides of a rebase do, call by call.
pub(super) struct Grids<'a> {
    /// Of each profile that `mine` may be made from, with its default action.
    pub from: &'a [(Leaf, Grid)],
    /// The default actions of each of these, of `mine` and of `onto`.
    pub defaults: &'a [[Leaf; 3]],
    pub mine: &'a Grid,
    pub onto: &'a Grid,
    /// The default action of the result.
    pub default: Leaf,
    pub kind: Kind,
    pub favor: Option<Favor>,
}

/// What becomes of a call.
pub(super) struct Met {
    /// What it gets, cell by cell.
    pub row: Vec<Cell>,
    /// Whether that is something else than `onto` says.
    pub is_other: bool,
    pub conflicts: Vec<Conflict>,
}

impl Grids<'_> {
    /// The answers for a call, of which conflicts are told unless it `is_spread`; doubts are added to those
    /// of other calls.
    pub(super) fn meet(
        &self,
        store: &mut Store,
        syscall: Syscall,
        is_spread: bool,
        doubts: &mut Vec<Doubt>,
    ) -> Result<Met, OverlayError> {
        let row = cells(self.onto, syscall).to_vec();
        let mut met = Met { row, is_other: false, conflicts: Vec::new() };
        let bound = |bound| OverlayError::TooLarge { syscall, bound };
        for (at, cell) in met.row.iter_mut().enumerate() {
            let Some(mine) = cells(self.mine, syscall).get(at) else { continue };
            let sides = [mine.decision, cell.decision];
            let (each, three) = self.each(store, syscall, at, sides).map_err(bound)?;
            let [_, own, other] = three;
            let (decision, both) =
                strictest(store, &each, [own, other], self.default).map_err(bound)?;
            met.is_other |= decision != other;
            cell.decision = decision;
            if each.iter().any(|other| Some(other) != each.first()) {
                let place = (cell.host, cell.abi);
                let told = doubts_of(store, syscall, place, &each, decision, self.default);
                for doubt in told.map_err(bound)? {
                    add(doubts, doubt);
                }
            }
            if self.favor.is_none() && !both.is_empty() && !is_spread {
                let conflict = conflict(store, syscall, cell, three, both)?;
                match met.conflicts.iter_mut().find(|other| other.about == conflict.about) {
                    Some(other) => other.places.extend(conflict.places),
                    None => met.conflicts.push(conflict),
                }
            }
        }
        Ok(met)
    }

    /// The three-way answer in a cell from each profile that `mine` may be made from, and what the rules of
    /// the first of these, of `mine` and of `onto` say.
    fn each(
        &self,
        store: &mut Store,
        syscall: Syscall,
        at: usize,
        [mine, onto]: [Decision; 2],
    ) -> Result<(Answers, [Decision; 3]), TooLarge> {
        let mut each = Vec::with_capacity(self.from.len());
        let mut three = [onto; 3];
        for ((_, grid), defaults) in self.from.iter().zip(self.defaults).rev() {
            let Some(from) = cells(grid, syscall).get(at) else { continue };
            three = answers(store, [from.decision, mine, onto], *defaults, self.kind)?;
            // In an overlay it answers nothing.
            let counted = if self.kind == Kind::Whole { *defaults } else { [self.default; 3] };
            each.push(joined(store, three, counted, self.default, self.favor)?);
        }
        // Those of the first come last.
        each.reverse();
        Ok((each, three))
    }
}

fn cells(grid: &Grid, syscall: Syscall) -> &[Cell] {
    grid.get(syscall.index()).map_or(&[], Vec::as_slice)
}

/// What the rules of each side say. In a whole profile one with the default action says nothing else
/// than no rule.
fn answers(
    store: &mut Store,
    mut three: [Decision; 3],
    defaults: [Leaf; 3],
    kind: Kind,
) -> Result<[Decision; 3], TooLarge> {
    for (answer, default) in three.iter_mut().zip(defaults).filter(|_| kind == Kind::Whole) {
        *answer = store.map(*answer, &|leaf| if leaf == default { UNMATCHED } else { leaf })?;
    }
    Ok(three)
}

/// The three-way answer for every call, and the calls that both sides changed differently.
///
/// What a side changed is a matter of what calls get, be it by a rule or by default. Where by that
/// both sides changed a call, because one of them has another default action, their rules decide: a
/// call that upstream has allowed since is no conflict with another errno for all calls without a
/// rule.
fn joined(
    store: &mut Store,
    rules: [Decision; 3],
    defaults: [Leaf; 3],
    default: Leaf,
    favor: Option<Favor>,
) -> Result<(Decision, Set), TooLarge> {
    let (by_rules, both_rules) = three_ways(store, rules, favor)?;
    if defaults.iter().all(|other| *other == default) {
        return Ok((by_rules, both_rules));
    }
    let mut whole = rules;
    for (answer, default) in whole.iter_mut().zip(defaults) {
        *answer = over(store, *answer, Decision::leaf(default))?;
    }
    let (by_answer, both) = three_ways(store, whole, favor)?;
    let decision = store.choose(both, by_rules, by_answer)?;
    let decision = store.map(decision, &|leaf| if leaf == default { UNMATCHED } else { leaf })?;
    Ok((decision, store.and(both, both_rules)?))
}

fn three_ways(
    store: &mut Store,
    [from, mine, onto]: [Decision; 3],
    favor: Option<Favor>,
) -> Result<(Decision, Set), TooLarge> {
    if mine == from || mine == onto {
        return Ok((onto, Set::EMPTY));
    }
    if onto == from {
        return Ok((mine, Set::EMPTY));
    }
    let mut differ = |a, b| {
        let differs = store.zip(a, b, &|a, b| (a != b) as Leaf)?;
        store.set_where(differs, &|leaf| leaf == 1)
    };
    let (by_mine, by_onto, apart) = (differ(from, mine)?, differ(from, onto)?, differ(mine, onto)?);
    let both = store.and(by_mine, by_onto)?;
    let both = store.and(both, apart)?;
    let mut decision = store.choose(by_mine, mine, onto)?;
    if favor == Some(Favor::Upstream) {
        decision = store.choose(both, onto, decision)?;
    }
    Ok((decision, both))
}

fn conflict(
    store: &mut Store,
    syscall: Syscall,
    cell: &Cell,
    answers: [Decision; 3],
    both: Set,
) -> Result<Conflict, OverlayError> {
    let width = if cell.abi.is_32bit() { 32 } else { 64 };
    let when = words::describe(store, both, width, CLAUSES)
        .map_err(|bound| OverlayError::TooLarge { syscall, bound })?;
    let point = store.witness(both).unwrap_or_default();
    let [from, mine, onto] = answers.map(|answer| {
        let leaf = store.evaluate(answer, &point);
        (leaf != UNMATCHED).then(|| action(leaf))
    });
    let about = ConflictAbout::Calls { syscall, when, from, mine, onto };
    Ok(Conflict { about, places: vec![(cell.host, cell.abi)] })
}
