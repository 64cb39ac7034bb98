//! What a program answers: exactly, for every call at once, and for one call step by step.
//!
//! It takes a checked program and gives decisions. It never knows where the program came from, nor of
//! stacks.

pub(super) mod execute;
pub(super) mod live;
pub(super) mod trace;
pub(super) mod word;
