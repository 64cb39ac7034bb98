//! Rebasing: laws on Docker's own defaults, and examples.
#![allow(clippy::unwrap_used, clippy::panic)]

use sdiff::baseline::{self, Release};
use sdiff::decision::Store;
use sdiff::diff::{compare, distance};
use sdiff::load::{LoadOptions, load, parse};
use sdiff::overlay::{
    Conflict, ConflictAbout, Favor, Layer, Merged, OverlayError, ReadAs, Rebased, Strategy, merge,
    nearest, overlay, rebase,
};
use sdiff::profile::{KernelVersion, Profile};
use sdiff::semantics::{Engine, Policy, Runtime, Settings};
use sdiff::syscall::{Host, Syscall};
use std::path::PathBuf;

fn layer(name: &str, text: &str) -> Layer {
    let loaded = parse(name, text.as_bytes(), &LoadOptions::default()).unwrap();
    Layer::new(name, &loaded.profile, Engine::of(loaded.profile.format)).unwrap()
}

fn built_in(spec: &str) -> Layer {
    let loaded = load(spec, &LoadOptions::default()).unwrap();
    Layer::new(spec, &loaded.profile, Engine::of(loaded.profile.format)).unwrap()
}

fn clean(from: &Layer, mine: &Layer, onto: &Layer) -> Result<Merged, OverlayError> {
    match rebase(&mut Store::default(), [from, mine, onto], None, &Host::ALL)? {
        Rebased::Clean(merged) => Ok(merged),
        Rebased::Conflicts(conflicts) => panic!("{conflicts:?}"),
    }
}

fn changed(hosts: &[Host], old: &Profile, new: &Profile) -> Vec<String> {
    let mut store = Store::default();
    let hosts = hosts.to_vec();
    let settings = Settings { hosts, ..Settings::new(Engine::Docker).with_runtime(Runtime::None) };
    let old = Policy::build(&mut store, old, &settings).unwrap();
    let new = Policy::build(&mut store, new, &settings).unwrap();
    let found = compare(&mut store, &old, &new).unwrap();
    found.changes.iter().map(|change| change.id.clone()).collect()
}

/// A fork: a baseline with an overlay, as one file.
fn fork(spec: &str, overlay: &str) -> Layer {
    let layers = [built_in(spec), layer("fork", overlay)];
    let merged = merge(&mut Store::default(), &layers, Strategy::Override, &Host::ALL).unwrap();
    Layer::new("mine.json", &merged.profile, Engine::Docker).unwrap()
}

const CHANGES: [&str; 3] = [
    r#"{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
        { "names": ["keyctl", "unshare"], "action": "SCMP_ACT_ALLOW" } ] }"#,
    r#"{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
        { "names": ["chmod", "chown"], "action": "SCMP_ACT_ERRNO" } ] }"#,
    r#"{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
        { "names": ["ptrace"], "action": "SCMP_ACT_KILL_PROCESS",
          "args": [{ "index": 0, "op": "SCMP_CMP_EQ", "value": 16 }] } ] }"#,
];

#[test]
fn laws_of_rebase() {
    for from in ["docker@19.03.0", "docker@20.10.0", "docker@25.0.0"] {
        let (base, onto) = (built_in(from), built_in("default"));
        let unmodified = clean(&base, &base, &onto).unwrap();
        assert!(changed(&unmodified.hosts, onto.profile(), &unmodified.profile).is_empty());
        for change in CHANGES {
            let mine = fork(from, change);
            let back = clean(&base, &mine, &base).unwrap();
            assert_eq!(changed(&back.hosts, mine.profile(), &back.profile), [""; 0], "{from}");
            let rebased = clean(&base, &mine, &onto).unwrap();
            let wanted = [onto.clone(), layer("fork", change)];
            let wanted =
                merge(&mut Store::default(), &wanted, Strategy::Override, &Host::ALL).unwrap();
            assert_eq!(changed(&rebased.hosts, &wanted.profile, &rebased.profile), [""; 0]);
        }
    }
}

