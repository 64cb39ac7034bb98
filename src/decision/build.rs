//! Sets of single conditions: the atoms of every decision.

use super::handle::{Decision, Set};
use super::meter::{Part, TooLarge};
use super::store::Store;
use super::var::{self, Var};
use crate::profile::{Capability, KernelVersion};

/// How a masked word is compared with a number. All comparisons are unsigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Compare {
    /// Equal.
    Eq,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
}

impl Store {
    /// The environments whose bounding set holds a capability.
    pub fn with_capability(&mut self, capability: Capability) -> Result<Set, TooLarge> {
        self.bit(var::capability(capability.bit()))
    }

    /// The environments whose kernel is at least that.
    pub fn kernel_at_least(&mut self, version: KernelVersion) -> Result<Set, TooLarge> {
        let bits: Vec<Var> = (0..var::KERNEL_BITS).map(var::kernel).collect();
        self.compare_bits(&bits, u64::MAX, Compare::Ge, version.bits().into())
    }

    /// The calls for which `width` bits of an argument, beginning with bit `from`, masked,
    /// compare like that with `datum`. A masked-out bit counts as 0.
    pub fn compare_arg(
        &mut self,
        index: u8,
        from: u16,
        width: u16,
        mask: u64,
        compare: Compare,
        datum: u64,
    ) -> Result<Set, TooLarge> {
        let bits: Vec<Var> = (from..from + width).map(|bit| var::arg(index, bit)).collect();
        self.compare_bits(&bits, mask, compare, datum)
    }

    /// Where a bit is 1.
    pub(crate) fn bit(&mut self, var: Var) -> Result<Set, TooLarge> {
        self.make(var, Decision::leaf(0), Decision::leaf(1)).map(Set)
    }

    /// `bits` from the lowest to the highest, which is the reverse of the order of asking, so
    /// that each node is made on top of those below it.
    pub(crate) fn compare_bits(
        &mut self,
        bits: &[Var],
        mask: u64,
        compare: Compare,
        datum: u64,
    ) -> Result<Set, TooLarge> {
        let (inside, outside) = (Decision::leaf(1), Decision::leaf(0));
        let greater = if compare == Compare::Eq { outside } else { inside };
        self.meter().charge(Part::Walks, bits.len())?;
        // What the bits so far (the lower ones) say while the higher ones are equal.
        let mut equal = if compare == Compare::Gt { outside } else { inside };
        for (position, &var) in bits.iter().enumerate() {
            let wants = datum >> position & 1 == 1;
            let asks = mask >> position & 1 == 1;
            equal = match (asks, wants) {
                (true, true) => self.make(var, outside, equal)?,
                (true, false) => self.make(var, equal, greater)?,
                (false, true) => outside,
                (false, false) => equal,
            };
        }
        // A datum with bits above the width is greater than, and never equal to, every word.
        if bits.len() < 64 && datum >> bits.len() != 0 {
            equal = outside;
        }
        Ok(Set(equal))
    }
}
