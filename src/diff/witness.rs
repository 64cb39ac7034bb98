//! The proof of an effect: one call in one environment.

use super::Place;
use crate::decision::Assignment;
use crate::profile::Action;
use crate::syscall::Syscall;

/// One call for which the two profiles give the two actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Which programs make it.
    pub place: Place,
    /// The number of the call there.
    pub number: u32,
    /// Its name, if the number has one.
    pub syscall: Option<Syscall>,
    /// The environment and the arguments.
    pub point: Assignment,
    /// Whether the answers hang on the kernel's version.
    pub asks_kernel: bool,
    /// The answer of the old profile.
    pub from: Action,
    /// The answer of the new profile.
    pub to: Action,
}
