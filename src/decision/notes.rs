//! Decisions that were made before, by what they were made of.
//!
//! What asks for one decision often asks for it again: of the same profile for another machine, or of
//! another profile with the same rules. The key says all that the decision hangs on; what its words mean
//! is the affair of who asks.

use super::store::{Decision, Store};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// What a store is told to remember. It only saves work, so that what is too much is left out.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes(FxHashMap<Arc<[u64]>, Decision>);

/// So many are kept, of so many words: 2 MiB at most.
const MOST: usize = 2048;
const WORDS: usize = 96;

impl Store {
    /// The decision that was [noted](Store::note) for a key.
    pub(crate) fn noted(&self, key: &[u64]) -> Option<Decision> {
        self.notes.0.get(key).copied()
    }

    /// Keeps a decision of this store for a key that says all that it hangs on.
    pub(crate) fn note(&mut self, key: &[u64], decision: Decision) {
        let notes = &mut self.notes.0;
        if notes.len() < MOST && key.len() <= WORDS {
            notes.insert(key.into(), decision);
        }
    }
}
