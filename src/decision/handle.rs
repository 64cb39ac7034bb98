//! Handles of functions, and the nodes that they stand for.

use super::var::Var;

/// A leaf's value: below 2^31.
pub type Leaf = u32;

const LEAF_BIT: u32 = 1 << 31;

/// A handle of a function in a [`Store`](crate::decision::Store). Handles of one store are equal when
/// the functions are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Decision(pub(super) u32);

/// A handle of a set: a decision whose leaves are 1 (in) and 0 (out).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Set(pub(super) Decision);

impl Decision {
    /// The function that is this everywhere.
    pub const fn leaf(value: Leaf) -> Decision {
        Decision(value | LEAF_BIT)
    }

    /// The value, where the function is one value everywhere.
    pub const fn as_leaf(self) -> Option<Leaf> {
        if self.0 & LEAF_BIT != 0 { Some(self.0 & !LEAF_BIT) } else { None }
    }
}

impl Set {
    /// Nothing.
    pub const EMPTY: Set = Set(Decision::leaf(0));
    /// Everything.
    pub const ALL: Set = Set(Decision::leaf(1));

    /// Whether nothing is in it.
    pub fn is_empty(self) -> bool {
        self == Set::EMPTY
    }

    /// Whether everything is in it.
    pub fn is_all(self) -> bool {
        self == Set::ALL
    }

    /// The set as a decision between 0 and 1.
    pub const fn decision(self) -> Decision {
        self.0
    }

    /// The set that a decision between 0 and 1 is.
    pub(crate) const fn of_decision(decision: Decision) -> Set {
        Set(decision)
    }
}

/// Asks for one bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub var: Var,
    /// Where the bit is 0.
    pub lo: Decision,
    /// Where the bit is 1.
    pub hi: Decision,
}
