//! Policies from profiles, generated and published ones, against libseccomp's programs, read by the main
//! crate's `filter`: equal as functions, for every call, number and argument. Nothing is sampled.

use sdiff::decision::{Limits, Store};
use sdiff::diff::agreement;
use sdiff::filter::{
    ByteOrder, Filter, FilterError, Instruction, Program, ReadError, Unloadable, Wrong,
};
use sdiff::load;
use sdiff::profile::{Capability, KernelVersion};
use sdiff::semantics::{Given, Policy, Runtime, Settings};
use sdiff::syscall::Host;
use sdiff_real::arch::HOSTS;
use sdiff_real::bpf::{self, Insn};
use sdiff_real::cases::{Case, Flavour, leave_out};
use sdiff_real::endless::endless;
use sdiff_real::knobs;
use sdiff_real::machine::Machine;
use sdiff_real::main_crate;
use sdiff_real::published::{files, whole};
use sdiff_real::reference::{Compiled, with_pseudo};
use sdiff_real::resolve::Engine;
use sdiff_real::subject::oracle;

fn program(program: &bpf::Program) -> Program {
    let instruction = |&Insn { code, jt, jf, k }: &Insn| Instruction { code, jt, jf, k };
    let instructions = program.insns.iter().map(instruction).collect();
    Program::check(instructions, ByteOrder::of(program.big_endian)).expect("the kernel loads it")
}

/// Whether a case's profile is its program; nothing where there is no program, or no answer.
fn is_equal(case: &Case) -> Option<bool> {
    let Ok(Compiled::Filter(theirs)) = oracle(case) else { return None };
    let held = case.caps.iter().filter_map(|name| Capability::from_name(name));
    let given = Given {
        capabilities: Some(held.fold(0, |set, cap| set | 1 << cap.bit())),
        kernel: Some(KernelVersion { kernel: case.kernel.0, major: case.kernel.1 }),
    };
    let hosts = vec![Host::from_name(case.host.name).unwrap()];
    let asked = main_crate::settings(case).expect("a machine");
    // libseccomp's program alone is without runc's stub.
    let asked = match asked.machine.runtime {
        Runtime::Crun(_) => asked,
        _ => asked.with_runtime(Runtime::None),
    };
    let settings = Settings { hosts, given, ..asked };
    let loaded = load::parse("case.json", case.json().as_bytes(), &Default::default()).ok()?;
    let mut store = Store::new(Limits::default());
    let ours = Policy::build(&mut store, &loaded.profile, &settings).ok()?;
    let filter = match Filter::new(&mut store, &[program(&theirs.program)]) {
        Ok(filter) => filter,
        Err(FilterError::TooComplex { .. }) => return None,
        Err(error) => panic!("seed {}: {error}", case.seed),
    };
    let theirs = filter.policy(&mut store, &settings).ok()?;
    Some(agreement(&mut store, &ours, &theirs).ok()?.is_all())
}

/// Whether libseccomp's pseudo filter code is read as its program; nothing where there is none, or
/// where what is read is longer than a program may be.
fn reads_pseudo(case: &Case) -> Option<bool> {
    let Ok(Compiled::Filter(theirs)) = oracle(case) else { return None };
    let text = theirs.pseudo.expect("it was asked for");
    let read = match sdiff::filter::read(text.as_bytes()) {
        Ok(read) => read,
        Err(ReadError::Unloadable(Unloadable { problem: Wrong::TooMany(_), .. })) => return None,
        Err(error) => panic!("seed {}: {error}\n{text}", case.seed),
    };
    let mut store = Store::new(Limits::default());
    let exported = program(&theirs.program);
    // Text has no byte order where it asks for no architecture that has one of its own.
    assert_eq!(read.byte_order(), exported.byte_order(), "seed {}", case.seed);
    let exported = Filter::new(&mut store, &[exported]).ok()?;
    let read = Filter::new(&mut store, &[read]).ok()?;
    Some(read.decision() == exported.decision())
}

#[test]
fn pseudo_filter_code_is_the_program() {
    with_pseudo(true);
    let first = knobs::number("SDIFF_ORACLE_SEED", 1);
    let count = knobs::number("SDIFF_FUNCTION_CASES", 300);
    let (mut equal, mut confused) = (0, 0);
    for seed in first..first + count {
        let flavour = if seed % 2 == 0 { Flavour::Realistic } else { Flavour::Hostile };
        let case = Case::new(seed, flavour);
        if endless(std::slice::from_ref(&case))[0] {
            continue;
        }
        match reads_pseudo(&case) {
            Some(true) => equal += 1,
            // libseccomp's program is not always what its text says: of rules that are made to confuse
            // it the text tells what was meant.
            Some(false) if flavour == Flavour::Hostile => confused += 1,
            Some(false) => panic!("seed {seed}:\n{}", case.json()),
            None => {}
        }
    }
    with_pseudo(false);
    println!("{equal} of {count} are the program, {confused} hostile ones are not");
    assert!(equal * 3 > count * 2 && confused * 10 < count, "{equal} of {count}, {confused}");
}

