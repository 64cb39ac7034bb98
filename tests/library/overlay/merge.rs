//! Layers: examples, and laws on real profiles.
#![allow(clippy::unwrap_used, clippy::panic)]

use sdiff::decision::Store;
use sdiff::diff::{Comparison, Direction, compare};
use sdiff::load::{LoadOptions, load, parse};
use sdiff::overlay::{Layer, Merged, OverlayError, Strategy, merge};
use sdiff::profile::Profile;
use sdiff::semantics::{Engine, Policy, Runtime, Settings};
use sdiff::syscall::{Abi, Host};
use std::path::PathBuf;

fn layer(name: &str, text: &str) -> Layer {
    let loaded = parse(name, text.as_bytes(), &LoadOptions::default()).unwrap();
    Layer::new(name, &loaded.profile, Engine::of(loaded.profile.format)).unwrap()
}

fn baseline(spec: &str) -> Layer {
    let loaded = load(spec, &LoadOptions::default()).unwrap();
    Layer::new(spec, &loaded.profile, Engine::of(loaded.profile.format)).unwrap()
}

fn merged(layers: &[Layer], strategy: Strategy) -> Result<Merged, OverlayError> {
    merge(&mut Store::default(), layers, strategy, &Host::ALL)
}

/// The result as a layer again.
fn as_layer(merged: &Merged) -> Layer {
    Layer::new("merged", &merged.profile, Engine::Docker).unwrap()
}

fn differences(old: &Profile, new: &Profile) -> Comparison {
    differences_on(&Host::ALL, old, new)
}

fn differences_on(hosts: &[Host], old: &Profile, new: &Profile) -> Comparison {
    let mut store = Store::default();
    let hosts = hosts.to_vec();
    let settings = Settings { hosts, ..Settings::new(Engine::Docker).with_runtime(Runtime::None) };
    let old = Policy::build(&mut store, old, &settings).unwrap();
    let new = Policy::build(&mut store, new, &settings).unwrap();
    compare(&mut store, &old, &new).unwrap()
}

fn changed(old: &Profile, new: &Profile) -> Vec<String> {
    differences(old, new).changes.iter().map(|change| change.id.clone()).collect()
}

const DENY_CHMOD: &str = r#"{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
    { "names": ["chmod", "fchmod", "fchmodat", "chown", "fchown"], "action": "SCMP_ACT_ERRNO" } ] }"#;
const ALLOW_KEYCTL: &str = r#"{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
    { "names": ["unshare", "keyctl"], "action": "SCMP_ACT_ALLOW" } ] }"#;
const NO_INET6: &str = r#"{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
    { "names": ["socket"], "action": "SCMP_ACT_ERRNO",
      "args": [{ "index": 0, "op": "SCMP_CMP_EQ", "value": 10 }] } ] }"#;

#[test]
fn an_overlay_denies() {
    let base = baseline("default");
    let result =
        merged(&[base.clone(), layer("mine.json", DENY_CHMOD)], Strategy::Override).unwrap();
    let found = differences(base.profile(), &result.profile);
    let names: Vec<String> =
        found.changes.iter().map(|c| format!("{:?} {:?}", c.kind, c.subject)).collect();
    let expected = ["chmod", "chown", "fchmod", "fchmodat", "fchown"];
    assert_eq!(names, expected.map(|name| format!("Removed Syscall({name})")));
    assert_eq!(result.hosts.len(), 16);
}

#[test]
fn an_overlay_allows() {
    let base = baseline("default");
    let result =
        merged(&[base.clone(), layer("mine.json", ALLOW_KEYCTL)], Strategy::Override).unwrap();
    assert_eq!(differences(base.profile(), &result.profile).changes.len(), 2);
    // Two names in a group that is there.
    assert_eq!(result.profile.rules.len(), base.profile().rules.len());
}

#[test]
fn an_overlay_denies_one_family_of_sockets() {
    let base = baseline("default");
    let result = merged(&[base.clone(), layer("mine.json", NO_INET6)], Strategy::Override).unwrap();
    let found = differences(base.profile(), &result.profile);
    assert_eq!(found.changes.len(), 1);
    // `socketcall` cannot tell the families apart, and that is said.
    assert!(result.multiplexed.iter().all(|call| call.behind.map(|b| b.name()) == Some("socket")));
    assert!(!result.multiplexed.is_empty());
}

#[test]
fn nothing_over_a_base_is_the_base() {
    for spec in ["default", "docker@1.11.0", "docker@20.10.0", "podman", "containers-common@0.21"] {
        for strategy in Strategy::ALL {
            let base = baseline(spec);
            let result = merged(&[base.clone(), layer("empty", "{}")], strategy)
                .unwrap_or_else(|error| panic!("{spec} {strategy:?}: {error}"));
            assert!(changed(base.profile(), &result.profile).is_empty(), "{spec} {strategy:?}");
        }
    }
}

/// Upstream's defaults that differ most.
const REAL: [&str; 5] =
    ["docker@1.11.0", "docker@20.10.0", "default", "containers-common@0.21", "podman"];

