//! Faces of answers that are no comparison: a file or a folder a command.
//!
//! It takes an answer of the library and gives text or JSON. It never knows how the answer was found.

pub(super) mod check;
pub(super) mod decisions;
pub(super) mod disasm;
pub(super) mod explain;
pub(super) mod learn;
pub(super) mod lineage;
pub(super) mod machines;
pub(super) mod ps;
pub(super) mod vectors;
pub(super) mod verify;
pub(super) mod within;
