//! Sets in words (a stand-in).

use super::Set;
use crate::profile::{Capability, KernelVersion};

/// A set as a disjunction of clauses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Description {
    /// The clauses.
    pub clauses: Vec<Clause>,
    /// What did not fit.
    pub rest: Option<Set>,
}

/// A conjunction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Clause {
    /// Capabilities that are there or not.
    pub capabilities: Vec<(Capability, bool)>,
    /// Kernels.
    pub kernel: Vec<KernelRange>,
}

/// Kernels from one to another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct KernelRange {
    /// The first.
    pub from: Option<KernelVersion>,
    /// The last.
    pub to: Option<KernelVersion>,
}

/// A stand-in.
pub fn describe(
    _: &mut super::Store,
    set: Set,
    _: u16,
    _: usize,
) -> Result<Description, super::TooLarge> {
    Ok(Description { clauses: vec![], rest: Some(set) })
}
