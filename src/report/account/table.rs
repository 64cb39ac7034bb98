//! What becomes of every system call in every place.

use super::{Cell, Table, TableRow};
use crate::decision::{Decision, Store, TooLarge};
use crate::diff::{Direction, Place};
use crate::phrase::action_text;
use crate::semantics::{self, AbiPolicy, Policy};
use crate::syscall::Syscall;
use rustc_hash::FxHashMap;

/// In place of an action, where no container starts.
const NO_START: &str = "no start";

/// The table of a new policy, and of the old one that it is compared with, if there is one. Both
/// are of the same store.
///
/// # Errors
/// [`TooLarge`] where a bound of the store is reached.
pub fn table(store: &mut Store, old: Option<&Policy>, new: &Policy) -> Result<Table, TooLarge> {
    let mut cells = Cells { store, known: FxHashMap::default() };
    let mut columns: Vec<Vec<Place>> = Vec::new();
    let mut filled: Vec<Vec<Option<Cell>>> = Vec::new();
    for host in new.hosts() {
        for &abi in host.host.abis() {
            let place = Place { host: host.host, abi };
            let sides = [old.map(|old| side(old, place)), Some(side(new, place))];
            if sides.iter().flatten().all(|side| *side == Side::NoStart) {
                continue;
            }
            let column = cells.column(place, sides)?;
            // A call that a place does not have fares like any other there.
            let alike = |known: &Vec<Option<Cell>>| {
                known.iter().zip(&column).all(|(a, b)| a.is_none() || b.is_none() || a == b)
            };
            match filled.iter().position(alike) {
                Some(at) => {
                    columns[at].push(place);
                    for (known, cell) in filled[at].iter_mut().zip(column) {
                        *known = known.take().or(cell);
                    }
                }
                None => {
                    columns.push(vec![place]);
                    filled.push(column);
                }
            }
        }
    }
    let row = |syscall: Syscall| {
        let cells: Vec<_> = filled.iter().map(|cells| cells[syscall.index()].clone()).collect();
        let exists = cells.iter().any(Option::is_some);
        exists.then(|| TableRow { syscall: syscall.name().to_owned(), cells })
    };
    Ok(Table { rows: Syscall::all().filter_map(row).collect(), columns })
}

/// What a policy has for a place.
#[derive(Clone, Copy, PartialEq)]
enum Side<'a> {
    NoStart,
    Starts(&'a AbiPolicy),
}

fn side(policy: &Policy, place: Place) -> Side<'_> {
    policy.abi(place.host, place.abi).map_or(Side::NoStart, Side::Starts)
}

struct Cells<'a> {
    store: &'a mut Store,
    /// The cell of each two decisions: there are few, and many calls.
    known: FxHashMap<[Option<Decision>; 2], Cell>,
}

impl Cells<'_> {
    /// A cell for each system call, by its index.
    fn column(
        &mut self,
        place: Place,
        sides: [Option<Side>; 2],
    ) -> Result<Vec<Option<Cell>>, TooLarge> {
        let mut column = vec![None; Syscall::count()];
        for (at, syscall) in Syscall::all().enumerate() {
            let Some(number) = syscall.number(place.abi) else { continue };
            let decision = |side: Option<Side>| match side {
                Some(Side::Starts(policy)) => Some(policy.decision(number)),
                _ => None,
            };
            let [old, new] = sides;
            let key = [decision(old), decision(new)];
            column[at] = Some(match sides {
                [None, _] => Cell { old: None, new: Some(self.word(key[1])), direction: None },
                _ => self.cell(key)?,
            });
        }
        Ok(column)
    }

    fn cell(&mut self, key: [Option<Decision>; 2]) -> Result<Cell, TooLarge> {
        if let Some(known) = self.known.get(&key) {
            return Ok(known.clone());
        }
        let cell = Cell {
            old: Some(self.word(key[0])),
            new: Some(self.word(key[1])),
            direction: self.direction(key)?,
        };
        self.known.insert(key, cell.clone());
        Ok(cell)
    }

    /// The actions that calls can get, the most permissive first.
    fn word(&self, decision: Option<Decision>) -> String {
        let Some(decision) = decision else { return NO_START.to_owned() };
        let leaves = self.store.leaves(decision).into_iter();
        let mut actions: Vec<_> = leaves.map(semantics::action).collect();
        actions.sort_by_key(|action| std::cmp::Reverse(action.rank()));
        let words: Vec<String> = actions.into_iter().map(action_text).collect();
        words.join(" or ")
    }

    /// The worst that happens to any of the calls.
    fn direction(&mut self, key: [Option<Decision>; 2]) -> Result<Option<Direction>, TooLarge> {
        let lets_through = |decision| {
            let leaves: Vec<_> = self.store.leaves(decision);
            leaves.into_iter().any(|leaf| semantics::action(leaf).lets_through())
        };
        let [old, new] = match key {
            [Some(old), Some(new)] => [old, new],
            // Where no container starts, no call runs.
            [None, Some(new)] => {
                let weaker = lets_through(new);
                return Ok(Some(if weaker { Direction::Weaker } else { Direction::Other }));
            }
            [Some(_), None] => return Ok(Some(Direction::Stricter)),
            [None, None] => return Ok(None),
        };
        if old == new {
            return Ok(None);
        }
        let moves = self.store.zip(old, new, &|from, to| match from == to {
            true => Direction::Other as u32 + 1,
            false => Direction::of(semantics::action(from), semantics::action(to)) as u32,
        })?;
        Ok(self.store.leaves(moves).into_iter().min().map(|worst| match worst {
            0 => Direction::Weaker,
            1 => Direction::Stricter,
            _ => Direction::Other,
        }))
    }
}
