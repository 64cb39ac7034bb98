//! What real tools write of a program is read as that program: a compiler, `strace`, `xxd` and its like.

use sdiff::filter::{Instruction, read};
use sdiff_real::bpf::{Insn, Program};
use sdiff_real::knobs;
use sdiff_real::programs;
use sdiff_real::rng::Rng;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

const CLASSES: [&str; 8] =
    ["BPF_LD", "BPF_LDX", "BPF_ST", "BPF_STX", "BPF_ALU", "BPF_JMP", "BPF_RET", "BPF_MISC"];
const MODES: [&str; 6] = ["BPF_IMM", "BPF_ABS", "BPF_IND", "BPF_MEM", "BPF_LEN", "BPF_MSH"];
const OPERATIONS: [&str; 11] = [
    "BPF_ADD", "BPF_SUB", "BPF_MUL", "BPF_DIV", "BPF_OR", "BPF_AND", "BPF_LSH", "BPF_RSH",
    "BPF_NEG", "BPF_MOD", "BPF_XOR",
];
const JUMPS: [&str; 5] = ["BPF_JA", "BPF_JEQ", "BPF_JGT", "BPF_JGE", "BPF_JSET"];
const ACTIONS: [(u32, &str); 8] = [
    (0x8000_0000, "SECCOMP_RET_KILL_PROCESS"),
    (0, "SECCOMP_RET_KILL_THREAD"),
    (0x0003_0000, "SECCOMP_RET_TRAP"),
    (0x0005_0000, "SECCOMP_RET_ERRNO"),
    (0x7fc0_0000, "SECCOMP_RET_USER_NOTIF"),
    (0x7ff0_0000, "SECCOMP_RET_TRACE"),
    (0x7ffc_0000, "SECCOMP_RET_LOG"),
    (0x7fff_0000, "SECCOMP_RET_ALLOW"),
];

/// An instruction as people write it in C, in one of their ways.
fn spelled(insn: &Insn, rng: &mut Rng) -> String {
    let Insn { code, jt, jf, k } = *insn;
    let class = usize::from(code & 7);
    let upper = usize::from(code >> 4);
    let source = if code & 8 == 0 { "BPF_K" } else { "BPF_X" };
    let or = *rng.pick(&[" | ", "|", "+"]);
    let code = [CLASSES[class].to_owned()].into_iter().chain(match class {
        0 => vec!["BPF_W".to_owned(), MODES[upper / 2].to_owned()],
        1 => vec!["BPF_W".to_owned(), MODES[upper / 2].to_owned()],
        4 => vec![OPERATIONS[upper].to_owned(), source.to_owned()],
        5 => vec![JUMPS[upper].to_owned(), source.to_owned()],
        6 => vec![if code & 0x10 == 0 { "BPF_K" } else { "BPF_A" }.to_owned()],
        7 => vec![if code & 0x80 == 0 { "BPF_TAX" } else { "BPF_TXA" }.to_owned()],
        _ => Vec::new(),
    });
    let code = code.collect::<Vec<String>>().join(or);
    let action = ACTIONS.iter().find(|(action, _)| *action == k & 0xffff_0000);
    let value = match (insn.code, action) {
        (0x20, _) if k < 64 && rng.one_in(2) => {
            let (field, rest) = match k {
                0 => ("nr".to_owned(), 0),
                4 => ("arch".to_owned(), 0),
                8 | 12 => ("instruction_pointer".to_owned(), k - 8),
                _ => (format!("args[{}]", (k - 16) / 8), k % 8),
            };
            let more = ["", " + sizeof(__u32)"][usize::from(rest != 0)];
            format!("(offsetof(struct seccomp_data, {field}){more})")
        }
        (0x06, Some((_, name))) => format!("{name} | ({:#x} & SECCOMP_RET_DATA)", k & 0xffff),
        _ => match rng.below(4) {
            0 => format!("{k}U"),
            1 => format!("0{k:o}"),
            2 => format!("(__u32)({k:#x}UL)"),
            _ => format!("{k:#X}").replace("0X", "0x"),
        },
    };
    let is_jump = class == 5;
    match (is_jump, rng.below(4)) {
        (_, 0) => format!("{{ {code}, {jt}, {jf}, {value} }}"),
        (_, 1) => format!("{{ .code = {code}, .k = {value}, .jt = {jt}, .jf = {jf} }}"),
        (true, _) => format!("BPF_JUMP({code}, {value}, {jt}, {jf})"),
        (false, _) => format!("BPF_STMT({code}, /* {jt} */ {value})"),
    }
}

