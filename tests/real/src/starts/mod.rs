//! What a runtime needs of a filter to start a container, measured.
//!
//! ```text
//! Machine       one of the runtimes, here or in a root folder          machine
//!   ─▶ start    a container under a filter, in a Case: starts or not   start
//!   ─▶ calls    the calls that are made under the filter               trace
//!   ─▶ measure  which of them are needed, one at a time and together   measure
//!   ─▶ rows     of the table that the main crate holds                 table
//! ```

mod machine;
mod measure;
mod start;
mod table;
mod trace;

pub use machine::{MACHINES, Machine};
pub use measure::{Answer, Answers, Blocked, Call, Needs, OF_THREADS, allowing, denying, measure};
pub use start::{Case, Started};
pub use table::rows;
pub use trace::Made;
