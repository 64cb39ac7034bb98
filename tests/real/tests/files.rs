//! Real profiles, upstream's defaults and published ones, on several hosts: the main crate against
//! the oracles, as in `differential`.

use sdiff_real::arch::Host;
use sdiff_real::cases::{Case, Flavour, leave_out};
use sdiff_real::endless::endless;
use sdiff_real::knobs;
use sdiff_real::machine::Machine;
use sdiff_real::main_crate::MainCrate;
use sdiff_real::published::{files, whole};
use sdiff_real::resolve::Engine;
use sdiff_real::subject::{Tally, judge, shrink};

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
    let mut unread = Vec::new();
    for (number, path) in found.iter().enumerate() {
        let Some(profile) = whole(path) else {
            unread.push(path.display().to_string());
            continue;
        };
        let podman = path.to_string_lossy().contains("podman");
        let engine = if podman { Engine::Podman } else { Engine::Docker };
        for (at, host) in ["amd64", "arm64", "s390x", "ppc64le", "mips64"].into_iter().enumerate() {
            let engine = if at == 1 { Engine::Containerd } else { engine };
            for (of, (caps, kernel)) in environments.iter().enumerate() {
                let mut case = Case {
                    seed: of as u64,
                    flavour: Flavour::Realistic,
                    profile: profile.clone(),
                    engine,
                    machine: Machine::of((number * 10 + at * 2 + of) as u64),
                    host: Host::named(host).unwrap(),
                    caps: caps.clone(),
                    kernel: *kernel,
                };
                let library = case.machine.library;
                leave_out(&mut case.profile, &|name| library.is_left_out(name));
                let endless = endless(std::slice::from_ref(&case))[0];
                match judge(&case, &MainCrate, endless) {
                    Ok(one) => tally.add(one),
                    Err(mismatch) => failures.push((path, mismatch)),
                }
            }
        }
    }
    println!("{} files, no profile: {unread:?}", found.len());
    println!("{tally}");
    let total = failures.len();
    let shown = failures
        .into_iter()
        .take(3)
        .map(|(path, mismatch)| format!("{}\n{}", path.display(), shrink(mismatch, &MainCrate)));
    let shown: Vec<String> = shown.collect();
    assert!(total == 0, "{total} differ. The first:\n{}", shown.join("\n"));
}
