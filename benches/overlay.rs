//! Merging, rebasing, and finding where a profile came from.

// A benchmark may panic.
#![allow(clippy::unwrap_used, missing_docs)]

use divan::{Bencher, black_box};
use sdiff::baseline::Product;
use sdiff::decision::Store;
use sdiff::load::{LoadOptions, Loaded, load, parse};
use sdiff::origin;
use sdiff::overlay::{Layer, ReadAs, Strategy, lineage, merge, overlay, rebase, rebase_from_any};
use sdiff::profile::{Profile, to_json};
use sdiff::semantics::Engine;
use sdiff::syscall::Host;

fn main() {
    // Put together once: what is measured is what a profile takes.
    let _ = origin::states();
    divan::main();
}

const OLD: &str = "docker@20.10.0";
const TEAM: &str =
    r#"{ "syscalls": [ { "names": ["keyctl", "unshare"], "action": "SCMP_ACT_ALLOW" } ] }"#;
const OWN: &str = r#"{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
    { "names": ["read", "write", "openat", "close", "mmap", "brk", "futex", "exit_group", "execve"],
      "action": "SCMP_ACT_ALLOW" } ] }"#;

fn layer(name: &str) -> Layer {
    let loaded = load(name, &LoadOptions::default()).unwrap();
    Layer::new(name, &loaded.profile, Engine::Docker).unwrap()
}

fn team() -> Layer {
    let loaded = parse("team", TEAM.as_bytes(), &LoadOptions::default()).unwrap();
    Layer::new("team", &loaded.profile, Engine::Docker).unwrap()
}

fn merged() -> Profile {
    let layers = [layer(OLD), team()];
    merge(&mut Store::default(), &layers, Strategy::Override, &Host::ALL).unwrap().profile
}

fn fork() -> Loaded {
    parse("fork", to_json(&merged()).as_bytes(), &LoadOptions::default()).unwrap()
}

/// All hosts, with the proof.
#[divan::bench]
fn merge_overlay(bencher: Bencher) {
    let layers = [layer(OLD), team()];
    bencher.bench(|| {
        merge(&mut Store::default(), black_box(&layers), Strategy::Override, &Host::ALL).unwrap()
    });
}

#[divan::bench]
fn rebase_fork(bencher: Bencher) {
    let (from, onto) = (layer(OLD), layer("default"));
    let mine = Layer::new("fork", &merged(), Engine::Docker).unwrap();
    let layers = [&from, &mine, &onto];
    bencher.bench(|| rebase(&mut Store::default(), black_box(layers), None, &Host::ALL).unwrap());
}

/// From each of several states that it can be a copy of.
#[divan::bench]
fn rebase_fork_from_any(bencher: Bencher) {
    let from = [OLD, "docker@5e3ffe6", "docker@20.10.9"].map(layer);
    let mine = Layer::new("fork", &merged(), Engine::Docker).unwrap();
    let (onto, from) = (layer("default"), from.each_ref());
    bencher.bench(|| {
        let sides = [&mine, &onto];
        rebase_from_any(&mut Store::default(), black_box(&from), sides, None, &Host::ALL).unwrap()
    });
}

/// Among all releases and commits.
#[divan::bench]
fn origin_of_fork(bencher: Bencher) {
    let fork = fork();
    let lines = [Product::Docker, Product::ContainersCommon];
    bencher.bench(|| origin::origin(black_box(&fork.profile), &lines));
}

/// With what happened since.
#[divan::bench]
fn lineage_of_fork(bencher: Bencher) {
    let fork = fork();
    let reads = ReadAs::all("fork", &fork.profile, None, None).unwrap();
    bencher.bench(|| lineage(&mut Store::default(), black_box(&fork.profile), &reads).unwrap());
}

/// Of a text that is no copy: the default that is nearest in what it does.
#[divan::bench]
fn lineage_of_no_copy(bencher: Bencher) {
    let loaded = parse("own", OWN.as_bytes(), &LoadOptions::default()).unwrap();
    let reads = ReadAs::all("own", &loaded.profile, None, None).unwrap();
    // The defaults are built once.
    let _ = lineage(&mut Store::default(), &loaded.profile, &reads);
    bencher.bench(|| lineage(&mut Store::default(), black_box(&loaded.profile), &reads).unwrap());
}

/// The least overlay that makes the fork of its default.
#[divan::bench]
fn overlay_of_fork(bencher: Bencher) {
    let from = layer(OLD);
    let mine = Layer::new("fork", &merged(), Engine::Docker).unwrap();
    bencher.bench(|| overlay(&mut Store::default(), black_box(&from), &mine, &Host::ALL).unwrap());
}
