//! Words that several parts of an account have in common: for what an answer holds, proofs, settings of a
//! filter, and why a name does nothing.

pub(in crate::report) mod reason;
pub(in crate::report) mod scope;
pub(in crate::report) mod setting;
pub(in crate::report) mod witness;
