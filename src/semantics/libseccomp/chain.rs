//! One rule as a chain of tests on 32-bit words.

use crate::decision::Leaf;
use crate::profile::{ArgCmp, Op};

/// A condition as libseccomp takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Condition {
    /// The comparison.
    pub op: Op,
    /// The mask; all ones but for [`Op::MaskedEq`].
    pub mask: u64,
    /// What is compared with.
    pub datum: u64,
}

impl Condition {
    /// The condition that a profile's entry becomes.
    pub fn new(cmp: &ArgCmp) -> Condition {
        match cmp.op {
            Op::MaskedEq => Condition { op: cmp.op, mask: cmp.value, datum: cmp.value_two },
            op => Condition { op, mask: u64::MAX, datum: cmp.value },
        }
    }
}

/// A rule as libseccomp takes it: at most one condition an argument, all of which must hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LibRule {
    /// The action's code.
    pub action: Leaf,
    /// The conditions, by argument.
    pub conditions: [Option<Condition>; 6],
}

impl LibRule {
    /// Whether it holds for every call, as far as the library looks.
    pub fn is_unconditional(&self, is_32bit: bool) -> bool {
        self.tests(is_32bit).next().is_none()
    }

    /// Whether it asks for one argument at most, and for that once.
    pub fn has_one_condition(&self) -> bool {
        self.conditions.iter().flatten().count() <= 1
    }

    /// The conditions that the library generates tests for: a mask that covers no bit of the
    /// words in question asks nothing.
    pub(super) fn tests(&self, is_32bit: bool) -> impl Iterator<Item = (u8, Condition)> + '_ {
        self.conditions.iter().enumerate().filter_map(move |(index, condition)| {
            let condition = (*condition)?;
            let relevant =
                if is_32bit { condition.mask & 0xffff_ffff != 0 } else { condition.mask != 0 };
            (condition.op != Op::MaskedEq || relevant).then_some((index as u8, condition))
        })
    }
}

/// Half an argument: what a classic BPF program can load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Word {
    pub arg: u8,
    /// Bits 32 to 63.
    pub high: bool,
}

/// The comparison of one test. Masked and plain equality are the same to BPF, yet not when the
/// library looks for equal tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Test {
    Eq,
    MaskedEq,
    Gt,
    Ge,
}
