//! What becomes of each recorded call.

use super::{Condition, Detail, Question, Tuple};
use crate::decision::var::Group;
use crate::decision::words::{Description, describe};
use crate::decision::{Decision, Store, TooLarge};
use crate::explain::{Call, Harm, conditions, harm};
use crate::profile::Action;
use crate::recording::{Outcome, Recording, Seen, Tally};
use crate::semantics::{self, AbiPolicy, Policy};
use crate::syscall::{Abi, Syscall, callers, danger, enosys, flag_names};
use std::collections::{BTreeMap, BTreeSet};

/// What is said of the recorded calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// A rule a call, where one is needed.
    pub rules: BTreeMap<Syscall, Rule>,
    /// Calls that are not let through, or that something else stops.
    pub left: Vec<(Syscall, Left)>,
    /// Calls of which more is let through than was recorded, with the arguments that were not read.
    pub widened: Vec<(Syscall, Abi, Vec<u8>)>,
}

/// What is said of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Let through, whatever its arguments.
    Whole,
    /// Let through for these.
    Parts(BTreeSet<Tuple>),
    /// Answered with `ENOSYS`.
    Enosys,
}

impl Rule {
    /// Whether it lets calls through.
    pub fn lets_through(&self) -> bool {
        *self != Rule::Enosys
    }
}

/// Why nothing more is done for a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Left {
    /// It gets `ENOSYS`, after which every program that is known to try it makes this call instead.
    FallsBack(Syscall),
    /// It failed with `ENOSYS` whenever it was recorded, and does so again.
    AsRecorded,
    /// The base lets it through in some environments: not known is which the recording was made in.
    Environment(Abi, Box<Description>),
    /// Dangerous, and these arguments, by which it is told what it does, were not recorded.
    Unread(Abi, Vec<u8>),
    /// Dangerous, and recorded with more combinations of arguments than a profile should list.
    TooMany(usize),
    /// The base does not list the ABI, so that every call of its programs is killed.
    NoAbi(Abi),
    /// It is let through, and was always refused with `EPERM`: by something else than the profile.
    Refused(u64),
}

impl Left {
    /// Whether the recorded call does not work by the profile alone.
    pub const fn is_lacking(&self) -> bool {
        matches!(self, Left::Unread(..) | Left::TooMany(_) | Left::NoAbi(_) | Left::Refused(_))
    }

    /// Whether the profile may stop the recorded call.
    pub const fn is_stopped(&self) -> bool {
        !matches!(self, Left::Refused(_))
    }
}

/// How many combinations of arguments one call may have.
const TUPLES: usize = 64;
/// The flags of `clone` that make namespaces (`include/uapi/linux/sched.h`), as Docker's default masks
/// them.
const NAMESPACES: u64 = 0x7e02_0000;
const CLAUSES: usize = 4;

pub(super) fn plan(
    store: &mut Store,
    question: &Question,
    recording: &Recording,
) -> Result<Plan, TooLarge> {
    let mut plan = Plan::default();
    let mut wanted: BTreeMap<Syscall, Vec<Wanted>> = BTreeMap::new();
    let mut by_call: BTreeMap<Syscall, Vec<(&Seen, &Tally)>> = BTreeMap::new();
    for (seen, tally) in &recording.calls {
        if question.host().abis().contains(&seen.abi) {
            by_call.entry(seen.syscall).or_default().push((seen, tally));
        }
    }
    for (&syscall, all) in &by_call {
        let failed = |errno| {
            all.iter().all(|(_, tally)| {
                tally.count > 0 && tally.outcomes.keys().all(|o| *o == Outcome::Failed(errno))
            })
        };
        let is_absent = failed(enosys());
        let mut is_passed = true;
        for &(seen, _) in all {
            let known = known(store, question, seen)?;
            is_passed &= matches!(known, Known::Passes);
            match known {
                Known::Passes => {}
                Known::NoAbi => plan.leave(syscall, Left::NoAbi(seen.abi)),
                known if is_absent => {
                    plan.leave(syscall, Left::AsRecorded);
                    let is_said = |action: Action| action == Action::Errno(enosys());
                    if !matches!(known, Known::Stops { action: Some(action), .. } if is_said(action))
                    {
                        plan.rules.insert(syscall, Rule::Enosys);
                    }
                }
                Known::Hangs(decision) => {
                    let passes = |leaf| semantics::action(leaf).lets_through();
                    let set = store.set_where(decision, &passes)?;
                    let when = describe(store, set, 64, CLAUSES)?;
                    plan.leave(syscall, Left::Environment(seen.abi, Box::new(when)));
                }
                Known::Stops { asked, action } => {
                    wanted.entry(syscall).or_default().push(Wanted { seen, asked, action });
                }
                Known::Nothing => {
                    let new = Wanted { seen, asked: Vec::new(), action: None };
                    wanted.entry(syscall).or_default().push(new);
                }
            }
        }
        if is_passed && failed(1) {
            let count = all.iter().map(|(_, tally)| tally.count).sum();
            plan.leave(syscall, Left::Refused(count));
        }
    }
    for (&syscall, wanted) in &wanted {
        plan.add(question.detail, syscall, wanted);
    }
    plan.fall_back(store, question, recording, &wanted);
    Ok(plan)
}

