//! The whole function: every host, ABI and number, also those without a name.
//!
//! It takes decisions of calls, puts runc's stub over them, and gives a [`Policy`](super::Policy) that can be
//! stacked and named by a hash. It never knows how a decision came about.

pub(super) mod abi;
pub(super) mod adopt;
pub(super) mod build;
pub(super) mod elsewhere;
pub(super) mod fingerprint;
pub(super) mod mention;
pub(super) mod numbered;
pub(super) mod of_numbers;
pub(super) mod stacked;
pub(super) mod stub;
