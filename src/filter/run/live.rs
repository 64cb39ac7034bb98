//! Which registers and scratch words are still read, instruction by instruction.

use crate::filter::program::checked::Program;
use crate::filter::program::instruction::{Source, Step};

/// A set of registers: A, X, and the scratch words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::filter) struct Live(u32);

impl Live {
    pub const A: Live = Live(1 << 16);
    pub const X: Live = Live(1 << 17);

    /// A scratch word.
    pub const fn scratch(word: usize) -> Live {
        Live(1 << word)
    }

    /// Whether all of the others are in it.
    pub const fn has(self, other: Live) -> bool {
        self.0 & other.0 == other.0
    }

    const fn and(self, other: Live) -> Live {
        Live(self.0 | other.0)
    }

    const fn without(self, other: Live) -> Live {
        Live(self.0 & !other.0)
    }
}

/// What is read on some way from each instruction on, before it is written.
pub(in crate::filter) fn live(program: &Program) -> Vec<Live> {
    let steps = program.steps();
    let mut live = vec![Live::default(); steps.len() + 1];
    for (at, step) in steps.iter().enumerate().rev() {
        let behind = |skip: usize| live.get(at + 1 + skip).copied().unwrap_or_default();
        let operand = |source| if source == Source::X { Live::X } else { Live::default() };
        let next = behind(0);
        live[at] = match *step {
            Step::Load(_) | Step::LoadConstant(_) => next.without(Live::A),
            Step::LoadScratch(word) => next.without(Live::A).and(Live::scratch(word)),
            Step::LoadXConstant(_) => next.without(Live::X),
            Step::LoadXScratch(word) => next.without(Live::X).and(Live::scratch(word)),
            Step::Store(word) => match next.has(Live::scratch(word)) {
                true => next.without(Live::scratch(word)).and(Live::A),
                false => next,
            },
            Step::StoreX(word) => match next.has(Live::scratch(word)) {
                true => next.without(Live::scratch(word)).and(Live::X),
                false => next,
            },
            Step::Calculate(_, source) => next.and(Live::A).and(operand(source)),
            Step::Negate => next.and(Live::A),
            Step::ToX => next.without(Live::X).and(Live::A),
            Step::FromX => next.without(Live::A).and(Live::X),
            Step::Jump(skip) => behind(skip as usize),
            Step::Branch(_, source, then, otherwise) => {
                let both = behind(then.into()).and(behind(otherwise.into()));
                both.and(Live::A).and(operand(source))
            }
            Step::Return(_) => Live::default(),
            Step::ReturnA => Live::A,
        };
    }
    live
}