/// What the base makes of a recorded call.
enum Known {
    /// It lets it through.
    Passes,
    /// There is no base.
    Nothing,
    /// The base's filter lacks the ABI.
    NoAbi,
    /// It lets it through in some environments.
    Hangs(Decision),
    /// It stops it, or hangs on arguments: those by which it tells, and the one action where it is one.
    Stops { asked: Vec<u8>, action: Option<Action> },
}

fn known(store: &mut Store, question: &Question, seen: &Seen) -> Result<Known, TooLarge> {
    let Some(base) = &question.base else { return Ok(Known::Nothing) };
    let number = seen.syscall.number(seen.abi);
    let Some((number, abi)) = number.zip(abi_of(base.policy, question, seen.abi)) else {
        return Ok(Known::NoAbi);
    };
    let decision = abi.decision(number);
    let fixed = Call::of(seen.syscall, seen.args).fix(store, decision)?;
    let leaves = store.leaves(fixed).into_iter().map(|leaf| semantics::action(leaf).lets_through());
    let leaves: Vec<bool> = leaves.collect();
    if leaves.iter().all(|passes| *passes) {
        return Ok(Known::Passes);
    }
    if leaves.contains(&true) && !store.asks_arguments(fixed) {
        return Ok(Known::Hangs(fixed));
    }
    let asked = (0..6).filter(|&index| store.asks(decision, Group::Arg(index))).collect();
    Ok(Known::Stops { asked, action: fixed.as_leaf().map(semantics::action) })
}

fn abi_of<'a>(policy: &'a Policy, question: &Question, abi: Abi) -> Option<&'a AbiPolicy> {
    policy.abi(question.host(), abi).filter(|abi| abi.in_filter)
}

/// A recorded call that needs a rule.
struct Wanted<'a> {
    seen: &'a Seen,
    /// The arguments by which the base tells.
    asked: Vec<u8>,
    action: Option<Action>,
}

impl Plan {
    fn leave(&mut self, syscall: Syscall, why: Left) {
        let new = (syscall, why);
        if !self.left.contains(&new) {
            self.left.push(new);
        }
    }

    /// Takes back that calls are not let through which the runtime needs.
    pub(super) fn leave_out(&mut self, needed: &BTreeSet<Syscall>) {
        self.rules.retain(|call, rule| *rule != Rule::Enosys || !needed.contains(call));
        self.left.retain(|(call, left)| *left != Left::AsRecorded || !needed.contains(call));
    }

    fn widen(&mut self, syscall: Syscall, abi: Abi, open: Vec<u8>) {
        if !self.widened.iter().any(|(known, ..)| *known == syscall) {
            self.widened.push((syscall, abi, open));
        }
    }

