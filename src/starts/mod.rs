//! What a runtime needs of a filter to start a container, and whether a policy leaves it that.
//!
//! The runtime loads the filter before its own last steps, so those must be let through. Which they
//! are was measured (see `needs.tsv`) with eight runtimes; a version in between is taken to need
//! what the nearest measured one below it needs, one that is older than all what the oldest needs.
//!
//! ```
//! use sdiff::decision::Store;
//! use sdiff::load::{LoadOptions, parse};
//! use sdiff::semantics::{Engine, Policy, Settings};
//! use sdiff::starts;
//!
//! let text = r#"{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
//!     { "names": ["execve"], "action": "SCMP_ACT_ERRNO" } ] }"#;
//! let loaded = parse("mine.json", text.as_bytes(), &LoadOptions::default())?;
//! let mut store = Store::default();
//! let policy = Policy::build(&mut store, &loaded.profile, &Settings::new(Engine::Docker))?;
//! let breaks = starts::breaks(&store, &policy).expect("nothing starts without execve");
//! assert_eq!(breaks.cases.words(), "");
//! assert_eq!(breaks.calls[0].syscall.name(), "execve");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod needs;

pub use needs::{Answer, Cases, Need, Needs, nearest, needs, of_program};

use crate::decision::{Assignment, Store};
use crate::profile::{Action, KernelVersion, Profile};
use crate::semantics::{self, Given, Machine, Policy, Runtime, SemanticsError, Settings, Version};
use crate::syscall::{Abi, Host, Syscall};

/// A kernel of today, where none is given: all measurements are of newer ones than any rule of a
/// shipped profile asks for.
const KERNEL: KernelVersion = KernelVersion { kernel: 6, major: 12 };
const ENOSYS: u16 = 38;

/// That and why a runtime starts no container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breaks {
    /// The runtime that was asked for.
    pub runtime: Runtime,
    /// The version that was measured in its stead, or it itself.
    pub measured: Version,
    /// When none starts.
    pub cases: Cases,
    /// The calls that it needs then and that are blocked.
    pub calls: Vec<Blocked>,
}

/// A call that a runtime needs and that is blocked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// The call.
    pub syscall: Syscall,
    /// Calls that would do instead, and that are blocked as well.
    pub instead: Vec<Syscall>,
}

impl Breaks {
    /// `runc 1.3.6`, or `runc 1.5.1 (measured: 1.3.6)`.
    pub fn runtime_words(&self) -> String {
        match self.runtime.version() {
            Some(version) if version != self.measured => {
                format!("{} (measured: {})", self.runtime, self.measured)
            }
            _ => self.runtime.to_string(),
        }
    }

    /// The names of the calls: `` `statx`, `openat2` (or `readlinkat`) ``.
    pub fn call_words(&self) -> String {
        let name = |call: &Syscall| format!("`{}`", call.name());
        let words = |blocked: &Blocked| {
            let instead: Vec<String> = blocked.instead.iter().map(name).collect();
            match instead.is_empty() {
                true => name(&blocked.syscall),
                false => format!("{} (or {})", name(&blocked.syscall), instead.join(", ")),
            }
        };
        self.calls.iter().map(words).collect::<Vec<_>>().join(", ")
    }

    /// In a sentence without an end: `no container starts with runc 1.3.6: it needs …`.
    pub fn sentence(&self) -> String {
        let (runtime, calls) = (self.runtime_words(), self.call_words());
        format!("no container starts with {runtime}{}: it needs {calls}", self.cases.words())
    }
}

/// Whether, when and why the runtime in question starts no container, on amd64. None where it starts
/// one, where amd64 is not in question or refuses the profile, and where there is no runtime.
///
/// Capabilities that are not given are those that Docker grants.
pub fn breaks(store: &Store, policy: &Policy) -> Option<Breaks> {
    breaks_in(store, policy, Cases::ALL)
}

/// Whether, when and why no container starts with the new profile where one does with the old.
///
/// Programs in the kernel are what a container runs under: nothing is started with them.
pub fn newly_breaks(store: &Store, old: &Policy, new: &Policy) -> Option<Breaks> {
    if old.is_filter() || new.is_filter() {
        return None;
    }
    old.abi(Host::Amd64, Abi::X86_64)?; // refused: none started
    let before = breaks(store, old).map_or(Cases::NONE, |breaks| breaks.cases);
    breaks_in(store, new, Cases::ALL.but(before))
}

fn breaks_in(store: &Store, policy: &Policy, asked: Cases) -> Option<Breaks> {
    let runtime = policy.settings().machine.runtime;
    let needs = nearest(runtime)?;
    let (cases, calls) = blocked(store, policy, needs, asked)?;
    Some(Breaks { runtime, measured: needs.version, cases, calls })
}

