//! Where a call is made.

use crate::syscall::{Abi, Host};

/// The programs of one ABI on one host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The host.
    pub host: Host,
    /// The ABI.
    pub abi: Abi,
}
