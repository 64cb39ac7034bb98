//! Programs: instructions, read from bytes or text, checked as the kernel does, and written out.
//!
//! It takes bytes and gives a program that the kernel would load. It never knows what the program answers.

pub(super) mod architecture;
pub(super) mod checked;
pub(super) mod disassembly;
pub(super) mod error;
pub(super) mod instruction;
pub(super) mod read;
pub(super) mod text;
