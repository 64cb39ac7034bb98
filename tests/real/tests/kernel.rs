//! libseccomp's programs on the kernel and on the machine in `bpf`: both must give one answer.
//! Needs a kernel with seccomp on x86_64; no root.

use sdiff_real::arch::{Arch, Host};
use sdiff_real::bpf::{Action, Data};
use sdiff_real::calls::calls;
use sdiff_real::cases::{Case, Flavour};
use sdiff_real::endless::endless;
use sdiff_real::kernel::{self, Call};
use sdiff_real::knobs;
use sdiff_real::machine::Machine;
use sdiff_real::oci::Oci;
use sdiff_real::reference::{Compiled, compile};
use sdiff_real::resolve::{Engine, Place, resolve};
use sdiff_real::rng::Rng;

fn compare(name: &str, oci: &Oci) -> usize {
    let host = Host::named("amd64").unwrap();
    let machine = Machine::newest();
    let Ok(Compiled::Filter(filter)) = compile(oci, host, machine) else { return 0 };
    let mut calls = calls(oci, host, machine.library, &mut Rng::new(2));
    // No filter is asked about `uretprobe` and `uprobe` (Linux 6.14): they run, or kill.
    calls.retain(|call| call.arch != Arch::X86_64 || !matches!(call.nr, 335 | 336));
    calls.truncate(4000);
    let asked: Vec<Call> =
        calls.iter().map(|c| Call { arch: c.arch, nr: c.nr, args: c.args }).collect();
    let answers = kernel::judge(&filter.program, &asked).unwrap_or_else(|e| panic!("{name}: {e}"));
    for (call, kernel) in calls.iter().zip(answers) {
        let answer = filter.program.judge(&Data::new(call.arch, call.nr, &call.args));
        assert_eq!(answer, Ok(kernel), "{name}: {call:x?}\n{}", oci.to_json());
    }
    calls.len()
}

fn skipped(test: &str) -> bool {
    let missing = kernel::missing();
    if let Some(why) = &missing {
        knobs::skip(test, why);
    }
    missing.is_some()
}

#[test]
fn generated_profiles() {
    if skipped("generated_profiles") {
        return;
    }
    let mut asked = 0;
    for seed in 0..knobs::number("SDIFF_KERNEL_CASES", 400) {
        let flavour = if seed % 4 == 0 { Flavour::Realistic } else { Flavour::Hostile };
        let case = Case { host: Host::named("amd64").unwrap(), ..Case::new(seed, flavour) };
        if endless(std::slice::from_ref(&case))[0] {
            continue;
        }
        if let Ok(Some(oci)) = resolve(&case.profile, &case.place()) {
            asked += compare(&format!("seed {seed}"), &oci);
        }
    }
    println!("{asked} calls");
    assert!(asked > 10_000);
}

#[test]
fn upstream_defaults() {
    let Some(shared) = knobs::shared() else {
        return knobs::skip("upstream_defaults", "no folder with profiles (SDIFF_SHARED)");
    };
    if skipped("upstream_defaults") {
        return;
    }
    let host = Host::named("amd64").unwrap();
    let (mut asked, mut unread) = (0, 0);
    for (folder, engine) in [("docker", Engine::Docker), ("podman", Engine::Podman)] {
        for file in std::fs::read_dir(shared.join("upstream").join(folder)).unwrap() {
            let path = file.unwrap().path();
            let profile = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            for caps in [vec![], vec!["CAP_SYS_ADMIN".to_owned()]] {
                let place = Place { engine, host, caps: &caps, kernel: (6, 1) };
                // Two states of moby's main branch are nothing that Docker of today reads.
                let Ok(Some(oci)) = resolve(&profile, &place) else {
                    unread += 1;
                    continue;
                };
                asked += compare(&path.display().to_string(), &oci);
            }
        }
    }
    println!("{asked} calls; {unread} times not read");
    assert!(asked > 10_000 && unread <= 4);
}

/// The kernel's own cut of a value: what `Action` says of errnos above 4095.
#[test]
fn errnos_are_cut_at_4095() {
    assert_eq!(Action::from_return(0x0005_0000 | 5000), Action::Errno(4095));
}
