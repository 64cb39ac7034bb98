//! libseccomp's programs on the kernel and on the machine in `bpf`: both must give one answer.
//! Needs a kernel with seccomp on x86_64; no root.

use sdiff_real::arch::{Arch, Host};
use sdiff_real::bpf::{Action, Data, Program};
use sdiff_real::calls::calls;
use sdiff_real::cases::{Case, Flavour};
use sdiff_real::endless::endless;
use sdiff_real::kernel::{self, Call};
use sdiff_real::knobs;
use sdiff_real::machine::Machine;
use sdiff_real::oci::Oci;
use sdiff_real::programs;
use sdiff_real::reference::{Compiled, compile};
use sdiff_real::resolve::{Engine, Place, resolve};
use sdiff_real::rng::Rng;

fn compare(name: &str, oci: &Oci) -> usize {
    let host = Host::named("amd64").unwrap();
    let machine = Machine::newest();
    let Ok(Compiled::Filter(filter)) = compile(oci, host, machine) else { return 0 };
    let mut calls = calls(oci, host, machine.library, &mut Rng::new(2));
    let call = |c: &sdiff_real::calls::Call| Call { arch: c.arch, nr: c.nr, args: c.args };
    calls.retain(|c| is_asked(&call(c)));
    calls.truncate(4000);
    let asked: Vec<Call> = calls.iter().map(call).collect();
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

/// The filters of real programs, each call of x86_64, x32 and x86, of any number: the machine in `bpf.rs`
/// returns what the kernel's run returns, the data of the action with it.
#[test]
fn filters_of_real_programs() {
    let Some(shared) = knobs::shared() else {
        return knobs::skip("filters_of_real_programs", "no folder with filters (SDIFF_SHARED)");
    };
    if skipped("filters_of_real_programs") {
        return;
    }
    let count = knobs::number("SDIFF_FILTER_CALLS", 10_000) as usize;
    let (mut loaded, mut asked, mut values) = (0, 0, std::collections::BTreeSet::new());
    let (mut others, mut placed) = (Vec::new(), 0);
    for file in std::fs::read_dir(shared.join("filters")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|ext| ext != "bpf") {
            continue;
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let program = Program::decode(&std::fs::read(&path).unwrap(), false).unwrap();
        // Those for machines of the other byte order hold codes that no kernel here knows.
        if let Err(error) = kernel::loads(&program.insns) {
            assert_eq!(error.raw_os_error(), Some(libc::EINVAL), "{name}: {error}");
            others.push(name);
            continue;
        }
        placed +=
            usize::from(program.insns.iter().any(|i| i.code == 0x20 && matches!(i.k, 8 | 12)));
        let calls = programs::calls(&program, count, &mut Rng::new(asked as u64));
        let calls = calls.into_iter().map(|data| {
            let arch = if data.arch == Arch::X86.audit() { Arch::X86 } else { Arch::X86_64 };
            Call { arch, nr: data.nr, args: data.args }
        });
        let calls: Vec<Call> = calls.filter(is_asked).collect();
        let answers = kernel::values(&program, &calls);
        let answers = answers.unwrap_or_else(|error| panic!("{name}: {error}"));
        for (call, (value, place)) in calls.iter().zip(answers) {
            let data = Data::new(call.arch, call.nr, &call.args);
            let data = Data { instruction_pointer: place, ..data };
            assert_eq!(program.run(&data), Ok(value), "{name}: {call:x?} from {place:#x}");
            values.insert(value);
        }
        (loaded, asked) = (loaded + 1, asked + calls.len());
    }
    println!(
        "{loaded} filters, {asked} calls, {} values; not of this machine: {others:?}",
        values.len()
    );
    assert!(loaded >= 100 && asked * 10 > loaded * count * 9 && others.len() < 5, "{others:?}");
    assert!(values.len() > 10 && placed > 0, "{values:x?}");
}

/// No filter is asked about `uretprobe` and `uprobe` (Linux 6.14): they run, or kill.
fn is_asked(call: &Call) -> bool {
    call.arch != Arch::X86_64 || !matches!(call.nr, 335 | 336)
}

/// The kernel's own cut of a value: what `Action` says of errnos above 4095.
#[test]
fn errnos_are_cut_at_4095() {
    assert_eq!(Action::from_return(0x0005_0000 | 5000), Action::Errno(4095));
}
