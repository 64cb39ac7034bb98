//! What the kernel holds: programs of classic BPF, and the function that they are.
//!
//! A process has a stack of filters. Each is a [`Program`] that returns a value for what the kernel
//! tells of a call (`struct seccomp_data`: architecture, number, instruction pointer, six arguments), all
//! of them run, and the strictest answer wins. [`read`] takes bytes or a disassembly, [`Filter`] is
//! the exact function of a stack, and [`Filter::policy`] what it is to a host's programs, as the
//! [policy](crate::semantics::Policy) of a profile is.
//!
//! ```
//! use sdiff::decision::Store;
//! use sdiff::filter::{Filter, read};
//!
//! // if (number == 39) return ERRNO(1); return ALLOW
//! let text = " 0000: 0x20 0x00 0x00 0x00000000  A = sys_number
//!  0001: 0x15 0x00 0x01 0x00000027  if (A != getpid) goto 0003
//!  0002: 0x06 0x00 0x00 0x00050001  return ERRNO(1)
//!  0003: 0x06 0x00 0x00 0x7fff0000  return ALLOW";
//! let program = read(text.as_bytes())?;
//! let mut store = Store::default();
//! let filter = Filter::new(&mut store, &[program])?;
//! // Up to which architecture, up to which number: 38, 39, all above.
//! assert_eq!(filter.architectures()[0].numbers.len(), 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod policy;
mod program;
mod run;
mod stack;

pub use answer::Answer;
pub use policy::narrowed;
pub use program::architecture::audit;
pub use program::checked::{
    ByteOrder, MOST_IN_STACK, MOST_INSTRUCTIONS, Program, STACK_PENALTY, Unloadable, Wrong,
};
pub use program::disassembly::{Line, disassemble};
pub use program::error::ReadError;
pub use program::instruction::{
    DATA_SIZE, Instruction, Operation, SCRATCH_WORDS, Source, Step, Test,
};
pub use program::read::{decode, order_of_bytes, read};
pub use run::trace::{Judged, Traced, judge};
pub use stack::{Architecture, Filter, FilterError};
