//! The highest numbers that rules name: above them runc's stub answers.

use super::rules::{Resolved, ResolvedRule};
use crate::syscall::{ABI_COUNT, Abi, Library, Syscall};

/// The highest number that each rule names on each ABI, plus one; 0 for none. Pseudo-numbers do not
/// count.
pub(in crate::semantics) struct Highest(Vec<[u32; ABI_COUNT]>);

impl Highest {
    pub fn new(resolved: &Resolved, library: Library) -> Highest {
        let of_rule = |rule: &ResolvedRule| {
            let calls = rule.syscalls.iter().map(|&(syscall, _)| syscall);
            Highest::of(calls, library)
        };
        Highest(resolved.rules.iter().map(of_rule).collect())
    }

    /// The same of some calls.
    pub fn of(calls: impl Iterator<Item = Syscall>, library: Library) -> [u32; ABI_COUNT] {
        let spreads = Abi::ALL.map(|abi| library.spreads_to_multiplexers(abi));
        let mut highest = [0; ABI_COUNT];
        for syscall in calls {
            if syscall.multiplexer().is_none() && !library.renumbers(syscall) {
                // All ABIs at once: no number is one below 0.
                for (highest, number) in highest.iter_mut().zip(syscall.all_numbers()) {
                    *highest = (*highest).max(number.wrapping_add(1));
                }
                continue;
            }
            let is_behind = syscall.multiplexer().is_some();
            for (abi, highest) in Abi::ALL.into_iter().zip(&mut highest) {
                if !is_behind || !spreads[abi as usize] {
                    let number = syscall.number_in(abi, library);
                    *highest = (*highest).max(number.map_or(0, |number| number + 1));
                }
            }
        }
        highest
    }

    /// Of each rule the highest number on an ABI; 0 for none.
    pub fn on(&self, abi: Abi) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().map(move |of_rule| of_rule[abi as usize].saturating_sub(1))
    }
}
