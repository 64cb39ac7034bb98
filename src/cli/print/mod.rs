//! Commands that print what the program knows: defaults, machines, schemas, and its own manual.

pub(super) mod baselines;
pub(super) mod completions;
pub(super) mod machines;
pub(super) mod man;
pub(super) mod schema;
