//! The bits that a decision may ask for, in the order in which it asks.
//!
//! First the architecture and the number of the call, for which only a program's own decision asks (see
//! [`crate::filter`]; that of a [policy](crate::semantics::Policy) is cut at them). Then the
//! capabilities, then the kernel's version, then the arguments, and last the address from which the
//! call is made. Of a number the highest bit first, so that a comparison needs one node a bit.

use crate::profile::CAPABILITY_COUNT;

/// A bit that a diagram tests. Smaller is asked earlier.
pub type Var = u16;

/// Bits of the architecture and of the number of a call.
pub const WORD_BITS: u16 = 32;
/// Bits of a kernel version: [`crate::profile::KernelVersion::bits`].
pub const KERNEL_BITS: u16 = 16;
/// Bits of an argument.
pub const ARG_BITS: u16 = 64;
/// How many arguments a system call has at most.
pub const ARGS: u16 = 6;
/// The index behind the arguments: the instruction pointer, as wide as they are.
pub const INSTRUCTION_POINTER: u8 = ARGS as u8;

const NUMBER_START: Var = WORD_BITS;
const CAPABILITY_START: Var = NUMBER_START + WORD_BITS;
const KERNEL_START: Var = CAPABILITY_START + CAPABILITY_COUNT as Var;
/// The first bit that belongs to an argument; those before are the environment's.
pub const ARGS_START: Var = KERNEL_START + KERNEL_BITS;
/// How many bits there are in all.
pub const VAR_COUNT: u16 = ARGS_START + (ARGS + 1) * ARG_BITS;

/// What a bit belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// The architecture, as the kernel writes it to `seccomp_data.arch` (`AUDIT_ARCH_...`).
    Architecture,
    /// The number of the call.
    Number,
    /// The capability with this bit is in the bounding set.
    Capability(u8),
    /// The kernel's version.
    Kernel,
    /// This argument, or the instruction pointer ([`INSTRUCTION_POINTER`]).
    Arg(u8),
}

/// The capability with that bit.
pub const fn capability(bit: u8) -> Var {
    CAPABILITY_START + bit as Var
}

/// A bit of the kernel's version, counted from the lowest.
pub const fn kernel(bit: u16) -> Var {
    KERNEL_START + (KERNEL_BITS - 1 - bit)
}

/// A bit of an argument (or of the instruction pointer), counted from the lowest.
pub const fn arg(index: u8, bit: u16) -> Var {
    ARGS_START + index as u16 * ARG_BITS + (ARG_BITS - 1 - bit)
}

/// What a bit belongs to.
pub const fn group(var: Var) -> Group {
    if var >= ARGS_START {
        Group::Arg(((var - ARGS_START) / ARG_BITS) as u8)
    } else if var >= KERNEL_START {
        Group::Kernel
    } else if var >= CAPABILITY_START {
        Group::Capability((var - CAPABILITY_START) as u8)
    } else if var >= NUMBER_START {
        Group::Number
    } else {
        Group::Architecture
    }
}

impl Group {
    /// Its first (highest) bit and the one behind its last.
    pub const fn range(self) -> (Var, Var) {
        match self {
            Group::Architecture => (0, NUMBER_START),
            Group::Number => (NUMBER_START, CAPABILITY_START),
            Group::Capability(bit) => (capability(bit), capability(bit) + 1),
            Group::Kernel => (KERNEL_START, ARGS_START),
            Group::Arg(index) => {
                let start = ARGS_START + index as u16 * ARG_BITS;
                (start, start + ARG_BITS)
            }
        }
    }
}