#[test]
fn a_fork_becomes_an_overlay() {
    for from in ["docker@20.10.0", "docker@25.0.0"] {
        for change in CHANGES {
            let (base, onto) = (built_in(from), built_in("default"));
            let mine = fork(from, change);
            let rebased = clean(&base, &mine, &onto).unwrap();
            let rebased = Layer::new("rebased", &rebased.profile, Engine::Docker).unwrap();
            let small = overlay(&mut Store::default(), &onto, &rebased, &Host::ALL).unwrap();
            assert!(small.rules.len() <= 2, "{}", sdiff::profile::to_json(&small));
            let result = |small: &Profile| {
                let layers = [onto.clone(), Layer::new("small", small, Engine::Docker).unwrap()];
                merge(&mut Store::default(), &layers, Strategy::Override, &Host::ALL).unwrap()
            };
            let whole = result(&small);
            assert_eq!(changed(&whole.hosts, rebased.profile(), &whole.profile), [""; 0]);
            // No rule, and no name of a rule, can be left out.
            for at in 0..small.rules.len() {
                for name in 0..small.rules[at].names.len() {
                    let mut fewer = small.clone();
                    fewer.rules[at].names.remove(name);
                    let less = result(&fewer);
                    assert_ne!(changed(&less.hosts, rebased.profile(), &less.profile), [""; 0]);
                }
            }
        }
    }
}

#[test]
fn both_sides_change_the_same_call() {
    // Upstream blocked AF_ALG sockets; the fork kills for them.
    let mine = fork(
        "docker@25.0.0",
        r#"{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
        { "names": ["socket"], "action": "SCMP_ACT_KILL_PROCESS",
          "args": [{ "index": 0, "op": "SCMP_CMP_EQ", "value": 38 }] } ] }"#,
    );
    let (base, onto) = (built_in("docker@25.0.0"), built_in("default"));
    let mut store = Store::default();
    let found = rebase(&mut store, [&base, &mine, &onto], None, &Host::ALL).unwrap();
    let Rebased::Conflicts(conflicts) = found else { panic!("no conflict") };
    assert_eq!(conflicts.len(), 1);
    let ConflictAbout::Calls { syscall, .. } = &conflicts[0].about else { panic!() };
    assert_eq!(syscall.name(), "socket");
    for favor in [Favor::Mine, Favor::Upstream] {
        let found = rebase(&mut store, [&base, &mine, &onto], Some(favor), &Host::ALL).unwrap();
        let Rebased::Clean(merged) = found else { panic!("a conflict with {favor:?}") };
        let changes = changed(&merged.hosts, onto.profile(), &merged.profile);
        assert_eq!(changes.is_empty(), favor == Favor::Upstream, "{changes:?}");
    }
}

/// The distance is the number of changes, and on fewer hosts never more.
#[test]
fn the_distance_counts_what_a_comparison_finds() {
    let no_abis = r#"{ "defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86"],
        "syscalls": [ { "names": ["read", "socket"], "action": "SCMP_ACT_LOG" } ] }"#;
    let other_default = r#"{ "defaultAction": "SCMP_ACT_KILL", "syscalls": [
        { "names": ["read"], "action": "SCMP_ACT_ALLOW" },
        { "names": ["write"], "action": "SCMP_ACT_ERRNO" } ] }"#;
    let specs = ["docker@1.11.0", "docker@20.10.0", "docker", "containers-common@0.40.0", "podman"];
    let mut layers = specs.map(built_in).to_vec();
    layers.extend([layer("no ABIs", no_abis), layer("other default", other_default)]);
    for old in &layers {
        for new in &layers {
            let mut store = Store::default();
            let mut policy = |layer: &Layer, hosts: &[Host]| {
                let hosts = hosts.to_vec();
                let settings =
                    Settings { hosts, ..Settings::new(Engine::Docker).with_runtime(Runtime::None) };
                Policy::build(&mut store, layer.profile(), &settings).unwrap()
            };
            let [some, old_policy] = [&[Host::Amd64][..], &Host::ALL].map(|h| policy(old, h));
            let new_policy = policy(new, &Host::ALL);
            let found = distance(&mut store, &old_policy, &new_policy).unwrap();
            let changes = compare(&mut store, &old_policy, &new_policy).unwrap().changes;
            assert_eq!(found, changes.len(), "{} {}", old.name, new.name);
            assert!(distance(&mut store, &some, &new_policy).unwrap() <= found);
        }
    }
}

