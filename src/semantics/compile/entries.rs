//! What libseccomp keeps under each number of an ABI, for those who look at the whole filter.

use super::added::Added;
use super::classes::Way;
use super::compiler::Compiler;
use super::lists::ListId;
use crate::decision::{Part, Set, Store, TooLarge};
use crate::semantics::libseccomp::Failure;
use crate::syscall::{Abi, Host};

/// The rules that libseccomp keeps under one number of an ABI.
pub(in crate::semantics) struct Entry {
    /// `None` for a call that the ABI does not have, whose rules are kept all the same.
    pub number: Option<u32>,
    pub abi: Abi,
    added: Vec<Added>,
}

impl Compiler<'_> {
    /// What libseccomp keeps for an ABI, in its order.
    pub fn entries(&mut self, store: &Store, host: Host, abi: Abi) -> Vec<Entry> {
        let own = self.rules.known_numbers(abi).map(|(number, syscall)| (Some(number), syscall));
        let missing = self.rules.missing(abi).into_iter().map(|syscall| (None, syscall));
        let mut entries = Vec::new();
        for (number, syscall) in own.chain(missing) {
            let added = self.rules.added_for(store, host, abi, syscall);
            if !added.is_empty() {
                entries.push(Entry { number, abi, added });
            }
        }
        entries
    }

    /// Whether an entry has no test in any environment.
    pub fn is_certain(&self, entry: &Entry) -> bool {
        let certain = |added: &Added| {
            added.kept.is_all()
                && self.rules.lib_rules.is_unconditional(added.id, entry.abi.is_32bit())
        };
        entry.added.iter().any(certain)
    }

    /// How many tests libseccomp counts for an entry in a class of environments that keep the
    /// same rules; `None` if they keep none of its rules.
    pub fn tests(
        &mut self,
        store: &mut Store,
        entry: &Entry,
        class: Set,
    ) -> Result<Option<i64>, TooLarge> {
        let mut list = ListId::EMPTY;
        store.meter().charge(Part::Rules, entry.added.len())?;
        for added in &entry.added {
            if !store.and(class, added.kept)?.is_empty() {
                list = self.programs.lists.with(store.meter(), list, added.id)?;
            }
        }
        if list == ListId::EMPTY {
            return Ok(None);
        }
        match self.programs.compiled(store, &self.rules.lib_rules, list, entry.abi.is_32bit()) {
            Ok(program) => Ok(Some(program.tests)),
            Err(Failure::TooLarge(bound)) => Err(bound),
            // Found when the call was decided, which ended everything.
            Err(Failure::Refused(_)) => Ok(None),
        }
    }

    /// The programs of an entry; `None` if it never has a condition, or no number.
    pub fn ways(&self, entry: &Entry) -> Option<Vec<Way>> {
        entry.number?;
        self.ways_of(&entry.added, entry.abi.is_32bit())
    }
}
