//! Stages 3 and 4: the rules of each system call, and what libseccomp makes of them.

use super::groups::Groups;
use super::lists::{ListId, Lists};
use crate::decision::{Bound, Decision, Leaf, Meter, Part, Set, Store, TooLarge};
use crate::machine::Machine;
use crate::profile::{Op, Span};
use crate::semantics::by_call::ByCall;
use crate::semantics::code;
use crate::semantics::error::{Problem, SemanticsError};
use crate::semantics::libseccomp::{
    self, BlockId, Blocks, Condition, Failure, LibRule, Program, Refused, Target,
};
use crate::semantics::resolve::rules::{LibRuleId, LibRules, Resolved, ResolvedRule};
use crate::syscall::{Abi, Host, Library, Multiplexer, Syscall, numbers};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// In how many different environments the rules of one system call are looked at.
pub(in crate::semantics) const CLASS_LIMIT: usize = 4096;

/// In place of a decision that is yet to be made: no function's.
const UNDECIDED: Decision = Decision::leaf(Leaf::MAX);

/// Above this number of names runc asks for a binary search.
const LINEAR_NAMES: usize = 32;

/// With fewer rules for a call it is not worth while to look for those that are there twice.
const MANY: usize = 16;

/// A rule for one system call, before it is known where it is kept.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    /// Its place among the resolved rules.
    rule: u32,
    /// The call that the rule names.
    named: Syscall,
    /// The number of the call inside a multiplexer, if the rule is for the multiplexer.
    inside: Option<u8>,
    span: Span,
}

/// One name in a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Named {
    /// The rule's place in the profile's `syscalls`.
    pub rule: usize,
    /// What it names there; where it does so several times, one of them.
    pub syscall: Syscall,
}

/// Names that do not count, and how many times.
pub(crate) type LeftOut = FxHashMap<Named, usize>;

/// A multiplexer and the rules for it.
#[derive(Debug)]
struct Behind {
    multiplexer: Multiplexer,
    syscall: Option<Syscall>,
    candidates: Vec<Candidate>,
}

/// A rule that some environments of a host add for a system call.
#[derive(Clone, Copy, Debug)]
struct Added {
    kept: Set,
    id: LibRuleId,
    span: Span,
}

/// The rules that libseccomp keeps under one number of an ABI.
pub(in crate::semantics) struct Entry {
    /// `None` for a call that the ABI does not have, whose rules are kept all the same.
    pub number: Option<u32>,
    pub abi: Abi,
    added: Vec<Added>,
}

/// Compiles a resolved profile for one ABI after the other; what it learned of a set of rules
/// serves for every ABI of that width.
pub(in crate::semantics) struct Compiler<'a> {
    resolved: &'a Resolved,
    machine: Machine,
    lib_rules: LibRules,
    default: Leaf,
    direct: ByCall<Candidate>,
    /// The calls in `direct`.
    named: Vec<Syscall>,
    /// Those of them with several rules, which can contradict each other.
    repeated: Vec<Syscall>,
    groups: Groups,
    /// Of each of `groups` whether every host that was asked for keeps all of its rules.
    is_everywhere: Vec<bool>,
    /// What was decided for these, by the width of words.
    everywhere: [Vec<Option<Decision>>; 2],
    /// What was decided for each of `groups` where the hosts keep the same rules, by these and the
    /// width of words.
    by_group: FxHashMap<(Vec<u64>, bool), Vec<Option<Decision>>>,
    /// The rules for each multiplexer, those of the calls behind it among them.
    behind: [Behind; 2],
    whole: FxHashMap<RulesKey, (Decision, Vec<Way>)>,
    lists: Lists,
    compiled: FxHashMap<(ListId, bool), Result<Program, Failure>>,
    pub blocks: Blocks,
    decided: FxHashMap<BlockId, Decision>,
    /// Programs of which it is not known yet on what they rely: nobody asks where all are plain.
    unsettled: Vec<BlockId>,
    has_contested: bool,
    relying: FxHashMap<BlockId, Vec<BlockId>>,
    /// One of the programs that reach a block which relies on another.
    owners: FxHashMap<BlockId, BlockId>,
    /// Blocks that relied on a word which another way to them does not leave.
    contested: FxHashSet<BlockId>,
    /// Blocks in more than one program.
    shared: FxHashSet<BlockId>,
    disputed: FxHashSet<BlockId>,
}

