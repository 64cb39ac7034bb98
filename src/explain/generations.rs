//! What a call gets from runtimes and libraries of other versions.

use super::{Answer, Call};
use crate::decision::{Assignment, Store};
use crate::diff::Place;
use crate::profile::{Action, Profile};
use crate::semantics::{Policy, Runtime, Settings, action};
use crate::syscall::{Host, Library, Syscall};

/// Versions of one program that give a call the same answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generation {
    /// What the call gets there; `None` where no container starts with the profile.
    pub action: Option<Action>,
    /// Which versions: `runc ≥ 1.1.15`, `crun`.
    pub machines: Vec<String>,
}

/// What an answer's call gets elsewhere. A list is empty where every version gives the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Generations {
    /// By runtime, with the libseccomp that was asked for.
    pub runtimes: Vec<Generation>,
    /// By libseccomp, with the runtime that was asked for.
    pub libraries: Vec<Generation>,
}

/// A part of the machine in one version: its program, its name, a way to ask it, and whether it makes
/// the same of the profile as the version before it.
type Version = (&'static str, String, Box<dyn Fn(Settings) -> Settings>, bool);

/// Up to how many nodes and rules the versions share a store: far from its bounds.
const SHARED_NODES: usize = 20_000;
const SHARED_RULES: usize = 300;

/// What the calls of some answers get elsewhere, answer by answer.
pub(super) fn generations(
    store: &Store,
    profile: &Profile,
    policy: &Policy,
    call: &Call,
    answers: &[Answer],
) -> Vec<Generations> {
    let places = answers.iter().map(|answer| answer.places.first().map(|&p| (p, answer.point)));
    let places: Vec<Option<(Place, Assignment)>> = places.collect();
    let mut hosts: Vec<Host> = places.iter().flatten().map(|(place, _)| place.host).collect();
    hosts.sort();
    hosts.dedup();
    let settings = Settings { hosts, ..policy.settings().clone() };
    // With no runtime in particular there is nothing to compare it with.
    let is_open = settings.machine.runtime != Runtime::None;
    let mut last: Option<Runtime> = None;
    let runtimes = Runtime::generations().map(|runtime| -> Version {
        let with = move |settings: Settings| settings.with_runtime(runtime);
        let version = runtime.version().map_or(String::new(), |version| version.to_string());
        let before = last.replace(runtime);
        let is_alike = before.is_some_and(|b| b.reads_alike(runtime, profile, &settings.hosts));
        (runtime.program(), version, Box::new(with), is_alike)
    });
    // A release of which the profile uses nothing is as the one before it.
    let mut since: Vec<Library> =
        Library::ALL.into_iter().filter(|l| l.mends_or_renumbers()).collect();
    let names = profile.rules.iter().flat_map(|rule| rule.name.iter().chain(&rule.names));
    since.extend(names.filter_map(|n| Some(Syscall::from_name(&n.value)?.since())));
    let libraries = Library::ALL.into_iter().map(|library| -> Version {
        let with = move |settings: Settings| settings.with_library(library);
        let is_alike =
            profile.flags.is_empty() && library != Library::ALL[0] && !since.contains(&library);
        ("libseccomp", library.name().to_owned(), Box::new(with), is_alike)
    });
    let ask = |versions: Vec<Version>| {
        let mut found: Vec<Vec<(&'static str, String, Option<Action>)>> =
            vec![Vec::new(); places.len()];
        // Versions make nearly the same of a profile, so one store serves all, unless what is in
        // it already would count against the bounds of the next.
        let mut own = store.beside();
        for (program, version, with, is_alike) in versions {
            if is_alike {
                for found in &mut found {
                    let given = found.last().and_then(|(.., given)| *given);
                    found.push((program, version.clone(), given));
                }
                continue;
            }
            if own.node_count() > SHARED_NODES || profile.rules.len() > SHARED_RULES {
                own = store.beside();
            }
            let built = Policy::build(&mut own, profile, &with(settings.clone())).ok();
            for (place, found) in places.iter().zip(&mut found) {
                let given = place.and_then(|(place, point)| {
                    let number = call.syscall.number(place.abi)?;
                    let abi = built.as_ref()?.abi(place.host, place.abi)?;
                    Some(action(own.evaluate(abi.decision(number), &point)))
                });
                found.push((program, version.clone(), given));
            }
        }
        found.iter().map(|found| grouped(found)).collect::<Vec<_>>()
    };
    let runtimes = ask(if is_open { runtimes.collect() } else { Vec::new() });
    let libraries = ask(libraries.collect());
    let both = runtimes.into_iter().zip(libraries);
    both.map(|(runtimes, libraries)| Generations { runtimes, libraries }).collect()
}

/// The versions with one answer together, the newest first; nothing where there is one answer.
fn grouped(found: &[(&'static str, String, Option<Action>)]) -> Vec<Generation> {
    let mut groups: Vec<Generation> = Vec::new();
    for program in found.chunk_by(|a, b| a.0 == b.0) {
        let runs: Vec<_> = program.chunk_by(|a, b| a.2 == b.2).collect();
        for (at, run) in runs.iter().enumerate().rev() {
            let [(name, first, given), ..] = run else { continue };
            let next = runs.get(at + 1).and_then(|run| run.first()).map(|(_, version, _)| version);
            let words = match (at, next) {
                (0, None) => (*name).to_owned(),
                (0, Some(next)) => format!("{name} < {next}"),
                (_, None) => format!("{name} ≥ {first}"),
                (_, Some(next)) => format!("{name} ≥ {first} and < {next}"),
            };
            match groups.iter_mut().find(|group| group.action == *given) {
                Some(group) => group.machines.push(words),
                None => groups.push(Generation { action: *given, machines: vec![words] }),
            }
        }
    }
    if groups.len() > 1 { groups } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_with_one_answer_are_told_together() {
        let given = |program, version: &str, errno| {
            (program, version.to_owned(), Some(Action::Errno(errno)))
        };
        let found = [
            given("runc", "1.0.0", 1),
            given("runc", "1.1.0", 1),
            given("runc", "1.1.15", 38),
            given("crun", "0.17", 1),
        ];
        let groups = grouped(&found);
        assert_eq!(groups[0].action, Some(Action::Errno(38)));
        assert_eq!(groups[0].machines, ["runc ≥ 1.1.15"]);
        assert_eq!(groups[1].machines, ["runc < 1.1.15", "crun"]);
        assert_eq!(grouped(&found[..2]), []);
    }
}
