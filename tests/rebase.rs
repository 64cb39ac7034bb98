//! Rebasing: laws on Docker's own defaults, and examples.
#![allow(clippy::unwrap_used, clippy::panic)]

use sdiff::decision::Store;
use sdiff::diff::compare;
use sdiff::load::{LoadOptions, load, parse};
use sdiff::overlay::{
    ConflictAbout, Favor, Layer, Merged, OverlayError, Rebased, Strategy, merge, overlay, rebase,
};
use sdiff::profile::Profile;
use sdiff::semantics::{Engine, Policy, Runtime, Settings};
use sdiff::syscall::Host;

fn layer(name: &str, text: &str) -> Layer {
    let loaded = parse(name, text.as_bytes(), &LoadOptions::default()).unwrap();
    Layer::new(name, &loaded.profile, Engine::of(loaded.profile.format)).unwrap()
}

fn baseline(spec: &str) -> Layer {
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
    let settings = Settings { runtime: Runtime::None, hosts, ..Settings::new(Engine::Docker) };
    let old = Policy::build(&mut store, old, &settings).unwrap();
    let new = Policy::build(&mut store, new, &settings).unwrap();
    let found = compare(&mut store, &old, &new).unwrap();
    found.changes.iter().map(|change| change.id.clone()).collect()
}

/// A fork: a baseline with an overlay, as one file.
fn fork(spec: &str, overlay: &str) -> Layer {
    let layers = [baseline(spec), layer("fork", overlay)];
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
        let (base, onto) = (baseline(from), baseline("default"));
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
            let (base, onto) = (baseline(from), baseline("default"));
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
    let (base, onto) = (baseline("docker@25.0.0"), baseline("default"));
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