/// Rules with where they are kept, and whether words are 32 bits wide.
type RulesKey = (Vec<(Set, LibRuleId)>, bool);

/// A class of environments that add the same rules for a call, and the program for them.
#[derive(Clone, Copy, Debug)]
pub(in crate::semantics) struct Way {
    pub class: Set,
    pub program: Program,
}

impl<'a> Compiler<'a> {
    pub fn new(
        meter: &Arc<Meter>,
        resolved: &'a Resolved,
        machine: Machine,
        default: Leaf,
    ) -> Compiler<'a> {
        let mut direct = Vec::new();
        let mut behind = [Multiplexer::Socketcall, Multiplexer::Ipc].map(|multiplexer| Behind {
            multiplexer,
            syscall: multiplexer.syscall(),
            candidates: Vec::new(),
        });
        for (rule, resolved) in resolved.rules.iter().enumerate() {
            if resolved.is_default {
                continue;
            }
            for &(syscall, span) in &resolved.syscalls {
                let candidate = Candidate { rule: rule as u32, named: syscall, inside: None, span };
                direct.push((syscall, candidate));
                let inside = syscall.multiplexer();
                for behind in &mut behind {
                    match inside {
                        Some((of, call)) if of == behind.multiplexer => {
                            behind.candidates.push(Candidate { inside: Some(call), ..candidate });
                        }
                        _ if behind.syscall == Some(syscall) => behind.candidates.push(candidate),
                        _ => {}
                    }
                }
            }
        }
        let lib_rules = resolved.lib_rules.clone();
        let direct = ByCall::new(&direct);
        let named: Vec<Syscall> = direct.calls().collect();
        let repeated = named.iter().copied().filter(|&call| direct.get(call).len() > 1).collect();
        let groups = Groups::new(&direct, |candidate| candidate.rule);
        let mut is_everywhere = vec![true; groups.count()];
        for &syscall in &named {
            let is_kept = |candidate: &Candidate| {
                let hosts = resolved.rules[candidate.rule as usize].hosts;
                hosts & resolved.asked == resolved.asked
            };
            is_everywhere[groups.of(syscall)] = direct.get(syscall).iter().all(is_kept);
        }
        let everywhere = [false, true].map(|_| vec![None; groups.count()]);
        Compiler {
            resolved,
            machine,
            lib_rules,
            default,
            direct,
            named,
            repeated,
            groups,
            is_everywhere,
            everywhere,
            by_group: FxHashMap::default(),
            behind,
            whole: FxHashMap::default(),
            lists: Lists::new(meter),
            unsettled: Vec::new(),
            has_contested: false,
            compiled: FxHashMap::default(),
            blocks: Blocks::new(meter),
            decided: FxHashMap::default(),
            relying: FxHashMap::default(),
            owners: FxHashMap::default(),
            contested: FxHashSet::default(),
            shared: FxHashSet::default(),
            disputed: FxHashSet::default(),
        }
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
        let mut calls = Vec::with_capacity(numbers(abi).len());
        let bound = |bound| SemanticsError::whole(bound);
        store.meter().charge(Part::Rules, numbers(abi).len()).map_err(bound)?;
        let (library, default) = (self.machine.library, self.default);
        let multiplexers = match library.spreads_to_multiplexers(abi) {
            true => [Multiplexer::Socketcall, Multiplexer::Ipc].map(Multiplexer::syscall),
            false => [None; 2],
        };
        let (kept, is_32bit) = (self.kept_on(host), abi.is_32bit());
        let kept = (kept, is_32bit);
        let default = Decision::leaf(code::kernel_leaf(default));
        let mut known = self.by_group.remove(&kept).unwrap_or_else(|| {
            let mut known = self.everywhere[usize::from(is_32bit)].clone();
            known.push(Some(default));
            known
        });
        // Nearly every number has a decision already: those are read first, and the others decided in
        // their order.
        let numbers = numbers(abi);
        calls.extend(
            numbers.iter().map(|&(_, syscall)| known[self.groups.of(syscall)].unwrap_or(UNDECIDED)),
        );
        for multiplexer in multiplexers.into_iter().flatten() {
            if let Some(call) = multiplexer.place(abi).and_then(|at| calls.get_mut(at)) {
                *call = UNDECIDED;
            }
        }
        if !library.has_newest_numbers() {
            for (call, &(number, syscall)) in calls.iter_mut().zip(numbers) {
                // The library has no number for the name, or another one.
                if syscall.number_in(abi, library) != Some(number) {
                    *call = default;
                }
            }
        }
        let mut from = 0;
        while let Some(behind) = calls[from..].iter().position(|call| *call == UNDECIDED) {
            let at = from + behind;
            let (_, syscall) = numbers[at];
            let group = self.groups.of(syscall);
            let is_multiplexer = multiplexers.contains(&Some(syscall));
            calls[at] = match known[group].filter(|_| !is_multiplexer) {
                Some(decision) => decision,
                None => {
                    let shared =
                        self.everywhere[usize::from(is_32bit)].get(group).copied().flatten();
                    let decision = match shared.filter(|_| !is_multiplexer) {
                        Some(decision) => decision,
                        None => self.call(store, syscall, host, abi)?,
                    };
                    if !is_multiplexer {
                        known[group] = Some(decision);
                        if self.is_everywhere[group] {
                            self.everywhere[usize::from(is_32bit)][group] = Some(decision);
                        }
                    }
                    decision
                }
            };
            from = at + 1;
        }
        self.by_group.insert(kept, known);
        for at in 0..self.repeated.len() {
            let syscall = self.repeated[at];
            if self.is_missing(abi, syscall) {
                let added = self.added_for(store, host, abi, syscall);
                self.decide(store, added, syscall, host, abi)?;
            }
        }
        Ok(calls)
    }

    /// The decision for a call of which the library knows the number.
    fn call(
        &mut self,
        store: &mut Store,
        syscall: Syscall,
        host: Host,
        abi: Abi,
    ) -> Result<Decision, SemanticsError> {
        if let Some(code) = self.certain(host, abi, syscall) {
            return Ok(Decision::leaf(code::kernel_leaf(code)));
        }
        let added = self.added_for(store, host, abi, syscall);
        self.decide(store, added, syscall, host, abi)
    }

    /// Which rules a host keeps, a bit each.
    fn kept_on(&self, host: Host) -> Vec<u64> {
        let bits = |rules: &[ResolvedRule]| {
            let kept = rules.iter().map(|rule| u64::from(rule.is_kept_on(host)));
            kept.fold(0, |bits, kept| bits << 1 | kept)
        };
        self.resolved.rules.chunks(64).map(bits).collect()
    }

    /// The calls with rules that the ABI lacks and of which libseccomp keeps the rules, under a
    /// number below zero, and can refuse them: all, but where it has to rewrite calls for a
    /// multiplexer only those, and none before 2.5.2 (its commit f454456).
    fn missing(&self, abi: Abi) -> Vec<Syscall> {
        self.named.iter().copied().filter(|&syscall| self.is_missing(abi, syscall)).collect()
    }

    /// Which of the rules for a call a host keeps, a bit each, if there are not too many for that. Where
    /// it is the same, and the width and the list of rules are, so is the decision.
    pub fn kept_for(&self, host: Host, abi: Abi, syscall: Syscall) -> Option<u64> {
        let candidates = self.candidates(abi, syscall);
        let is_kept =
            |candidate: &Candidate| self.resolved.rules[candidate.rule as usize].is_kept_on(host);
        let kept = || candidates.iter().map(is_kept).fold(0, |bits, on| bits << 1 | u64::from(on));
        (candidates.len() <= 64).then(kept)
    }

    /// Whether some program that was decided finds something else held than what it relies on.
    pub fn has_contested(&self) -> bool {
        self.has_contested
    }

    fn is_missing(&self, abi: Abi, syscall: Syscall) -> bool {
        let library = self.machine.library;
        syscall.number_in(abi, library).is_none()
            && (!library.spreads_to_multiplexers(abi)
                || syscall.multiplexer().is_some() && library >= Library::V2_5_2)
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
        let added = self.added_without(store, host, abi, syscall, left_out);
        self.decide(store, added, syscall, host, abi)
    }

    /// What libseccomp keeps for an ABI, in its order.
    pub fn entries(&mut self, store: &Store, host: Host, abi: Abi) -> Vec<Entry> {
        let library = self.machine.library;
        let own = numbers(abi).iter().filter_map(|&(number, syscall)| {
            let number = match library {
                Library::NEWEST => Some(number),
                library => syscall.number_in(abi, library),
            };
            number.map(|number| (Some(number), syscall))
        });
        let missing = self.missing(abi).into_iter().map(|syscall| (None, syscall));
        let mut entries = Vec::new();
        for (number, syscall) in own.chain(missing) {
            let added = self.added_for(store, host, abi, syscall);
            if !added.is_empty() {
                entries.push(Entry { number, abi, added });
            }
        }
        entries
    }

    /// Whether an entry has no test in any environment.
    pub fn is_certain(&self, entry: &Entry) -> bool {
        let certain = |added: &Added| {
            added.kept.is_all() && self.lib_rules.is_unconditional(added.id, entry.abi.is_32bit())
        };
        entry.added.iter().any(certain)
    }

    /// Whether a call that the ABI has is sure to have an entry without a test: the first rule for
    /// it is always there and has no condition.
    pub fn has_certain(&self, host: Host, abi: Abi) -> bool {
        self.has_certain_of(host, abi, &|_| true)
    }

    /// The same, of some of the calls.
    pub fn has_certain_of(&self, host: Host, abi: Abi, counts: &dyn Fn(Syscall) -> bool) -> bool {
        let library = self.machine.library;
        let is_certain = |&(number, syscall): &(u32, Syscall)| {
            let first = self.candidates(abi, syscall).first().filter(|_| counts(syscall));
            let Some(Candidate { rule, inside: None, .. }) = first else { return false };
            let resolved = &self.resolved.rules[*rule as usize];
            let rule = resolved.lib_rules.first();
            resolved.kept.is_all()
                && resolved.is_kept_on(host)
                && rule.is_some_and(|&id| self.lib_rules.is_unconditional(id, abi.is_32bit()))
                && syscall.number_in(abi, library) == Some(number)
        };
        numbers(abi).iter().any(is_certain)
    }

    /// How many tests libseccomp counts for an entry in a class of environments that keep the
    /// same rules; `None` if they keep none of its rules.
    pub fn tests(
        &mut self,
        store: &mut Store,
        entry: &Entry,
        class: Set,
    ) -> Result<Option<i64>, TooLarge> {
        let mut list = ListId::EMPTY;
        store.meter().charge(Part::Rules, entry.added.len())?;
        for added in &entry.added {
            if !store.and(class, added.kept)?.is_empty() {
                list = self.lists.with(store.meter(), list, added.id)?;
            }
        }
        if list == ListId::EMPTY {
            return Ok(None);
        }
        match self.compiled(store, list, entry.abi.is_32bit()) {
            Ok(program) => Ok(Some(program.tests)),
            Err(Failure::TooLarge(bound)) => Err(bound),
            // Found when the call was decided, which ended everything.
            Err(Failure::Refused(_)) => Ok(None),
        }
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
        let rules = self.resolved.rules.iter().filter(|rule| rule.is_kept_on(host));
        rules.map(|rule| (rule.kept, rule.names)).collect()
    }

    /// The rules for a call, in the order of adding.
    fn candidates(&self, abi: Abi, syscall: Syscall) -> &[Candidate] {
        let library = self.machine.library;
        let multiplexed = library.spreads_to_multiplexers(abi);
        let behind = self.behind.iter().find(|b| multiplexed && b.syscall == Some(syscall));
        behind.map_or(self.direct.get(syscall), |behind| &behind.candidates)
    }

    /// The action of a call whose first rule is always there and has no condition, or that has no
    /// rule: no later rule can change it.
    fn certain(&self, host: Host, abi: Abi, syscall: Syscall) -> Option<Leaf> {
        let kept =
            |candidate: &&Candidate| self.resolved.rules[candidate.rule as usize].is_kept_on(host);
        let Some(first) = self.candidates(abi, syscall).iter().find(kept) else {
            return Some(self.default);
        };
        let resolved = &self.resolved.rules[first.rule as usize];
        let id = *resolved.lib_rules.first()?;
        let certain = resolved.kept.is_all()
            && first.inside.is_none()
            && self.lib_rules.is_unconditional(id, abi.is_32bit());
        certain.then(|| self.lib_rules.get(id).action)
    }

    fn added_for(&mut self, store: &Store, host: Host, abi: Abi, syscall: Syscall) -> Vec<Added> {
        self.added_without(store, host, abi, syscall, &LeftOut::default())
    }

    fn added_without(
        &mut self,
        store: &Store,
        host: Host,
        abi: Abi,
        syscall: Syscall,
        left_out: &LeftOut,
    ) -> Vec<Added> {
        let mut added = Vec::new();
        let mut taken = LeftOut::default();
        let mut seen = FxHashSet::default();
        store.meter().spend(Part::Rules, self.candidates(abi, syscall).len());
        // Such a rule a second time changes nothing, and there can be many.
        let is_flat = self.is_flat(abi, syscall);
        for at in 0..self.candidates(abi, syscall).len() {
            let Candidate { rule, named, inside, span } = self.candidates(abi, syscall)[at];
            let resolved = &self.resolved.rules[rule as usize];
            if !resolved.is_kept_on(host) {
                continue;
            }
            let name = Named { rule: resolved.index, syscall: named };
            if let Some(&count) = left_out.get(&name) {
                let taken = taken.entry(name).or_default();
                if *taken < count {
                    *taken += 1;
                    continue;
                }
            }
            let kept = resolved.kept;
            for &id in &resolved.lib_rules {
                let id = match inside {
                    None => id,
                    Some(call) => self.rewritten(id, call),
                };
                if !is_flat || seen.insert((kept, id)) {
                    added.push(Added { kept, id, span });
                }
            }
        }
        added
    }

    /// Whether there are many rules for a call, and each has one condition at most.
    fn is_flat(&self, abi: Abi, syscall: Syscall) -> bool {
        let candidates = self.candidates(abi, syscall);
        candidates.len() > MANY
            && candidates.iter().all(|candidate| {
                let rule = &self.resolved.rules[candidate.rule as usize];
                candidate.inside.is_none()
                    && rule.lib_rules.iter().all(|&id| self.lib_rules.has_one_condition(id))
            })
    }

    /// The rule that libseccomp adds for a multiplexer: the call's number takes the place of the
    /// condition on the first argument; those on others stay, although a pointer is there now.
    fn rewritten(&mut self, id: LibRuleId, call: u8) -> LibRuleId {
        let mut rule: LibRule = self.lib_rules.get(id).clone();
        rule.conditions[0] = Some(Condition { op: Op::Eq, mask: u64::MAX, datum: call.into() });
        self.lib_rules.intern(rule)
    }

    fn decide(
        &mut self,
        store: &mut Store,
        added: Vec<Added>,
        syscall: Syscall,
        host: Host,
        abi: Abi,
    ) -> Result<Decision, SemanticsError> {
        let default = Decision::leaf(code::kernel_leaf(self.default));
        let Some(first) = added.first() else { return Ok(default) };
        let is_32bit = abi.is_32bit();
        store.meter().set_subject(Some(syscall.index() as u16));
        let key = (added.iter().map(|a| (a.kept, a.id)).collect(), is_32bit);
        if let Some((known, _)) = self.whole.get(&key) {
            return Ok(*known);
        }
        let mut classes = Classes {
            compiler: self,
            store,
            added: &added,
            is_32bit,
            active: Vec::new(),
            list: ListId::EMPTY,
            depth: 0,
            decision: default,
            ways: Vec::new(),
        };
        classes.split(0, Set::ALL).map_err(|stop| {
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
        let (decision, ways) = (classes.decision, classes.ways);
        self.whole.insert(key, (decision, ways));
        Ok(decision)
    }

    fn compiled(
        &mut self,
        store: &Store,
        list: ListId,
        is_32bit: bool,
    ) -> Result<Program, Failure> {
        let key = (list, is_32bit);
        if let Some(known) = self.compiled.get(&key) {
            return *known;
        }
        let ids = self.lists.rules(list);
        store.meter().charge(Part::Rules, ids.len())?;
        let rules: Vec<&LibRule> = ids.iter().map(|&id| self.lib_rules.get(id)).collect();
        let ration = store.meter().rationed();
        let result = libseccomp::compile(
            &mut self.blocks,
            ration.as_ref().unwrap_or(store.meter()),
            &rules,
            self.machine.library,
            is_32bit,
            self.default,
        );
        if let Some(ration) = &ration {
            store.meter().settle(ration);
            store.meter().check()?;
        }
        self.compiled.insert(key, result);
        result
    }

    /// The decision of a program that shares no disputed block with another.
    fn decided(&mut self, store: &mut Store, program: Program) -> Result<Decision, TooLarge> {
        let first = match program.first {
            Target::Action(code) => return Ok(Decision::leaf(code::kernel_leaf(code))),
            Target::Block(first) => first,
        };
        if let Some(&known) = self.decided.get(&first) {
            return Ok(known);
        }
        let decision = match self.blocks.is_plain(first) {
            true => self.blocks.decide_plain(store, first, &code::kernel_leaf)?,
            false => {
                self.has_contested = true;
                let loads = self.blocks.loads(store.meter(), [first]);
                self.blocks.decide(store, program.first, &loads, &code::kernel_leaf)?
            }
        };
        self.decided.insert(first, decision);
        self.unsettled.push(first);
        Ok(decision)
    }

    /// Finds out on what the programs so far rely, if that can matter.
    pub fn settle(&mut self, store: &Store) {
        if !self.has_contested {
            return;
        }
        for first in std::mem::take(&mut self.unsettled) {
            let relying = self.blocks.relying(store.meter(), first);
            self.contested.extend(&relying.contested);
            for &block in &relying.all {
                if *self.owners.entry(block).or_insert(first) != first {
                    self.shared.insert(block);
                }
            }
            for block in relying.all.iter().chain(&relying.contested) {
                if self.shared.contains(block) && self.contested.contains(block) {
                    self.disputed.insert(*block);
                }
            }
            self.relying.insert(first, relying.all);
        }
    }

    /// The blocks of which more than one program hangs on how the library comes upon them.
    pub fn disputed(&self) -> &FxHashSet<BlockId> {
        &self.disputed
    }

    /// The blocks of a program that rely on what another has loaded.
    pub fn relying(&self, first: BlockId) -> &[BlockId] {
        self.relying.get(&first).map_or(&[], Vec::as_slice)
    }

    /// The programs of an entry; `None` if it never has a condition, or no number.
    pub fn ways(&self, entry: &Entry) -> Option<Vec<Way>> {
        entry.number?;
        let key = (entry.added.iter().map(|a| (a.kept, a.id)).collect(), entry.abi.is_32bit());
        self.whole.get(&key).map(|(_, ways)| ways.clone())
    }
}

enum Stop {
    Bound(TooLarge),
    Refused { problem: Refused, rule: Span, other: Option<Span> },
}

impl From<TooLarge> for Stop {
    fn from(bound: TooLarge) -> Stop {
        Stop::Bound(bound)
    }
}

/// Splits all environments into those that add the same rules.
struct Classes<'a, 'b> {
    compiler: &'a mut Compiler<'b>,
    store: &'a mut Store,
    added: &'a [Added],
    is_32bit: bool,
    /// The rules that the present class adds, as places in `added`.
    active: Vec<usize>,
    /// These rules.
    list: ListId,
    /// How many classes are open.
    depth: usize,
    /// The decision in the classes that are done.
    decision: Decision,
    ways: Vec<Way>,
}

impl Classes<'_, '_> {
    fn split(&mut self, from: usize, class: Set) -> Result<(), Stop> {
        let (active, list) = (self.active.len(), self.list);
        let mut class = class;
        for at in from..self.added.len() {
            self.store.meter().charge(Part::Rules, 1)?;
            let Added { kept, id, .. } = self.added[at];
            let with = self.store.and(class, kept)?;
            if with.is_empty() {
                continue;
            }
            if with != class {
                let without = self.store.minus(class, kept)?;
                self.deeper()?;
                self.split(at + 1, without)?;
                self.depth -= 1;
                class = with;
            }
            self.active.push(at);
            self.list = self.compiler.lists.with(self.store.meter(), self.list, id)?;
            if self.compiler.lib_rules.is_unconditional(id, self.is_32bit) {
                break;
            }
        }
        self.finish(class)?;
        self.active.truncate(active);
        self.list = list;
        Ok(())
    }

    /// Each class that is open will be one that is done.
    fn deeper(&mut self) -> Result<(), TooLarge> {
        self.depth += 1;
        match self.depth + self.ways.len() > CLASS_LIMIT {
            true => Err(self.store.meter().error(Bound::Environments(CLASS_LIMIT as u32))),
            false => Ok(()),
        }
    }

    fn finish(&mut self, class: Set) -> Result<(), Stop> {
        self.store.meter().charge(Part::Environments, 1)?;
        if self.ways.len() >= CLASS_LIMIT {
            let bound = Bound::Environments(CLASS_LIMIT as u32);
            return Err(self.store.meter().error(bound).into());
        }
        let program = match self.compiler.compiled(self.store, self.list, self.is_32bit) {
            Ok(program) => program,
            Err(Failure::TooLarge(bound)) => return Err(Stop::Bound(bound)),
            Err(Failure::Refused(problem)) => return Err(self.refused(problem)?),
        };
        let decision = self.compiler.decided(self.store, program)?;
        self.decision = self.store.choose(class, decision, self.decision)?;
        self.ways.push(Way { class, program });
        Ok(())
    }

    /// Finds the rule that a refused one contradicts: the first that is refused beside it alone,
    /// else the last before it with another action.
    fn refused(&mut self, problem: Refused) -> Result<Stop, TooLarge> {
        let position = problem.position().min(self.active.len().saturating_sub(1));
        let at = self.active.get(position).copied().unwrap_or_default();
        let refused = self.added[at];
        let earlier = self.active[..position].to_vec();
        let mut other = None;
        for &candidate in earlier.iter().take(CLASS_LIMIT) {
            let (meter, lists) = (self.store.meter(), &mut self.compiler.lists);
            let first = lists.with(meter, ListId::EMPTY, self.added[candidate].id)?;
            let pair = lists.with(meter, first, refused.id)?;
            let result = self.compiler.compiled(self.store, pair, self.is_32bit);
            if matches!(result, Err(Failure::Refused(_))) {
                other = Some(candidate);
                break;
            }
        }
        let action = |at: usize| self.compiler.lib_rules.get(self.added[at].id).action;
        let other =
            other.or_else(|| earlier.iter().rev().copied().find(|&c| action(c) != action(at)));
        let other = other.map(|candidate| self.added[candidate].span);
        Ok(Stop::Refused { problem, rule: refused.span, other })
    }
}
