//! Real profiles, upstream's defaults and published ones, on several hosts: the main crate against
//! the oracles, as in `differential`.

use sdiff_real::arch::Host;
use sdiff_real::cases::{Case, Flavour};
use sdiff_real::endless::endless;
use sdiff_real::knobs;
use sdiff_real::main_crate::MainCrate;
use sdiff_real::resolve::Engine;
use sdiff_real::subject::{Tally, judge, shrink};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Names that the main crate knows from libseccomp 2.6.1 and Debian's 2.5.4 does not, so that it
/// cannot judge them; and `map_shadow_stack`, which it knows on fewer ABIs.
const NEWER: [&str; 22] = [
    "atomic_barrier",
    "atomic_cmpxchg_32",
    "file_getattr",
    "file_setattr",
    "getpagesize",
    "getxattrat",
    "listmount",
    "listns",
    "listxattrat",
    "lsm_get_self_attr",
    "lsm_list_modules",
    "lsm_set_self_attr",
    "map_shadow_stack",
    "mseal",
    "open_tree_attr",
    "removexattrat",
    "riscv_hwprobe",
    "rseq_slice_yield",
    "setxattrat",
    "statmount",
    "uprobe",
    "uretprobe",
];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
    found.sort();
}

/// The profile in a file, without the newer names, and how many of those there were.
fn profile(path: &Path) -> Option<(Value, usize)> {
    let mut profile: Value = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    if let Some(inner) = profile.pointer("/linux/seccomp") {
        profile = inner.clone();
    }
    let newer = |name: &Value| name.as_str().is_some_and(|name| NEWER.contains(&name));
    let mut left_out = 0;
    for rule in profile.get_mut("syscalls")?.as_array_mut()? {
        if rule.get("name").is_some_and(newer) {
            rule["name"] = Value::from("no_such_call");
            left_out += 1;
        }
        if let Some(names) = rule.get_mut("names").and_then(Value::as_array_mut) {
            let before = names.len();
            names.retain(|name| !newer(name));
            left_out += before - names.len();
        }
    }
    Some((profile, left_out))
}

#[test]
fn real_profiles() {
    let Some(shared) = knobs::shared() else {
        return knobs::skip("real_profiles", "no folder with profiles (SDIFF_SHARED)");
    };
    let mut found = Vec::new();
    files(&shared.join("upstream"), &mut found);
    files(&shared.join("corpus"), &mut found);
    let caps = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
    let environments = [(caps(&["CAP_CHOWN"]), (6, 1)), (caps(&["CAP_SYS_ADMIN"]), (4, 7))];
    let (mut tally, mut failures) = (Tally::default(), Vec::new());
    let (mut left_out, mut unread) = (0, Vec::new());
    for path in &found {
        let Some((profile, newer)) = profile(path) else {
            unread.push(path.display().to_string());
            continue;
        };
        left_out += newer;
        let podman = path.to_string_lossy().contains("podman");
        let engine = if podman { Engine::Podman } else { Engine::Docker };
        for (at, host) in ["amd64", "arm64", "s390x", "ppc64le", "mips64"].into_iter().enumerate() {
            let engine = if at == 1 { Engine::Containerd } else { engine };
            for (of, (caps, kernel)) in environments.iter().enumerate() {
                let case = Case {
                    seed: of as u64,
                    flavour: Flavour::Realistic,
                    profile: profile.clone(),
                    engine,
                    host: Host::named(host).unwrap(),
                    caps: caps.clone(),
                    kernel: *kernel,
                };
                let endless = endless(std::slice::from_ref(&case))[0];
                match judge(&case, &MainCrate, endless) {
                    Ok(one) => tally.add(one),
                    Err(mismatch) => failures.push((path, mismatch)),
                }
            }
        }
    }
    println!("{} files, {left_out} newer names left out, no profile: {unread:?}", found.len());
    println!("{tally}");
    let total = failures.len();
    let shown = failures
        .into_iter()
        .take(3)
        .map(|(path, mismatch)| format!("{}\n{}", path.display(), shrink(mismatch, &MainCrate)));
    let shown: Vec<String> = shown.collect();
    assert!(total == 0, "{total} differ. The first:\n{}", shown.join("\n"));
}
