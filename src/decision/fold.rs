//! A function looked at from its leaves up.

use super::handle::{Decision, Leaf};
use super::meter::Part;
use super::store::Store;
use super::var::Var;
use rustc_hash::FxHashMap;

impl Store {
    /// What `leaf` makes of the leaves and `node` of a bit and what its two sides (0, then 1)
    /// became. Each part of the diagram is looked at once; `memo` serves for further functions.
    pub fn fold<T: Copy>(
        &self,
        decision: Decision,
        memo: &mut FxHashMap<Decision, T>,
        leaf: &impl Fn(Leaf) -> T,
        node: &impl Fn(Var, T, T) -> T,
    ) -> T {
        if let Some(&known) = memo.get(&decision) {
            return known;
        }
        let made = match self.node(decision) {
            None => leaf(decision.as_leaf().unwrap_or_default()),
            Some(inner) => {
                self.meter().spend(Part::Walks, 1);
                let low = self.fold(inner.lo, memo, leaf, node);
                let high = self.fold(inner.hi, memo, leaf, node);
                node(inner.var, low, high)
            }
        };
        memo.insert(decision, made);
        made
    }
}