#[test]
fn laws_on_real_profiles() {
    let mut apart = Vec::new();
    for a in REAL {
        for b in REAL {
            let (base, overlay) = (baseline(a), baseline(b));
            for strategy in Strategy::ALL {
                let layers = [base.clone(), overlay.clone()];
                let result = match merged(&layers, strategy) {
                    // One of them has ABIs that the other lacks.
                    Err(OverlayError::NotOneText { .. } | OverlayError::OneWidth { .. })
                        if strategy == Strategy::Union =>
                    {
                        apart.push((a, b));
                        continue;
                    }
                    result => result,
                };
                let result = result.unwrap_or_else(|error| panic!("{strategy:?} {a} {b}: {error}"));
                let both = [base.profile(), overlay.profile()];
                match strategy {
                    Strategy::Union => {
                        for one in both {
                            let beyond = differences_on(&result.hosts, one, &result.profile);
                            let beyond = beyond.changes.iter().all(|c| {
                                c.effects.iter().all(|e| e.direction != Direction::Stricter)
                            });
                            assert!(beyond, "union {a} {b}");
                        }
                    }
                    Strategy::Stack => {
                        for one in both {
                            let found = differences_on(&result.hosts, one, &result.profile);
                            let untold =
                                found.changes.iter().filter(|c| c.kind.is_weaker()).count();
                            if !result.multiplexed.is_empty() {
                                continue;
                            }
                            assert_eq!(untold, 0, "stack {a} {b} {:?}", found.first_weaker());
                        }
                    }
                    Strategy::Override | Strategy::Replace => {}
                }
                // Once more changes nothing.
                let again = merged(&[as_layer(&result), overlay.clone()], strategy).unwrap();
                let ids = changed(&result.profile, &again.profile);
                assert!(
                    ids.is_empty() || !result.multiplexed.is_empty(),
                    "{strategy:?} {a} {b}: {ids:?}"
                );
            }
        }
    }
    assert_eq!(apart, []);
}

#[test]
fn overlays_of_overlays() {
    let overlays = [DENY_CHMOD, ALLOW_KEYCTL, NO_INET6];
    for strategy in [Strategy::Override, Strategy::Replace] {
        for b in overlays {
            for c in overlays {
                let (base, b, c) = (baseline("default"), layer("b", b), layer("c", c));
                let whole = merged(&[base.clone(), b.clone(), c.clone()], strategy).unwrap();
                let first = as_layer(&merged(&[base.clone(), b.clone()], strategy).unwrap());
                let left = merged(&[first, c.clone()], strategy).unwrap();
                let above = as_layer(&merged(&[b, c], strategy).unwrap());
                let right = merged(&[base, above], strategy).unwrap();
                assert!(changed(&whole.profile, &left.profile).is_empty(), "{strategy:?}");
                assert!(changed(&whole.profile, &right.profile).is_empty(), "{strategy:?}");
            }
        }
    }
}

/// Everything published that loads, over the default and under it.
#[test]
fn published_profiles() {
    let shared = std::env::var_os("SDIFF_SHARED")
        .map_or(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let Ok(files) = std::fs::read_dir(shared.join("corpus/json")) else {
        assert!(std::env::var_os("SDIFF_REQUIRE_SHARED").is_none(), "no corpus");
        return;
    };
    let (mut tried, mut apart, mut results) = (0, 0, [0; 4]);
    for file in files.flatten() {
        let path = file.path();
        let path = path.to_str().unwrap();
        let Ok(loaded) = load(path, &LoadOptions::default()) else { continue };
        let mut store = Store::default();
        let engine = Engine::of(loaded.profile.format);
        if Policy::build(&mut store, &loaded.profile, &Settings::new(engine)).is_err() {
            continue;
        }
        let mine = Layer::new(path, &loaded.profile, engine).unwrap();
        for strategy in Strategy::ALL {
            for layers in [[baseline("default"), mine.clone()], [mine.clone(), baseline("default")]]
            {
                tried += 1;
                let start = std::time::Instant::now();
                match merged(&layers, strategy) {
                    Ok(_) => results[strategy as usize] += 1,
                    // What no profile can say of ABIs that one of them lacks; others have a result.
                    Err(OverlayError::NotOneText { .. } | OverlayError::OneWidth { .. })
                        if strategy == Strategy::Union =>
                    {
                        let [base, above] = layers.each_ref().map(abis);
                        assert_ne!(base, above, "{path}: both have the same ABIs");
                        apart += 1;
                    }
                    // The other way round most lack the ABIs of the default's hosts.
                    Err(error) => panic!("{strategy:?} {path} {}: {error}", layers[0].name),
                }
                if start.elapsed().as_millis() > 500 {
                    eprintln!("slow {:?} {strategy:?} {path}", start.elapsed());
                }
            }
        }
    }
    eprintln!("{tried} merges, with results {results:?}");
    let [overrides, replaces, unions, stacks] = results;
    assert!(tried > 300 && [overrides, replaces, stacks] == [tried / 4; 3], "{tried} {results:?}");
    assert_eq!(unions + apart, tried / 4, "{results:?}");
    assert!(unions * 2 > tried / 4, "{tried} {results:?}");
}

/// The ABIs whose programs a layer's filter lets call at all, of every host.
fn abis(layer: &Layer) -> Vec<(Host, Abi)> {
    let settings = Settings::new(Engine::Docker).with_runtime(Runtime::None);
    let policy = Policy::build(&mut Store::default(), layer.profile(), &settings).unwrap();
    let places = Host::ALL.iter().flat_map(|host| host.abis().iter().map(|abi| (*host, *abi)));
    places.filter(|(host, abi)| policy.abi(*host, *abi).is_some_and(|of| of.in_filter)).collect()
}
