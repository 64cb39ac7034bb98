//! What the kernel and libseccomp know of system calls, and nothing of profiles.

mod abi;
mod args;
mod callers;
mod constants;
mod danger;
mod errno;
mod facts;
mod headers;
mod host;
mod library;
mod nearest;
mod table;

pub use abi::{ABI_COUNT, Abi};
pub use args::{arg_count, arg_name};
pub use callers::{Caller, Fate, all_callers, callers, enosys};
pub use constants::{
    ConstantKind, constant_expression, constant_kind, constant_name, constant_value, constants,
    flag_names,
};
pub use danger::danger;
pub use errno::{errno_name, errno_number};
pub use headers::header_constant;
pub use host::{HOST_COUNT, Host};
pub use library::Library;
pub use nearest::nearest;
pub use table::{Multiplexer, Syscall, numbers};
