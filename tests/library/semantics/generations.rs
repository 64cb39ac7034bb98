//! Each default as the engine of its own release reads it, and those that are an engine's own code.

// Clippy takes only the functions marked as tests for tests.
#![allow(clippy::expect_used, clippy::panic)]

use sdiff::baseline::{self, Product};
use sdiff::decision::{Assignment, Store};
use sdiff::load::{self, LoadOptions};
use sdiff::profile::{Action, ActionName, Capability, KernelVersion, Profile};
use sdiff::semantics::{Engine, Given, Policy, Runtime, SemanticsError, Settings, action};
use sdiff::syscall::{Abi, Host};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const EPERM: Action = Action::Errno(1);

fn profile(spec: &str) -> Profile {
    load::load(spec, &LoadOptions::default()).expect("built in").profile
}

/// The same text as a file.
fn as_file(spec: &str) -> Profile {
    let text = baseline::find(spec).expect("built in").text();
    load::parse(spec, text.as_bytes(), &LoadOptions::default()).expect("loads").profile
}

/// What native programs of a host get for a call with no arguments, without a runtime's stub.
fn answers(
    profile: &Profile,
    engine: Engine,
    host: Host,
    (capabilities, kernel): (u64, &str),
) -> Result<BTreeMap<&'static str, Action>, SemanticsError> {
    let kernel = KernelVersion::parse(kernel).expect("a version");
    let given = Given { capabilities: Some(capabilities), kernel: Some(kernel) };
    let settings = Settings { hosts: vec![host], given, ..Settings::new(engine) };
    let mut store = Store::default();
    let settings = settings.with_runtime(Runtime::None);
    let policy = Policy::build(&mut store, profile, &settings)?;
    let abi = policy.abi(host, host.native()).expect("the native one");
    let answer = |decision| action(store.evaluate(decision, &Assignment::default()));
    Ok(abi.calls().map(|(_, call, decision)| (call.name(), answer(decision))).collect())
}

fn answer(profile: &Profile, engine: Engine, host: Host, given: (u64, &str), name: &str) -> Action {
    answers(profile, engine, host, given).expect("a meaning")[name]
}

/// moby 1161b790, which went into three lines.
#[test]
fn docker_knew_no_riscv64() {
    let flush = |profile: &Profile| {
        answer(profile, Engine::Docker, Host::Riscv64, (0, "6.1"), "riscv_flush_icache")
    };
    for old in ["23.0.15", "24.0.7", "25.0.6", "26.1.5", "27.2.1", "2024-09-01"] {
        assert_eq!(flush(&profile(&format!("docker@{old}"))), EPERM, "{old}");
    }
    for new in ["23.0.16", "25.0.7", "27.3.0", "28.2", "latest", "2025-05-26"] {
        assert_eq!(flush(&profile(&format!("docker@{new}"))), Action::Allow, "{new}");
    }
    // The file of a copy is read by whoever reads it today.
    assert_eq!(flush(&as_file("docker@24.0.7")), Action::Allow);
}

/// moby v1.12.0 `profiles/seccomp/seccomp_default.go`, `arches()`; s390x by bf2a577c.
#[test]
fn docker_had_a_table_of_architectures() {
    let filter = |spec: &str, host: Host| {
        let mut store = Store::default();
        let settings = Settings { hosts: vec![host], ..Settings::new(Engine::Docker) };
        let policy = Policy::build(&mut store, &profile(spec), &settings).expect("a meaning");
        let is_in = |abi: &Abi| policy.abi(host, *abi).is_some_and(|abi| abi.in_filter);
        host.abis().iter().copied().filter(is_in).collect::<Vec<Abi>>()
    };
    for spec in ["docker@1.10.3", "docker@1.11.2", "docker@1.12.6", "docker@1.13.1", "docker"] {
        assert_eq!(filter(spec, Host::Arm64), [Abi::Aarch64, Abi::Arm], "{spec}");
        assert_eq!(filter(spec, Host::Amd64), [Abi::X86_64, Abi::X86, Abi::X32], "{spec}");
        assert_eq!(filter(spec, Host::Ppc64), [Abi::Ppc64], "{spec}");
    }
    assert_eq!(filter("docker@1.11.2", Host::S390x), [Abi::S390x]);
    assert_eq!(filter("docker@1.12.6", Host::S390x), [Abi::S390x, Abi::S390]);
}

