//! Commands that look: at one profile, at two, at filters and processes. They write nothing.

mod accept_all;
pub(super) mod check;
pub(super) mod diff;
pub(super) mod disasm;
pub(super) mod explain;
pub(super) mod fingerprint;
pub(super) mod normalize;
pub(super) mod ps;
mod required;
pub(super) mod verify;
