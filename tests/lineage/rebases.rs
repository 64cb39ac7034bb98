//! What a rebase gives without being told the origin, against what it gives from the true one.

use crate::{LINES, made};
use sdiff::baseline::Product;
use sdiff::decision::Store;
use sdiff::diff::{Subject, compare};
use sdiff::load::{LoadOptions, Loaded, load, parse};
use sdiff::origin::{State, origin};
use sdiff::overlay::{
    ConflictAbout, Doubt, DoubtAbout, Layer, Merged, Rebased, rebase, rebase_from_any,
};
use sdiff::profile::Format;
use sdiff::semantics::{Engine, Policy, Runtime, Settings};
use sdiff::syscall::Host;
use std::collections::BTreeMap;

const HOSTS: [Host; 3] = [Host::Amd64, Host::Arm64, Host::S390x];

pub fn layer_of(state: &State) -> Layer {
    built_in(&state.name())
}

pub fn built_in(name: &str) -> Layer {
    let loaded = load(name, &LoadOptions::default()).unwrap();
    Layer::new(name, &loaded.profile, Engine::of_loaded(&loaded)).unwrap()
}

/// As the engine of a line of defaults reads it, where its text does not say who does.
pub fn own(loaded: &Loaded, line: Product) -> Layer {
    let format = match loaded.profile.format {
        Format::Docker => line.format(),
        told => told,
    };
    Layer::new("mine", &loaded.profile, Engine::of(format)).unwrap()
}

/// What of the second is another thing in the first; whether some of that is weaker there.
fn apart(new: &Merged, old: &Merged) -> Vec<(Subject, bool)> {
    let mut store = Store::default();
    // Of other hosts nothing is said.
    let hosts: Vec<Host> =
        new.hosts.iter().copied().filter(|host| old.hosts.contains(host)).collect();
    if hosts.is_empty() {
        return Vec::new();
    }
    let (new, old) = (&new.profile, &old.profile);
    let settings = Settings { hosts, ..Settings::new(Engine::Docker).with_runtime(Runtime::None) };
    let old = Policy::build(&mut store, old, &settings).unwrap();
    let new = Policy::build(&mut store, new, &settings).unwrap();
    let found = compare(&mut store, &old, &new).unwrap();
    found.changes.iter().map(|change| (change.subject, change.kind.is_weaker())).collect()
}

fn is_listed(subject: Subject, doubts: &[Doubt]) -> bool {
    doubts.iter().any(|doubt| match (subject, &doubt.about) {
        (Subject::Syscall(call), DoubtAbout::Calls { syscall, .. }) => call == *syscall,
        (Subject::Default, DoubtAbout::Default) => true,
        (Subject::Abi(abi), DoubtAbout::Architectures) => doubt.places.iter().any(|p| p.1 == abi),
        _ => false,
    })
}

/// Whether it is about `socketcall` or `ipc`, and warned of with the result that it is about: libseccomp applies
/// the rules for a call to its multiplexer, whatever the arguments, and no rule says otherwise.
fn is_warned(subject: Subject, any: &Merged, one: &Merged) -> bool {
    let mut told = any.multiplexed.iter().chain(&one.multiplexed);
    told.any(|call| {
        call.multiplexer.syscall().map(Subject::Syscall) == Some(subject)
            && HOSTS.contains(&call.host)
    })
}

#[test]
fn without_an_origin_it_is_nowhere_weaker_and_tells_what_differs() {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut faults = Vec::new();
    for fork in made() {
        let mut count = |what| *counts.entry(what).or_default() += 1;
        let loaded = parse("fork", fork.text.as_bytes(), &LoadOptions::default()).unwrap();
        let found = origin(&loaded.profile, &LINES);
        let Some(first) = found.first() else {
            count("no origin: nothing is rebased");
            continue;
        };
        let line = first.state.line();
        // A later change taken over by hand has made of it another state, to the letter.
        if first.edits == 0
            && !found.likely().iter().any(|one| std::ptr::eq(one.state, fork.origin))
        {
            count("another state to the letter");
            continue;
        }
        let from: Vec<Layer> = found.likely().iter().map(|one| layer_of(one.state)).collect();
        let (mine, onto) = (own(&loaded, line), built_in(line.name()));
        let from: Vec<&Layer> = from.iter().collect();
        let mut store = Store::default();
        let any = rebase_from_any(&mut store, &from, [&mine, &onto], None, &HOSTS);
        let one = rebase(&mut store, [&layer_of(fork.origin), &mine, &onto], None, &HOSTS);
        let (any, doubts, one) = match (any, one) {
            (Ok((any, doubts)), Ok(one)) => (any, doubts, one),
            (Err(error), Ok(_)) => {
                faults.push(format!("no result without an origin: {error} {:?}", fork.done));
                continue;
            }
            (_, Err(error)) => {
                count("named error");
                eprintln!("{error}");
                continue;
            }
        };
        match (any, one) {
            (Rebased::Clean(any), Rebased::Clean(one)) => {
                count(if doubts.is_empty() { "one result" } else { "told" });
                *counts.entry("doubts").or_default() += doubts.len();
                for (subject, is_weaker) in apart(&any, &one) {
                    if (is_weaker || !is_listed(subject, &doubts))
                        && !is_warned(subject, &any, &one)
                    {
                        faults.push(format!(
                            "{:?} {}: {subject:?} weaker {is_weaker} {:?}",
                            fork.size,
                            fork.origin.release(),
                            fork.done
                        ));
                    }
                }
            }
            (Rebased::Conflicts(_), Rebased::Conflicts(_)) => count("conflict"),
            // What it would have to take a side in is told.
            (Rebased::Clean(_), Rebased::Conflicts(conflicts)) => {
                count("a conflict from the origin alone");
                for conflict in conflicts {
                    let ConflictAbout::Calls { syscall, .. } = conflict.about else {
                        continue;
                    };
                    if !is_listed(Subject::Syscall(syscall), &doubts) {
                        faults.push(format!("{:?}: {}", fork.done, syscall.name()));
                    }
                }
            }
            (Rebased::Conflicts(conflicts), Rebased::Clean(_)) => {
                count("a conflict from the others alone");
                faults.push(format!(
                    "{:?} {}: {conflicts:?} {:?}",
                    fork.size,
                    fork.origin.release(),
                    fork.done
                ));
            }
        }
    }
    eprintln!("{counts:#?}");
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
    let all: usize = counts.values().sum::<usize>() - counts.get("doubts").unwrap_or(&0);
    let clean = counts.get("one result").unwrap_or(&0) + counts.get("told").unwrap_or(&0);
    assert!(clean * 10 >= all * 7, "{clean} of {all}");
}
