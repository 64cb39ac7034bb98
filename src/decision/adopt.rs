//! Functions of one store, made once more in another.

use super::handle::{Decision, Set};
use super::meter::{Part, TooLarge};
use super::store::Store;

/// What is made of one store's functions in another, each node once.
#[derive(Debug)]
pub(crate) struct Adoption<'a> {
    from: &'a Store,
    to: &'a mut Store,
    /// By the place of the node there.
    known: Vec<Option<Decision>>,
}

impl<'a> Adoption<'a> {
    /// Nothing yet.
    pub fn new(from: &'a Store, to: &'a mut Store) -> Adoption<'a> {
        Adoption { known: vec![None; from.node_count()], from, to }
    }

    /// The same function.
    ///
    /// # Errors
    /// A bound of the other store.
    #[inline]
    pub fn decision(&mut self, decision: Decision) -> Result<Decision, TooLarge> {
        match self.known.get(decision.0 as usize) {
            // A leaf is the same everywhere.
            None => Ok(decision),
            Some(Some(known)) => Ok(*known),
            Some(None) => self.node(decision),
        }
    }

    fn node(&mut self, decision: Decision) -> Result<Decision, TooLarge> {
        let Some(node) = self.from.node(decision) else { return Ok(decision) };
        self.to.meter().charge(Part::Walks, 1)?;
        let (lo, hi) = (self.decision(node.lo)?, self.decision(node.hi)?);
        let made = self.to.make(node.var, lo, hi)?;
        self.known[decision.0 as usize] = Some(made);
        Ok(made)
    }

    /// The same set.
    ///
    /// # Errors
    /// As [`Adoption::decision`].
    pub fn set(&mut self, set: Set) -> Result<Set, TooLarge> {
        self.decision(set.decision()).map(Set::of_decision)
    }
}
