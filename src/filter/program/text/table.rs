//! A program written as a table: a line an instruction.
//!
//! `seccomp-tools disasm` and libseccomp's `scmp_bpf_disasm` write the same columns, the number of
//! the instruction and `code`, `jt`, `jf`, `k` in hexadecimal, and behind them words of their own:
//!
//! ```text
//!  line  CODE  JT   JF      K
//! =================================
//!  0000: 0x20 0x00 0x00 0x00000004  A = arch
//!  0001: 0x15 0x00 0x05 0xc000003e  if (A != ARCH_X86_64) goto 0007
//! ```
//! Only the columns count. firejail's `fsec-print` has them without `0x`:
//!
//! ```text
//!   0000: 20 00 00 00000004   ld  data.architecture
//! ```

use crate::filter::program::error::ReadError;
use crate::filter::program::instruction::Instruction;

/// The instructions of a table.
pub(super) fn instructions(text: &str) -> Result<Vec<Instruction>, ReadError> {
    let mut instructions = Vec::new();
    for (line, words) in (1..).zip(text.lines()) {
        let error = |expected| ReadError::Line { line, expected };
        let Some((number, columns)) = numbered(words) else {
            // A title, a rule, an empty line: before and behind the table.
            if is_column(words.split_whitespace().next().unwrap_or("")) {
                return Err(error("the number of the instruction and a colon, as `0003:`"));
            }
            continue;
        };
        if number != instructions.len() {
            return Err(match number {
                0 => error("the end of the program: another one begins, which wants its own file"),
                _ => error("the next instruction: this is another one's number"),
            });
        }
        let is_plain = is_plain(columns);
        let mut columns = columns.split_whitespace().map(|word| match is_plain {
            true => u32::from_str_radix(word, 16).ok(),
            false => hexadecimal(word),
        });
        let mut next = || columns.next().flatten();
        let (code, jt, jf, k) = (next(), next(), next(), next());
        let (Some(code), Some(jt), Some(jf), Some(k)) = (code, jt, jf, k) else {
            return Err(error("four columns: code, jt, jf and k, each as `0x20`"));
        };
        let (Ok(code), Ok(jt), Ok(jf)) = (code.try_into(), jt.try_into(), jf.try_into()) else {
            return Err(error("a code of 16 bits, and jumps of 8 bits"));
        };
        instructions.push(Instruction { code, jt, jf, k });
    }
    Ok(instructions)
}

/// The number of an instruction and what is behind it.
fn numbered(line: &str) -> Option<(usize, &str)> {
    let (number, rest) = line.split_once(':')?;
    Some((number.trim().parse().ok()?, rest))
}

/// Whether four columns have no `0x`, and the digits that firejail gives them.
fn is_plain(columns: &str) -> bool {
    let lengths = columns.split_whitespace().take(4).map(|word| {
        let is_hexadecimal = word.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hexadecimal { word.len() } else { 0 }
    });
    lengths.eq([2, 2, 2, 8])
}

fn is_column(word: &str) -> bool {
    hexadecimal(word).is_some()
}

fn hexadecimal(word: &str) -> Option<u32> {
    u32::from_str_radix(word.strip_prefix("0x")?, 16).ok()
}
