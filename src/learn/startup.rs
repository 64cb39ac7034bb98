//! What a runtime needs beside what was recorded.

use super::Question;
use super::plan::{Plan, Rule};
use crate::decision::Store;
use crate::recording::Recording;
use crate::semantics::Runtime;
use crate::starts::{self, Needs};
use crate::syscall::{Abi, Syscall, danger};
use std::collections::BTreeSet;

/// The calls that start and end a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Startup {
    /// The runtimes that were measured and for which they are.
    pub runtimes: Vec<Runtime>,
    /// Those that no rule lets through whole because they were recorded.
    pub calls: BTreeSet<Syscall>,
}

/// With these a program ends, and comes back from a signal or out of a call that was interrupted: the
/// C library or the kernel makes them, and a recording that ends before its program lacks them.
const ENDS: [&str; 5] = ["exit", "exit_group", "restart_syscall", "rt_sigreturn", "sigreturn"];

pub(super) fn startup(
    store: &Store,
    question: &Question,
    recording: &Recording,
    plan: &Plan,
) -> Startup {
    let asked = question.settings.machine.runtime;
    // Of no version in particular: whichever starts it.
    let measured: Vec<&Needs> = match question.settings.chosen {
        Some(_) => starts::nearest(asked).into_iter().collect(),
        None => starts::of_program(asked).collect(),
    };
    let runtimes = measured.iter().map(|needs| needs.runtime).collect();
    let is_whole = |call: &Syscall| plan.rules.get(call) == Some(&Rule::Whole);
    let mut calls: BTreeSet<Syscall> = BTreeSet::new();
    if let Some(base) = &question.base {
        // What it lacks already, for whichever reason.
        let blocked = starts::breaks(store, base.policy);
        calls.extend(blocked.iter().flat_map(|breaks| &breaks.calls).map(|call| call.syscall));
        calls.retain(|call| !is_whole(call));
        return Startup { runtimes, calls };
    }
    for needs in measured {
        let wanted = needs.calls.iter().filter(|need| need.is_wanted);
        calls.extend(wanted.map(|need| need.syscall));
        // One of a group is not always enough: runc 1.1.5 starts nothing with `getuid` alone where it
        // has no `faccessat`. All of them are harmless.
        let members = needs.groups.iter().flat_map(|(_, group)| group);
        calls.extend(members.map(|need| need.syscall).filter(|call| danger(*call).is_none()));
    }
    let abis: BTreeSet<Abi> = recording.calls.keys().map(|seen| seen.abi).collect();
    let ends = ENDS.into_iter().filter_map(Syscall::from_name);
    let host = question.host().native();
    calls.extend(ends.filter(|call| {
        call.number(host).is_some() || abis.iter().any(|&abi| call.number(abi).is_some())
    }));
    calls.retain(|call| !is_whole(call));
    Startup { runtimes, calls }
}
