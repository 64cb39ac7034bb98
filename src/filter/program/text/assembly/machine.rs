//! The words of the machine: what the kernel's `bpf_asm` and `bpfc` take, and `bpf_dbg` and `tcpdump -d` print.
//!
//! ```text
//! (000) ld       [4]                           start:  ld [4]
//! (001) jeq      #0xc000003e  jt 2  jf 3               jne #0xc000003e, bad
//! (002) ret      #2147418112                           ret #0x7fff0000
//! (003) ret      #0                            bad:    ret #0
//! ```

use super::jumps::{Draft, Target, word};
use crate::filter::program::error::ReadError;
use crate::filter::program::instruction::Instruction;
use crate::filter::program::text::source::number as c_number;

/// Whether a text is such a source, by its first instruction that both kinds of words do not share.
pub(super) fn is_machine(text: &str) -> bool {
    let mut lines = text.lines().map(bare).filter(|line| !line.is_empty());
    let first = lines.find_map(|line| {
        let (_, rest) = labelled(line);
        (!rest.is_empty() && !matches!(parted(rest).0, "jmp" | "ja")).then_some(rest)
    });
    let Some((name, operands)) = first.map(parted) else { return false };
    let is_operand = operands.starts_with(['[', '#', 'M', 'm', 'x', 'a', '%', 'l']);
    match name {
        "ld" | "ldi" | "ldx" | "ldxi" | "ldh" | "ldb" | "ret" => is_operand,
        "st" | "stx" => operands.starts_with(['M', 'm']),
        "neg" | "tax" | "txa" => operands.is_empty(),
        "jeq" | "jne" | "jneq" | "jgt" | "jle" | "jge" | "jlt" | "jset" => {
            let with = operands.split([',', ' ']).next().unwrap_or_default();
            with.starts_with('#') || is_x(with)
        }
        _ => operation(name).is_some() && (operands.starts_with('#') || is_x(operands)),
    }
}

/// A line without its comment.
fn bare(line: &str) -> &str {
    let ends = [";", "//", "/*"].iter().filter_map(|mark| line.find(mark));
    line[..ends.min().unwrap_or(line.len())].trim()
}

/// What stands before an instruction: `(003)`, `l3:`, `3:`.
fn labelled(line: &str) -> (Option<&str>, &str) {
    if let Some((number, rest)) = line.strip_prefix('(').and_then(|line| line.split_once(')')) {
        return (Some(number), rest.trim_start());
    }
    let end = line.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(line.len());
    match line[end..].strip_prefix(':') {
        Some(rest) if end > 0 => (Some(&line[..end]), rest.trim_start()),
        _ => (None, line),
    }
}

/// A mnemonic and what is behind it.
fn parted(line: &str) -> (&str, &str) {
    let (name, operands) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    (name, operands.trim())
}

const NUMBERED: &str = "the number of the instruction in brackets, which is another one";
const INSTRUCTION: &str = "an instruction: ld, ldx, st, stx, jmp, jeq, jne, jgt, jge, jlt, jle, jset, add, sub, mul, \
    div, and, or, xor, lsh, rsh, neg, tax, txa or ret, with what it takes";

/// The instructions of such a source.
pub(super) fn instructions(text: &str) -> Result<Vec<Instruction>, ReadError> {
    let mut draft = Draft::default();
    for (number, line) in (1..).zip(text.lines()) {
        let mut rest = bare(line);
        loop {
            let is_numbered = rest.starts_with('(');
            let (label, behind) = labelled(rest);
            rest = behind;
            match label {
                Some(place) if is_numbered => {
                    if place.trim().parse() != Ok(draft.len()) {
                        return Err(word(number, place, NUMBERED));
                    }
                }
                Some(label) => draft.label(label, number)?,
                None => break,
            }
        }
        if !rest.is_empty() {
            let done = instruction(&mut draft, number, rest);
            done.ok_or_else(|| word(number, rest, INSTRUCTION))?;
        }
    }
    draft.finished()
}

