//! `--strategy stack` against the kernel: two filters loaded one over the other, and the merged one
//! alone, answer alike on the native and on the 32-bit ABI.

use sdiff::decision::Store;
use sdiff::overlay::{Layer, OverlayError, Strategy, merge};
use sdiff::profile::to_json;
use sdiff::semantics::Engine as TheirEngine;
use sdiff::syscall::Host as TheirHost;
use sdiff_real::arch::{Arch, Host};
use sdiff_real::bpf::Program;
use sdiff_real::kernel::{self, Call};
use sdiff_real::knobs;
use sdiff_real::machine::Machine;
use sdiff_real::reference::{Compiled, compile};
use sdiff_real::resolve::{Engine, Place, resolve};
use sdiff_real::rng::Rng;
use sdiff_real::stacked::{Outcome, judge};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Calls that do no harm whatever their arguments are, with their numbers on both ABIs.
const CALLS: [(&str, u32, u32); 8] = [
    ("getpid", 39, 20),
    ("getppid", 110, 64),
    ("gettid", 186, 224),
    ("getuid", 102, 24),
    ("getgid", 104, 47),
    ("geteuid", 107, 49),
    ("getegid", 108, 50),
    ("sched_yield", 24, 158),
];
const VALUES: [u64; 6] = [0, 1, 2, 0x10, 0xffff_ffff, 0x1_0000_0001];
const ACTIONS: [&str; 6] = [
    "SCMP_ACT_ALLOW",
    "SCMP_ACT_ERRNO",
    "SCMP_ACT_ERRNO",
    "SCMP_ACT_TRAP",
    "SCMP_ACT_LOG",
    "SCMP_ACT_KILL_PROCESS",
];

fn rule(rng: &mut Rng, names: &[&str]) -> Value {
    let action = ACTIONS[rng.below(ACTIONS.len())];
    let mut rule = json!({ "names": names, "action": action });
    if action == "SCMP_ACT_ERRNO" {
        rule["errnoRet"] = json!(2 + rng.below(6));
    }
    let ops = ["EQ", "NE", "GE", "LT", "MASKED_EQ"];
    if rng.below(3) > 0 {
        let op = ops[rng.below(ops.len())];
        let mut value = VALUES[rng.below(VALUES.len())];
        let mut arg = json!({ "index": rng.below(3), "op": format!("SCMP_CMP_{op}") });
        if op == "MASKED_EQ" {
            arg["valueTwo"] = json!(value);
            value |= 0xff;
        }
        arg["value"] = json!(value);
        rule["args"] = json!([arg]);
    }
    rule
}

/// A profile that lets everything through but what its rules say of the harmless calls.
fn profile(rng: &mut Rng) -> Value {
    let mut rules = Vec::new();
    for (name, ..) in CALLS {
        // One rule a call: what libseccomp makes of overlapping ones is not asked here.
        if rng.below(4) > 0 {
            rules.push(rule(rng, &[name]));
        }
    }
    json!({
        "defaultAction": "SCMP_ACT_ALLOW",
        "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
        "syscalls": rules,
    })
}

fn program(profile: &Value) -> Option<Program> {
    let host = Host::named("amd64").expect("amd64");
    let place = Place { engine: Engine::Docker, host, caps: &[], kernel: (6, 1) };
    let oci = resolve(profile, &place).ok()??;
    // Without runc's stub, of which two filters would have two.
    match compile(&oci, host, Machine::newest()) {
        Ok(Compiled::Filter(filter)) => Some(filter.program),
        _ => None,
    }
}

#[test]
fn two_filters_and_the_merged_one_answer_alike() {
    if let Some(why) = kernel::missing() {
        return knobs::skip("two_filters_and_the_merged_one_answer_alike", &why);
    }
    let (mut asked, mut seen) = (0, HashMap::new());
    let (mut errnos, mut unsaid) = (0, 0);
    for seed in 0..knobs::number("SDIFF_STACK_CASES", 250) {
        let mut rng = Rng::new(seed);
        let layers = [profile(&mut rng), profile(&mut rng)];
        let loaded: Vec<Layer> = layers
            .iter()
            .map(|text| {
                let text = text.to_string();
                let loaded = sdiff::load::parse("layer", text.as_bytes(), &Default::default());
                let profile = loaded.expect("a profile").profile;
                Layer::new("layer", &profile, TheirEngine::Docker).expect("a layer")
            })
            .collect();
        let host = [TheirHost::Amd64];
        let merged = merge(&mut Store::default(), &loaded, Strategy::Stack, &host);
        let merged = match merged {
            Ok(merged) => merged,
            // What no profile can say of 32-bit programs alone, and the bound.
            Err(OverlayError::NotOneText { .. } | OverlayError::TooManyRules { .. }) => {
                unsaid += 1;
                continue;
            }
            Err(error) => panic!("seed {seed}: {error}\n{:#}", json!(layers)),
        };
        let merged: Value = serde_json::from_str(&to_json(&merged.profile)).expect("JSON");
        let programs = [&layers[0], &layers[1], &merged].map(program);
        let [Some(base), Some(above), Some(alone)] = programs else { panic!("seed {seed}") };
        let mut calls = Vec::new();
        for (_, native, other) in CALLS {
            for _ in 0..12 {
                let args = std::array::from_fn(|_| VALUES[rng.below(VALUES.len())]);
                calls.push(Call { arch: Arch::X86_64, nr: native, args });
                calls.push(Call { arch: Arch::X86, nr: other, args });
            }
        }
        let stacked = judge(&[&base, &above], &calls).expect("two filters");
        let single = judge(&[&alone], &calls).expect("a filter");
        let first = judge(&[&base], &calls).expect("a filter");
        for (at, call) in calls.iter().enumerate() {
            let (stacked, single) = (stacked[at], single[at]);
            assert_eq!(stacked, single, "seed {seed}: {call:x?}\n{:#}\n{merged:#}", json!(layers));
            *seen.entry(std::mem::discriminant(&stacked)).or_insert(0) += 1;
            let is_tie =
                matches!((first[at], stacked), (Outcome::Errno(a), Outcome::Errno(b)) if a != b);
            errnos += usize::from(is_tie);
        }
        asked += calls.len();
    }
    println!("{asked} calls, {errnos} with two errnos; {unsaid} pairs have no profile");
    let pairs = knobs::number("SDIFF_STACK_CASES", 250);
    assert!(unsaid * 8 <= pairs, "{unsaid} of {pairs}");
    // Every outcome was met, and so was the question which of two errnos counts.
    assert_eq!(seen.len(), 4, "{seen:?}");
    assert!(asked > 20_000 && errnos > 100, "{asked} {errnos}");
}
