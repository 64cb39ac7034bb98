//! The decision for every call of an ABI: what libseccomp makes of the rules that runc adds.

use super::added::{Added, LeftOut, Rules};
use super::classes::{Classes, Stop, Way};
use super::programs::Programs;
use super::reuse::{Known, Reuse};
use crate::decision::{Decision, Leaf, Meter, Part, Set, Store};
use crate::machine::Machine;
use crate::semantics::code;
use crate::semantics::error::{Problem, SemanticsError};
use crate::semantics::libseccomp::{BlockId, Blocks};
use crate::semantics::resolve::rules::{LibRuleId, Resolved};
use crate::syscall::{Abi, Host, Syscall, numbers};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// In place of a decision that is yet to be made: no function's.
const UNDECIDED: Decision = Decision::leaf(Leaf::MAX);

/// Above this number of names runc asks for a binary search.
const LINEAR_NAMES: usize = 32;

/// Rules with where they are kept, and whether words are 32 bits wide.
type RulesKey = (Vec<(Set, LibRuleId)>, bool);

/// Compiles a resolved profile for one ABI after the other; what it learned of a set of rules
/// serves for every ABI of that width.
pub(in crate::semantics) struct Compiler<'a> {
    machine: Machine,
    default: Leaf,
    pub(super) rules: Rules<'a>,
    reuse: Reuse,
    whole: FxHashMap<RulesKey, (Decision, Vec<Way>)>,
    pub(super) programs: Programs,
}

