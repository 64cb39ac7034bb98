//! The bits that a decision may ask for, in the order in which it asks.
//!
//! First the capabilities, then the kernel's version, then the arguments; of a number the
//! highest bit first, so that a comparison needs one node a bit.

use crate::profile::CAPABILITY_COUNT;

/// A bit that a diagram tests. Smaller is asked earlier.
pub type Var = u16;

/// Bits of a kernel version: [`crate::profile::KernelVersion::bits`].
pub const KERNEL_BITS: u16 = 16;
/// Bits of an argument.
pub const ARG_BITS: u16 = 64;
/// How many arguments a system call has at most.
pub const ARGS: u16 = 6;

const KERNEL_START: Var = CAPABILITY_COUNT as Var;
/// The first bit that belongs to an argument; those before are the environment's.
pub const ARGS_START: Var = KERNEL_START + KERNEL_BITS;
/// How many bits there are in all.
pub const VAR_COUNT: u16 = ARGS_START + ARGS * ARG_BITS;

/// What a bit belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// The capability with this bit is in the bounding set.
    Capability(u8),
    /// The kernel's version.
    Kernel,
    /// This argument.
    Arg(u8),
}

/// The capability with that bit.
pub const fn capability(bit: u8) -> Var {
    bit as Var
}

/// A bit of the kernel's version, counted from the lowest.
pub const fn kernel(bit: u16) -> Var {
    KERNEL_START + (KERNEL_BITS - 1 - bit)
}

/// A bit of an argument, counted from the lowest.
pub const fn arg(index: u8, bit: u16) -> Var {
    ARGS_START + index as u16 * ARG_BITS + (ARG_BITS - 1 - bit)
}

/// What a bit belongs to.
pub const fn group(var: Var) -> Group {
    if var < KERNEL_START {
        Group::Capability(var as u8)
    } else if var < ARGS_START {
        Group::Kernel
    } else {
        Group::Arg(((var - ARGS_START) / ARG_BITS) as u8)
    }
}

impl Group {
    /// Its first (highest) bit and the one behind its last.
    pub const fn range(self) -> (Var, Var) {
        match self {
            Group::Capability(bit) => (bit as Var, bit as Var + 1),
            Group::Kernel => (KERNEL_START, ARGS_START),
            Group::Arg(index) => {
                let start = ARGS_START + index as u16 * ARG_BITS;
                (start, start + ARG_BITS)
            }
        }
    }
}
