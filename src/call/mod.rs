//! Calls and sets of calls as one writes them: `socket(AF_VSOCK, 1, 0)`,
//! `clone(flags & CLONE_NEWUSER)`, `socketcall@x86(1..3)`. One grammar, in `docs/calls.md`, for
//! everything that takes a call.
//!
//! What is written is a set of calls, and is judged as one: as a diagram, never by samples.
//!
//! ```
//! use sdiff::call::Call;
//! use sdiff::decision::{Assignment, Store};
//! use sdiff::syscall::Abi;
//!
//! let call = Call::parse("clone(flags & CLONE_NEWUSER)", Abi::X86_64)?;
//! let mut store = Store::default();
//! let calls = call.set(&mut store, Abi::X86_64)?;
//! let with = |flags| Assignment { args: [flags, 0, 0, 0, 0, 0], ..Assignment::default() };
//! assert!(store.contains(calls, &with(0x1000_0011)));
//! assert!(!store.contains(calls, &with(17)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[allow(clippy::module_inception)] // the room is named for what it holds
mod call;
mod condition;
mod error;
mod resolve;
mod syntax;
mod token;

pub use call::Call;
pub(crate) use condition::possible;
pub use condition::{Condition, Op};
pub use error::{CallError, Fault};
