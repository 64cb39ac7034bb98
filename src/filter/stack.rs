//! The function of all filters of a process together.

use super::answer::Answer;
use super::program::checked::{ByteOrder, MOST_IN_STACK, Program};
use super::run::execute::{execute, reached};
use crate::decision::var::Group;
use crate::decision::{Assignment, Decision, Store, TooLarge};

/// More ranges of numbers than these are no list any more. Real filters have up to 631; one that returns the
/// number of the call itself has 200,709.
const MOST_RANGES: usize = 250_000;

/// The function of a stack of programs, which lives in the store in which it was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    decision: Decision,
    architectures: Vec<Architecture>,
    byte_order: ByteOrder,
}

/// What a filter answers to the calls of some architectures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Architecture {
    /// Up to which `AUDIT_ARCH_...` (inclusive).
    pub upto: u32,
    /// For all numbers: up to which (inclusive) which decision over the arguments and the
    /// instruction pointer holds, ascending, neighbours differing. Leaves are
    /// [`Filter::answer`]'s.
    pub numbers: Vec<(u32, Decision)>,
}

/// Why a stack has no function that can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// No program at all.
    #[error("a stack of no filters")]
    Empty,
    /// Of two byte orders, which no kernel has.
    #[error("filter {0} is for architectures of the other byte order than the first")]
    ByteOrder(usize),
    /// The kernel refuses the last of them.
    #[error(
        "together the filters are {0} instructions as the kernel counts them: it takes \
         {MOST_IN_STACK} for one process"
    )]
    TooLong(usize),
    /// The named bound of the decision engine was reached.
    #[error("filter {at} is too complex to decide: {bound}")]
    TooComplex {
        /// Which of the stack, counted from 0, the oldest.
        at: usize,
        /// The bound.
        bound: TooLarge,
    },
    /// The answers alternate in more ranges of numbers than can be listed.
    #[error(
        "its answers change with the architecture and the number of a call more than {MOST_RANGES} times"
    )]
    Ranges,
}

impl Filter {
    /// The function of programs that all run on every call, the oldest first.
    ///
    /// # Errors
    /// [`FilterError`]: a stack that no kernel has, or a bound of the store.
    pub fn new(store: &mut Store, stack: &[Program]) -> Result<Filter, FilterError> {
        let byte_order = stack.first().ok_or(FilterError::Empty)?.byte_order();
        if let Some(at) = stack.iter().position(|program| program.byte_order() != byte_order) {
            return Err(FilterError::ByteOrder(at));
        }
        let counted = Program::counted(stack);
        if counted > MOST_IN_STACK {
            return Err(FilterError::TooLong(counted));
        }
        let mut decision = None;
        for (at, program) in stack.iter().enumerate() {
            let mut with = || {
                let newer = execute(store, program)?;
                match decision {
                    None => Ok(newer),
                    Some(older) => store.zip(older, newer, &Answer::together),
                }
            };
            decision = Some(with().map_err(|bound| FilterError::TooComplex { at, bound })?);
        }
        let decision = decision.ok_or(FilterError::Empty)?;
        let architectures = architectures(store, decision).ok_or(FilterError::Ranges)?;
        Ok(Filter { decision, architectures, byte_order })
    }

    /// Which instructions of a program some call reaches.
    ///
    /// # Errors
    /// [`TooLarge`] where a bound of the store is reached.
    pub fn reached(store: &mut Store, program: &Program) -> Result<Vec<bool>, TooLarge> {
        reached(store, program)
    }

    /// The answers, for all architectures: ascending ranges of them.
    pub fn architectures(&self) -> &[Architecture] {
        &self.architectures
    }

    /// The byte order of the architectures that it is for.
    pub fn byte_order(&self) -> ByteOrder {
        self.byte_order
    }

    /// The whole function, which asks for the architecture and the number as well.
    pub fn decision(&self) -> Decision {
        self.decision
    }

    /// The answer to one call: architecture, number, arguments and instruction pointer of the point.
    pub fn answer(&self, store: &Store, call: &Assignment) -> Answer {
        Answer::from_leaf(store.evaluate(self.decision, call))
    }

    /// Which answers it gives to some call.
    pub fn answers(&self, store: &Store) -> Vec<Answer> {
        store.leaves(self.decision).into_iter().map(Answer::from_leaf).collect()
    }

    /// The answers to the calls of one architecture.
    pub(super) fn of_architecture(&self, architecture: u32) -> &[(u32, Decision)] {
        let at = self.architectures.partition_point(|of| of.upto < architecture);
        self.architectures.get(at).map_or(&[], |of| &of.numbers)
    }
}

fn architectures(store: &Store, decision: Decision) -> Option<Vec<Architecture>> {
    let mut architectures = Vec::new();
    let mut left = MOST_RANGES;
    for (upto, of_architecture) in store.cut(decision, Group::Architecture, MOST_RANGES)? {
        let numbers = store.cut(of_architecture, Group::Number, left)?;
        left -= numbers.len();
        architectures.push(Architecture { upto, numbers });
    }
    Some(architectures)
}
