//! Names of values: arguments, constants, errnos.
//!
//! It takes a call, an argument and a number, or a name, and gives the other. It never knows what a value does.

pub(super) mod args;
pub(super) mod constants;
pub(super) mod errno;
pub(super) mod headers;
pub(super) mod protocols;
