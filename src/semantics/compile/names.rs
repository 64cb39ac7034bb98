//! Whether a name in a rule makes a difference to the call that it names.
//!
//! It takes far less than a second policy, and is no proof of the opposite: a name can also count
//! for runc's stub, or for how libseccomp puts its program together.

use super::compiler::{Compiler, LeftOut, Named};
use crate::decision::{Meter, Store};
use crate::machine::Machine;
use crate::profile::Profile;
use crate::semantics::error::SemanticsError;
use crate::semantics::resolve::rules::{self, Resolved, Scope};
use crate::semantics::settings::Settings;
use crate::syscall::{Abi, Host, Library};
use std::sync::Arc;

/// A profile, read for [`Names`].
pub(crate) struct Reading {
    resolved: Resolved,
    machine: Machine,
    places: Vec<(Host, Abi)>,
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
        let mut places = Vec::new();
        for &host in &settings.hosts {
            // Where no container starts there is nothing to tell apart.
            let filter = rules::filter_abis(profile, settings.machine, host).unwrap_or_default();
            places.extend(filter.into_iter().map(|abi| (host, abi)));
            places.retain(|(host, abi)| host.abis().contains(abi));
        }
        Ok(Reading { resolved, machine: settings.machine, places })
    }

    /// Nothing if seccomp is off.
    pub fn names(&self, meter: &Arc<Meter>) -> Option<Names<'_>> {
        let compiler = Compiler::new(meter, &self.resolved, self.machine, self.resolved.default?);
        Some(Names { compiler, library: self.machine.library, places: &self.places })
    }
}

/// The names of a profile, each of which can be left out.
pub(crate) struct Names<'a> {
    compiler: Compiler<'a>,
    library: Library,
    places: &'a [(Host, Abi)],
}

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
        let behind = name.syscall.multiplexer().map(|(multiplexer, _)| multiplexer);
        let mut without = left_out.clone();
        *without.entry(name).or_default() += 1;
        for &place in self.places {
            let multiplexer = behind.filter(|_| self.library.spreads_to_multiplexers(place.1));
            let multiplexer = multiplexer.and_then(|multiplexer| multiplexer.syscall());
            for syscall in [Some(name.syscall), multiplexer].into_iter().flatten() {
                if syscall.number(place.1).is_none() {
                    continue;
                }
                let with = self.compiler.decide_without(store, place, syscall, left_out)?;
                if with != self.compiler.decide_without(store, place, syscall, &without)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}
