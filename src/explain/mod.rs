//! What happens to one call, and why.
//!
//! ```
//! use sdiff::decision::Store;
//! use sdiff::explain::{Call, explain};
//! use sdiff::load::{LoadOptions, parse};
//! use sdiff::profile::Action;
//! use sdiff::semantics::{Engine, Policy, Settings};
//! use sdiff::syscall::Abi;
//!
//! let text = r#"{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
//!     { "names": ["socket"], "action": "SCMP_ACT_ALLOW",
//!       "args": [{ "index": 0, "op": "SCMP_CMP_NE", "value": 40 }] } ] }"#;
//! let loaded = parse("mine.json", text.as_bytes(), &LoadOptions::default())?;
//! let mut store = Store::default();
//! let policy = Policy::build(&mut store, &loaded.profile, &Settings::new(Engine::Docker))?;
//! let call = Call::parse("socket(AF_VSOCK, 1, 0)", Abi::X86_64)?;
//! let answers = explain(&mut store, &loaded.profile, &policy, &call)?;
//! assert_eq!(answers[0].action, Action::Errno(1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub(crate) mod conditions;
mod generations;
mod harm;
mod prove;
mod rules;
mod suggest;
mod trace;

pub use crate::call::{Call, CallError};
pub use conditions::{Condition, Tuple};
pub use generations::{Generation, Generations};
pub use harm::{Harm, harm, is_mended_by_enosys};
pub use prove::{Unproved, prove};
pub use rules::{Considered, Verdict};
pub use suggest::{Left, Suggestion, suggest};
pub use trace::{Recorded, judge};

use crate::decision::words::{Description, describe_within};
use crate::decision::{Assignment, Part, Set, Store, TooLarge};
use crate::diff::Place;
use crate::profile::{Action, KernelVersion, Profile};
use crate::semantics::{self, Policy};

/// Calls that get one action, for one reason.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What they get.
    pub action: Action,
    /// Of the calls in question, in which environments and for which of the open arguments.
    pub when: Description,
    /// The programs for which this holds alike.
    pub places: Vec<Place>,
    /// One of them.
    pub point: Assignment,
    /// Whether it is about one call with all arguments given that the profile asks for.
    pub is_single: bool,
    /// Why.
    pub decided: Decided,
    /// Every rule that names the call, and what became of it at [`Answer::point`].
    pub considered: Vec<Considered>,
    /// What [`Answer::point`] gets from other versions of runtime and library.
    pub generations: Generations,
}

impl Answer {
    /// The rules that decide, by their places in [`Answer::considered`]: the one that decides at
    /// [`Answer::point`], and those that can for other arguments.
    pub fn rules(&self) -> Vec<usize> {
        let Decided::Rule(at) = self.decided else { return Vec::new() };
        let Some(first) = self.considered.get(at) else { return Vec::new() };
        let others = self.considered.iter().enumerate().filter(|(place, rule)| {
            let is_open = matches!(rule.verdict, Verdict::Matches | Verdict::Condition(_));
            let fits = rule.action == Some(self.action) && first.is_conditional;
            // With every argument given, only what matches counts.
            *place != at && fits && is_open && rule.is_conditional && !self.is_single
        });
        std::iter::once(at).chain(others.map(|(place, _)| place)).collect()
    }

    /// Whether two programs get the same, for the same reason: one rule can answer on one host and
    /// another one on the next.
    fn is_alike(&self, other: &Answer) -> bool {
        let kind = |answer: &Answer| std::mem::discriminant(&answer.decided);
        let names = |answer: &Answer| -> Vec<usize> {
            let rules = answer.rules().into_iter();
            rules.filter_map(|at| answer.considered.get(at)).map(|rule| rule.rule).collect()
        };
        self.action == other.action
            && self.when.clauses == other.when.clauses
            && self.when.rest.is_some() == other.when.rest.is_some()
            && kind(self) == kind(other)
            && names(self) == names(other)
    }
}

/// What decides a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// The rule at this place in [`Answer::considered`].
    Rule(usize),
    /// No rule answers.
    Default,
    /// runc's stub: the number is above all that the profile names.
    Stub,
    /// The filter lacks the program's ABI.
    Abi,
    /// A program in the kernel, which has no rules.
    Program,
    /// The default action, although a rule matches: the filter never looks at the number of a call of
    /// these programs ([`semantics::AbiPolicy::is_blind`]).
    Blind,
    /// No rule by itself: the order of libseccomp's tests (see [`crate::semantics::libseccomp`]).
    Tree,
}

