//! What becomes of every call in every place.

use super::super::phrase::action_text;
use super::{Cell, Table, TableRow};
use crate::decision::{Decision, Store};
use crate::diff::{Comparison, Direction, Place, Subject};
use crate::semantics::{self, Policy};
use crate::syscall::{Syscall, numbers};
use std::collections::BTreeMap;

/// What one call gets from the two filters in one place.
type Pair = (Option<Decision>, Option<Decision>);

/// A column under construction.
struct Column {
    places: Vec<Place>,
    calls: BTreeMap<Syscall, Pair>,
}

/// The table of two policies in one store. Places are one column if every call that they both have
/// fares alike in them.
pub fn table(store: &Store, comparison: &Comparison, old: &Policy, new: &Policy) -> Table {
    let mut columns: Vec<Column> = Vec::new();
    for &host in &comparison.hosts {
        for &abi in host.abis() {
            let place = Place { host, abi };
            let of = |policy: &Policy, number| {
                policy.abi(host, abi).filter(|abi| abi.in_filter).map(|abi| abi.decision(number))
            };
            let calls = numbers(abi).iter();
            let calls: BTreeMap<Syscall, Pair> =
                calls.map(|&(number, call)| (call, (of(old, number), of(new, number)))).collect();
            if calls.values().all(|pair| *pair == (None, None)) {
                continue;
            }
            let is_like = |column: &&mut Column| {
                calls
                    .iter()
                    .all(|(call, pair)| column.calls.get(call).is_none_or(|known| known == pair))
            };
            match columns.iter_mut().find(is_like) {
                Some(column) => {
                    column.places.push(place);
                    column.calls.extend(calls);
                }
                None => columns.push(Column { places: vec![place], calls }),
            }
        }
    }
    let weaker = weaker(comparison);
    let calls = columns.iter().flat_map(|column| column.calls.keys().copied());
    let calls: std::collections::BTreeSet<Syscall> = calls.collect();
    let rows = calls.into_iter().map(|call| TableRow {
        syscall: call.name().to_owned(),
        cells: columns
            .iter()
            .map(|column| {
                let &(old, new) = column.calls.get(&call)?;
                let is_weaker = column.places.iter().any(|place| weaker.contains(&(call, *place)));
                Some(Cell {
                    old: word(store, old),
                    new: word(store, new),
                    is_changed: old != new,
                    is_weaker,
                })
            })
            .collect(),
    });
    let rows = rows.collect();
    Table { columns: columns.into_iter().map(|column| column.places).collect(), rows }
}

/// The calls and places where something is more permissive.
fn weaker(comparison: &Comparison) -> Vec<(Syscall, Place)> {
    let mut weaker = Vec::new();
    for change in &comparison.changes {
        let Subject::Syscall(call) = change.subject else { continue };
        for effect in change.effects.iter().filter(|e| e.direction == Direction::Weaker) {
            weaker.extend(effect.places.iter().map(|place| (call, *place)));
        }
    }
    weaker
}

/// The actions that calls can get, the most permissive first.
fn word(store: &Store, decision: Option<Decision>) -> Option<String> {
    // A filter that lacks the ABI kills.
    let Some(decision) = decision else { return Some("KILL_THREAD".to_owned()) };
    let mut actions: Vec<_> = store.leaves(decision).into_iter().map(semantics::action).collect();
    actions.sort_by_key(|action| std::cmp::Reverse(action.rank()));
    let words: Vec<String> = actions.into_iter().map(action_text).collect();
    Some(words.join(" or "))
}
