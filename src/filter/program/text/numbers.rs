//! Programs as lists of numbers, which tools write to be put in a program's source.
//!
//! - C, as `tcpdump -dd`, `bpfc` and hand-written headers have it: `{ 0x20, 0, 0, 0x00000004 },` a line.
//! - Decimal, as `tcpdump -ddd` and the kernel's `bpf_asm` have it: the number of instructions, then
//!   `32 0 0 4` each, between lines or commas.
//! - A string of bytes, as `seccomp-tools dump -f inspect` has it: `"\x20\x00\x00\x00..."`; or a list of
//!   them.

use crate::filter::program::error::ReadError;
use crate::filter::program::instruction::Instruction;

/// The instructions of such a list; `None` where the text is none.
pub(super) fn instructions(text: &str) -> Option<Result<Vec<Instruction>, ReadError>> {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    if first.starts_with('{') && text.contains('}') && !first.contains('"') && is_list(first) {
        return Some(braced(text));
    }
    let is_decimal = |text: &str| text.split([' ', ',']).all(|word| word.parse::<u32>().is_ok());
    let counted = first.split(',').next().unwrap_or("");
    (is_decimal(counted) && !counted.is_empty()).then(|| decimal(text))
}

/// `{ 0x20, 0, 0, 4 },`, not a JSON object.
fn is_list(line: &str) -> bool {
    let inside = line.trim_start_matches('{').trim();
    inside.is_empty() || inside.starts_with(|c: char| c.is_ascii_digit())
}

fn braced(text: &str) -> Result<Vec<Instruction>, ReadError> {
    let mut instructions = Vec::new();
    for (line, words) in (1..).zip(text.lines()) {
        // A comment of C behind it.
        let words = words.split("/*").next().unwrap_or("").split("//").next().unwrap_or("");
        let words = words.trim().trim_end_matches(',').trim();
        if words.is_empty() || matches!(words, "{" | "}" | "};") {
            continue;
        }
        let inside = words.strip_prefix('{').and_then(|words| words.strip_suffix('}'));
        let numbers = inside.map(|inside| inside.split(',').map(|word| number(word.trim())));
        let numbers: Option<Vec<u32>> = numbers.and_then(Iterator::collect);
        let made = numbers.as_deref().and_then(instruction);
        instructions.push(made.ok_or(ReadError::Line { line, expected: BRACED })?);
    }
    Ok(instructions)
}

const BRACED: &str = "four numbers between braces: code, jt, jf and k, as `{ 0x20, 0, 0, 4 },`";

fn decimal(text: &str) -> Result<Vec<Instruction>, ReadError> {
    let mut instructions = Vec::new();
    let mut count = None;
    for (line, words) in (1..).zip(text.lines()) {
        for part in words.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let error = |expected| ReadError::Line { line, expected };
            let numbers: Option<Vec<u32>> =
                part.split_whitespace().map(|w| w.parse().ok()).collect();
            match (numbers.as_deref(), count) {
                (Some([first]), None) => count = Some(*first),
                (Some(numbers), Some(_)) if numbers.len() == 4 => {
                    instructions.push(instruction(numbers).ok_or(error(DECIMAL))?);
                }
                _ => return Err(error(DECIMAL)),
            }
        }
    }
    match count.is_some_and(|count| count as usize == instructions.len()) {
        true => Ok(instructions),
        false => {
            let line = text.lines().count();
            Err(ReadError::Line { line, expected: "as many instructions as the first number says" })
        }
    }
}

const DECIMAL: &str =
    "the number of instructions, then four decimal numbers each: code, jt, jf and k, as `32 0 0 4`";

fn instruction(numbers: &[u32]) -> Option<Instruction> {
    let &[code, jt, jf, k] = numbers else { return None };
    Some(Instruction {
        code: code.try_into().ok()?,
        jt: jt.try_into().ok()?,
        jf: jf.try_into().ok()?,
        k,
    })
}

fn number(word: &str) -> Option<u32> {
    match word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => word.parse().ok(),
    }
}

/// The bytes that a text spells: a string, or C's list of bytes (`unsigned char bpf[] = {32,0,...}`,
/// alone or in a source, as `seccomp-tools asm -f c_array` and `c_source` have it).
pub(super) fn spelled(text: &str) -> Option<Vec<u8>> {
    string(text).or_else(|| array(text))
}

fn array(text: &str) -> Option<Vec<u8>> {
    let (before, rest) = text.split_once("[]")?;
    before.contains("char").then_some(())?;
    let list = rest.trim_start().strip_prefix('=')?.trim_start().strip_prefix('{')?;
    let (list, _) = list.split_once('}')?;
    let words = list.split(',').map(str::trim).filter(|word| !word.is_empty());
    words.map(|word| u8::try_from(number(word)?).ok()).collect()
}

/// The bytes of a string, with the escapes that C and Ruby share, and Ruby's `\e`.
fn string(text: &str) -> Option<Vec<u8>> {
    let inside = text.trim().strip_prefix('"')?.strip_suffix('"')?;
    let mut bytes = Vec::with_capacity(inside.len() / 4);
    let mut rest = inside.bytes().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let value = match rest.next()? {
            b'x' => {
                let mut value = digit(rest.next()?)?;
                if let Some(low) = rest.peek().and_then(|byte| digit(*byte)) {
                    rest.next();
                    value = value << 4 | low;
                }
                value as u8
            }
            octal @ b'0'..=b'7' => {
                let mut value = u32::from(octal - b'0');
                for _ in 0..2 {
                    let Some(next) = rest.peek().filter(|b| matches!(b, b'0'..=b'7')) else {
                        break;
                    };
                    value = value << 3 | u32::from(next - b'0');
                    rest.next();
                }
                u8::try_from(value).ok()?
            }
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'a' => 7,
            b'b' => 8,
            b'v' => 11,
            b'f' => 12,
            b'e' => 27,
            other @ (b'"' | b'\\' | b'#' | b'\'') => other,
            _ => return None,
        };
        bytes.push(value);
    }
    Some(bytes)
}