/// moby 1124543c wrote `minKernel` "4.8.0" and read it so; since 4539e7f0 that is an error.
#[test]
fn docker_read_a_whole_release_of_a_kernel() {
    let (then, spec) = (profile("docker@1124543c"), "docker@1124543c");
    let ptrace = |kernel| answer(&then, Engine::Docker, Host::Amd64, (0, kernel), "ptrace");
    assert_eq!([ptrace("4.7"), ptrace("4.8")], [EPERM, Action::Allow]);
    let error = answers(&as_file(spec), Engine::Docker, Host::Amd64, (0, "4.8"));
    assert!(error.is_err_and(|error| error.to_string().contains("4.8.0")));
}

/// containerd's default is code and asks for capabilities and kernel; in a file it ignores them.
#[test]
fn an_engines_own_code_has_conditions() {
    let admin = 1 << Capability::from_name("CAP_SYS_ADMIN").expect("known").bit();
    for spec in ["kubernetes", "containerd@1.7.0"] {
        let ask = |profile: &Profile, given, name| {
            answer(profile, Engine::Containerd, Host::Amd64, given, name)
        };
        let (own, file) = (profile(spec), as_file(spec));
        assert_eq!(ask(&own, (0, "6.1"), "mount"), EPERM, "{spec}");
        assert_eq!(ask(&own, (admin, "6.1"), "mount"), Action::Allow, "{spec}");
        assert_eq!(ask(&file, (0, "6.1"), "mount"), Action::Allow, "{spec}");
        assert_eq!(ask(&own, (0, "4.7"), "ptrace"), EPERM, "{spec}");
        assert_eq!(ask(&own, (0, "4.8"), "ptrace"), Action::Allow, "{spec}");
    }
}

/// Every content of containerd and CRI-O against a reading that shares no code with `src/`: on nine
/// hosts, with each capability that it names alone, none, all and Docker's, before and after the
/// one kernel that it asks for.
#[test]
fn own_code_does_what_its_conditions_say() {
    use Host::*;
    let hosts =
        [Amd64, Arm64, S390x, Riscv64, Loongarch64, Mips64, Mips64n32, Mipsel64, Mipsel64n32];
    let mut asked = 0;
    for product in [Product::Containerd, Product::Crio] {
        let mut seen = BTreeSet::new();
        for release in baseline::releases(product) {
            if !seen.insert(release.content) {
                continue;
            }
            let text: Value = serde_json::from_str(&release.text()).expect("JSON");
            let profile = profile(&release.to_string());
            for (at, caps) in capability_sets(&text).into_iter().enumerate() {
                for (of, kernel) in ["4.7", "5.10"].into_iter().enumerate() {
                    // Each host is asked with some of the sets, and each set on two hosts.
                    let host = hosts[(2 * at + of) % hosts.len()];
                    let engine = Engine::of_product(product);
                    let ours = answers(&profile, engine, host, (caps, kernel)).expect("a meaning");
                    let theirs = plain(&text, host, caps, kernel);
                    let default = answer_of(&text["defaultAction"], &text["defaultErrnoRet"]);
                    // A multiplexer is answered by the rules for others as well.
                    for (name, answer) in
                        ours.iter().filter(|(n, _)| !["socketcall", "ipc"].contains(n))
                    {
                        if let Some(theirs) = theirs.get(*name).copied().unwrap_or(Some(default)) {
                            assert_eq!(
                                *answer, theirs,
                                "{release} {name} {host} {caps:x} {kernel}"
                            );
                            asked += 1;
                        }
                    }
                }
            }
        }
    }
    println!("{asked} answers");
    assert!(asked > 100_000);
}

fn capability_sets(text: &Value) -> Vec<u64> {
    let rules = text["syscalls"].as_array().expect("rules").iter();
    let named = rules.flat_map(|rule| {
        let of = |part: &str| rule[part]["caps"].as_array().cloned().unwrap_or_default();
        [of("includes"), of("excludes")].concat()
    });
    let named: BTreeSet<u64> = named.map(|name| bit(&name)).collect();
    let all = named.iter().fold(0, |all, bit| all | bit);
    named.into_iter().chain([0, all, Given::docker_default()]).collect()
}