/// Every file that is built in, of the products among which an origin is looked for, is found
/// again, and moves to the newest without conflict.
#[test]
fn upstreams_files_are_their_own_baselines() {
    let Some(shared) = shared() else { return };
    let index = std::fs::read_to_string(shared.join("upstream/INDEX.tsv")).unwrap();
    let mut seen = 0;
    for row in index.lines().skip(1) {
        let fields: Vec<&str> = row.split('\t').collect();
        let (file, sha256) = (fields[0], fields[6]);
        let Some((folder, name)) = file.split_once('/') else { continue };
        let is_release =
            |release: &&Release| release.sha256 == sha256 && !release.product.is_of_commits();
        let is_release = baseline::list().iter().any(|release| is_release(&release));
        if !is_release || !["docker", "podman"].contains(&folder) {
            continue;
        }
        let path = shared.join("upstream").join(file);
        let loaded = load(path.to_str().unwrap(), &LoadOptions::default()).unwrap();
        let reads = ReadAs::all(file, &loaded.profile, None, None).unwrap();
        let mut store = Store::default();
        let found = nearest(&mut store, &reads, 3).unwrap();
        let mut same = found.iter().filter(|near| near.distance == 0);
        let ships = |content| {
            let mut releases = baseline::list().iter().filter(|of| of.sha256 == sha256);
            releases.any(|release| release.content == content)
        };
        // Docker never shipped every tag of moby/profiles.
        let is_shipped = !name.starts_with("profiles-");
        assert!(same.clone().count() > 0, "{file}");
        assert!(!is_shipped || same.any(|near| ships(near.release.content)), "{file}");
        let product = found[0].release.product;
        let of_folder = if folder == "podman" { "containers-common" } else { folder };
        assert_eq!(product.name(), of_folder, "{file}");
        let mine = &reads.iter().find(|read| read.product == product).unwrap().layer;
        let from = built_in(&found[0].last.to_string());
        let onto = built_in(product.name());
        let merged = clean(&from, mine, &onto).unwrap();
        assert_eq!(changed(&merged.hosts, onto.profile(), &merged.profile), [""; 0], "{file}");
        seen += 1;
    }
    eprintln!("{seen} files of upstream");
    assert!(seen > 50);
}

/// A profile that can be Docker's or Podman's is looked for among both.
#[test]
fn the_way_to_read_it_that_is_nearest_counts() {
    let text = baseline::find("containers-common@0.40.0").unwrap().text();
    let loaded = parse("p40.json", text.as_bytes(), &LoadOptions::default()).unwrap();
    let first = |engine, product| {
        let reads = ReadAs::all("p40.json", &loaded.profile, engine, product).unwrap();
        nearest(&mut Store::default(), &reads, 1).unwrap()[0]
    };
    let near = first(None, None);
    assert_eq!(
        (near.release.to_string(), near.distance),
        ("containers-common@0.40.0".to_owned(), 0)
    );
    let docker = baseline::Product::Docker;
    for near in [first(None, Some(docker)), first(Some(Engine::Docker), None)] {
        assert_eq!(near.release.product, docker);
    }
}