/// An instruction in the words of `bpf_asm` and `bpfc`.
fn of_machine(at: usize, insn: &Insn) -> String {
    let Insn { code, jt, jf, k } = *insn;
    let operand = if code & 8 == 0 { format!("#{k:#x}") } else { "x".to_owned() };
    let operation = ["add", "sub", "mul", "div", "or", "and", "lsh", "rsh", "neg", "", "xor"];
    let words = match code & 7 {
        0 | 1 => {
            let name = ["ld", "ldx"][usize::from(code & 7)];
            match code & 0xf0 {
                0x00 => format!("{name} #{k:#x}"),
                0x20 => format!("{name} [{k}]"),
                0x60 => format!("{name} M[{k}]"),
                _ => format!("{name} #len"),
            }
        }
        2 => format!("st M[{k}]"),
        3 => format!("stx M[{k}]"),
        4 if code == 0x84 => "neg".to_owned(),
        4 => format!("{} {operand}", operation[usize::from(code >> 4)]),
        5 if code == 0x05 => format!("jmp l{}", at + 1 + k as usize),
        5 => {
            let name = ["", "jeq", "jgt", "jge", "jset"][usize::from(code >> 4)];
            format!(
                "{name} {operand}, l{}, l{}",
                at + 1 + usize::from(jt),
                at + 1 + usize::from(jf)
            )
        }
        6 => {
            if code == 0x16 {
                "ret a".to_owned()
            } else {
                format!("ret #{k:#x}")
            }
        }
        _ => if code == 0x07 { "tax" } else { "txa" }.to_owned(),
    };
    format!("l{at}: {words}\n")
}

/// The constant of an instruction; 0 where it looks at none, which words do not tell.
fn looked_at(insn: &Insn) -> u32 {
    let code = insn.code;
    let is_of_x = matches!(code & 7, 4 | 5) && code & 8 != 0;
    let is_of_length = code & 6 == 0 && code & 0xe0 == 0x80;
    match is_of_x || is_of_length || matches!(code, 0x84 | 0x16) || code & 7 == 7 {
        true => 0,
        false => insn.k,
    }
}

