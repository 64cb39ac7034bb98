//! What the kernel and libseccomp know of system calls, and nothing of profiles.

mod abi;
mod host;
mod supplement;
mod table;

pub use abi::{ABI_COUNT, Abi};
pub use host::{HOST_COUNT, Host};
pub use table::{Multiplexer, Syscall, numbers};