fn bit(name: &Value) -> u64 {
    1 << Capability::from_name(name.as_str().expect("a name")).expect("known").bit()
}

/// What the rules say of each call that they name: nothing where they ask for an argument.
fn plain<'t>(
    text: &'t Value,
    host: Host,
    caps: u64,
    kernel: &str,
) -> BTreeMap<&'t str, Option<Action>> {
    let version = |text: &str| -> Vec<u32> {
        text.split('.').map(|part| part.parse().expect("a number")).collect()
    };
    let list = |value: &'t Value| value.as_array().map_or(&[][..], Vec::as_slice);
    let is_kept = |rule: &&'t Value| {
        let (includes, excludes) = (&rule["includes"], &rule["excludes"]);
        let has_host = |part: &'t Value| list(&part["arches"]).iter().any(|a| a == host.name());
        let reached = |part: &'t Value| {
            part["minKernel"].as_str().map(|least| version(kernel) >= version(least))
        };
        let held = |cap: &Value| caps & bit(cap) != 0;
        (list(&includes["arches"]).is_empty() || has_host(includes))
            && !has_host(excludes)
            && list(&includes["caps"]).iter().all(held)
            && !list(&excludes["caps"]).iter().any(held)
            && reached(includes).unwrap_or(true)
            && !reached(excludes).unwrap_or(false)
    };
    let default = answer_of(&text["defaultAction"], &text["defaultErrnoRet"]);
    let mut answers: BTreeMap<&str, Option<Action>> = BTreeMap::new();
    for rule in list(&text["syscalls"]).iter().filter(is_kept) {
        let answer = answer_of(&rule["action"], &rule["errnoRet"]);
        // What says what the default says is no rule.
        for name in list(&rule["names"]).iter().filter(|_| answer != default) {
            let own = list(&rule["args"]).is_empty().then_some(answer);
            let known = answers.entry(name.as_str().expect("a name")).or_insert(own);
            *known = known.or(own);
        }
    }
    answers
}

fn answer_of(action: &Value, errno: &Value) -> Action {
    match ActionName::from_oci_name(action.as_str().expect("an action")) {
        Some(ActionName::Allow) => Action::Allow,
        Some(ActionName::Errno) => Action::Errno(errno.as_u64().unwrap_or(1) as u16),
        other => panic!("{other:?}"),
    }
}

/// moby/profiles 614a5c25 tells the runtime the host's own architecture: with a runc that has its stub
/// on listed architectures alone, the answers are those of the first runc whose stub has it anyway.
#[test]
fn the_next_docker_lists_the_host() {
    let text = br#"{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86"],
        "syscalls": [{"names": ["read", "fsync"], "action": "SCMP_ACT_ALLOW"}]}"#;
    let profile = load::parse("mine", text, &LoadOptions::default()).expect("loads").profile;
    let mseal = |engine, runtime, abi| {
        let runtime = Runtime::parse(runtime).expect("known");
        let settings = Settings { hosts: vec![Host::Amd64], ..Settings::new(engine) };
        let mut store = Store::default();
        let policy = Policy::build(&mut store, &profile, &settings.with_runtime(runtime));
        let policy = policy.expect("loads");
        let policy = policy.abi(Host::Amd64, abi).expect("an ABI of the host");
        let mut calls = policy.calls();
        let (.., decision) = calls.find(|(_, call, _)| call.name() == "mseal").expect("has it");
        action(store.evaluate(decision, &Assignment::default()))
    };
    const ENOSYS: Action = Action::Errno(38);
    for (engine, runtime, expected) in [
        (Engine::Docker, "runc@1.1.5", EPERM),
        (Engine::DockerNext, "runc@1.1.5", ENOSYS),
        (Engine::Docker, "runc@1.1.15", ENOSYS),
        (Engine::DockerNext, "runc@1.1.15", ENOSYS),
        (Engine::DockerNext, "crun", EPERM),
    ] {
        assert_eq!(mseal(engine, runtime, Abi::X86_64), expected, "{engine:?} {runtime}");
    }
    assert_eq!(mseal(Engine::Docker, "runc@1.1.5", Abi::X86), ENOSYS, "it is listed");
}