/// What becomes of a profile with each measured version of the runtime in question, the oldest
/// first: the profile is read anew for each that can make something else of it than the one before, or
/// than the one in question, of which `asked` is the policy.
///
/// # Errors
/// As [`Policy::build`]; a version that refuses the profile is left out.
pub fn by_version(
    store: &mut Store,
    profile: &Profile,
    settings: &Settings,
    asked: &Policy,
) -> Result<Vec<(Version, Option<Breaks>)>, SemanticsError> {
    let mut found = Vec::new();
    let alike = |a: Runtime, b: Runtime| a.reads_alike(b, profile, &[Host::Amd64]);
    // Neighbours make the same of a profile, mostly.
    let mut last: Option<(Runtime, Option<Policy>)> = None;
    for needs in of_program(settings.machine.runtime) {
        let runtime = needs.runtime;
        if alike(runtime, settings.machine.runtime) {
            let (version, blocked) = (needs.version, blocked(store, asked, needs, Cases::ALL));
            let breaks = |(cases, calls)| Breaks { runtime, measured: version, cases, calls };
            found.push((version, blocked.map(breaks)));
            continue;
        }
        let machine = Machine { runtime, ..settings.machine };
        let there = asked.elsewhere(store, profile, Host::Amd64, machine);
        if let Some(there) = there.map_err(SemanticsError::whole)? {
            let answer = |syscall, point: &Assignment| there.action(store, syscall, point);
            let version = needs.version;
            let blocked = blocked_of(&asked.settings().given, needs, Cases::ALL, &answer);
            let breaks = |(cases, calls)| Breaks { runtime, measured: version, cases, calls };
            found.push((version, blocked.map(breaks)));
            continue;
        }
        if !last.as_ref().is_some_and(|(known, _)| alike(*known, runtime)) {
            let settings = Settings { machine, hosts: vec![Host::Amd64], ..settings.clone() };
            let built = match Policy::build(store, profile, &settings) {
                Ok(policy) => Some(policy),
                Err(error) if error.is_bound() => return Err(error),
                Err(_) => None,
            };
            last = Some((runtime, built));
        }
        if let Some((_, Some(policy))) = &last {
            let (version, blocked) = (needs.version, blocked(store, policy, needs, Cases::ALL));
            let breaks = |(cases, calls)| Breaks { runtime, measured: version, cases, calls };
            found.push((version, blocked.map(breaks)));
        }
    }
    Ok(found)
}

/// Of the cases that are asked for those in which something that is needed is blocked, and what
/// that is.
fn blocked(
    store: &Store,
    policy: &Policy,
    needs: &Needs,
    asked: Cases,
) -> Option<(Cases, Vec<Blocked>)> {
    let abi = policy.abi(Host::Amd64, Abi::X86_64)?;
    let answer = |syscall: Syscall, point: &Assignment| {
        let number = syscall.number(Abi::X86_64)?;
        Some(semantics::action(store.evaluate(abi.decision(number), point)))
    };
    blocked_of(&policy.settings().given, needs, asked, &answer)
}

/// The same of what `answered` says that calls get.
fn blocked_of(
    given: &Given,
    needs: &Needs,
    asked: Cases,
    answered: &dyn Fn(Syscall, &Assignment) -> Option<Action>,
) -> Option<(Cases, Vec<Blocked>)> {
    let capabilities = given.capabilities.unwrap_or_else(Given::docker_default);
    let kernel = given.kernel.unwrap_or(KERNEL);
    let answer = |need: &Need| {
        let point = Assignment { capabilities, kernel, args: need.args, ..Assignment::default() };
        answer(answered(need.syscall, &point)?)
    };
    let mut cases = Cases::NONE;
    let mut calls: Vec<Blocked> = Vec::new();
    let mut add = |when: Cases, syscall: Syscall, instead: Vec<Syscall>| {
        let when = when.and(asked);
        cases = cases.with(when);
        if !when.is_empty() && !calls.iter().any(|blocked| blocked.syscall == syscall) {
            calls.push(Blocked { syscall, instead });
        }
    };
    for need in &needs.calls {
        if let Some(answer) = answer(need) {
            add(need.fails(answer), need.syscall, Vec::new());
        }
    }
    for (when, group) in &needs.groups {
        if let [first, others @ ..] = &group[..]
            && group.iter().all(|need| answer(need).is_some())
        {
            let mut instead: Vec<Syscall> = others.iter().map(|need| need.syscall).collect();
            instead.retain(|syscall| *syscall != first.syscall);
            instead.dedup();
            add(*when, first.syscall, instead);
        }
    }
    (!cases.is_empty()).then_some((cases, calls))
}

/// As what a measurement counts an action; `None` where the call is made. What an agent answers is
/// not known, and nobody traces a runtime.
fn answer(action: Action) -> Option<Answer> {
    match action {
        Action::Allow | Action::Log | Action::Notify => None,
        Action::Errno(ENOSYS) | Action::Trace(_) => Some(Answer::Enosys),
        Action::Errno(_) => Some(Answer::Eperm),
        Action::KillThread | Action::KillProcess | Action::Trap => Some(Answer::Kill),
    }
}
