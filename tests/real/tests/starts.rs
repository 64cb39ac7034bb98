//! The table of what runtimes need to start a container, measured again in part: what it says stops a
//! container does, and what it says suffices does. Needs root, runc, crun and the root folders of
//! `SDIFF_ROOTS`.

use sdiff::semantics::Runtime;
use sdiff::starts::{self, Cases, Need};
use sdiff_real::knobs;
use sdiff_real::oci::{Oci, Syscall};
use sdiff_real::starts::{Answer, Call, Case, MACHINES, Machine, OF_THREADS, allowing, denying};
use std::collections::BTreeSet;

/// Of the calls that a runtime needs every so many are looked at in a case.
const STRIDE: usize = 3;

#[test]
fn the_table_holds() {
    for (runtime, version, suite) in MACHINES {
        let test = format!("the_table_holds {runtime} {version}");
        let dir = tempfile::tempdir().unwrap();
        let machine = match Machine::open(runtime, suite, dir.path()) {
            Ok(machine) if machine.version == version => machine,
            // The suite moves on: what it has now is not what the table is of.
            Ok(machine) => {
                eprintln!("SKIPPED {test}: is {}", machine.version);
                continue;
            }
            Err(why) => {
                knobs::skip(&test, &why);
                continue;
            }
        };
        let known = Runtime::parse(&format!("{runtime}@{version}")).unwrap();
        let needs = starts::nearest(known).unwrap();
        assert_eq!(needs.runtime, known, "{test}: not in the table");
        for (turn, no_new_privs) in [false, true].into_iter().enumerate() {
            let case = Case { no_new_privs, ..Case::default() };
            let here = Cases::of(no_new_privs, false, false);
            let fails = |need: &Need, answer| !need.fails(answer).and(here).is_empty();
            let starts = |oci: &Oci| machine.start(oci, case).unwrap();
            let free = starts(&denying(&[]));
            assert!(free.starts, "{test}, {case:?}: {free:?}");

            let answers =
                [(Answer::Eperm, starts::Answer::Eperm), (Answer::Kill, starts::Answer::Kill)];
            for (real, answer) in answers {
                let needed = needs.calls.iter().filter(|need| fails(need, answer));
                for need in needed.skip(turn).step_by(STRIDE) {
                    let call = Call::with(need.syscall, &need.args);
                    let oci = denying(&[(call, real)]);
                    let outcome = match call.is_of_threads() {
                        true => machine.start_as_engines_do(&oci, case).unwrap(),
                        false => starts(&oci),
                    };
                    assert!(!outcome.starts, "{test}, {case:?}: starts without {call:?}");
                }
            }

            let whole = |need: &Need| Call { syscall: need.syscall, args: [None; 6] };
            let mut least: BTreeSet<Call> = needs
                .calls
                .iter()
                .filter(|need| fails(need, starts::Answer::Eperm))
                .map(whole)
                .collect();
            least.extend(
                needs
                    .groups
                    .iter()
                    .filter(|(cases, _)| !cases.and(here).is_empty())
                    .filter_map(|(_, group)| group.first())
                    .map(whole),
            );
            least.extend(OF_THREADS.iter().filter_map(|name| Call::named(name)));
            let outcome = starts(&allowing(&least));
            assert!(
                outcome.starts,
                "{test}, {case:?}: {} do not suffice: {outcome:?}",
                least.len()
            );
        }
    }
}

/// Of published profiles two of which Podman said that no container starts, and crun starts one: the static
/// busybox in it could not live.
#[test]
fn crun_starts_what_podman_did_not() {
    let Some(shared) = knobs::shared() else {
        return knobs::skip("crun_starts_what_podman_did_not", "no corpus");
    };
    let files =
        [("json/antitree-seccomp-diff-hello-world.json", true), ("shapes/flags-a.json", true)];
    for (runtime, version, suite) in MACHINES.into_iter().filter(|machine| machine.0 == "crun") {
        let dir = tempfile::tempdir().unwrap();
        let machine = match Machine::open(runtime, suite, dir.path()) {
            Ok(machine) => machine,
            Err(why) => {
                knobs::skip(&format!("crun_starts_what_podman_did_not {version}"), &why);
                continue;
            }
        };
        for (file, no_new_privs) in files {
            let text = std::fs::read(shared.join("corpus").join(file)).unwrap();
            let profile: serde_json::Value = serde_json::from_slice(&text).unwrap();
            let texts = |value: &serde_json::Value| -> Vec<String> {
                let all = value.as_array().into_iter().flatten();
                all.filter_map(|text| text.as_str().map(str::to_owned)).collect()
            };
            let rule = |rule: &serde_json::Value| Syscall {
                names: texts(&rule["names"]),
                action: rule["action"].as_str().unwrap().to_owned(),
                ..Syscall::default()
            };
            let oci = Oci {
                default_action: profile["defaultAction"].as_str().unwrap().to_owned(),
                architectures: texts(&profile["architectures"]),
                syscalls: profile["syscalls"].as_array().unwrap().iter().map(rule).collect(),
                ..Oci::default()
            };
            let case = Case { no_new_privs, ..Case::default() };
            let outcome = machine.start(&oci, case).unwrap();
            assert!(outcome.starts, "{file}, crun {version}: {outcome:?}");
        }
    }
}
