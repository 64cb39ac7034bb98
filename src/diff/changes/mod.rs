//! What is given out: changes of calls and of settings, each with its kind, how bad it can be, and a proof.
//!
//! It knows what a change is, and not how one is found.

pub(super) mod change;
pub(super) mod comparison;
pub(super) mod judge;
pub(super) mod kind;
pub(super) mod place;
pub(super) mod settings;
pub(super) mod witness;
