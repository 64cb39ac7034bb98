//! Descriptions of sets, each held once.

use crate::decision::words::{self, Description};
use crate::decision::{Set, Store, TooLarge};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// How many clauses the condition of one effect is given in, at most.
const CLAUSE_LIMIT: usize = 12;

/// What was described.
#[derive(Default)]
pub(in crate::diff) struct Descriptions {
    words: FxHashMap<(Set, bool), Rc<Description>>,
    /// Every description once: two that say the same are one.
    described: FxHashMap<Rc<Description>, ()>,
    /// The description of many calls.
    nothing: Rc<Description>,
}

impl Descriptions {
    /// That of many calls.
    pub fn nothing(&self) -> Rc<Description> {
        self.nothing.clone()
    }

    /// The words for a set; two that say the same are one.
    pub fn of(
        &mut self,
        store: &mut Store,
        set: Set,
        is_32bit: bool,
    ) -> Result<Rc<Description>, TooLarge> {
        if let Some(known) = self.words.get(&(set, is_32bit)) {
            return Ok(known.clone());
        }
        // What asks for no argument is said alike of all widths.
        let other = self.words.get(&(set, !is_32bit));
        if let Some(other) = other.filter(|_| !store.asks_arguments(set.decision())).cloned() {
            self.words.insert((set, is_32bit), other.clone());
            return Ok(other);
        }
        let width = if is_32bit { 32 } else { 64 };
        let description = Rc::new(words::describe(store, set, width, CLAUSE_LIMIT)?);
        let known = self.described.get_key_value(&description).map(|(known, ())| known.clone());
        let description = known.unwrap_or_else(|| {
            self.described.insert(description.clone(), ());
            description
        });
        self.words.insert((set, is_32bit), description.clone());
        Ok(description)
    }
}
