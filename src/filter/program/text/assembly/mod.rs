//! Programs in words, one statement an instruction: with names for what is loaded and compared
//! (`seccomp-tools asm`), or with those of the machine (`bpf_asm`, `tcpdump -d`).

mod jumps;
mod machine;
mod named;

use crate::filter::program::error::ReadError;
use crate::filter::program::instruction::Instruction;

/// The instructions of such a text; `None` where the text is none.
pub(super) fn instructions(text: &str) -> Option<Result<Vec<Instruction>, ReadError>> {
    if machine::is_machine(text) {
        return Some(machine::instructions(text));
    }
    named::is_named(text).then(|| named::instructions(text))
}
