//! What is known of a call besides its numbers: why it is dangerous, who asks for it first, since
//! which libseccomp it has a name.
//!
//! It takes a call and gives facts, each with its source. It never knows what a profile answers.

pub(super) mod callers;
pub(super) mod danger;
pub(super) mod library;
pub(super) mod refusals;
