//! Whether a name in a rule makes a difference: judged by the rules of the call that it names, which
//! takes far less than a second policy.
//!
//! [`Names::differs`] alone is no proof of the opposite: a name can also count for runc's stub, or for
//! how libseccomp puts its program together. [`Names::is_sure`] looks at these as well.

use super::added::{LeftOut, Named};
use super::compiler::Compiler;
use crate::decision::{Meter, Part, Store};
use crate::machine::Machine;
use crate::profile::Profile;
use crate::semantics::error::SemanticsError;
use crate::semantics::resolve::highest::Highest;
use crate::semantics::resolve::rules::{self, Resolved, ResolvedRule, Scope};
use crate::semantics::settings::Settings;
use crate::syscall::{Abi, Host, Library, Syscall};
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// A profile, read for [`Names`].
pub(crate) struct Reading {
    resolved: Resolved,
    machine: Machine,
    /// The ABIs of the filter of each host on which containers start.
    filters: Vec<(Host, Abi)>,
}

impl Reading {
    /// # Errors
    /// As [`Policy::build`](crate::semantics::Policy::build).
    pub fn new(
        store: &mut Store,
        profile: &Profile,
        settings: &Settings,
    ) -> Result<Reading, SemanticsError> {
        let resolved = rules::resolve(store, profile, settings, Scope::Whole)?;
        let mut filters = Vec::new();
        for &host in &settings.hosts {
            // Where no container starts there is nothing to tell apart.
            let filter = rules::filter_abis(profile, settings.machine, host).unwrap_or_default();
            filters.extend(filter.into_iter().map(|abi| (host, abi)));
        }
        Ok(Reading { resolved, machine: settings.machine, filters })
    }

    /// Nothing if seccomp is off. `is_plain` is what the whole policy says of itself.
    pub fn names(&self, meter: &Arc<Meter>, is_plain: bool) -> Option<Names<'_>> {
        let compiler = Compiler::new(meter, &self.resolved, self.machine, self.resolved.default?);
        Some(Names { compiler, reading: self, is_plain, has_all: false })
    }
}

/// The names of a profile, each of which can be left out.
pub(crate) struct Names<'a> {
    compiler: Compiler<'a>,
    reading: &'a Reading,
    /// Whether no program of the whole filter hangs on how libseccomp comes upon its blocks.
    is_plain: bool,
    /// Whether the compiler knows the programs of the whole filter.
    has_all: bool,
}

/// Where a call can get another decision: which rules for it the host keeps, whether words are of 32
/// bits, and whether the rules for calls behind a multiplexer are the multiplexer's as well.
type Alike = (Syscall, u64, bool, bool);

