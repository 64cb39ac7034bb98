//! What differs for one number, cut by what caused it.

use crate::decision::{Decision, Leaf, Part, Set, Store, TooLarge};
use crate::semantics;

/// Calls that go from one action to another.
pub(in crate::diff) type Move = (Leaf, Leaf, Set);

/// The calls of one number whose action differs, by cause.
#[derive(Clone, Debug, Default)]
pub(in crate::diff) struct Pieces {
    /// Rules answer differently.
    pub rules: Vec<Move>,
    /// No rule answers, and the default actions differ.
    pub default: Vec<Move>,
    /// Only runc's stub answers differently.
    pub boundary: Vec<Move>,
    /// Of these the calls that begin or cease to run, and the others.
    pub run: Vec<Move>,
    pub blocked: Vec<Move>,
}

/// Cuts what differs for a number by cause: the decisions of the old and the new policy, the same
/// without runc's stub, and those where no rule answers.
pub(in crate::diff) fn pieces(store: &mut Store, key: [Decision; 6]) -> Result<Pieces, TooLarge> {
    let [old, new, old_bare, new_bare, old_default, new_default] = key;
    let differs = different(store, old, new)?;
    let rules_differ = different(store, old_bare, new_bare)?;
    let boundary = store.minus(differs, rules_differ)?;
    let mut rules = store.and(differs, rules_differ)?;
    let mut default = Set::EMPTY;
    if let (Some(old_default), Some(new_default)) = (old_default.as_leaf(), new_default.as_leaf())
        && old_default != new_default
    {
        let both = store
            .zip(old_bare, new_bare, &|a, b| (a == old_default && b == new_default) as Leaf)?;
        let both = store.set_where(both, &|leaf| leaf == 1)?;
        default = store.and(rules, both)?;
        rules = store.minus(rules, both)?;
    }
    let boundary = moves(store, old, new, boundary)?;
    let runs = |&(from, to, _): &Move| {
        [from, to].into_iter().any(|leaf| semantics::action(leaf).lets_through())
    };
    let (run, blocked) = boundary.iter().copied().partition(runs);
    Ok(Pieces {
        rules: moves(store, old, new, rules)?,
        default: moves(store, old, new, default)?,
        boundary,
        run,
        blocked,
    })
}

/// Splits a set of calls by the actions that they go from and to.
pub(in crate::diff) fn moves(
    store: &mut Store,
    old: Decision,
    new: Decision,
    within: Set,
) -> Result<Vec<Move>, TooLarge> {
    let mut moves = Vec::new();
    if within.is_empty() {
        return Ok(moves);
    }
    let (from_all, to_all) = (store.leaves(old), store.leaves(new));
    store.meter().charge(Part::Rules, from_all.len() * to_all.len())?;
    for from in from_all {
        let was = store.set_where(old, &|leaf| leaf == from)?;
        let was = store.and(was, within)?;
        if was.is_empty() {
            continue;
        }
        for &to in &to_all {
            let is = store.set_where(new, &|leaf| leaf == to)?;
            let set = store.and(was, is)?;
            if from != to && !set.is_empty() {
                moves.push((from, to, set));
            }
        }
    }
    Ok(moves)
}

fn different(store: &mut Store, a: Decision, b: Decision) -> Result<Set, TooLarge> {
    if a == b {
        return Ok(Set::EMPTY);
    }
    let differs = store.zip(a, b, &|a, b| (a != b) as Leaf)?;
    store.set_where(differs, &|leaf| leaf == 1)
}
