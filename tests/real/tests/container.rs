//! The restatement of runc and crun against the real programs: the filter that a container loads
//! must answer as `reference` says it would. Needs root, runc, crun and busybox.

use sdiff_real::arch::{Arch, Host};
use sdiff_real::bpf::Data;
use sdiff_real::calls::calls;
use sdiff_real::cases::{Case, Flavour};
use sdiff_real::container::{Bundle, Outcome, installed_runc};
use sdiff_real::endless::endless;
use sdiff_real::knobs;
use sdiff_real::oci::{Arg, Oci, Syscall};
use sdiff_real::reference::{Compiled, Runtime, compile};
use sdiff_real::resolve::{Engine, Place, resolve};
use sdiff_real::rng::Rng;

fn amd64() -> &'static Host {
    Host::named("amd64").unwrap()
}

fn bundle(test: &str, dir: &tempfile::TempDir, runtime: Runtime) -> Option<Bundle> {
    Bundle::new(dir.path(), runtime).map_err(|why| knobs::skip(test, &why)).ok()
}

fn rule(
    names: &[&str],
    action: &str,
    errno_ret: Option<u64>,
    args: &[(u64, &str, u64)],
) -> Syscall {
    Syscall {
        names: names.iter().map(|name| name.to_string()).collect(),
        action: format!("SCMP_ACT_{action}"),
        errno_ret,
        args: args
            .iter()
            .map(|&(index, op, value)| Arg {
                index,
                value,
                value_two: 0,
                op: format!("SCMP_CMP_{op}"),
            })
            .collect(),
    }
}

fn oci(default: &str, errno: Option<u64>, arches: &[&str], syscalls: Vec<Syscall>) -> Oci {
    Oci {
        default_action: format!("SCMP_ACT_{default}"),
        default_errno_ret: errno,
        architectures: arches.iter().map(|arch| format!("SCMP_ARCH_{arch}")).collect(),
        syscalls,
        ..Oci::default()
    }
}

/// Holds a real container against the restatement.
fn compare(
    bundle: &mut Bundle,
    runtime: Runtime,
    oci: &Oci,
    no_new_privs: bool,
) -> Result<(), String> {
    let expected = compile(oci, amd64(), runtime);
    let real = bundle.start(oci, no_new_privs, false).map_err(|e| e.to_string())?;
    match (expected, real) {
        (Err(_), Outcome { filter: None, status: Some(status), .. }) if status != 0 => Ok(()),
        (Err(_), Outcome { filter: Some((_, errno)), .. }) if errno != 0 => Ok(()),
        (Ok(Compiled::Off), Outcome { filter: None, status: Some(0), .. }) => Ok(()),
        (Ok(Compiled::Filter(ours)), Outcome { filter: Some((theirs, 0)), .. }) => {
            let stub = ours.stub.len(oci);
            if runtime != Runtime::Crun && stub + ours.program.insns.len() != theirs.insns.len() {
                return Err(format!(
                    "{stub} + {} instructions, where the container has {}",
                    ours.program.insns.len(),
                    theirs.insns.len()
                ));
            }
            for call in calls(oci, amd64(), &mut Rng::new(1)) {
                let data = Data::new(call.arch, call.nr, &call.args);
                let (ours, theirs) = (ours.judge(&data, true), theirs.judge(&data));
                if theirs != Ok(ours) {
                    return Err(format!("{call:?}: {ours:?}, where the container has {theirs:?}"));
                }
            }
            Ok(())
        }
        (expected, real) => {
            let expected = expected.map(|_| "a filter");
            Err(format!("{expected:?}, where {:?}: {}", real.status, real.message))
        }
    }
}

fn compare_all(runtime: Runtime, test: &str, cases: &[(String, Oci)]) {
    let dir = tempfile::tempdir().unwrap();
    let Some(mut bundle) = bundle(test, &dir, runtime) else { return };
    let mut failures = Vec::new();
    for (at, (name, oci)) in cases.iter().enumerate() {
        if let Err(why) = compare(&mut bundle, runtime, oci, at % 2 == 0) {
            failures.push(format!("{name}: {why}\n{}", oci.to_json()));
        }
    }
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), cases.len(), failures.join("\n"));
    println!("{test}: {} containers", cases.len());
}

