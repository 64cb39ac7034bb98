//! Policies of programs in the kernel, which know numbers and no rules.

use super::abi::{AbiPolicy, HostPolicy};
use super::build::Policy;
use super::numbered::{domain, settled};
use crate::decision::Decision;
use crate::profile::Action;
use crate::semantics::code;
use crate::semantics::settings::Settings;
use crate::syscall::{Abi, numbers};

impl AbiPolicy {
    /// The policy that gives those decisions to numbers: up to which (inclusive) which, ascending,
    /// all of them.
    pub(crate) fn of_numbers(abi: Abi, pieces: &[(u32, Decision)]) -> AbiPolicy {
        let kills = |action| Decision::leaf(code::leaf(action));
        for action in [Action::KillThread, Action::KillProcess] {
            let mut own = domain(abi).iter().flat_map(|&(first, last)| within(pieces, first, last));
            if own.all(|decision| decision == kills(action)) {
                return AbiPolicy::constant(abi, false, action);
            }
        }
        let find = |number: u32| {
            let at = pieces.partition_point(|&(upto, _)| upto < number);
            pieces.get(at).map_or(Decision::leaf(0), |&(_, decision)| decision)
        };
        let calls: Vec<Decision> = numbers(abi).iter().map(|&(number, _)| find(number)).collect();
        let others = settled(abi, pieces);
        let default = others.first().map_or(Decision::leaf(0), |&(_, decision)| decision);
        AbiPolicy::of_calls(abi, calls, default, others)
    }
}

impl AbiPolicy {
    /// Every number, in runs of those with one decision: up to which (inclusive) which holds.
    pub(crate) fn runs(&self) -> Vec<(u32, Decision)> {
        let mut runs: Vec<(u32, Decision)> = Vec::new();
        let mut push = |upto: u32, decision| match runs.last_mut() {
            Some(last) if last.1 == decision => last.0 = upto,
            _ => runs.push((upto, decision)),
        };
        let mut others = self.others().iter().copied().peekable();
        let mut next = 0;
        // The numbers without a name from `next` up to the named one.
        let mut unnamed = |next: u32, upto: u32, push: &mut dyn FnMut(u32, Decision)| {
            let mut next = next;
            while let Some(&(end, decision)) = others.peek() {
                if end >= next && next <= upto {
                    push(end.min(upto), decision);
                    next = end.min(upto).saturating_add(1);
                }
                if end > upto {
                    break;
                }
                others.next();
            }
        };
        for (number, _, decision) in self.calls() {
            if let Some(before) = number.checked_sub(1).filter(|&before| before >= next) {
                unnamed(next, before, &mut push);
            }
            push(number, decision);
            next = number.saturating_add(1);
        }
        unnamed(next, u32::MAX, &mut push);
        runs
    }
}

/// The decisions of numbers from one to another.
fn within(
    pieces: &[(u32, Decision)],
    first: u32,
    last: u32,
) -> impl Iterator<Item = Decision> + '_ {
    let from = pieces.partition_point(move |&(upto, _)| upto < first);
    let to = pieces.partition_point(move |&(upto, _)| upto < last);
    pieces.iter().take(to + 1).skip(from).map(|&(_, decision)| decision)
}

impl Policy {
    /// The policy of programs in the kernel, which have no rules. The action for calls that no rule
    /// answers is, of a program, that of the first number without a name on the first host.
    pub(crate) fn of_filter(settings: Settings, hosts: Vec<HostPolicy>) -> Policy {
        let first = hosts.first().and_then(|host| host.abis.as_ref().ok()?.first());
        let default = first.and_then(|abi| abi.default().as_leaf());
        let default = default.map_or(Action::KillProcess, code::action);
        Policy::without_rules(settings, hosts, default)
    }
}
