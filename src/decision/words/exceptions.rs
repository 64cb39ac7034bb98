//! What a set of numbers is but for a few of them.

use super::super::handle::{Decision, Set};
use super::super::meter::{Part, TooLarge};
use super::super::store::Store;
use super::super::var::Var;
use rustc_hash::FxHashMap;

/// So many values may differ for a bit to be smoothed out.
const MOST: u64 = 12;

/// A simpler set that differs from this one in few numbers.
///
/// Where a bit decides for a few numbers alone, it is left out, and the simpler of its halves
/// stands for both: odd numbers but 1 become the odd numbers. `last` is the number's lowest bit.
pub(super) fn smooth(store: &mut Store, set: Set, last: Var) -> Result<Set, TooLarge> {
    let mut smooth = Smooth { store, last, known: FxHashMap::default() };
    smooth.of(set.0).map(Set)
}

struct Smooth<'a> {
    store: &'a mut Store,
    last: Var,
    known: FxHashMap<Decision, Decision>,
}

impl Smooth<'_> {
    fn of(&mut self, decision: Decision) -> Result<Decision, TooLarge> {
        let Some(node) = self.store.node(decision) else { return Ok(decision) };
        if let Some(&known) = self.known.get(&decision) {
            return Ok(known);
        }
        let (lo, hi) = (Set(node.lo), Set(node.hi));
        let not_hi = self.store.not(hi)?;
        let differing = Set(self.store.choose(lo, not_hi.0, hi.0)?);
        let (lo, hi) = (self.of(node.lo)?, self.of(node.hi)?);
        // Among few values, a few are not an exception.
        let most = MOST.min(self.free(node.var, self.last) / 8);
        let smooth = if self.count(differing.0, node.var + 1) <= most {
            if self.size(lo) < self.size(hi) { lo } else { hi }
        } else {
            self.store.make(node.var, lo, hi)?
        };
        self.known.insert(decision, smooth);
        Ok(smooth)
    }

    /// How many values of the bits from `var` on are inside; exact up to [`MOST`].
    fn count(&self, decision: Decision, var: Var) -> u64 {
        let Some(node) = self.store.node(decision) else {
            let inside = decision.as_leaf().unwrap_or_default();
            return u64::from(inside) * self.free(var, self.last + 1);
        };
        let lo = self.count(node.lo, node.var + 1);
        // Every node has something inside: more than `MOST` of them need not be followed.
        let both = if lo > MOST { lo } else { lo + self.count(node.hi, node.var + 1) };
        both.saturating_mul(self.free(var, node.var))
    }

    /// How many values the bits between take when nothing asks for them.
    fn free(&self, from: Var, to: Var) -> u64 {
        1 << (to - from).min(32)
    }

    fn size(&self, decision: Decision) -> usize {
        let mut seen = rustc_hash::FxHashSet::default();
        let mut stack = vec![decision];
        while let Some(decision) = stack.pop() {
            if let Some(node) = self.store.node(decision)
                && seen.insert(decision)
            {
                stack.extend([node.lo, node.hi]);
            }
        }
        self.store.meter().spend(Part::Walks, seen.len());
        seen.len()
    }
}
