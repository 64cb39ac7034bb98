//! The parts of a comparison, and the whole of it.

// A benchmark may panic.
#![allow(clippy::unwrap_used, missing_docs)]

use divan::{Bencher, black_box};
use sdiff::baseline;
use sdiff::decision::Store;
use sdiff::diff::compare;
use sdiff::load::{LoadOptions, Loaded, parse};
use sdiff::profile::normalize;
use sdiff::semantics::{Engine, Policy, Settings};
use std::sync::LazyLock;

fn main() {
    divan::main();
}

const OLD: &str = "docker@20.10.0";
const NEW: &str = "default";

/// Put together once: what is measured is what a file takes.
static TEXTS: LazyLock<[String; 2]> =
    LazyLock::new(|| [OLD, NEW].map(|spec| baseline::find(spec).unwrap().text().into_owned()));

fn text(spec: &str) -> &'static str {
    &TEXTS[usize::from(spec == NEW)]
}

fn load(spec: &str) -> Loaded {
    parse(spec, text(spec).as_bytes(), &LoadOptions::default()).unwrap()
}

/// The yardstick: both files parsed without their meaning.
#[divan::bench]
fn serde_json_alone() -> [serde_json::Value; 2] {
    [OLD, NEW].map(|spec| serde_json::from_str(black_box(text(spec))).unwrap())
}

#[divan::bench]
fn load_both() -> [Loaded; 2] {
    [OLD, NEW].map(|spec| load(black_box(spec)))
}

#[divan::bench]
fn normal_form(bencher: Bencher) {
    let loaded = load(NEW);
    bencher.bench(|| normalize(black_box(&loaded.profile)));
}

/// All hosts, every environment.
#[divan::bench]
fn policy(bencher: Bencher) {
    let loaded = load(NEW);
    let settings = Settings::new(Engine::Docker);
    bencher.bench(|| Policy::build(&mut Store::default(), black_box(&loaded.profile), &settings));
}

#[divan::bench]
fn load_and_compare() -> usize {
    let [old, new] = [OLD, NEW].map(load);
    let mut store = Store::default();
    let settings = Settings::new(Engine::Docker);
    let old = Policy::build(&mut store, &old.profile, &settings).unwrap();
    let new = Policy::build(&mut store, &new.profile, &settings).unwrap();
    compare(&mut store, &old, &new).unwrap().changes.len()
}

/// Conditions that overlap on all six arguments: as many as the bound of the engine allows.
#[divan::bench(args = [10, 30, 60])]
fn hostile(bencher: Bencher, rules: u64) {
    let rule = |n: u64| {
        let arg = n % 6;
        let (low, high) = (n.wrapping_mul(0x9e37_79b9_7f4a_7c15), n << 33 | n);
        format!(
            r#"{{"names": ["ioctl"], "action": "SCMP_ACT_ALLOW", "args": [
                {{"index": {arg}, "value": {low}, "op": "SCMP_CMP_GT"}},
                {{"index": {}, "value": {high}, "valueTwo": {low}, "op": "SCMP_CMP_MASKED_EQ"}}]}}"#,
            (arg + 1) % 6
        )
    };
    let rules: Vec<String> = (1..=rules).map(rule).collect();
    let text =
        format!(r#"{{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{}]}}"#, rules.join(","));
    let loaded = parse("hostile", text.as_bytes(), &LoadOptions::default()).unwrap();
    let settings = Settings::new(Engine::Docker);
    // The answer, or the error that names the bound: both count.
    bencher.bench(|| Policy::build(&mut Store::default(), black_box(&loaded.profile), &settings));
}