/// An instruction as `seccomp-tools disasm --asm-able` writes it, and the one that its words mean: it tells
/// neither a jump that leads to one place alone from one without a test, nor `len` from 64.
fn of_tool(at: usize, insn: &Insn) -> (String, Insn) {
    let Insn { code, jt, jf, k } = *insn;
    let (jt, jf) = (usize::from(jt), usize::from(jf));
    let operand = if code & 8 == 0 { format!("{k:#x}") } else { "X".to_owned() };
    let goto = |skip: usize| format!("goto {:04}", at + 1 + skip);
    let register = if code & 7 == 0 || code & 7 == 2 { "A" } else { "X" };
    let mut meant = Insn { k: looked_at(insn), ..*insn };
    let words = match code & 7 {
        0 | 1 => match (code & 0xf0, k) {
            (0x00, _) => format!("{register} = {k}"),
            (0x60, _) => format!("{register} = mem[{k}]"),
            (0x80, _) => {
                meant = Insn { code: code & 7, jt: 0, jf: 0, k: 64 };
                format!("{register} = 64")
            }
            (_, 0) => "A = sys_number".to_owned(),
            (_, 4) => "A = arch".to_owned(),
            (_, 8) => "A = instruction_pointer".to_owned(),
            (_, 12) => "A = instruction_pointer >> 32".to_owned(),
            _ if k % 8 == 0 => format!("A = args[{}]", (k - 16) / 8),
            _ => format!("A = args[{}] >> 32", (k - 16) / 8),
        },
        2 | 3 => format!("mem[{k}] = {register}"),
        4 if code == 0x84 => "A = -A".to_owned(),
        4 => {
            let sign =
                ["+", "-", "*", "/", "|", "&", "<<", ">>", "", "", "^"][usize::from(code >> 4)];
            match (sign, code & 8) {
                ("<<" | ">>", 0) => format!("A {sign}= {k}"),
                _ => format!("A {sign}= {operand}"),
            }
        }
        5 if code == 0x05 => goto(k as usize),
        5 if jt == jf => {
            meant = Insn { code: 0x05, jt: 0, jf: 0, k: jt as u32 };
            if jt == 0 { "/* no-op */".to_owned() } else { goto(jt) }
        }
        5 => {
            let at = usize::from(code >> 4) - 1;
            let (sign, contrary) = (["==", ">", ">=", "&"][at], ["!=", "<=", "<"].get(at));
            match (jt, jf, contrary) {
                (0, _, Some(contrary)) => format!("if (A {contrary} {operand}) {}", goto(jf)),
                (0, _, None) => format!("if (!(A & {operand})) {}", goto(jf)),
                (_, 0, _) => format!("if (A {sign} {operand}) {}", goto(jt)),
                _ => format!("if (A {sign} {operand}) {} else {}", goto(jt), goto(jf)),
            }
        }
        6 if code == 0x16 => "return A".to_owned(),
        6 => match ACTIONS.iter().find(|(action, _)| *action == k & 0xffff_0000) {
            Some((_, name)) if k & 0xffff != 0 => {
                format!("return {}({})", name.trim_start_matches("SECCOMP_RET_"), k & 0xffff)
            }
            Some((_, name)) => format!("return {}", name.trim_start_matches("SECCOMP_RET_")),
            None => format!("return {k:#x}"),
        },
        _ => if code == 0x07 { "X = A" } else { "A = X" }.to_owned(),
    };
    (format!("{at:04}: {words}\n"), meant)
}

fn run(folder: &Path, script: &str) -> Option<Vec<u8>> {
    let output = Command::new("sh").arg("-c").arg(script).current_dir(folder).output().ok()?;
    output.status.success().then_some(output.stdout)
}

const HEADERS: &str = "#include <stddef.h>
#include <stdio.h>
#include <unistd.h>
#include <sys/syscall.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/types.h>
";

