//! Policies from profiles against libseccomp's programs, read by the main crate's `filter`: equal as
//! functions, for every call, number and argument. Nothing is sampled.

use sdiff::decision::{Limits, Store};
use sdiff::diff::agreement;
use sdiff::filter::{ByteOrder, Filter, FilterError, Instruction, Program};
use sdiff::load;
use sdiff::profile::{Capability, KernelVersion};
use sdiff::semantics::{Given, Policy, Runtime, Settings};
use sdiff::syscall::Host;
use sdiff_real::bpf::{self, Insn};
use sdiff_real::cases::{Case, Flavour};
use sdiff_real::endless::endless;
use sdiff_real::knobs;
use sdiff_real::main_crate;
use sdiff_real::reference::Compiled;
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
    let asked = main_crate::settings(case).expect("a machine").with_runtime(Runtime::None);
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
