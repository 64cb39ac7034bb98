//! Whatever a comparison says, proven by the oracles: every effect's witness shows the two actions,
//! every call that differs is reported, and none that does not.

use sdiff_real::arch::{HOSTS, Host};
use sdiff_real::cases::{Case, Flavour};
use sdiff_real::knobs;
use sdiff_real::machine::Machine;
use sdiff_real::mutate;
use sdiff_real::pair::{Pair, Tally, judge, shrink};
use sdiff_real::published::profile;
use sdiff_real::resolve::Engine;
use serde_json::Value;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// How many mismatches are shown.
const SHOWN: usize = 3;

/// Judges so many pairs, of which none may fail.
fn run(title: &str, count: usize, pair: impl Fn(usize) -> (Pair, Vec<&'static Host>) + Sync) {
    let (next, began) = (AtomicUsize::new(0), Instant::now());
    let work = || {
        let (mut tally, mut found) = (Tally::default(), Vec::new());
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= count {
                return (tally, found);
            }
            let (pair, hosts) = pair(at);
            match judge(&pair, &hosts) {
                Ok(one) => tally.add(one),
                Err(why) => found.push((at, why)),
            }
        }
    };
    let (mut tally, mut found) = (Tally::default(), Vec::new());
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..knobs::threads()).map(|_| scope.spawn(work)).collect();
        for thread in threads {
            let (of, mismatches) = thread.join().expect("a thread of the test panicked");
            tally.add(of);
            found.extend(mismatches);
        }
    });
    println!("{title}: {tally:?}, {:.1?}", began.elapsed());
    found.sort();
    let total = found.len();
    let shown = found.into_iter().take(SHOWN).map(|(at, why)| {
        let (pair, hosts) = pair(at);
        shrink(pair, &hosts, why)
    });
    let shown = shown.collect::<Vec<_>>().join("\n");
    assert!(total == 0, "{title}: {total} of {count} pairs fail. The first:\n{shown}");
    assert!(tally.witnesses > 0 && tally.different > 0, "{title}: nothing was judged");
}

#[test]
fn mutated_profiles() {
    let count = knobs::number("SDIFF_WITNESS_CASES", 500);
    let first = knobs::number("SDIFF_ORACLE_SEED", 1);
    run("mutated_profiles", count as usize, |at| {
        let pair = mutate::pair(first + at as u64);
        // Several hosts at once now and then: what holds on all is one effect.
        let hosts = if at % 16 == 0 { HOSTS.iter().collect() } else { vec![pair.old.host] };
        (pair, hosts)
    });
}

/// Hosts of every kind: with and without 32-bit ABIs, multiplexers, and of both byte orders.
fn some_hosts() -> Vec<&'static Host> {
    let names = ["amd64", "arm64", "s390x", "ppc64le", "riscv64", "mips64", "x86"];
    names.iter().filter_map(|name| Host::named(name)).collect()
}

/// A profile from a file, for every environment (an even seed) or for one.
fn case(path: &Path, engine: Engine, seed: u64) -> Case {
    let (profile, _) = profile(path).unwrap_or_else(|| panic!("{}", path.display()));
    let caps = vec!["CAP_CHOWN".to_owned(), "CAP_SYS_PTRACE".to_owned()];
    let (flavour, host, kernel) = (Flavour::Realistic, &HOSTS[0], (5, 10));
    Case { seed, flavour, profile, engine, machine: Machine::newest(), host, caps, kernel }
}

fn is_profile(value: &Value) -> bool {
    value.get("syscalls").is_some()
}

#[test]
fn consecutive_defaults() {
    let Some(shared) = knobs::shared() else {
        return knobs::skip("consecutive_defaults", "no folder with profiles (SDIFF_SHARED)");
    };
    let upstream = shared.join("upstream");
    let releases = std::fs::read_to_string(upstream.join("RELEASES.tsv")).expect("a list");
    let mut pairs: Vec<(Pair, Vec<&Host>)> = Vec::new();
    for (product, engine) in [("docker", Engine::Docker), ("containers-common", Engine::Podman)] {
        let lines = releases.lines().map(|line| line.split('\t').collect::<Vec<_>>());
        let lines = lines.filter(|fields| fields[0] == product);
        let mut files: Vec<String> = lines.map(|fields| fields[3].to_owned()).collect();
        files.dedup();
        for two in files.windows(2) {
            let side = |file: &String| case(&upstream.join(file), engine, 0);
            pairs.push((Pair { old: side(&two[0]), new: side(&two[1]) }, some_hosts()));
        }
    }
    run("consecutive_defaults", pairs.len(), |at| pairs[at].clone());
}

#[test]
fn published_changes() {
    let Some(shared) = knobs::shared() else {
        return knobs::skip("published_changes", "no folder with profiles (SDIFF_SHARED)");
    };
    let folder = shared.join("corpus/changes");
    let index = std::fs::read_to_string(folder.join("INDEX.tsv")).expect("an index");
    let mut pairs: Vec<(Pair, Vec<&Host>)> = Vec::new();
    for name in index.lines().skip(1).filter_map(|line| line.split('\t').next()) {
        // Others are operators' objects, which no engine reads.
        let is_read = |side| profile(&folder.join(format!("{name}.{side}.json"))).is_some();
        if !is_read("old") || !is_read("new") {
            continue;
        }
        for (seed, engine) in [(0, Engine::Docker), (1, Engine::Docker), (2, Engine::Containerd)] {
            let side = |side| case(&folder.join(format!("{name}.{side}.json")), engine, seed);
            let pair = Pair { old: side("old"), new: side("new") };
            if is_profile(&pair.old.profile) && is_profile(&pair.new.profile) {
                pairs.push((pair, some_hosts()));
            }
        }
    }
    assert!(pairs.len() > 100, "{}", pairs.len());
    run("published_changes", pairs.len(), |at| pairs[at].clone());
}
