//! Programs as decimal numbers, as `tcpdump -ddd` and the kernel's `bpf_asm` have it: the number of
//! instructions, which may be missing, then `32 0 0 4` each, between lines or commas.

use crate::filter::program::error::ReadError;
use crate::filter::program::instruction::Instruction;

/// The instructions of such a list; `None` where the text is none.
pub(super) fn instructions(text: &str) -> Option<Result<Vec<Instruction>, ReadError>> {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    let counted = first.split(',').next().unwrap_or("");
    let mut words = counted.split_whitespace();
    (!counted.is_empty() && words.all(|word| word.parse::<u32>().is_ok())).then(|| decimal(text))
}

fn decimal(text: &str) -> Result<Vec<Instruction>, ReadError> {
    let mut instructions = Vec::new();
    let mut count = None;
    for (line, words) in (1..).zip(text.lines()) {
        for part in words.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let error = |expected| ReadError::Line { line, expected };
            let numbers: Option<Vec<u32>> =
                part.split_whitespace().map(|w| w.parse().ok()).collect();
            match (numbers.as_deref(), count) {
                (Some([first]), None) if instructions.is_empty() => count = Some(*first),
                (Some(numbers), _) if numbers.len() == 4 => {
                    instructions.push(instruction(numbers).ok_or(error(DECIMAL))?);
                }
                _ => return Err(error(DECIMAL)),
            }
        }
    }
    match count.is_none_or(|count| count as usize == instructions.len()) {
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
