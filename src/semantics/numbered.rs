//! Answers by number: what every number gets, also one without a name.
//!
//! A filter sees 32 bits of a number. Those of x86_64's architecture are shared by two ABIs: with bit 30
//! and without bit 31 they are x32's, the rest is x86_64's, -1 and whatever else no kernel knows
//! included.

use super::code;
use super::policy::{AbiPolicy, HostPolicy, Policy};
use super::settings::Settings;
use crate::decision::Decision;
use crate::profile::Action;
use crate::syscall::{Abi, numbers};

const X32_BIT: u32 = 1 << 30;
const SIGN_BIT: u32 = 1 << 31;

/// The numbers that programs of an ABI can call, in ranges of which both ends are in.
pub(crate) const fn domain(abi: Abi) -> &'static [(u32, u32)] {
    match abi {
        Abi::X86_64 => &[(0, X32_BIT - 1), (SIGN_BIT, u32::MAX)],
        Abi::X32 => &[(X32_BIT, SIGN_BIT - 1)],
        _ => &[(0, u32::MAX)],
    }
}

/// The first number without a name from one to another (inclusive), of those that programs of the
/// ABI can call.
pub(crate) fn unnamed(abi: Abi, from: u32, upto: u32) -> Option<u32> {
    let free = |first: u32, last: u32| {
        let at = numbers(abi).partition_point(|&(number, _)| number < first);
        let named = numbers(abi).get(at..)?;
        // No number has two names: where there is no gap before one, there is none before.
        let (mut dense, mut gap) = (0, named.len());
        while dense < gap {
            let middle = (dense + gap) / 2;
            match named.get(middle).is_some_and(|of| of.0 as usize == first as usize + middle) {
                true => dense = middle + 1,
                false => gap = middle,
            }
        }
        let next = first.checked_add(u32::try_from(dense).ok()?)?;
        (next <= last).then_some(next)
    };
    domain(abi).iter().find_map(|&(first, last)| free(from.max(first), upto.min(last)))
}

/// What all numbers get (up to which, inclusive, which decision, ascending), as what those without
/// a name get, in the one form that it has.
pub(super) fn settled(abi: Abi, pieces: &[(u32, Decision)]) -> Vec<(u32, Decision)> {
    // From which number on which decision holds.
    let mut starts: Vec<(u32, Decision)> = Vec::new();
    let mut from = 0;
    for &(upto, decision) in pieces {
        if let Some(first) = unnamed(abi, from, upto)
            && starts.last().is_none_or(|&(_, last)| last != decision)
        {
            starts.push((first, decision));
        }
        from = upto.saturating_add(1);
    }
    let ends = starts.iter().skip(1).map(|&(first, _)| first - 1).chain([u32::MAX]);
    ends.zip(&starts).map(|(upto, &(_, decision))| (upto, decision)).collect()
}

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
