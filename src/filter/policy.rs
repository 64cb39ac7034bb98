//! What a filter is to the programs of a host.

use super::answer::Answer;
use super::program::architecture::{audit, hosts};
use super::program::checked::Program;
use super::stack::Filter;
use crate::decision::var::{self, ARG_BITS, Group};
use crate::decision::{Decision, Store, TooLarge};
use crate::semantics::{AbiPolicy, HostPolicy, Policy, Settings};
use crate::syscall::{Abi, Host};

impl Filter {
    /// The hosts that a stack of programs seems to be made for: by their byte order and the
    /// architectures that they ask for.
    pub fn hosts(stack: &[Program]) -> Vec<Host> {
        hosts(stack)
    }

    /// The policy of the hosts that are asked for. It has no rules; its environment is that of the
    /// process, of which a filter sees nothing.
    ///
    /// What `TRAP` tells the program besides, the data of its signal, is no part of a policy.
    ///
    /// # Errors
    /// [`TooLarge`] where a bound of the store is reached.
    pub fn policy(&self, store: &mut Store, settings: &Settings) -> Result<Policy, TooLarge> {
        let mut policies = Vec::with_capacity(settings.hosts.len());
        for &host in &settings.hosts {
            let mut abis = Vec::with_capacity(host.abis().len());
            for &abi in host.abis() {
                abis.push(self.abi(store, abi)?);
            }
            policies.push(HostPolicy { host, abis: Ok(abis) });
        }
        Ok(Policy::of_filter(settings.clone(), policies))
    }

    fn abi(&self, store: &mut Store, abi: Abi) -> Result<AbiPolicy, TooLarge> {
        let mut numbers = Vec::new();
        for &(upto, decision) in self.of_architecture(audit(abi)) {
            let decision = store.map(decision, &Answer::of_policy)?;
            numbers.push((upto, narrowed(store, decision, abi)?));
        }
        Ok(AbiPolicy::of_numbers(abi, &numbers))
    }
}

/// The decision for registers of the ABI: those of 32 bits have no high word.
///
/// # Errors
/// [`TooLarge`] where a bound of the store is reached.
pub fn narrowed(store: &mut Store, decision: Decision, abi: Abi) -> Result<Decision, TooLarge> {
    if !abi.has_32bit_registers() {
        return Ok(decision);
    }
    let is_high = |var| match var::group(var) {
        group @ Group::Arg(_) => var < group.range().0 + ARG_BITS / 2,
        _ => false,
    };
    store.fix(decision, &|var| is_high(var).then_some(false))
}