impl<'a> Compiler<'a> {
    pub fn new(
        meter: &Arc<Meter>,
        resolved: &'a Resolved,
        machine: Machine,
        default: Leaf,
    ) -> Compiler<'a> {
        let rules = Rules::new(resolved, machine);
        let reuse = Reuse::new(&rules);
        let programs = Programs::new(meter, machine.library, default);
        Compiler { machine, default, rules, reuse, whole: FxHashMap::default(), programs }
    }

    /// The decision for each of [`numbers`] of an ABI, without runc's stub.
    ///
    /// # Errors
    /// What libseccomp refuses, and the bounds.
    pub fn compile(
        &mut self,
        store: &mut Store,
        host: Host,
        abi: Abi,
    ) -> Result<Vec<Decision>, SemanticsError> {
        let charged = store.meter().charge(Part::Rules, numbers(abi).len());
        charged.map_err(SemanticsError::whole)?;
        let kept = (self.rules.kept_on(host), abi.is_32bit());
        let mut known = self.reuse.take(&kept, self.default_decision());
        let mut calls = self.known(abi, &known);
        self.decide_rest(store, (host, abi), &mut known, &mut calls)?;
        self.reuse.put(kept, known);
        self.try_missing(store, host, abi)?;
        Ok(calls)
    }

    fn default_decision(&self) -> Decision {
        Decision::leaf(code::kernel_leaf(self.default))
    }

    /// What is known for each of [`numbers`]: nearly all of it, usually.
    fn known(&self, abi: Abi, known: &Known) -> Vec<Decision> {
        let of = |&(_, syscall): &(u32, Syscall)| known[self.reuse.group(syscall)];
        let mut calls: Vec<Decision> =
            numbers(abi).iter().map(|call| of(call).unwrap_or(UNDECIDED)).collect();
        for multiplexer in self.rules.multiplexers(abi).into_iter().flatten() {
            let at = multiplexer.place(abi);
            if let Some(call) = at.and_then(|at| calls.get_mut(at)) {
                *call = UNDECIDED;
            }
        }
        let library = self.machine.library;
        if !library.has_newest_numbers() {
            let default = self.default_decision();
            for (call, &(number, syscall)) in calls.iter_mut().zip(numbers(abi)) {
                // The library has no number for the name, or another one.
                if syscall.number_in(abi, library) != Some(number) {
                    *call = default;
                }
            }
        }
        calls
    }

    /// Decides what is not known, in the order of the numbers.
    fn decide_rest(
        &mut self,
        store: &mut Store,
        (host, abi): (Host, Abi),
        known: &mut Known,
        calls: &mut [Decision],
    ) -> Result<(), SemanticsError> {
        let (multiplexers, is_32bit) = (self.rules.multiplexers(abi), abi.is_32bit());
        let mut from = 0;
        while let Some(behind) = calls[from..].iter().position(|call| *call == UNDECIDED) {
            let at = from + behind;
            from = at + 1;
            let (_, syscall) = numbers(abi)[at];
            // It has more rules than those of its group.
            if multiplexers.contains(&Some(syscall)) {
                calls[at] = self.call(store, syscall, host, abi)?;
                continue;
            }
            let group = self.reuse.group(syscall);
            calls[at] = match known[group] {
                Some(decision) => decision,
                None => {
                    let decision = match self.reuse.shared(group, is_32bit) {
                        Some(decision) => decision,
                        None => self.call(store, syscall, host, abi)?,
                    };
                    known[group] = Some(decision);
                    self.reuse.share(group, is_32bit, decision);
                    decision
                }
            };
        }
        Ok(())
    }

    /// Decides calls that the ABI lacks, of which nobody asks for the decision: the library can refuse
    /// their rules.
    fn try_missing(
        &mut self,
        store: &mut Store,
        host: Host,
        abi: Abi,
    ) -> Result<(), SemanticsError> {
        for at in 0..self.rules.repeated.len() {
            let syscall = self.rules.repeated[at];
            if self.rules.is_missing(abi, syscall) {
                let added = self.rules.added_for(store, host, abi, syscall);
                self.decide(store, added, syscall, host, abi)?;
            }
        }
        Ok(())
    }

    /// The decision for a call of which the library knows the number.
    fn call(
        &mut self,
        store: &mut Store,
        syscall: Syscall,
        host: Host,
        abi: Abi,
    ) -> Result<Decision, SemanticsError> {
        if let Some(code) = self.rules.certain(host, abi, syscall) {
            return Ok(Decision::leaf(code::kernel_leaf(code.unwrap_or(self.default))));
        }
        let added = self.rules.added_for(store, host, abi, syscall);
        self.decide(store, added, syscall, host, abi)
    }

    /// The decision for a call, without some of the names in rules, as far as the rules for the
    /// call itself go.
    ///
    /// # Errors
    /// As [`Compiler::compile`].
    pub fn decide_without(
        &mut self,
        store: &mut Store,
        (host, abi): (Host, Abi),
        syscall: Syscall,
        left_out: &LeftOut,
    ) -> Result<Decision, SemanticsError> {
        let added = self.rules.added_without(store, host, abi, syscall, left_out);
        self.decide(store, added, syscall, host, abi)
    }

    fn decide(
        &mut self,
        store: &mut Store,
        added: Vec<Added>,
        syscall: Syscall,
        host: Host,
        abi: Abi,
    ) -> Result<Decision, SemanticsError> {
        let default = self.default_decision();
        let Some(first) = added.first() else { return Ok(default) };
        let is_32bit = abi.is_32bit();
        store.meter().set_subject(Some(syscall.index() as u16));
        let key = (added.iter().map(|a| (a.kept, a.id)).collect(), is_32bit);
        if let Some((known, _)) = self.whole.get(&key) {
            return Ok(*known);
        }
        let (rules, programs) = (&self.rules.lib_rules, &mut self.programs);
        let classes = Classes::new(store, rules, programs, &added, is_32bit, default);
        let (decision, ways) = classes.decide().map_err(|stop| {
            let error = |kind| SemanticsError::new(kind, Some(first.span));
            match stop {
                Stop::Bound(bound) => error(Problem::TooLarge { syscall, bound }),
                Stop::Refused { problem, rule, other } => SemanticsError {
                    kind: Problem::Refused { problem, syscall, host, abi },
                    span: Some(rule),
                    other,
                },
            }
        })?;
        self.whole.insert(key, (decision, ways));
        Ok(decision)
    }

    /// The programs that were compiled, by the rules and where they are kept; `None` if nobody asked.
    pub(super) fn ways_of(&self, added: &[Added], is_32bit: bool) -> Option<Vec<Way>> {
        let key = (added.iter().map(|a| (a.kept, a.id)).collect(), is_32bit);
        self.whole.get(&key).map(|(_, ways)| ways.clone())
    }

    /// Whether a call that the ABI has is sure to have an entry without a test.
    pub fn has_certain(&self, host: Host, abi: Abi) -> bool {
        self.rules.has_certain(host, abi, &|_| true)
    }

    /// The same, of some of the calls.
    pub fn has_certain_of(&self, host: Host, abi: Abi, counts: &dyn Fn(Syscall) -> bool) -> bool {
        self.rules.has_certain(host, abi, counts)
    }

    /// Which of the rules for a call a host keeps, a bit each, if there are not too many for that. Where
    /// it is the same, and the width and the list of rules are, so is the decision.
    pub fn kept_for(&self, host: Host, abi: Abi, syscall: Syscall) -> Option<u64> {
        self.rules.kept_for(host, abi, syscall)
    }

    /// Whether some program that was decided finds something else held than what it relies on.
    pub fn has_contested(&self) -> bool {
        self.programs.has_contested()
    }

    /// Up to how many names the filter asks for one number after the other.
    pub fn linear_names(&self) -> usize {
        match self.machine.runtime.asks_for_binary_search() {
            true => LINEAR_NAMES,
            false => usize::MAX,
        }
    }

    /// Where each rule that a host can keep is kept, and how many names it has.
    pub fn names(&self, host: Host) -> Vec<(Set, usize)> {
        self.rules.names(host)
    }

    /// Finds out on what the programs so far rely, if that can matter.
    pub fn settle(&mut self, store: &Store) {
        self.programs.settle(store);
    }

    /// The blocks of which more than one program hangs on how the library comes upon them.
    pub fn disputed(&self) -> &FxHashSet<BlockId> {
        self.programs.disputed()
    }

    /// The blocks of a program that rely on what another has loaded.
    pub fn relying(&self, first: BlockId) -> &[BlockId] {
        self.programs.relying(first)
    }

    /// The blocks of all programs.
    pub fn blocks(&mut self) -> &mut Blocks {
        &mut self.programs.blocks
    }
}
