//! What a profile does to the programs of one ABI: a decision for every number.

use crate::decision::Decision;
use crate::profile::Action;
use crate::semantics::code;
use crate::semantics::error::SemanticsError;
use crate::syscall::{Abi, Host, Syscall, numbers};

/// What a profile does on one host.
#[derive(Clone, Debug)]
pub struct HostPolicy {
    /// The host.
    pub host: Host,
    /// What it does to the programs of each of the host's ABIs, in the order of [`Host::abis`];
    /// or why no container starts there.
    pub abis: Result<Vec<AbiPolicy>, SemanticsError>,
}

/// What a profile does to the programs of one ABI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbiPolicy {
    /// The ABI.
    pub abi: Abi,
    /// Whether the filter knows it. If not, every call kills its thread.
    pub in_filter: bool,
    /// Whether there are environments in which the filter never looks at the number of a call, so
    /// that the default action is for every call: libseccomp's mistake, in small filters.
    pub is_blind: bool,
    /// One decision for each of [`numbers`]; empty if all calls have that of `others`.
    pub(super) calls: Vec<Decision>,
    /// The same without runc's stub.
    pub(super) bare: Vec<Decision>,
    /// The decision for calls to which no rule answers, without runc's stub.
    pub(super) default: Decision,
    /// For numbers without a name: up to which (inclusive) which decision holds, ascending.
    pub(super) others: Vec<(u32, Decision)>,
    /// The highest number that does not get runc's `ENOSYS`, in the environments that keep the
    /// fewest rules; `None` without the stub.
    pub boundary: Option<u32>,
}

impl AbiPolicy {
    /// A policy without runc's stub: a decision for each of [`numbers`], that where no rule
    /// answers, and those for numbers without a name.
    pub(in crate::semantics) fn of_calls(
        abi: Abi,
        calls: Vec<Decision>,
        default: Decision,
        others: Vec<(u32, Decision)>,
    ) -> AbiPolicy {
        let bare = calls.clone();
        let (in_filter, is_blind, boundary) = (true, false, None);
        AbiPolicy { abi, in_filter, is_blind, calls, bare, default, others, boundary }
    }

    pub(in crate::semantics) fn constant(abi: Abi, in_filter: bool, action: Action) -> AbiPolicy {
        let default = Decision::leaf(code::leaf(action));
        let others = vec![(u32::MAX, default)];
        let (calls, bare) = (Vec::new(), Vec::new());
        let (is_blind, boundary) = (false, None);
        AbiPolicy { abi, in_filter, is_blind, calls, bare, default, others, boundary }
    }

    /// The decision for calls to which no rule answers, without runc's stub.
    pub fn default(&self) -> Decision {
        self.default
    }

    /// Every call of the ABI that has a name, by number, without runc's stub.
    pub fn bare_calls(&self) -> impl Iterator<Item = Decision> + '_ {
        (0..numbers(self.abi).len()).map(|at| self.bare.get(at).copied().unwrap_or(self.default))
    }

    /// The decision for a number, whether it has a name or not.
    pub fn decision(&self, number: u32) -> Decision {
        let named = numbers(self.abi).binary_search_by_key(&number, |&(number, _)| number);
        match named.ok().and_then(|at| self.calls.get(at)) {
            Some(&decision) => decision,
            None => self.other(number),
        }
    }

    /// The decision for the number at that place among [`numbers`].
    pub(crate) fn decision_at(&self, at: usize) -> Decision {
        let other = || numbers(self.abi).get(at).map_or(self.default, |&(n, _)| self.other(n));
        self.calls.get(at).copied().unwrap_or_else(other)
    }

    /// The decision for a number that has a name, without runc's stub.
    pub fn bare_decision(&self, number: u32) -> Option<Decision> {
        let named = numbers(self.abi).binary_search_by_key(&number, |&(number, _)| number);
        named.ok().map(|at| self.bare.get(at).copied().unwrap_or(self.default))
    }

    fn other(&self, number: u32) -> Decision {
        let at = self.others.partition_point(|&(upto, _)| upto < number);
        self.others.get(at).map_or(Decision::leaf(0), |&(_, decision)| decision)
    }

    /// Every call of the ABI that has a name, by number.
    pub fn calls(&self) -> impl Iterator<Item = (u32, Syscall, Decision)> + '_ {
        numbers(self.abi).iter().enumerate().map(|(at, &(number, syscall))| {
            let decision = self.calls.get(at).copied();
            (number, syscall, decision.unwrap_or_else(|| self.other(number)))
        })
    }

    /// The calls with a name that another policy of the ABI decides otherwise, by number: its
    /// number, and the decisions of both, with runc's stub and without.
    pub(crate) fn differing<'a>(
        &'a self,
        other: &'a AbiPolicy,
    ) -> impl Iterator<Item = (u32, Syscall, [Decision; 4])> + 'a {
        let numbers = numbers(self.abi);
        let of = move |policy: &AbiPolicy, at: usize| {
            let known = policy.calls.get(at).copied();
            known.unwrap_or_else(|| policy.other(numbers[at].0))
        };
        let bare = |policy: &AbiPolicy, at| policy.bare.get(at).copied().unwrap_or(policy.default);
        let are_whole = self.calls.len() == numbers.len() && other.calls.len() == numbers.len();
        // The usual case needs to be quick: every number of every host comes by here.
        let pairs = self.calls.iter().zip(&other.calls).enumerate();
        let differing: Vec<usize> = match are_whole {
            true => pairs.filter(|(_, (own, theirs))| own != theirs).map(|(at, _)| at).collect(),
            false => (0..numbers.len()).filter(|&at| of(self, at) != of(other, at)).collect(),
        };
        differing.into_iter().map(move |at| {
            let (number, syscall) = numbers[at];
            let with = [of(self, at), of(other, at)];
            (number, syscall, [with[0], with[1], bare(self, at), bare(other, at)])
        })
    }

    /// The decisions for numbers without a name: up to which (inclusive) which holds.
    pub fn others(&self) -> &[(u32, Decision)] {
        &self.others
    }
}
