//! What was used how often.

use super::Question;
use crate::decision::{Store, TooLarge};
use crate::recording::Recording;
use crate::semantics;
use crate::syscall::Syscall;
use std::collections::BTreeMap;

/// What to think about when a profile is tightened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Every recorded call, with how often it was made.
    pub counts: BTreeMap<Syscall, u64>,
    /// Those that were made once.
    pub once: Vec<Syscall>,
    /// Calls of native programs that the base lets through, be it for some arguments, and that were not
    /// recorded.
    pub unused: Vec<Syscall>,
}

pub(super) fn usage(
    store: &mut Store,
    question: &Question,
    recording: &Recording,
) -> Result<Usage, TooLarge> {
    let mut counts: BTreeMap<Syscall, u64> = BTreeMap::new();
    let abis = question.host().abis();
    for (seen, tally) in recording.calls.iter().filter(|(seen, _)| abis.contains(&seen.abi)) {
        let count = counts.entry(seen.syscall).or_insert(0);
        *count = count.saturating_add(tally.count);
    }
    let once = counts.iter().filter(|(_, count)| **count == 1).map(|(&call, _)| call).collect();
    let mut unused = Vec::new();
    let host = question.host();
    if let Some(base) = &question.base
        && let Some(abi) = base.policy.abi(host, host.native())
    {
        for (_, syscall, decision) in abi.calls() {
            let leaves = store.leaves(decision);
            let is_open = leaves.into_iter().any(|leaf| semantics::action(leaf).lets_through());
            if is_open && !counts.contains_key(&syscall) {
                unused.push(syscall);
            }
        }
        unused.sort_by_key(|call| call.name());
    }
    Ok(Usage { counts, once, unused })
}
