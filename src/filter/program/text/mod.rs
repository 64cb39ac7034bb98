//! Programs written as text.

mod assembly;
mod dump;
mod numbers;
mod pseudo;
mod source;
mod string;
mod table;

use super::error::ReadError;
use super::instruction::Instruction;

/// The instructions of a text, whichever of the forms it has; none where it has none of them.
pub(in crate::filter) fn instructions(text: &str) -> Result<Vec<Instruction>, ReadError> {
    if pseudo::is_pseudo(text) {
        return pseudo::instructions(text);
    }
    if let Some(words) = assembly::instructions(text) {
        return words;
    }
    if let Some(listed) = source::instructions(text) {
        return listed;
    }
    if let Some(numbers) = numbers::instructions(text) {
        return numbers;
    }
    table::instructions(text)
}

/// The bytes that a text stands for: a string of a source, a dump in hexadecimal, base64.
pub(in crate::filter) fn bytes(text: &str) -> Option<Result<Vec<u8>, ReadError>> {
    string::bytes(text).map(Ok).or_else(|| dump::bytes(text))
}
