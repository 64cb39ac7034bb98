//! One point of a set, and the value of a function at a point.

use super::handle::{Decision, Leaf, Set};
use super::meter::Part;
use super::store::Store;
use super::var::{self, Group, Var};
use crate::profile::{Capability, KernelVersion};

/// A point: an environment and a call. What a decision does not ask for may be anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Assignment {
    /// The capabilities in the bounding set, by bit.
    pub capabilities: u64,
    /// The kernel's version.
    pub kernel: KernelVersion,
    /// The arguments.
    pub args: [u64; 6],
    /// The address from which the call is made.
    pub instruction_pointer: u64,
    /// The architecture (`AUDIT_ARCH_...`); a policy's decisions do not ask for it.
    pub architecture: u32,
    /// The number of the call; a policy's decisions do not ask for it.
    pub number: u32,
}

impl Assignment {
    /// The capabilities of the bounding set.
    pub fn capability_list(&self) -> impl Iterator<Item = Capability> + '_ {
        Capability::all().filter(|capability| self.capabilities >> capability.bit() & 1 == 1)
    }

    /// A bit of the environment; `None` for one of the call.
    pub(crate) fn environment_bit(&self, var: Var) -> Option<bool> {
        let is_environment = matches!(var::group(var), Group::Capability(_) | Group::Kernel);
        is_environment.then(|| self.get(var))
    }

    fn get(&self, var: Var) -> bool {
        let (word, bit) = self.place(var);
        word >> bit & 1 == 1
    }

    fn place(&self, var: Var) -> (u64, u16) {
        let group = var::group(var);
        let bit = group.range().1 - 1 - var;
        match group {
            Group::Architecture => (self.architecture.into(), bit),
            Group::Number => (self.number.into(), bit),
            Group::Capability(capability) => (self.capabilities, capability.into()),
            Group::Kernel => (self.kernel.bits().into(), bit),
            Group::Arg(index) => match self.args.get(index as usize) {
                Some(&value) => (value, bit),
                None => (self.instruction_pointer, bit),
            },
        }
    }

    fn set(&mut self, var: Var) {
        let (word, bit) = self.place(var);
        let word = word | 1 << bit;
        match var::group(var) {
            Group::Architecture => self.architecture = word as u32,
            Group::Number => self.number = word as u32,
            Group::Capability(_) => self.capabilities = word,
            Group::Kernel => self.kernel = KernelVersion::from_bits(word as u16),
            Group::Arg(index) => match self.args.get_mut(index as usize) {
                Some(value) => *value = word,
                None => self.instruction_pointer = word,
            },
        }
    }
}

impl Store {
    /// The value of a function at a point.
    pub fn evaluate(&self, decision: Decision, point: &Assignment) -> Leaf {
        let mut at = decision;
        loop {
            match self.node(at) {
                Some(node) => at = if point.get(node.var) { node.hi } else { node.lo },
                None => return at.as_leaf().unwrap_or_default(),
            }
        }
    }

    /// Whether a point is in a set.
    pub fn contains(&self, set: Set, point: &Assignment) -> bool {
        self.evaluate(set.0, point) == 1
    }

    /// A point of the set, `None` if it is empty: the smallest in the order of asking, so with
    /// few capabilities, an old kernel and small arguments, and 0 for what does not matter.
    pub fn witness(&self, set: Set) -> Option<Assignment> {
        let mut point = Assignment::default();
        let mut at = set.0;
        while let Some(node) = self.node(at) {
            // Reduced: a node that is not the empty leaf has something in it.
            if node.lo == Set::EMPTY.0 {
                point.set(node.var);
                at = node.hi;
            } else {
                at = node.lo;
            }
        }
        (at == Set::ALL.0).then_some(point)
    }

    /// Whether a set's answer at a point would change with the kernel's version.
    pub fn asks(&self, decision: Decision, group: Group) -> bool {
        let (from, to) = group.range();
        let mut seen = rustc_hash::FxHashSet::default();
        let mut stack = vec![decision];
        while let Some(decision) = stack.pop() {
            if let Some(node) = self.node(decision)
                && node.var < to
            {
                if node.var >= from {
                    return true;
                }
                if seen.insert(decision) {
                    stack.extend([node.lo, node.hi]);
                }
            }
        }
        self.meter().spend(Part::Walks, seen.len());
        false
    }
}