    fn add(&mut self, detail: Detail, syscall: Syscall, wanted: &[Wanted]) {
        let is_dangerous = danger(syscall).is_some() && detail != Detail::Names;
        let mut parts: BTreeSet<Tuple> = BTreeSet::new();
        let mut is_whole = false;
        for Wanted { seen, asked, .. } in wanted {
            let selectors = detail.selectors(syscall, seen.abi);
            let asked = if detail == Detail::Names { &[][..] } else { &asked[..] };
            let indices: BTreeSet<u8> = selectors.iter().chain(asked).copied().collect();
            let tuple = conditions::tuple(seen, &indices);
            let is_read = |index: &u8| tuple.iter().any(|known| known.index == *index);
            let open: Vec<u8> = indices.iter().copied().filter(|index| !is_read(index)).collect();
            let lacks_asked = asked.iter().any(|index| !is_read(index));
            if is_dangerous && (lacks_asked || (tuple.is_empty() && !open.is_empty())) {
                self.leave(syscall, Left::Unread(seen.abi, open));
            } else if lacks_asked || tuple.is_empty() {
                if !open.is_empty() {
                    self.widen(syscall, seen.abi, open);
                }
                is_whole = true;
            } else {
                if !open.is_empty() {
                    self.widen(syscall, seen.abi, open);
                }
                parts.insert(tuple);
            }
        }
        let parts = without_inner(parts);
        let rule = match parts.len() {
            _ if is_whole => Rule::Whole,
            0 => return,
            1..=TUPLES => Rule::Parts(parts),
            count if is_dangerous => return self.leave(syscall, Left::TooMany(count)),
            _ => {
                if let Some(first) = wanted.first() {
                    self.widen(syscall, first.seen.abi, first.asked.clone());
                }
                Rule::Whole
            }
        };
        self.rules.insert(syscall, rule);
    }

    /// Dangerous calls in whose place every program that is known to try them makes another one, once
    /// told that there is no such call: `clone3`, whose flags no filter sees.
    fn fall_back(
        &mut self,
        store: &Store,
        question: &Question,
        recording: &Recording,
        wanted: &BTreeMap<Syscall, Vec<Wanted>>,
    ) {
        for (&syscall, wanted) in wanted {
            let Some(wanted) = wanted.first() else { continue };
            let Some(older) = older(store, question, recording, wanted.seen) else { continue };
            if question.base.is_none() && older.name() == "clone" {
                self.allow_threads(older, wanted.seen.abi);
            }
            self.left.retain(|(known, _)| *known != syscall);
            self.leave(syscall, Left::FallsBack(older));
            match wanted.action {
                Some(Action::Errno(errno)) if errno == enosys() => self.rules.remove(&syscall),
                _ => self.rules.insert(syscall, Rule::Enosys),
            };
        }
    }

    /// `clone` without new namespaces, as `clone3` is replaced by it.
    fn allow_threads(&mut self, clone: Syscall, abi: Abi) {
        let free = threads(clone, abi);
        let rule = self.rules.entry(clone).or_insert_with(|| Rule::Parts(BTreeSet::new()));
        if let Rule::Parts(parts) = rule {
            parts.insert(free);
            *parts = without_inner(std::mem::take(parts));
        } else if *rule == Rule::Enosys {
            *rule = Rule::Parts(BTreeSet::from([free]));
        }
    }
}

/// The calls of `clone` that make no namespace.
pub(super) fn threads(clone: Syscall, abi: Abi) -> Tuple {
    // s390's second argument.
    let index = (0..2).find(|&index| flag_names(clone, abi, index).is_some()).unwrap_or(0);
    vec![Condition { index, mask: NAMESPACES, value: 0 }]
}

/// What programs do instead of a dangerous call on `ENOSYS`, if that is another call that the base, or
/// what was recorded, has.
fn older(
    store: &Store,
    question: &Question,
    recording: &Recording,
    seen: &Seen,
) -> Option<Syscall> {
    danger(seen.syscall)?;
    let is_borne = harm(seen.syscall, seen.abi, Action::Errno(enosys())) == Harm::FallsBack;
    let mut found = callers(seen.syscall).map(|caller| caller.older().next());
    let older = found.next()??;
    let is_safe = danger(older).is_none() || older.name() == "clone";
    if !is_borne || !is_safe || !found.all(|other| other == Some(older)) {
        return None;
    }
    let is_there = match &question.base {
        None => older.name() == "clone" || recording.calls.keys().any(|seen| seen.syscall == older),
        Some(base) => {
            let abi = abi_of(base.policy, question, seen.abi)?;
            let leaves = store.leaves(abi.decision(older.number(seen.abi)?));
            leaves.into_iter().any(|leaf| semantics::action(leaf).lets_through())
        }
    };
    is_there.then_some(older)
}

/// Without those that another one lets through as well.
fn without_inner(parts: BTreeSet<Tuple>) -> BTreeSet<Tuple> {
    let is_inner = |inner: &Tuple| {
        parts.iter().any(|outer| outer != inner && conditions::is_within(inner, outer))
    };
    parts.iter().filter(|tuple| !is_inner(tuple)).cloned().collect()
}
