//! A condition on one argument, as a set of calls.

use crate::decision::{Compare, Set, Store, TooLarge};
use crate::syscall::Abi;

/// How an argument, masked, compares with a number. All comparisons are unsigned, as the kernel's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // as in C
pub enum Op {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// A condition on one argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Condition {
    /// Which argument, from 0.
    pub index: u8,
    /// The bits that are looked at.
    pub mask: u64,
    /// How it compares.
    pub op: Op,
    /// With what.
    pub value: u64,
}

impl Condition {
    /// The calls that fulfil it.
    pub(super) fn set(self, store: &mut Store, width: u16) -> Result<Set, TooLarge> {
        let Condition { index, mask, op, value } = self;
        let (compare, is_negated) = match op {
            Op::Eq => (Compare::Eq, false),
            Op::Ne => (Compare::Eq, true),
            Op::Gt => (Compare::Gt, false),
            Op::Ge => (Compare::Ge, false),
            Op::Lt => (Compare::Ge, true),
            Op::Le => (Compare::Gt, true),
        };
        let set = store.compare_arg(index, 0, width, mask, compare, value)?;
        if is_negated { store.not(set) } else { Ok(set) }
    }
}

/// How many bits of a register a program of an ABI has.
pub(super) fn width(abi: Abi) -> u16 {
    if abi.has_32bit_registers() { 32 } else { 64 }
}

/// The calls that a program of an ABI can make: of 32-bit registers the kernel gives a filter words
/// whose upper halves are 0.
pub(crate) fn possible(store: &mut Store, abi: Abi) -> Result<Set, TooLarge> {
    let mut possible = Set::ALL;
    if width(abi) == 32 {
        for index in 0..6 {
            let is_narrow = store.compare_arg(index, 32, 32, u64::MAX, Compare::Eq, 0)?;
            possible = store.and(possible, is_narrow)?;
        }
    }
    Ok(possible)
}
