//! Answers that were found before, by what they were found of.
//!
//! What asks for one decision often asks for it again: of the same profile for another machine, or of
//! another profile with the same rules. The key says all that the answer hangs on; what its words mean
//! is the affair of who asks.

use rustc_hash::FxHashMap;
use std::sync::Arc;

/// What a store is told to remember. It only saves work, so that what is too much is left out.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes(FxHashMap<Arc<[u64]>, u32>);

/// So many are kept, of so many words: 2 MiB at most.
const MOST: usize = 2048;
const WORDS: usize = 96;

impl Notes {
    pub(super) fn get(&self, key: &[u64]) -> Option<u32> {
        self.0.get(key).copied()
    }

    pub(super) fn keep(&mut self, key: &[u64], answer: u32) {
        if self.0.len() < MOST && key.len() <= WORDS {
            self.0.insert(key.into(), answer);
        }
    }
}