/// Profiles at the edges of what a runtime does.
fn edges() -> Vec<(String, Oci)> {
    let all = ["X86_64", "X86", "X32"];
    let allow = || vec![rule(&["read", "socket", "clone"], "ALLOW", None, &[])];
    let mut cases = vec![
        ("no architectures", oci("ERRNO", None, &[], allow())),
        ("without the native one", oci("ERRNO", None, &["X86"], allow())),
        ("x32 missing", oci("ERRNO", None, &["X86_64", "X86"], allow())),
        ("x32 alone", oci("ERRNO", None, &["X32"], allow())),
        ("one twice", oci("ERRNO", None, &["X86", "X86"], allow())),
        ("default ENOSYS", oci("ERRNO", Some(38), &all, allow())),
        ("kill and ENOSYS", oci("KILL", Some(38), &all, allow())),
        ("kill and 0x50026", oci("KILL", Some(0x5_0026), &all, allow())),
        ("errno 0x50026", oci("ERRNO", Some(0x5_0026), &all, allow())),
        ("errno above 4095", oci("ERRNO", Some(5000), &all, allow())),
        ("errno of 17 bits", oci("ERRNO", Some(65536 + 7), &all, allow())),
        ("trace", oci("TRACE", None, &all, vec![rule(&["read"], "ERRNO", None, &[])])),
        ("log", oci("LOG", None, &all, vec![rule(&["read"], "KILL", None, &[])])),
        ("allow", oci("ALLOW", None, &all, vec![rule(&["read"], "TRAP", None, &[])])),
        ("trap", oci("TRAP", None, &all, allow())),
        ("kill process", oci("KILL_PROCESS", None, &all, allow())),
        ("no rules", oci("ERRNO", None, &all, vec![])),
        (
            "unknown names alone",
            oci("ERRNO", None, &all, vec![rule(&["chwon"], "ALLOW", None, &[])]),
        ),
        ("an empty name", oci("ERRNO", None, &all, vec![rule(&[""], "ALLOW", None, &[])])),
        ("an empty name, dropped", oci("ERRNO", None, &all, vec![rule(&[""], "ERRNO", None, &[])])),
        ("unknown architecture", oci("ERRNO", None, &["Z80"], allow())),
        ("mixed byte orders", oci("ERRNO", None, &["S390X"], allow())),
        ("foreign architecture", oci("ERRNO", None, &["ARM"], allow())),
        ("unknown action", oci("EPERM", None, &all, allow())),
        ("notify as the default", oci("NOTIFY", None, &all, allow())),
        ("notify on write", oci("ERRNO", None, &all, vec![rule(&["write"], "NOTIFY", None, &[])])),
        (
            "unknown operator",
            oci("ERRNO", None, &all, vec![rule(&["read"], "ALLOW", None, &[(0, "IS", 1)])]),
        ),
        (
            "unknown operator on an unknown name",
            oci("ERRNO", None, &all, vec![rule(&["chwon"], "ALLOW", None, &[(0, "IS", 1)])]),
        ),
        (
            "index 6",
            oci("ERRNO", None, &all, vec![rule(&["read"], "ALLOW", None, &[(6, "EQ", 1)])]),
        ),
        (
            "index 6 on an unknown name",
            oci("ERRNO", None, &all, vec![rule(&["chwon"], "ALLOW", None, &[(6, "EQ", 1)])]),
        ),
        (
            "two actions, unconditional",
            oci(
                "ERRNO",
                None,
                &all,
                vec![rule(&["read"], "ALLOW", None, &[]), rule(&["read"], "LOG", None, &[])],
            ),
        ),
        (
            "two actions, one condition",
            oci(
                "ERRNO",
                None,
                &all,
                vec![
                    rule(&["read"], "ALLOW", None, &[(0, "EQ", 1)]),
                    rule(&["read"], "LOG", None, &[(0, "EQ", 1)]),
                ],
            ),
        ),
        (
            "a repeated index",
            oci(
                "ERRNO",
                None,
                &all,
                vec![rule(&["read"], "ALLOW", None, &[(0, "GT", 1), (0, "LT", 5), (1, "EQ", 3)])],
            ),
        ),
        (
            "errnoRet on ALLOW",
            oci("ERRNO", None, &all, vec![rule(&["read"], "ALLOW", Some(5), &[])]),
        ),
        ("default errnoRet on KILL", oci("KILL", Some(5), &all, allow())),
        (
            "arm's own",
            oci("ERRNO", None, &all, vec![rule(&["breakpoint", "cacheflush"], "ALLOW", None, &[])]),
        ),
        (
            "behind the multiplexer",
            oci(
                "ERRNO",
                None,
                &all,
                vec![rule(&["socket", "semop"], "ALLOW", None, &[(0, "EQ", 2)])],
            ),
        ),
        (
            "seven conditions",
            oci(
                "ERRNO",
                None,
                &all,
                vec![rule(
                    &["mmap"],
                    "ALLOW",
                    None,
                    &[
                        (0, "GT", 1),
                        (1, "GT", 1),
                        (2, "GT", 1),
                        (3, "GT", 1),
                        (4, "GT", 1),
                        (5, "GT", 1),
                        (0, "LT", 9),
                    ],
                )],
            ),
        ),
    ]
    .into_iter()
    .map(|(name, oci)| (name.to_owned(), oci))
    .collect::<Vec<_>>();
    for count in [31, 32, 33, 40] {
        // Above 32 names, those of no meaning included, libseccomp is asked for a binary search.
        let names: Vec<String> = (0..count - 2).map(|i| format!("no_such_call_{i}")).collect();
        let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
        names.extend(["read", "write"]);
        let rules = vec![rule(&names, "ALLOW", None, &[])];
        cases.push((format!("{count} names"), oci("ERRNO", None, &all, rules)));
    }
    let flags = |flag: &str| Oci { flags: vec![flag.into()], ..oci("ERRNO", None, &all, allow()) };
    for flag in ["TSYNC", "LOG", "SPEC_ALLOW", "NO_SUCH"] {
        cases.push((format!("flag {flag}"), flags(&format!("SECCOMP_FILTER_FLAG_{flag}"))));
    }
    cases.push(("nothing".into(), Oci::default()));
    cases
}

