//! What the kernel and libseccomp know of system calls, and nothing of profiles.

mod abi;
mod facts;
mod host;
mod known;
mod nearest;
mod table;
mod values;

pub use abi::{ABI_COUNT, Abi};
pub use host::{HOST_COUNT, Host};
pub use known::callers::{Caller, Fate, all_callers, callers, enosys};
pub use known::danger::danger;
pub use known::library::Library;
pub use known::refusals::refusal;
pub use nearest::{nearest, nearest_of};
pub use table::{Multiplexer, Syscall, numbers};
pub use values::args::{arg_count, arg_name};
pub use values::constants::{
    ConstantKind, constant_expression, constant_kind, constant_name, constant_value, constants,
    flag_names,
};
pub use values::errno::{errno_name, errno_number};
pub use values::headers::header_constant;
pub(crate) use values::protocols::{is_protocol, protocol_name, protocols};
