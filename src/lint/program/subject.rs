//! What every lint of programs looks at.

use crate::decision::var::{ARG_BITS, Group};
use crate::decision::{Assignment, Decision, Leaf, Set, Store, TooLarge};
use crate::diff::Place;
use crate::filter::{Filter, Program};
use crate::lint::Proof;
use crate::profile::KernelVersion;
use crate::semantics::{self, Policy};
use crate::syscall::{Abi, Host, Syscall};

/// The filters of a process, and what they do, all in one store.
#[derive(Debug)]
pub struct Programs<'a> {
    /// Where it all lives.
    pub store: Store,
    /// The programs with the names of their files, the oldest first.
    pub stack: &'a [(&'a str, &'a Program)],
    /// Their function.
    pub filter: &'a Filter,
    /// What that is to the programs of the hosts.
    pub policy: &'a Policy,
}

/// A filter that asks for the architecture first, and has an answer for the numbers of x32.
pub(super) const CAREFUL: &str = "\
0000: 0x20 0x00 0x00 0x00000004  A = architecture
0001: 0x15 0x00 0x04 0xc000003e  if A == 0xc000003e (x86_64) goto 2 else 6
0002: 0x20 0x00 0x00 0x00000000  A = number
0003: 0x35 0x02 0x00 0x40000000  if A >= 0x40000000 goto 6 else 4
0004: 0x15 0x01 0x00 0x00000065  if A == 101 (ptrace) goto 6 else 5
0005: 0x06 0x00 0x00 0x7fff0000  return ALLOW
0006: 0x06 0x00 0x00 0x80000000  return KILL_PROCESS";

/// A kernel for witnesses: filters see none.
const KERNEL: KernelVersion = KernelVersion { kernel: 6, major: 12 };

impl Programs<'_> {
    /// The hosts that the filters are for.
    pub(super) fn hosts(&self) -> Vec<Host> {
        self.policy.hosts().iter().map(|on| on.host).collect()
    }

    /// What to call a program: nothing where there is one.
    pub(super) fn name(&self, at: usize) -> String {
        match self.stack {
            [_] => String::new(),
            stack => stack.get(at).map_or(String::new(), |(name, _)| format!("{name}: ")),
        }
    }

    /// The calls that a decision lets through.
    pub(super) fn open(&mut self, decision: Decision) -> Result<Set, TooLarge> {
        let is_open = |leaf: Leaf| semantics::action(leaf).lets_through();
        self.store.set_where(decision, &is_open)
    }

    /// Calls that are blocked for a host's own programs, and that its programs of another ABI can
    /// make: each with one of them, of those whose arguments fit in 32 bits.
    pub(super) fn open_elsewhere(
        &mut self,
        host: Host,
        abi: Abi,
    ) -> Result<Vec<(Syscall, Proof)>, TooLarge> {
        let policy = self.policy;
        let (Some(native), Some(other)) = (policy.abi(host, host.native()), policy.abi(host, abi))
        else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for (_, syscall, decision) in other.calls() {
            let Some(number) = syscall.number(host.native()) else { continue };
            let low = low_half(&mut self.store, decision)?;
            let open = self.open(low)?;
            let native = low_half(&mut self.store, native.decision(number))?;
            let open_natively = self.open(native)?;
            let only_here = self.store.minus(open, open_natively)?;
            let place = Place { host, abi };
            if let Some(proof) = self.proof(only_here, decision, place, syscall) {
                found.push((syscall, proof));
            }
        }
        Ok(found)
    }

    /// One call of a set as proof.
    pub(super) fn proof(
        &self,
        set: Set,
        decision: Decision,
        place: Place,
        syscall: Syscall,
    ) -> Option<Proof> {
        let point = Assignment { kernel: KERNEL, ..self.store.witness(set)? };
        let action = semantics::action(self.store.evaluate(decision, &point));
        // A program in the kernel asks for no kernel, and nobody reads it.
        Some(Proof { place, syscall, point, action, asks_kernel: false, engine: None })
    }
}

/// The decision for arguments without a high half, of which libseccomp's filters for x32 look at
/// none.
fn low_half(store: &mut Store, decision: Decision) -> Result<Decision, TooLarge> {
    let is_high = |var| match crate::decision::var::group(var) {
        group @ Group::Arg(_) => var < group.range().0 + ARG_BITS / 2,
        _ => false,
    };
    store.fix(decision, &|var| is_high(var).then_some(false))
}

/// `ptrace`, or `ptrace, bpf, mount and 12 more`.
pub(super) fn some(names: &[&str]) -> String {
    const MOST: usize = 6;
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.len().saturating_sub(MOST) {
        0 => quoted.join(", "),
        more => format!("{} and {more} more", quoted[..MOST].join(", ")),
    }
}
