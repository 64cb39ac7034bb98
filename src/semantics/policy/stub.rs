//! runc's answer before the filter: `ENOSYS` for numbers above all that the profile names.
//!
//! Source: `libcontainer/seccomp/patchbpf/enosys_linux.go`.

use crate::decision::{Part, Set, Store, TooLarge};
use crate::machine::Machine;
use crate::profile::Action;
use crate::semantics::resolve::highest::Highest;
use crate::semantics::resolve::rules::Resolved;
use crate::syscall::{Abi, Host};

/// For each number, the environments in which runc's stub answers.
pub(in crate::semantics) struct Stub {
    /// Up to which number (inclusive) in which environments, ascending; the last is for all.
    pieces: Vec<(u32, Set)>,
    /// Whether it answers number 0.
    has_setup: bool,
}

impl Stub {
    /// `ENOSYS`.
    pub const ERRNO: u16 = 38;

    /// The stub for an ABI that has one; `None` where runc writes none.
    pub fn build(
        store: &mut Store,
        resolved: &Resolved,
        machine: Machine,
        (host, abi): (Host, Abi),
        (default, named): (Action, &Highest),
    ) -> Result<Option<Stub>, TooLarge> {
        if Stub::is_left_out(default) || resolved.without_stub {
            return Ok(None);
        }
        let kept =
            resolved.rules.iter().zip(named.on(abi)).filter(|(rule, _)| rule.is_kept_on(host));
        let named = kept.filter(|(_, number)| *number > 0);
        store.meter().charge(Part::Rules, resolved.rules.len())?;
        let highest = named.map(|(rule, number)| (number, rule.kept)).collect();
        Stub::of(store, machine, abi, (default, highest))
    }

    /// Where the filter lets calls through that no rule names.
    fn is_left_out(default: Action) -> bool {
        matches!(default, Action::Allow | Action::Log | Action::Trace(_))
    }

    /// The same by the highest number above 0 that each rule names, and where it is kept.
    pub fn of(
        store: &mut Store,
        machine: Machine,
        abi: Abi,
        (default, mut highest): (Action, Vec<(u32, Set)>),
    ) -> Result<Option<Stub>, TooLarge> {
        if Stub::is_left_out(default) {
            return Ok(None);
        }
        highest.sort_unstable_by(|a, b| b.cmp(a));
        // From the top down: where some rule names this number or a higher one.
        let mut reached = Set::EMPTY;
        let mut steps: Vec<(u32, Set)> = Vec::new();
        for (number, kept) in highest {
            let now = store.or(reached, kept)?;
            if now != reached {
                reached = now;
                match steps.last_mut() {
                    Some(last) if last.0 == number => last.1 = now,
                    _ => steps.push((number, now)),
                }
            }
        }
        if reached.is_empty() {
            return Ok(None);
        }
        let mut pieces = Vec::new();
        for &(number, named) in steps.iter().rev() {
            pieces.push((number, store.minus(reached, named)?));
        }
        pieces.push((u32::MAX, reached));
        let has_setup = machine.runtime.stub_has_setup() && matches!(abi, Abi::S390 | Abi::S390x);
        if has_setup {
            // Number 0, `setup`, is what those kernels see of a call beyond their table.
            pieces.insert(0, (0, reached));
        }
        Ok(Some(Stub { pieces, has_setup }))
    }

    /// Up to which number (inclusive) it answers in which environments, ascending.
    pub fn pieces(&self) -> impl Iterator<Item = (u32, Set)> + '_ {
        self.pieces.iter().copied()
    }

    /// In which environments it answers a number.
    pub fn answers(&self, number: u32) -> Set {
        let piece = self.pieces.iter().find(|&&(upto, _)| number <= upto);
        piece.map_or(Set::EMPTY, |&(_, set)| set)
    }

    /// The highest number for which it answers nowhere (0 if there is none).
    pub fn boundary(&self) -> u32 {
        let is_setup = |upto: u32| upto == 0 && self.has_setup;
        let silent = self.pieces.iter().filter(|&&(upto, set)| set.is_empty() && !is_setup(upto));
        silent.map(|&(upto, _)| upto).max().unwrap_or(0)
    }
}
