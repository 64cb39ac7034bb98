//! Conditions on arguments.

use super::Span;

/// A comparison (`SCMP_CMP_...`). All are unsigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Op {
    /// `SCMP_CMP_NE`
    Ne,
    /// `SCMP_CMP_LT`
    Lt,
    /// `SCMP_CMP_LE`
    Le,
    /// `SCMP_CMP_EQ`
    Eq,
    /// `SCMP_CMP_GE`
    Ge,
    /// `SCMP_CMP_GT`
    Gt,
    /// `SCMP_CMP_MASKED_EQ`
    MaskedEq,
}

impl Op {
    /// All of them.
    pub const ALL: [Op; 7] = [Op::Ne, Op::Lt, Op::Le, Op::Eq, Op::Ge, Op::Gt, Op::MaskedEq];

    /// The name as profiles write it.
    pub const fn oci_name(self) -> &'static str {
        match self {
            Op::Ne => "SCMP_CMP_NE",
            Op::Lt => "SCMP_CMP_LT",
            Op::Le => "SCMP_CMP_LE",
            Op::Eq => "SCMP_CMP_EQ",
            Op::Ge => "SCMP_CMP_GE",
            Op::Gt => "SCMP_CMP_GT",
            Op::MaskedEq => "SCMP_CMP_MASKED_EQ",
        }
    }

    /// The operator of that name. Case matters.
    pub fn from_oci_name(name: &str) -> Option<Op> {
        Op::ALL.into_iter().find(|op| op.oci_name() == name)
    }
}

/// One condition on one argument, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArgCmp {
    /// Which argument: 0 to 5.
    pub index: u8,
    /// The comparison.
    pub op: Op,
    /// The operand; for [`Op::MaskedEq`] the mask.
    pub value: u64,
    /// For [`Op::MaskedEq`] the datum, else of no meaning.
    pub value_two: u64,
    /// The whole condition in the file.
    pub span: Span,
}

impl ArgCmp {
    /// Whether an argument fulfils it when compared on 64 bits.
    pub const fn matches(&self, arg: u64) -> bool {
        match self.op {
            Op::Ne => arg != self.value,
            Op::Lt => arg < self.value,
            Op::Le => arg <= self.value,
            Op::Eq => arg == self.value,
            Op::Ge => arg >= self.value,
            Op::Gt => arg > self.value,
            Op::MaskedEq => arg & self.value == self.value_two & self.value,
        }
    }
}
