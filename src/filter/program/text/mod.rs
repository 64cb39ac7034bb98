//! Programs written as text.

mod numbers;
mod pseudo;
mod table;

use super::error::ReadError;
use super::instruction::Instruction;

/// The instructions of a text, whichever of the forms it has; none where it has none of them.
pub(in crate::filter) fn instructions(text: &str) -> Result<Vec<Instruction>, ReadError> {
    if pseudo::is_pseudo(text) {
        return pseudo::instructions(text);
    }
    if let Some(numbers) = numbers::instructions(text) {
        return numbers;
    }
    table::instructions(text)
}

/// Bytes that a text spells as C or Ruby does: `"\x20\x00..."`.
pub(in crate::filter) fn spelled(text: &str) -> Option<Vec<u8>> {
    numbers::spelled(text)
}