/// Generated profiles, resolved for this kind of machine.
fn generated(count: u64) -> Vec<(String, Oci)> {
    let one = |seed| {
        let flavour = if seed % 4 == 0 { Flavour::Realistic } else { Flavour::Hostile };
        let case = Case { host: amd64(), ..Case::new(seed, flavour) };
        if endless(std::slice::from_ref(&case))[0] {
            return None;
        }
        let oci = resolve(&case.profile, &case.place()).ok()??;
        Some((format!("seed {seed}"), oci))
    };
    (0..count).filter_map(one).collect()
}

/// Docker's defaults for some bounding sets.
fn defaults() -> Vec<(String, Oci)> {
    let Some(shared) = knobs::shared() else {
        knobs::skip("defaults", "no folder with upstream's profiles (SDIFF_SHARED)");
        return Vec::new();
    };
    let mut cases = Vec::new();
    let mut files: Vec<_> = std::fs::read_dir(shared.join("upstream/docker"))
        .unwrap()
        .map(|f| f.unwrap().path())
        .collect();
    files.sort();
    for (at, file) in files.iter().enumerate() {
        let profile = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let sets: [&[&str]; 3] = [&[], &["CAP_SYS_ADMIN"], &["CAP_SYS_PTRACE", "CAP_SYS_CHROOT"]];
        let caps: Vec<String> = sets[at % 3].iter().map(|s| s.to_string()).collect();
        let kernel = [(3, 10), (4, 8), (6, 1)][at / 3 % 3];
        let place = Place { engine: Engine::Docker, host: amd64(), caps: &caps, kernel };
        let oci = resolve(&profile, &place).unwrap().unwrap();
        cases.push((format!("{} {caps:?}", file.display()), oci));
    }
    cases
}

#[test]
fn runc_at_the_edges() {
    compare_all(installed_runc(), "runc_at_the_edges", &edges());
}

#[test]
fn runc_with_the_defaults() {
    compare_all(installed_runc(), "runc_with_the_defaults", &defaults());
}

#[test]
fn runc_with_generated_profiles() {
    let count = knobs::number("SDIFF_CONTAINER_CASES", 200);
    compare_all(installed_runc(), "runc_with_generated_profiles", &generated(count));
}

#[test]
fn crun_at_the_edges() {
    compare_all(Runtime::Crun, "crun_at_the_edges", &edges());
}

#[test]
fn crun_with_generated_profiles() {
    let count = knobs::number("SDIFF_CONTAINER_CASES", 200) / 2;
    compare_all(Runtime::Crun, "crun_with_generated_profiles", &generated(count));
}

/// Not the filter but what is around it: without `listenerPath`, a rule with `NOTIFY` loads and
/// the container fails.
#[test]
fn notify_needs_a_listener() {
    let dir = tempfile::tempdir().unwrap();
    let Some(mut bundle) = bundle("notify_needs_a_listener", &dir, installed_runc()) else {
        return;
    };
    let rules = vec![rule(&["kcmp"], "NOTIFY", None, &[])];
    let profile = oci("ALLOW", None, &[Arch::X86_64.short()], rules);
    let outcome = bundle.start(&profile, false, true).unwrap();
    assert!(outcome.filter.is_some() && outcome.status != Some(0), "{outcome:?}");
    assert!(outcome.message.contains("listenerPath is not set"), "{}", outcome.message);
}
