//! The words: clauses, ranges and terms, and the way back from them to a set.

use super::super::build::Compare;
use super::super::handle::Set;
use super::super::meter::TooLarge;
use super::super::store::Store;
use crate::profile::{Capability, KernelVersion};

/// Conditions of which all must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clause {
    /// Capabilities that the bounding set must hold or lack, by bit.
    pub capabilities: Vec<(Capability, bool)>,
    /// The kernel's version is in one of these, in ascending order; none: any kernel.
    pub kernel: Vec<KernelRange>,
    /// Conditions on arguments, at most one entry an argument, by index.
    pub args: Vec<ArgClause>,
}

/// Kernel versions from one to another, both included; without a bound where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KernelRange {
    /// The first.
    pub from: Option<KernelVersion>,
    /// The last.
    pub to: Option<KernelVersion>,
}

/// Conditions on one argument, of which all must hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArgClause {
    /// Which argument: 0 to 5.
    pub index: u8,
    /// At least one.
    pub terms: Vec<Term>,
}

/// A condition on an argument. All comparisons are unsigned.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Term {
    /// It is in one of the ranges, which are in ascending order and never touch.
    In(Vec<ValueRange>),
    /// It is in none of the ranges.
    NotIn(Vec<ValueRange>),
    /// Its bits under the mask are exactly these.
    Masked {
        /// The bits that count.
        mask: u64,
        /// Their values.
        value: u64,
    },
    /// Its bits under the mask are not all as in the value.
    NotMasked {
        /// The bits that count.
        mask: u64,
        /// What they are not.
        value: u64,
    },
}

/// Values from one to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValueRange {
    /// The first.
    pub from: u64,
    /// The last; `None` where the range goes on to the highest value there is.
    pub to: Option<u64>,
}

impl ValueRange {
    /// The value, where the range has only one.
    pub fn single(self) -> Option<u64> {
        (self.to == Some(self.from)).then_some(self.from)
    }

    fn cost(self) -> u32 {
        match self.single() {
            Some(_) => 2,
            None if self.from == 0 || self.to.is_none() => 3,
            None => 4,
        }
    }

    fn to_set(self, store: &mut Store, index: u8, width: u16) -> Result<Set, TooLarge> {
        let all = u64::MAX;
        let from = store.compare_arg(index, 0, width, all, Compare::Ge, self.from)?;
        let Some(to) = self.to else { return Ok(from) };
        let above = store.compare_arg(index, 0, width, all, Compare::Gt, to)?;
        store.minus(from, above)
    }
}

impl Term {
    /// How long it is to read. Masks of many bits are hard to read.
    pub(super) fn cost(&self) -> u32 {
        match self {
            Term::In(ranges) => ranges.iter().map(|range| range.cost()).sum(),
            Term::NotIn(ranges) => 1 + ranges.iter().map(|range| range.cost()).sum::<u32>(),
            Term::Masked { mask, .. } | Term::NotMasked { mask, .. } => 4 + mask.count_ones() / 8,
        }
    }

    /// The calls whose argument fulfils it when `width` bits of it are compared.
    pub fn to_set(&self, store: &mut Store, index: u8, width: u16) -> Result<Set, TooLarge> {
        match self {
            Term::In(ranges) => {
                let mut set = Set::EMPTY;
                for range in ranges {
                    let part = range.to_set(store, index, width)?;
                    set = store.or(set, part)?;
                }
                Ok(set)
            }
            Term::NotIn(ranges) => {
                let inside = Term::In(ranges.clone()).to_set(store, index, width)?;
                store.not(inside)
            }
            &Term::Masked { mask, value } => {
                store.compare_arg(index, 0, width, mask, Compare::Eq, value)
            }
            &Term::NotMasked { mask, value } => {
                let equal = store.compare_arg(index, 0, width, mask, Compare::Eq, value)?;
                store.not(equal)
            }
        }
    }
}

impl KernelRange {
    fn to_set(self, store: &mut Store) -> Result<Set, TooLarge> {
        let from = match self.from {
            Some(version) => store.kernel_at_least(version)?,
            None => Set::ALL,
        };
        match self.to.and_then(KernelVersion::successor) {
            Some(behind) => {
                let behind = store.kernel_at_least(behind)?;
                store.minus(from, behind)
            }
            None => Ok(from),
        }
    }
}

impl Clause {
    /// Whether it asks for nothing: it holds always.
    pub fn is_always(&self) -> bool {
        self.capabilities.is_empty() && self.kernel.is_empty() && self.args.is_empty()
    }

    /// How long it is to read.
    pub(super) fn cost(&self) -> u32 {
        let terms = self.args.iter().flat_map(|arg| &arg.terms);
        let kernel = self.kernel.len() as u32 * 3;
        self.capabilities.len() as u32 * 2 + kernel + terms.map(|term| 1 + term.cost()).sum::<u32>()
    }

    /// What fulfils it when `width` bits of an argument are compared.
    pub fn to_set(&self, store: &mut Store, width: u16) -> Result<Set, TooLarge> {
        let mut set = Set::ALL;
        for &(capability, held) in &self.capabilities {
            let with = store.with_capability(capability)?;
            set = if held { store.and(set, with)? } else { store.minus(set, with)? };
        }
        let mut kernels = if self.kernel.is_empty() { Set::ALL } else { Set::EMPTY };
        for range in &self.kernel {
            let part = range.to_set(store)?;
            kernels = store.or(kernels, part)?;
        }
        set = store.and(set, kernels)?;
        for arg in &self.args {
            for term in &arg.terms {
                let part = term.to_set(store, arg.index, width)?;
                set = store.and(set, part)?;
            }
        }
        Ok(set)
    }
}