/// Published files, which are not part of the repository.
fn shared() -> Option<PathBuf> {
    let shared = std::env::var_os("SDIFF_SHARED")
        .map_or(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    if shared.is_dir() {
        return Some(shared);
    }
    let name = shared.display();
    assert!(std::env::var_os("SDIFF_REQUIRE_SHARED").is_none(), "{name} is missing");
    eprintln!("skipped: {name} is missing");
    None
}

/// What a call gets from a rebased profile of amd64: names, each with `ALLOW` or what else.
fn gets(merged: &Merged, names: &[&str]) -> Vec<String> {
    let mut store = Store::default();
    let settings = Settings {
        hosts: vec![Host::Amd64],
        ..Settings::new(Engine::Docker).with_runtime(Runtime::None)
    };
    let policy = Policy::build(&mut store, &merged.profile, &settings).unwrap();
    let abi = Host::Amd64.native();
    let gets = |name: &&str| {
        let number = Syscall::from_name(name).unwrap().number(abi).unwrap();
        let kernel = KernelVersion::parse("6.1").unwrap();
        let args = [0; 6];
        policy.evaluate(&store, Host::Amd64, abi, number, &args, 0, kernel).unwrap().to_string()
    };
    names.iter().map(gets).collect()
}

/// What upstream took away stays away, though one's own default action is another.
#[test]
fn another_default_action_is_no_change_of_what_has_a_rule() {
    let rules = |names: &str| {
        format!(r#""syscalls": [{{"names": [{names}], "action": "SCMP_ACT_ALLOW"}}]"#)
    };
    let errno = r#""defaultAction": "SCMP_ACT_ERRNO""#;
    let from = layer("from", &format!("{{{errno}, {}}}", rules(r#""read", "mount""#)));
    let onto = layer("onto", &format!("{{{errno}, {}}}", rules(r#""read", "clone3""#)));
    let calls = ["read", "mount", "clone3", "keyctl"];
    for (mine, expected) in [
        (r#"{"defaultAction": "SCMP_ACT_ALLOW"}"#.to_owned(), ["ALLOW", "EPERM", "ALLOW", "ALLOW"]),
        (
            format!(r#"{{"defaultAction": "SCMP_ACT_LOG", {}}}"#, rules(r#""read", "mount""#)),
            ["ALLOW", "EPERM", "ALLOW", "LOG"],
        ),
        (
            format!(r#"{{{errno}, "defaultErrnoRet": 38, {}}}"#, rules(r#""read", "mount""#)),
            ["ALLOW", "EPERM", "ALLOW", "ENOSYS"],
        ),
    ] {
        let rebased = clean(&from, &layer("mine", &mine), &onto).unwrap();
        assert_eq!(gets(&rebased, &calls), expected, "{mine}");
    }
    // The other way round: upstream's default action is another, and one's own change stays.
    let mine = layer("mine", &format!("{{{errno}, {}}}", rules(r#""read""#)));
    let log = r#""defaultAction": "SCMP_ACT_LOG""#;
    let onto = layer("onto", &format!("{{{log}, {}}}", rules(r#""read", "mount""#)));
    let rebased = clean(&from, &mine, &onto).unwrap();
    assert_eq!(gets(&rebased, &calls), ["ALLOW", "EPERM", "LOG", "LOG"]);
}

/// Rules for a multiplexer itself are changed like those for any other call.
#[test]
fn a_conflict_about_a_multiplexer() {
    let profile = |rest: &str| {
        format!(
            r#"{{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
                "syscalls": [{{"names": ["read"], "action": "SCMP_ACT_ALLOW"}}, {rest}]}}"#
        )
    };
    let of = |name: &str, action: &str| {
        let rule = format!(r#"{{"names": ["socketcall"], "action": "SCMP_ACT_{action}"}}"#);
        layer(name, &profile(&rule))
    };
    let [from, mine, onto] = [of("from", "ALLOW"), of("mine", "LOG"), of("onto", "KILL")];
    let conflicts = |favor| {
        let layers = [&from, &mine, &onto];
        rebase(&mut Store::default(), layers, favor, &[Host::Amd64]).unwrap()
    };
    match conflicts(None) {
        Rebased::Conflicts(found) => assert!(
            matches!(&found[..], [Conflict { about: ConflictAbout::Calls { syscall, .. }, .. }]
                if syscall.name() == "socketcall"),
            "{found:?}"
        ),
        Rebased::Clean(merged) => panic!("{merged:?}"),
    }
    assert!(matches!(conflicts(Some(Favor::Mine)), Rebased::Clean(_)));
    // What both change of `socket` is told of `socket` alone.
    let socket = |name: &str, action: &str| {
        let rule = format!(r#"{{"names": ["socket"], "action": "SCMP_ACT_{action}"}}"#);
        layer(name, &profile(&rule))
    };
    let [from, mine, onto] =
        [socket("from", "ALLOW"), socket("mine", "LOG"), socket("onto", "KILL")];
    match rebase(&mut Store::default(), [&from, &mine, &onto], None, &[Host::Amd64]).unwrap() {
        Rebased::Conflicts(found) => assert_eq!(found.len(), 1, "{found:?}"),
        Rebased::Clean(merged) => panic!("{merged:?}"),
    }
}
