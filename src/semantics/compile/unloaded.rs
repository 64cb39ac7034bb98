//! Filters that never look at the number of the call.
//!
//! libseccomp (2.5.4) lets the first block of an ABI load the number, and the first block is that
//! of the call with the fewest tests. Where that is a call which the ABI does not have, the block
//! is left out and the load with it: every call of the ABI then gets the default action. It takes
//! a small profile with conditions on every call that the ABI does have. With more than 32 names
//! runc asks for a binary search, which loads the number by itself.

use super::classes::CLASS_LIMIT;
use super::compiler::Compiler;
use super::entries::Entry;
use crate::decision::{Bound, Part, Set, Store, TooLarge};
use crate::syscall::{Abi, Host};

/// The environments in which the filter for some ABIs does not load the number. `together` are
/// ABIs that share a part of the filter: x86_64 and x32, in the order of the filter, or one.
///
/// # Errors
/// A bound of the store, or of the environments that are looked at.
pub(in crate::semantics) fn environments(
    store: &mut Store,
    compiler: &mut Compiler,
    host: Host,
    together: &[Abi],
) -> Result<Set, TooLarge> {
    // Alone, these two are told apart by the number, which is loaded for that.
    if matches!(together, [Abi::X86_64 | Abi::X32]) {
        return Ok(Set::EMPTY);
    }
    let names = compiler.names(host);
    store.meter().charge(Part::Rules, names.len())?;
    let certain = names.iter().filter(|(kept, _)| kept.is_all()).map(|&(_, count)| count);
    if certain.sum::<usize>() > compiler.linear_names() {
        return Ok(Set::EMPTY);
    }
    // What the first ABI has comes before what it lacks.
    if together.first().is_some_and(|&abi| compiler.has_certain(host, abi)) {
        return Ok(Set::EMPTY);
    }
    let entries: Vec<Entry> =
        together.iter().flat_map(|&abi| compiler.entries(store, host, abi)).collect();
    let missing = |entry: &Entry| entry.number.is_none();
    let is_first = |entry: &Entry| !missing(entry) && compiler.is_certain(entry);
    match entries.iter().find(|entry| missing(entry) || is_first(entry)) {
        Some(entry) if missing(entry) => {}
        _ => return Ok(Set::EMPTY),
    }
    let mut sets: Vec<Set> = names.iter().map(|&(kept, _)| kept).collect();
    sets.sort_unstable();
    sets.dedup();
    // The search goes one deeper for each.
    if sets.len() > CLASS_LIMIT {
        return Err(store.meter().error(Bound::Environments(CLASS_LIMIT as u32)));
    }
    let mut search = Search { compiler, store, names, entries, unloaded: Set::EMPTY, classes: 0 };
    search.split(&sets, Set::ALL)?;
    Ok(search.unloaded)
}

struct Search<'a, 'b> {
    compiler: &'a mut Compiler<'b>,
    store: &'a mut Store,
    /// How many names each rule has, and where it is kept.
    names: Vec<(Set, usize)>,
    entries: Vec<Entry>,
    unloaded: Set,
    classes: usize,
}

impl Search<'_, '_> {
    fn split(&mut self, sets: &[Set], class: Set) -> Result<(), TooLarge> {
        if class.is_empty() {
            return Ok(());
        }
        if let [set, sets @ ..] = sets {
            let with = self.store.and(class, *set)?;
            let without = self.store.minus(class, *set)?;
            self.split(sets, with)?;
            return self.split(sets, without);
        }
        self.classes += 1;
        self.store.meter().charge(Part::Environments, 1)?;
        if self.classes > CLASS_LIMIT {
            return Err(self.store.meter().error(Bound::Environments(CLASS_LIMIT as u32)));
        }
        let mut count = 0;
        self.store.meter().charge(Part::Rules, self.names.len())?;
        for &(kept, names) in &self.names {
            if !self.store.and(class, kept)?.is_empty() {
                count += names;
            }
        }
        if count > self.compiler.linear_names() {
            return Ok(());
        }
        // The first of those with the fewest tests.
        let mut first: Option<(i64, bool)> = None;
        for entry in &self.entries {
            let tests = self.compiler.tests(self.store, entry, class)?;
            if let Some(tests) = tests
                && first.is_none_or(|(fewest, _)| tests < fewest)
            {
                first = Some((tests, entry.number.is_none()));
            }
        }
        if let Some((_, true)) = first {
            self.unloaded = self.store.or(self.unloaded, class)?;
        }
        Ok(())
    }
}