/// The source is written from a program and read again, by us and by a compiler; what the compiler made is
/// printed by each tool, and read again. strace prints what it was asked to load (with a flag that there is
/// not, so that nothing is).
#[test]
fn what_tools_write_of_a_program_is_the_program() {
    let test = "what_tools_write_of_a_program_is_the_program";
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let count = knobs::number("SDIFF_FILTER_TEXTS", 40);
    let mut source = HEADERS.to_owned();
    let mut body = String::new();
    let mut programs: Vec<Program> = Vec::new();
    for seed in 0..count {
        let mut rng = Rng::new(seed);
        let program = programs::program(&mut rng, false);
        let lines: Vec<String> = program.insns.iter().map(|insn| spelled(insn, &mut rng)).collect();
        let list =
            format!("struct sock_filter filter{seed}[] = {{\n  {},\n}};\n", lines.join(",\n  "));
        let one = format!("{HEADERS}{list}");
        std::fs::write(folder.join(format!("{seed}.c")), one).unwrap();
        source += &list;
        writeln!(
            body,
            "  out = fopen(\"{seed}.bpf\", \"w\"); fwrite(filter{seed}, 1, sizeof filter{seed}, out); fclose(out);\n  \
             {{ struct sock_fprog p = {{ sizeof filter{seed} / 8, filter{seed} }};\n    \
             syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 1 << 30, &p); }}"
        )
        .unwrap();
        programs.push(program);
    }
    source += &format!("int main(void) {{\n  FILE *out;\n{body}  return 0;\n}}\n");
    std::fs::write(folder.join("all.c"), source).unwrap();
    if run(folder, "cc -w -o all all.c && ./all").is_none() {
        return knobs::skip(test, "no compiler with the kernel's headers");
    }
    let strace = run(folder, "strace -v -s 100000 -e trace=seccomp ./all 2>&1");
    let strace = strace.map(|text| String::from_utf8(text).unwrap());
    let mut lines = strace.as_deref().unwrap_or("").lines();
    let (mut read_again, mut tools) = (0, std::collections::BTreeSet::new());
    for (seed, program) in programs.iter().enumerate() {
        let expected: Vec<Instruction> = program
            .insns
            .iter()
            .map(|&Insn { code, jt, jf, k }| Instruction { code, jt, jf, k })
            .collect();
        let machine: String =
            program.insns.iter().enumerate().map(|(at, insn)| of_machine(at, insn)).collect();
        std::fs::write(folder.join(format!("{seed}.words")), &machine).unwrap();
        let (named, meant): (String, Vec<Insn>) =
            program.insns.iter().enumerate().map(|(at, insn)| of_tool(at, insn)).unzip();
        let found =
            read(named.as_bytes()).unwrap_or_else(|error| panic!("{seed}: {error}\n{named}"));
        let found = found.instructions().iter();
        let found: Vec<Insn> =
            found.map(|&Instruction { code, jt, jf, k }| Insn { code, jt, jf, k }).collect();
        assert_eq!(found, meant, "{seed}\n{named}");
        let plain = program.insns.iter().map(|insn| {
            let Insn { code, jt, jf, .. } = *insn;
            Instruction { code, jt, jf, k: looked_at(insn) }
        });
        let plain: Vec<Instruction> = plain.collect();
        let mut is_it = |how: &str, text: &[u8]| {
            let expected = if matches!(how, "words" | "bpfc") { &plain } else { &expected };
            let shown = String::from_utf8_lossy(text);
            let found =
                read(text).unwrap_or_else(|error| panic!("{seed}, {how}: {error}\n{shown}"));
            assert_eq!(found.instructions(), *expected, "{seed}, {how}\n{shown}");
            read_again += 1;
            tools.insert(how.split(' ').next().unwrap_or("").to_owned());
        };
        let raw = std::fs::read(folder.join(format!("{seed}.bpf"))).unwrap();
        is_it("cc", &raw);
        is_it("source", &std::fs::read(folder.join(format!("{seed}.c"))).unwrap());
        is_it("cc -E", &run(folder, &format!("cc -E {seed}.c")).expect("it was compiled"));
        is_it("words", machine.as_bytes());
        if let Some(list) = run(folder, &format!("bpfc -i {seed}.words 2>/dev/null")) {
            is_it("bpfc", &list);
        }
        if let Some(line) = lines.next().filter(|line| line.contains("filter=")) {
            is_it("strace", line.as_bytes());
        }
        for tool in [
            "xxd",
            "xxd -p",
            "xxd -i",
            "xxd -g1",
            "xxd -g 4",
            "xxd -c 24",
            "xxd -u",
            "hexdump -C",
            "hexdump -vC",
            "od -t x1",
            "od -A x -t x1z -v",
            "od -A d -t x1",
            "base64",
            "base64 -w 0",
        ] {
            let text = run(folder, &format!("{tool} {seed}.bpf"));
            if let Some(text) = text {
                is_it(tool, &text);
            }
        }
    }
    // Those of the base system; `strace`, `xxd` and `hexdump` where they are installed.
    assert!(tools.contains("od") && tools.contains("base64"), "{tools:?}");
    println!("{read_again} texts of {} programs by {tools:?}", programs.len());
}
