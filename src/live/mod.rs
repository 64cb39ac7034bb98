//! What running processes hold: their filters, as the kernel gives them, and what is around them.
//!
//! This is the one room with system calls. It works on Linux, where the crate is built with its
//! feature `live`; elsewhere everything here is [`LiveError::Unsupported`].
//!
//! A process is stopped for some microseconds while it is read (`PTRACE_SEIZE` and
//! `PTRACE_INTERRUPT`), and goes on whatever happens to the one that reads: the kernel lets it go
//! with the thread that asked, and no option is set by which it would end. What it waits for is taken up
//! again, but for the few calls that a stop ends with `EINTR` (`signal(7)`: `epoll_wait`, `semop`, ...).

mod ask;
mod container;
mod engine;
mod error;
mod machine;
mod process;
mod status;
mod survey;
mod tool;
#[cfg(all(target_os = "linux", feature = "live"))]
#[allow(unsafe_code, reason = "two system calls that no crate has a safe form of")]
mod tracer;
#[cfg(not(all(target_os = "linux", feature = "live")))]
#[path = "no_tracer.rs"]
mod tracer;

pub use container::{Container, Manager};
pub use engine::{Running, find};
pub use error::{Asked, LiveError};
pub use process::Process;
pub use status::{Mode, Status};
pub use survey::{Group, Member, Survey, survey};
pub use tool::Tool;
