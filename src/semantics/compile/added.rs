//! Which rules runc adds for a system call of an ABI, in which order.

use crate::decision::{Leaf, Part, Set, Store};
use crate::machine::Machine;
use crate::profile::{Op, Span};
use crate::semantics::by_call::ByCall;
use crate::semantics::libseccomp::{Condition, LibRule};
use crate::semantics::resolve::rules::{LibRuleId, LibRules, Resolved, ResolvedRule};
use crate::syscall::{Abi, Host, Library, Multiplexer, Syscall, numbers};
use rustc_hash::{FxHashMap, FxHashSet};

/// With fewer rules for a call it is not worth while to look for those that are there twice.
const MANY: usize = 16;

/// A rule for one system call, before it is known where it is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    /// Its place among the resolved rules.
    pub rule: u32,
    /// The call that the rule names.
    named: Syscall,
    /// The number of the call inside a multiplexer, if the rule is for the multiplexer.
    pub inside: Option<u8>,
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
pub(super) struct Added {
    pub kept: Set,
    pub id: LibRuleId,
    pub span: Span,
}

/// The rules of a resolved profile, by the calls that they are added for.
pub(super) struct Rules<'a> {
    resolved: &'a Resolved,
    machine: Machine,
    pub lib_rules: LibRules,
    direct: ByCall<Candidate>,
    /// The calls in `direct`.
    named: Vec<Syscall>,
    /// Those of them with several rules, which can contradict each other.
    pub repeated: Vec<Syscall>,
    /// The rules for each multiplexer, those of the calls behind it among them.
    behind: [Behind; 2],
}

impl<'a> Rules<'a> {
    pub fn new(resolved: &'a Resolved, machine: Machine) -> Rules<'a> {
        let names = resolved.rules.iter().map(|rule| rule.syscalls.len()).sum();
        let mut direct = Vec::with_capacity(names);
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
        Rules { resolved, machine, lib_rules, direct, named, repeated, behind }
    }

    /// The rules for each call itself.
    pub fn direct(&self) -> &ByCall<Candidate> {
        &self.direct
    }

    /// The calls that rules are for, each with whether every host that was asked for keeps all of them.
    pub fn kept_everywhere(&self) -> impl Iterator<Item = (Syscall, bool)> + '_ {
        self.named.iter().map(|&syscall| {
            let is_kept = |candidate: &Candidate| {
                let hosts = self.resolved.rules[candidate.rule as usize].hosts;
                hosts & self.resolved.asked == self.resolved.asked
            };
            (syscall, self.direct.get(syscall).iter().all(is_kept))
        })
    }

    /// The calls of an ABI by which others are made, where the library adds rules for them.
    pub fn multiplexers(&self, abi: Abi) -> [Option<Syscall>; 2] {
        match self.machine.library.spreads_to_multiplexers(abi) {
            true => [Multiplexer::Socketcall, Multiplexer::Ipc].map(Multiplexer::syscall),
            false => [None; 2],
        }
    }

    /// Under which number the library knows each call of an ABI.
    pub fn known_numbers(&self, abi: Abi) -> impl Iterator<Item = (u32, Syscall)> + use<> {
        let library = self.machine.library;
        numbers(abi).iter().filter_map(move |&(number, syscall)| {
            let number = match library {
                Library::NEWEST => Some(number),
                library => syscall.number_in(abi, library),
            };
            number.map(|number| (number, syscall))
        })
    }

    /// Which rules a host keeps, a bit each.
    pub fn kept_on(&self, host: Host) -> Vec<u64> {
        let bits = |rules: &[ResolvedRule]| {
            let kept = rules.iter().map(|rule| u64::from(rule.is_kept_on(host)));
            kept.fold(0, |bits, kept| bits << 1 | kept)
        };
        self.resolved.rules.chunks(64).map(bits).collect()
    }

    /// Which of the rules for a call a host keeps, a bit each, if there are not too many for that.
    pub fn kept_for(&self, host: Host, abi: Abi, syscall: Syscall) -> Option<u64> {
        let candidates = self.candidates(abi, syscall);
        let is_kept =
            |candidate: &Candidate| self.resolved.rules[candidate.rule as usize].is_kept_on(host);
        let kept = || candidates.iter().map(is_kept).fold(0, |bits, on| bits << 1 | u64::from(on));
        (candidates.len() <= 64).then(kept)
    }

    /// The calls with rules that the ABI lacks and of which libseccomp keeps the rules, under a
    /// number below zero, and can refuse them: all, but where it has to rewrite calls for a
    /// multiplexer only those, and none before 2.5.2 (its commit f454456).
    pub fn missing(&self, abi: Abi) -> Vec<Syscall> {
        self.named.iter().copied().filter(|&syscall| self.is_missing(abi, syscall)).collect()
    }

    pub fn is_missing(&self, abi: Abi, syscall: Syscall) -> bool {
        let library = self.machine.library;
        syscall.number_in(abi, library).is_none()
            && (!library.spreads_to_multiplexers(abi)
                || syscall.multiplexer().is_some() && library >= Library::V2_5_2)
    }

    /// Whether one of the calls that count, and that the ABI has, is sure to have an entry without a
    /// test: the first rule for it is always there and has no condition.
    pub fn has_certain(&self, host: Host, abi: Abi, counts: &dyn Fn(Syscall) -> bool) -> bool {
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

    /// The action of a call whose first rule is always there and has no condition, or none for a call
    /// without a rule: no later rule can change it.
    pub fn certain(&self, host: Host, abi: Abi, syscall: Syscall) -> Option<Option<Leaf>> {
        let kept =
            |candidate: &&Candidate| self.resolved.rules[candidate.rule as usize].is_kept_on(host);
        let Some(first) = self.candidates(abi, syscall).iter().find(kept) else {
            return Some(None);
        };
        let resolved = &self.resolved.rules[first.rule as usize];
        let id = *resolved.lib_rules.first()?;
        let certain = resolved.kept.is_all()
            && first.inside.is_none()
            && self.lib_rules.is_unconditional(id, abi.is_32bit());
        certain.then(|| Some(self.lib_rules.get(id).action))
    }

    pub fn added_for(
        &mut self,
        store: &Store,
        host: Host,
        abi: Abi,
        syscall: Syscall,
    ) -> Vec<Added> {
        self.added_without(store, host, abi, syscall, &LeftOut::default())
    }

    pub fn added_without(
        &mut self,
        store: &Store,
        host: Host,
        abi: Abi,
        syscall: Syscall,
        left_out: &LeftOut,
    ) -> Vec<Added> {
        let mut added = Vec::with_capacity(self.candidates(abi, syscall).len().min(MANY));
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
}
