//! Calls that were recorded, by any of the tools that people paste from.
//!
//! Each line is a call, known to be none, the rest of a call, or not understood; none is dropped
//! without a word.
//!
//! ```
//! use sdiff::recording::{Which, read};
//!
//! let text = "openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY) = 3\n+++ exited with 0 +++\nwhat?\n";
//! let recording = read(text.as_bytes(), None)?;
//! let (seen, tally) = recording.calls.iter().next().expect("a call");
//! assert_eq!((seen.syscall.name(), seen.args[2], tally.count), ("openat", Some(0), 1));
//! assert_eq!((recording.lines.none, recording.lines.not_understood), (1, 1));
//! # Ok::<(), std::io::Error>(())
//! ```

mod arch;
mod context;
mod deduce;
mod entry;
mod errors;
mod format;
mod prefix;
mod reader;
mod tally;
mod unnamed;
mod width;
mod words;

pub use arch::host_of;
pub use context::Kind;
pub use deduce::{Deduction, Ground};
pub use entry::{AbiHint, Answer, Entry, Outcome, Settled, Which};
pub use format::FORMATS;
pub use reader::{Reader, Recorder, read};
pub use tally::{Lines, Recording, Seen, Tally};
