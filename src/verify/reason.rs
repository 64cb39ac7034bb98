//! Why another machine makes another filter of a profile.

use crate::profile::Profile;
use crate::semantics::ignored;
use crate::semantics::{CHANGES, Engine, Machine, Runtime};
use crate::syscall::{Library, Syscall};
use std::collections::BTreeSet;

/// One part of the machine, and what it does to the profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Another engine reads it: the fields of the profile that it ignores and the one that was asked
    /// about reads, and the reverse.
    Engine {
        /// Which.
        engine: Engine,
        /// What it ignores.
        ignored: Vec<&'static str>,
        /// What it reads alone.
        read: Vec<&'static str>,
    },
    /// Another runtime loads it.
    Runtime {
        /// Which.
        runtime: Runtime,
        /// What it does, or does not do, otherwise than the one that was asked about.
        what: Vec<String>,
    },
    /// Another libseccomp: the names of the profile that it does not know, and those that it alone
    /// knows.
    Library {
        /// Which.
        library: Library,
        /// The names that it does not know.
        unknown: Vec<&'static str>,
        /// The names that only it knows.
        known: Vec<&'static str>,
    },
}

/// What of a machine differs from the one that was asked about, as far as it is about a profile.
pub fn reasons(profile: &Profile, asked: Machine, other: Machine) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if asked.engine != other.engine {
        let fields = |engine: Engine| -> Vec<&'static str> {
            ignored(profile, engine).into_iter().map(|(field, _)| field).collect()
        };
        let (of_asked, of_other) = (fields(asked.engine), fields(other.engine));
        let without = |all: &[&'static str], left: &[&'static str]| {
            all.iter().filter(|field| !left.contains(field)).copied().collect()
        };
        let ignored = without(&of_other, &of_asked);
        let read = without(&of_asked, &of_other);
        reasons.push(Reason::Engine { engine: other.engine, ignored, read });
    }
    if asked.runtime != other.runtime {
        let what = runtime(asked.runtime, other.runtime);
        reasons.push(Reason::Runtime { runtime: other.runtime, what });
    }
    if asked.library != other.library {
        let names = profile.rules.iter().flat_map(|rule| rule.name.iter().chain(&rule.names));
        let names: BTreeSet<&str> = names.map(|name| name.value.as_str()).collect();
        let calls: Vec<Syscall> = names.into_iter().filter_map(Syscall::from_name).collect();
        let only = |here: Library, there: Library| {
            let known = |call: &&Syscall| call.is_known_to(here) && !call.is_known_to(there);
            calls.iter().filter(known).map(|call| call.name()).collect::<Vec<_>>()
        };
        let unknown = only(asked.library, other.library);
        let known = only(other.library, asked.library);
        reasons.push(Reason::Library { library: other.library, unknown, known });
    }
    reasons
}

/// What a runtime does otherwise than another: of one program, what has come between the two versions.
fn runtime(asked: Runtime, other: Runtime) -> Vec<String> {
    if asked.program() != other.program() {
        let stub = "ENOSYS above the highest number that the profile names";
        return match (asked.has_stub(), other.has_stub()) {
            (true, false) => vec![format!("no {stub}")],
            (false, true) => vec![stub.to_owned()],
            _ => Vec::new(),
        };
    }
    let (Some(from), Some(to)) = (asked.version(), other.version()) else { return Vec::new() };
    let is_older = to < from;
    let (low, high) = if is_older { (to, from) } else { (from, to) };
    let changes = CHANGES.iter().filter(|change| {
        let since = change.since.strip_prefix(asked.program()).map(str::trim);
        let since = since.and_then(|version| {
            Runtime::parse(&format!("{}@{version}", asked.program())).ok()?.version()
        });
        since.is_some_and(|since| low < since && since <= high)
    });
    let words = if is_older { "not yet: " } else { "" };
    changes.map(|change| format!("{words}{}", change.what)).collect()
}