impl Names<'_> {
    /// Whether some call gets another decision without a name than with it, in both cases without
    /// `left_out`; judged by the rules for the call alone.
    ///
    /// # Errors
    /// What libseccomp refuses, and the bounds.
    pub fn differs(
        &mut self,
        store: &mut Store,
        name: Named,
        left_out: &LeftOut,
    ) -> Result<bool, SemanticsError> {
        let without = with(left_out, name);
        let mut seen = FxHashSet::default();
        for &place in &self.reading.filters {
            for syscall in self.calls(name, place.1) {
                let has_it = place.0.abis().contains(&place.1) && syscall.number(place.1).is_some();
                if !has_it || self.is_known(&mut seen, place, syscall) {
                    continue;
                }
                let before = self.compiler.decide_without(store, place, syscall, left_out)?;
                if before != self.compiler.decide_without(store, place, syscall, &without)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Whether the whole filter is sure to do the same without a name, by itself and together with
    /// `left_out`, where [`Names::differs`] says that the calls do which it names. So it is where
    ///
    /// - no rule for these calls is refused then, on any ABI of the filter;
    /// - no program hangs on another one (`sharing.rs`);
    /// - each filter still has a call without a test, and so looks at the number (`unloaded.rs`);
    /// - runc's stub is the same.
    ///
    /// # Errors
    /// What libseccomp refuses, and the bounds.
    pub fn is_sure(
        &mut self,
        store: &mut Store,
        name: Named,
        left_out: &LeftOut,
    ) -> Result<bool, SemanticsError> {
        let Machine { runtime, library, .. } = self.reading.machine;
        if runtime.wants_names() || !library.has_newest_numbers() {
            return Ok(false);
        }
        if !left_out.is_empty() && self.differs(store, name, &LeftOut::default())? {
            return Ok(false);
        }
        let without = with(left_out, name);
        let touched: Vec<Syscall> = without
            .keys()
            .flat_map(|named| {
                let behind = named.syscall.multiplexer();
                let multiplexer = behind.and_then(|(multiplexer, _)| multiplexer.syscall());
                [Some(named.syscall), multiplexer].into_iter().flatten()
            })
            .collect();
        let mut seen = FxHashSet::default();
        for &place in &self.reading.filters {
            for syscall in self.calls(name, place.1) {
                if !self.is_known(&mut seen, place, syscall) {
                    for left_out in [&without, &with(&LeftOut::default(), name)] {
                        self.compiler.decide_without(store, place, syscall, left_out)?;
                    }
                }
            }
            let counts = |syscall| !touched.contains(&syscall);
            if !self.compiler.has_certain_of(place.0, place.1, &counts) {
                return Ok(false);
            }
        }
        Ok(self.is_undisputed(store)? && self.has_same_stub(store, name.rule, &without)?)
    }

    /// Whether no program hangs on another one's, of those with a name and of those without.
    fn is_undisputed(&mut self, store: &mut Store) -> Result<bool, SemanticsError> {
        if self.is_plain && !self.compiler.has_contested() {
            return Ok(true);
        }
        // More programs make more disputes, never fewer: what was decided for other names does no harm.
        if !self.has_all {
            for &(host, abi) in &self.reading.filters {
                self.compiler.compile(store, host, abi)?;
            }
            self.has_all = true;
        }
        self.compiler.settle(store);
        Ok(self.compiler.disputed().is_empty())
    }

    /// The call that a name is for, and the multiplexer that gets its rules on an ABI.
    fn calls(&self, name: Named, abi: Abi) -> impl Iterator<Item = Syscall> + use<> {
        let library = self.reading.machine.library;
        let behind = name.syscall.multiplexer().map(|(multiplexer, _)| multiplexer);
        let multiplexer = behind.filter(|_| library.spreads_to_multiplexers(abi));
        let multiplexer = multiplexer.and_then(|multiplexer| multiplexer.syscall());
        [Some(name.syscall), multiplexer].into_iter().flatten()
    }

    /// Whether a place is as one before it to a call.
    fn is_known(
        &self,
        seen: &mut FxHashSet<Alike>,
        (host, abi): (Host, Abi),
        syscall: Syscall,
    ) -> bool {
        let spreads = self.reading.machine.library.spreads_to_multiplexers(abi);
        let kept = self.compiler.kept_for(host, abi, syscall);
        kept.is_some_and(|kept| !seen.insert((syscall, kept, abi.is_32bit(), spreads)))
    }

    /// Whether the number above which runc answers `ENOSYS` is the same everywhere without some names.
    fn has_same_stub(
        &self,
        store: &mut Store,
        rule: usize,
        without: &LeftOut,
    ) -> Result<bool, SemanticsError> {
        let Reading { resolved: Resolved { rules, .. }, machine: Machine { library, .. }, .. } =
            self.reading;
        let Some(own) = rules.iter().find(|resolved| resolved.index == rule) else {
            // No environment keeps it.
            return Ok(true);
        };
        store.meter().spend(Part::Names, own.syscalls.len());
        let none = LeftOut::default();
        let before = highest(own, &none, *library);
        let after = highest(own, without, *library);
        if after == before {
            return Ok(true);
        }
        // Another rule that is kept wherever this one is can name a number that is as high.
        for other in rules.iter().filter(|other| other.index != rule) {
            store.meter().spend(Part::Names, other.syscalls.len());
            let is_higher = || {
                let others = highest(other, without, *library);
                let mut abis = before.iter().zip(after).zip(others);
                abis.all(|((before, after), other)| *before == after || *before <= other)
            };
            if own.hosts & !other.hosts == 0 && is_higher() {
                let only = store.minus(own.kept, other.kept).map_err(SemanticsError::whole)?;
                if only.is_empty() {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

/// One name more that is left out.
fn with(left_out: &LeftOut, name: Named) -> LeftOut {
    let mut without = left_out.clone();
    *without.entry(name).or_default() += 1;
    without
}

/// What counts for runc's stub of a rule without some names.
fn highest(
    rule: &ResolvedRule,
    without: &LeftOut,
    library: Library,
) -> [u32; crate::syscall::ABI_COUNT] {
    let mut taken = LeftOut::default();
    let counts = |&syscall: &Syscall| {
        let name = Named { rule: rule.index, syscall };
        let Some(&count) = without.get(&name) else { return true };
        let taken = taken.entry(name).or_default();
        *taken += 1;
        *taken > count
    };
    let calls: Vec<Syscall> =
        rule.syscalls.iter().map(|&(syscall, _)| syscall).filter(counts).collect();
    Highest::of(calls.into_iter(), library)
}