fn run(flavour: Flavour, count: u64) {
    let first = knobs::number("SDIFF_ORACLE_SEED", 1);
    let (mut equal, mut unequal) = (0, Vec::new());
    for seed in first..first + count {
        let case = Case::new(seed, flavour);
        if endless(std::slice::from_ref(&case))[0] {
            continue;
        }
        match is_equal(&case) {
            Some(true) => equal += 1,
            Some(false) => unequal.push(case),
            None => {}
        }
    }
    println!("{flavour:?}: {equal} of {count} proved equal");
    if let Some(case) = unequal.first() {
        let (host, seeds) = (case.host.name, unequal.iter().map(|case| case.seed));
        let seeds: Vec<u64> = seeds.collect();
        panic!(
            "not equal: seeds {seeds:?}. The first, {:?} on {host}:\n{}",
            case.engine,
            case.json()
        );
    }
    assert!(equal * 3 > count, "{equal} of {count}");
}

#[test]
fn realistic_profiles_are_their_programs() {
    run(Flavour::Realistic, knobs::number("SDIFF_FUNCTION_CASES", 300));
}

#[test]
fn hostile_profiles_are_their_programs() {
    run(Flavour::Hostile, knobs::number("SDIFF_FUNCTION_CASES", 300));
}

/// A decade of upstream's defaults and what people publish, on the hosts and machines in turn. Each is compared in
/// `SDIFF_FUNCTION_PLACES` of the 32 places (a host, and one of two environments); without it every fourth is, in one.
#[test]
fn published_profiles_are_their_programs() {
    let test = "published_profiles_are_their_programs";
    let Some(shared) = knobs::shared() else {
        return knobs::skip(test, "no folder with profiles (SDIFF_SHARED)");
    };
    let mut paths = Vec::new();
    files(&shared.join("upstream"), &mut paths);
    files(&shared.join("corpus"), &mut paths);
    let profiles: Vec<_> = paths.iter().filter_map(|path| Some((path, whole(path)?))).collect();
    let count = knobs::number("SDIFF_FUNCTION_PLACES", 0) as usize;
    let step = if count == 0 { 4 } else { 1 };
    let places = 2 * HOSTS.len();
    let (mut equal, mut none, mut hosts) = (0, 0, std::collections::BTreeSet::new());
    let mut unequal = Vec::new();
    for (number, (path, profile)) in profiles.iter().enumerate().step_by(step) {
        for place in (0..count.clamp(1, places)).map(|place| (number / step + place) % places) {
            let host = &HOSTS[place / 2];
            let (caps, kernel) = match place % 2 {
                0 => ("CAP_CHOWN", (6, 1)),
                _ => ("CAP_SYS_ADMIN", (4, 7)),
            };
            let machine = Machine::of((number * places + place) as u64);
            let engine = match path.to_string_lossy() {
                path if path.contains("podman") => Engine::Podman,
                _ if place % 5 == 4 => Engine::Containerd,
                _ => Engine::Docker,
            };
            let mut profile = profile.clone();
            leave_out(&mut profile, &|name| machine.library.is_left_out(name));
            let (seed, flavour, caps) = (place as u64, Flavour::Realistic, vec![caps.to_owned()]);
            let case = Case { seed, flavour, profile, engine, machine, host, caps, kernel };
            if !machine.library.has(host.native()) || endless(std::slice::from_ref(&case))[0] {
                none += 1;
                continue;
            }
            match is_equal(&case) {
                Some(true) => {
                    equal += 1;
                    hosts.insert(host.name);
                }
                Some(false) => unequal.push(format!("{} on {}", path.display(), host.name)),
                None => none += 1,
            }
        }
    }
    println!(
        "{} profiles: {equal} proved equal on {hosts:?}, {none} without an answer",
        profiles.len()
    );
    assert!(unequal.is_empty(), "{unequal:#?}");
    assert!(
        equal > none && hosts.len() > 10,
        "{equal} are equal, {none} have no answer: {hosts:?}"
    );
}
