//! Whether two programs are one function, against Z3's bit-vectors: what is said to be equal has no call
//! that tells the two apart, and a witness is one.
//!
//! `SDIFF_Z3_PYTHON` is a Python that has `z3-solver`.

use sdiff::decision::{Leaf, Limits, Store};
use sdiff::filter::{ByteOrder, Filter, FilterError, Instruction, Program};
use sdiff_real::bpf::{self, Insn};
use sdiff_real::knobs;
use sdiff_real::programs;
use sdiff_real::rng::Rng;
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};

const LIMITS: Limits = Limits { work: 30_000_000, memory: 16 << 20 };

/// The same function in other instructions, or nearly.
fn changed(program: &bpf::Program, rng: &mut Rng) -> bpf::Program {
    let mut insns = program.insns.clone();
    let at = rng.below(insns.len());
    let Insn { code, jt, jf, k } = insns[at];
    let nop = Insn { code: 0x05, jt: 0, jf: 0, k: 0 };
    match (code, rng.below(4)) {
        // The other way round.
        (0x15 | 0x1d | 0x25 | 0x2d | 0x35 | 0x3d | 0x45 | 0x4d, 0) => {
            insns[at] = Insn { code, jt: jf, jf: jt, k };
        }
        // a >= k is a > k - 1, but for 0.
        (0x35, _) if k > 0 => insns[at] = Insn { code: 0x25, jt, jf, k: k - 1 },
        (0x25, _) if k < u32::MAX => insns[at] = Insn { code: 0x35, jt, jf, k: k + 1 },
        (0x04, _) => insns[at] = Insn { code: 0x14, jt, jf, k: k.wrapping_neg() },
        (0x14, _) => insns[at] = Insn { code: 0x04, jt, jf, k: k.wrapping_neg() },
        (0x64, _) => insns[at] = Insn { code: 0x24, jt, jf, k: 1 << k },
        (0x74, _) => insns[at] = Insn { code: 0x34, jt, jf, k: 1 << k },
        (0x06, _) => insns[at].k = if k >> 16 == 0x7fff { k ^ 1 } else { k ^ 0x100 },
        // Nothing, in front of the first.
        (_, 1) => insns.insert(0, nop),
        (_, 2) => insns[at].k = k ^ if rng.one_in(2) { 1 } else { 0 },
        _ => {}
    }
    bpf::Program { insns, ..program.clone() }
}

fn read(program: &bpf::Program) -> Option<Program> {
    let instruction = |&Insn { code, jt, jf, k }: &Insn| Instruction { code, jt, jf, k };
    let order = ByteOrder::of(program.big_endian);
    Program::check(program.insns.iter().map(instruction).collect(), order).ok()
}

/// What is said of two programs; nothing where one of them is too complex.
fn said(pair: &[bpf::Program; 2]) -> Option<Value> {
    let mut store = Store::new(LIMITS);
    let mut filters = Vec::new();
    for program in pair {
        match Filter::new(&mut store, &[read(program)?]) {
            Ok(filter) => filters.push(filter.decision()),
            Err(FilterError::TooComplex { .. } | FilterError::Ranges) => return None,
            Err(error) => panic!("{error}"),
        }
    }
    let list = |program: &bpf::Program| -> Vec<(u16, u8, u8, u32)> {
        program.insns.iter().map(|i| (i.code, i.jt, i.jf, i.k)).collect()
    };
    let programs = pair.each_ref().map(list);
    let (big, equal) = (pair[0].big_endian, filters[0] == filters[1]);
    if equal {
        return Some(json!({ "programs": programs, "big": big, "equal": true }));
    }
    let differs = store.zip(filters[0], filters[1], &|a, b| (a != b) as Leaf).ok()?;
    let differs = store.set_where(differs, &|leaf| leaf == 1).ok()?;
    let point = store.witness(differs).expect("they differ somewhere");
    let witness = json!({
        "arch": point.architecture,
        "nr": point.number,
        "ip": point.instruction_pointer,
        "args": point.args,
    });
    Some(json!({ "programs": programs, "big": big, "equal": false, "witness": witness }))
}

#[test]
fn z3_finds_no_call_between_equal_programs() {
    let Ok(python) = std::env::var("SDIFF_Z3_PYTHON") else {
        return knobs::skip("z3", "SDIFF_Z3_PYTHON names no Python with z3-solver");
    };
    let count = knobs::number("SDIFF_Z3_PAIRS", 200) as usize;
    let (mut lines, mut equal) = (Vec::new(), 0);
    let mut seed = 0;
    while lines.len() < count {
        seed += 1;
        let mut rng = Rng::new(seed);
        let first = programs::program(&mut rng, seed % 4 == 0);
        let second = changed(&first, &mut rng);
        if first == second {
            continue;
        }
        let Some(case) = said(&[first, second]) else { continue };
        // Most changes are of instructions that little hangs on.
        if case["equal"] == true && equal * 2 > count {
            continue;
        }
        equal += usize::from(case["equal"] == true);
        lines.push(case.to_string());
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/z3_judge.py");
    let mut command = Command::new(python);
    command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("python runs");
    let mut input = child.stdin.take().expect("a pipe");
    let writer = std::thread::spawn(move || {
        for line in lines {
            writeln!(input, "{line}").expect("it reads");
        }
    });
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("it wrote");
    let text = String::from_utf8(output.stdout).expect("text");
    println!("{count} pairs, {equal} equal: {text}");
    assert!(output.status.success() && !text.contains("wrong:"), "{text}");
    let last = text.lines().last().unwrap_or_default();
    let judged = last.strip_prefix("judged ").and_then(|rest| rest.split(',').next());
    let judged: usize = judged.and_then(|word| word.parse().ok()).expect("a count");
    assert!(judged * 10 >= count * 9, "{last}");
    assert!(equal * 4 > count, "{equal} of {count}");
}
