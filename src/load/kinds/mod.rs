//! Where in a file the profile is: an engine's JSON, a runtime's `config.json`, the operator's objects,
//! what `docker inspect` prints, or something else that has a name.
//!
//! It takes values and gives the part that is a profile, undecoded. It never asks what rules mean, and
//! reads no file but by [`Siblings`](super::Siblings).

pub(super) mod inspect;
pub(super) mod locate;
pub(super) mod operator;
pub(super) mod other;
pub(super) mod surroundings;
