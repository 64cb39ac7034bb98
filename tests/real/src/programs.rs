//! Classic BPF programs, made from a seed, and the calls on which two opinions of one can differ.

use crate::arch::Arch;
use crate::bpf::{Data, Insn, Program};
use crate::rng::Rng;

/// Every code that seccomp allows.
pub const CODES: [u16; 41] = [
    0x20, 0x80, 0x00, 0x60, 0x01, 0x81, 0x61, 0x02, 0x03, 0x07, 0x87, 0x04, 0x0c, 0x14, 0x1c, 0x24,
    0x2c, 0x34, 0x3c, 0x44, 0x4c, 0x54, 0x5c, 0x64, 0x6c, 0x74, 0x7c, 0x84, 0xa4, 0xac, 0x05, 0x15,
    0x1d, 0x25, 0x2d, 0x35, 0x3d, 0x45, 0x4d, 0x06, 0x16,
];

const RETURNS: [u32; 10] = [
    0x7fff_0000,
    0x0005_0001,
    0x0005_ffff,
    0,
    0x8000_0000,
    0x0003_0007,
    0x7ff0_0005,
    0x7ffc_0000,
    0x7fc0_0000,
    0x1234_5678,
];

/// A program of every kind of instruction that the kernel loads.
pub fn program(rng: &mut Rng, big_endian: bool) -> Program {
    let length = rng.between(2, 40);
    let mut insns = Vec::new();
    // What is written before the first jump is written on every way.
    let mut written: Vec<u32> = Vec::new();
    let mut has_jumped = false;
    for at in 0..length - 1 {
        let left = length - at - 1;
        let mut code = *rng.pick(&CODES);
        let is_end = matches!(code, 0x06 | 0x16);
        // Most of a program should run.
        if is_end && !rng.one_in(4) || code & 0x07 != 0x05 && rng.one_in(3) {
            code = 0x20;
        }
        let reads = matches!(code, 0x60 | 0x61);
        if reads && written.is_empty() {
            code = 0x20;
        }
        let mut insn = Insn { code, jt: 0, jf: 0, k: constant(rng) };
        match code {
            0x20 => insn.k = rng.below(16) as u32 * 4,
            0x02 | 0x03 => {
                insn.k = rng.below(16) as u32;
                if !has_jumped {
                    written.push(insn.k);
                }
            }
            0x60 | 0x61 => insn.k = *rng.pick(&written),
            0x34 => insn.k = insn.k.max(1),
            0x64 | 0x74 => insn.k = rng.below(32) as u32,
            0x05 => insn.k = rng.below(left.min(4)) as u32,
            0x06 => insn.k = *rng.pick(&RETURNS),
            _ if code & 0x07 == 0x05 => {
                insn.jt = rng.below(left.min(6)) as u8;
                insn.jf = rng.below(left.min(6)) as u8;
            }
            _ => {}
        }
        has_jumped |= code & 0x07 == 0x05;
        insns.push(insn);
    }
    let code = if rng.one_in(5) { 0x16 } else { 0x06 };
    insns.push(Insn { code, jt: 0, jf: 0, k: *rng.pick(&RETURNS) });
    Program { insns, big_endian }
}

fn constant(rng: &mut Rng) -> u32 {
    match rng.below(6) {
        0 => rng.below(4) as u32,
        1 => rng.bits() as u32,
        2 => 1 << rng.below(32),
        3 => rng.pick(&Arch::ALL).audit(),
        4 => rng.below(600) as u32,
        _ => (1u32 << rng.below(32)).wrapping_sub(1),
    }
}

/// Text that is nearly one of the forms that programs have as text.
pub fn text(rng: &mut Rng) -> String {
    const WORDS: [&str; 30] = [
        "# pseudo filter code start\n",
        "if ($arch == 3221225534)\n",
        "if ($arch == 1073741827)\n",
        "# filter for arch x32 (3221225534)\n",
        "  if ($syscall == 1)\n",
        "  if ($syscall > 100)\n",
        "    action ALLOW;\n",
        "    if ($a0.hi32 == 0)\n",
        "      if ($a1.lo32 & 0x0000000f >= 3)\n",
        "      else\n",
        "    else\n",
        "        action TRAP(7);\n",
        "  action ERRNO(1);\n",
        "action KILL;\n",
        " 0000: 0x20 0x00 0x00 0x00000004  A = arch\n",
        " 0001: 0x06 0x00 0x00 0x7fff0000\n",
        " 0000: 0x06 0x00 0x00 0x00050001\n",
        "{ 0x20, 0, 0, 4 },\n",
        "{ 6, 0, 0, 0x7fff0000 },\n",
        "2\n",
        "1\n",
        "32 0 0 4\n",
        "6 0 0 2147418112\n",
        "unsigned char bpf[] = {6,0,0,0,0,0,255,127};",
        "\"\\x06\\x00\\x00\\x00\\x00\\x00\\xff\\x7f\"",
        "\"",
        "{}",
        ",",
        "\n",
        " ",
    ];
    let mut text = String::new();
    // Half of them begin as pseudo filter code does, which has the most to go wrong.
    let is_pseudo = rng.one_in(2);
    if is_pseudo {
        text += WORDS[0];
        text += WORDS[1];
    }
    for _ in 0..rng.below(12) {
        let words = if is_pseudo && !rng.one_in(8) { &WORDS[3..14] } else { &WORDS[..] };
        text += *rng.pick(words);
    }
    text
}

/// A program that the kernel may refuse: one thing of a good one is changed.
pub fn spoiled(rng: &mut Rng) -> Vec<Insn> {
    let mut insns = program(rng, false).insns;
    let at = rng.below(insns.len());
    match rng.below(7) {
        0 => insns[at].code = rng.bits() as u16 & if rng.one_in(4) { 0xffff } else { 0xff },
        1 => insns[at].code = *rng.pick(&CODES),
        2 => insns[at].k = rng.between(0, 70) as u32,
        3 => insns[at].k = rng.bits() as u32,
        4 => insns[at].jt = rng.bits() as u8,
        5 => {
            insns.pop();
        }
        _ => {
            insns.remove(at);
        }
    }
    insns
}

/// Calls at which a program changes its mind: its constants and their neighbours in every field.
pub fn calls(program: &Program, count: usize, rng: &mut Rng) -> Vec<Data> {
    let mut edges = vec![0, 1, 1 << 30, 1 << 31, (1 << 31) - 1, u32::MAX, u32::MAX - 1];
    for insn in &program.insns {
        edges.extend([insn.k, insn.k.wrapping_sub(1), insn.k.wrapping_add(1), !insn.k]);
    }
    edges.sort_unstable();
    edges.dedup();
    let machines: Vec<u32> = Arch::ALL.map(Arch::audit).to_vec();
    let known: Vec<u32> =
        machines.iter().copied().filter(|m| program.insns.iter().any(|i| i.k == *m)).collect();
    let word = |rng: &mut Rng| match rng.below(8) {
        0 => rng.bits() as u32,
        1 => rng.below(512) as u32,
        _ => *rng.pick(&edges),
    };
    let double = |rng: &mut Rng| {
        let high = if rng.one_in(3) { word(rng) } else { 0 };
        u64::from(high) << 32 | u64::from(word(rng))
    };
    let one = |_| Data {
        nr: word(rng),
        arch: match rng.below(8) {
            0 => word(rng),
            1 => *rng.pick(&machines),
            _ if known.is_empty() => *rng.pick(&machines),
            _ => *rng.pick(&known),
        },
        instruction_pointer: double(rng),
        args: std::array::from_fn(|_| double(rng)),
    };
    (0..count).map(one).collect()
}