/// How many clauses an answer has before the rest is only mentioned.
const CLAUSES: usize = 8;

/// A kernel for witnesses that do not ask for one.
const KERNEL: KernelVersion = KernelVersion { kernel: 6, major: 12 };

/// Everything that can become of a call, with the strictest action first. Programs whose ABI lacks
/// the call, or an argument by which it asks, are left out. Of a [filter](Policy::is_filter) the profile is an empty one.
///
/// # Errors
/// A bound of the store.
pub fn explain(
    store: &mut Store,
    profile: &Profile,
    policy: &Policy,
    call: &Call,
) -> Result<Vec<Answer>, TooLarge> {
    let mut answers: Vec<Answer> = Vec::new();
    store.meter().set_subject(Some(call.syscall.index() as u16));
    for host in policy.hosts() {
        for abi in host.abis.iter().flatten() {
            let Some(number) = call.syscall.number(abi.abi) else { continue };
            let Some(call) = &call.on(abi.abi) else { continue };
            let place = Place { host: host.host, abi: abi.abi };
            let decision = call.fix(store, abi.decision(number))?;
            let asked = call.conditions_set(store, abi.abi)?;
            let others = store.not(asked)?;
            for leaf in store.leaves(decision) {
                let like = store.set_where(decision, &|found| found == leaf)?;
                let set = store.and(like, asked)?;
                if set.is_empty() {
                    continue;
                }
                let width = if abi.abi.is_32bit() { 32 } else { 64 };
                // What is asked for anyway is not said again.
                let room = store.or(like, others)?;
                let when = describe_within(store, set, room, width, CLAUSES)?;
                let action = semantics::action(leaf);
                let point = point(store, policy, call, set);
                let names = profile.rules.iter().map(|rule| 1 + rule.names.len()).sum();
                store.meter().charge(Part::Rules, names)?;
                let considered = rules::consider(profile, policy, call, place, &point);
                let bare = bare(store, abi, number, &point);
                let decided = if !abi.in_filter {
                    Decided::Abi
                } else if policy.is_filter() {
                    Decided::Program
                } else if bare.is_some_and(|bare| bare != leaf) {
                    Decided::Stub
                } else {
                    rules::decisive(&considered, action, policy.default_action(), abi.is_blind)
                };
                let answer = Answer {
                    action,
                    when,
                    places: vec![place],
                    point,
                    is_single: !store.asks_arguments(decision),
                    decided,
                    considered,
                    generations: Generations::default(),
                };
                match answers.iter_mut().find(|known| known.is_alike(&answer)) {
                    Some(known) => known.places.push(place),
                    None => answers.push(answer),
                }
            }
        }
    }
    answers.sort_by_key(|answer| (answer.decided == Decided::Abi, answer.action));
    if policy.is_filter() {
        return Ok(answers);
    }
    let generations = generations::generations(store, profile, policy, call, &answers);
    for (answer, generations) in answers.iter_mut().zip(generations) {
        answer.generations = generations;
    }
    store.meter().check()?;
    Ok(answers)
}

/// A call of a set, with what was given.
fn point(store: &Store, policy: &Policy, call: &Call, set: Set) -> Assignment {
    let settings = policy.settings();
    let mut point = store.witness(set).unwrap_or_default();
    for (arg, given) in point.args.iter_mut().zip(call.args) {
        *arg = given.unwrap_or(*arg);
    }
    point.capabilities = settings.given.capabilities.unwrap_or(point.capabilities);
    let kernel = settings.given.kernel.unwrap_or(KERNEL);
    let newer = Assignment { kernel, ..point };
    if store.evaluate(set.decision(), &newer) == 1 || settings.given.kernel.is_some() {
        newer
    } else {
        point
    }
}

/// The leaf without runc's stub.
fn bare(store: &Store, abi: &semantics::AbiPolicy, number: u32, point: &Assignment) -> Option<u32> {
    let place = abi.calls().position(|(of, ..)| of == number)?;
    Some(store.evaluate(abi.bare_calls().nth(place)?, point))
}