/// Takes one in; `None` where it is none.
fn instruction<'a>(draft: &mut Draft<'a>, line: usize, text: &'a str) -> Option<()> {
    let (name, operands) = parted(text);
    let load = |code: u16, length: u16, memory: u16, immediate: Option<u16>| {
        if matches!(operands, "len" | "#len" | "#pktlen") {
            return Some((length, 0));
        }
        if let Some(word) = operands.strip_prefix(['M', 'm']) {
            return Some((memory, within(word)?));
        }
        if operands.starts_with('[') {
            return Some((code, within(operands)?));
        }
        Some((immediate?, constant(operands)?))
    };
    let (code, k) = match name {
        "ld" => load(0x20, 0x80, 0x60, Some(0x00))?,
        "ldi" => (0x00, constant(operands).or_else(|| number(operands))?),
        "ldxi" => (0x01, constant(operands).or_else(|| number(operands))?),
        // The kernel takes none of a half word or a byte for a filter of calls.
        "ldh" => (0x28, within(operands)?),
        "ldb" => (0x30, within(operands)?),
        "ldx" if operands.starts_with('[') => return None,
        "ldx" => load(0x01, 0x81, 0x61, Some(0x01))?,
        "st" => (0x02, within(operands.strip_prefix(['M', 'm'])?)?),
        "stx" => (0x03, within(operands.strip_prefix(['M', 'm'])?)?),
        "tax" if operands.is_empty() => (0x07, 0),
        "txa" if operands.is_empty() => (0x87, 0),
        "neg" if operands.is_empty() => (0x84, 0),
        "ret" if matches!(operands, "" | "a" | "A" | "%a") => (0x16, 0),
        "ret" if is_x(operands) => return None,
        "ret" => (0x06, constant(operands)?),
        "jmp" | "ja" => {
            let target = target(operands)?;
            draft.jump(line, None, [target, target]);
            return Some(());
        }
        _ => match operation(name) {
            Some(code) if is_x(operands) => (code | 0x08, 0),
            Some(code) => (code, constant(operands)?),
            None => return branch(draft, line, name, operands),
        },
    };
    draft.push(line, code, k);
    Some(())
}

/// `#1, one, other`, `x, one`, `#0x1 jt 2 jf 3`
fn branch<'a>(draft: &mut Draft<'a>, line: usize, name: &str, operands: &'a str) -> Option<()> {
    let (code, is_reversed) = match name {
        "jeq" => (0x15, false),
        "jne" | "jneq" => (0x15, true),
        "jgt" => (0x25, false),
        "jle" => (0x25, true),
        "jge" => (0x35, false),
        "jlt" => (0x35, true),
        "jset" => (0x45, false),
        _ => return None,
    };
    let words: Vec<&str> = operands
        .split(|c: char| c == ',' || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect();
    let (value, then, otherwise) = match words[..] {
        [value, "jt", then, "jf", otherwise] => {
            (value, Target::Place(then.parse().ok()?), Target::Place(otherwise.parse().ok()?))
        }
        [value, then, otherwise] => (value, Target::Label(then), Target::Label(otherwise)),
        [value, then] => (value, Target::Label(then), Target::Next),
        _ => return None,
    };
    let test = match is_x(value) {
        true => (code | 0x08, 0),
        false => (code, constant(value)?),
    };
    draft.jump(line, Some(test), if is_reversed { [otherwise, then] } else { [then, otherwise] });
    Some(())
}

/// Where `jmp` leads: to a label, or, as `tcpdump -d` writes it, to the instruction of a number.
fn target(operands: &str) -> Option<Target<'_>> {
    if let Ok(place) = operands.parse() {
        return Some(Target::Place(place));
    }
    let is_label = operands.chars().all(|c| c.is_alphanumeric() || c == '_');
    (is_label && !operands.is_empty()).then_some(Target::Label(operands))
}

fn is_x(operands: &str) -> bool {
    matches!(operands, "x" | "X" | "%x")
}

/// `#0x10`
fn constant(operands: &str) -> Option<u32> {
    number(operands.strip_prefix('#')?)
}

/// `[4]`
fn within(operands: &str) -> Option<u32> {
    number(operands.trim().strip_prefix('[')?.strip_suffix(']')?.trim())
}

/// A number of 32 bits; a negative one is what its bits are.
fn number(text: &str) -> Option<u32> {
    match text.strip_prefix('-') {
        Some(digits) => {
            let value = u32::try_from(c_number(digits)?).ok()?;
            (value <= 1 << 31).then(|| value.wrapping_neg())
        }
        None => u32::try_from(c_number(text)?).ok(),
    }
}

fn operation(name: &str) -> Option<u16> {
    Some(match name {
        "add" => 0x04,
        "sub" => 0x14,
        "mul" => 0x24,
        "div" => 0x34,
        "or" => 0x44,
        "and" => 0x54,
        "lsh" => 0x64,
        "rsh" => 0x74,
        "mod" => 0x94,
        "xor" => 0xa4,
        _ => return None,
    })
}
