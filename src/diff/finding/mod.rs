//! How changes are found: what differs is cut by its cause ([`pieces`]), gathered from place to place by
//! what it is about ([`gather`]), and told with conditions and proofs ([`tell`]).
//!
//! It knows decisions and gives changes; what becomes of them in a report it never knows.

pub(super) mod describe;
pub(super) mod gather;
pub(super) mod pieces;
pub(super) mod tell;
