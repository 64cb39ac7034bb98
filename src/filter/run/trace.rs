//! One call through a stack of programs, instruction by instruction.

use crate::decision::Assignment;
use crate::filter::answer::Answer;
use crate::filter::program::checked::{ByteOrder, Program};
use crate::filter::program::instruction::{
    DATA_SIZE, Operation, SCRATCH_WORDS, Source, Step, Test,
};

/// What one program answers to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traced {
    /// The answer.
    pub answer: Answer,
    /// The instructions that ran, by their numbers: the last one ended the program.
    pub path: Vec<usize>,
}

/// What a stack answers to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What each program by itself answers, the oldest first.
    pub layers: Vec<Traced>,
    /// Which of them decides: the strictest, of equal ones the newest.
    pub decides: usize,
}

impl Judged {
    /// The answer of the whole stack; `None` for a stack of no filters.
    pub fn answer(&self) -> Option<Answer> {
        self.layers.get(self.decides).map(|layer| layer.answer)
    }
}

/// Runs the programs of a stack, the oldest first, on one call: architecture, number, arguments and
/// instruction pointer of the point.
pub fn judge(stack: &[Program], call: &Assignment) -> Judged {
    let layers: Vec<Traced> = stack.iter().map(|program| trace(program, call)).collect();
    let mut decides = 0;
    for (at, layer) in layers.iter().enumerate().skip(1) {
        let older = layers.get(decides).map_or(layer.answer, |older| older.answer);
        if layer.answer.is_as_strict_as(older) {
            decides = at;
        }
    }
    Judged { layers, decides }
}

/// Runs one program.
fn trace(program: &Program, call: &Assignment) -> Traced {
    let (mut a, mut x, mut scratch) = (0_u32, 0_u32, [0_u32; SCRATCH_WORDS]);
    let (mut path, mut at) = (Vec::new(), 0);
    // A checked program jumps forwards and ends in a return.
    while let Some(&step) = program.steps().get(at) {
        path.push(at);
        at += 1;
        let operand = |source| match source {
            Source::Constant(k) => k,
            Source::X => x,
        };
        match step {
            Step::Load(offset) => a = load(call, offset, program.byte_order()),
            Step::LoadConstant(k) => a = k,
            Step::LoadScratch(word) => a = scratch[word % SCRATCH_WORDS],
            Step::LoadXConstant(k) => x = k,
            Step::LoadXScratch(word) => x = scratch[word % SCRATCH_WORDS],
            Step::Store(word) => scratch[word % SCRATCH_WORDS] = a,
            Step::StoreX(word) => scratch[word % SCRATCH_WORDS] = x,
            Step::Calculate(Operation::Div, source) => match a.checked_div(operand(source)) {
                Some(quotient) => a = quotient,
                // As the kernel has it.
                None => return Traced { answer: Answer::of(0), path },
            },
            Step::Calculate(operation, source) => a = operation.of(a, operand(source)),
            Step::Negate => a = a.wrapping_neg(),
            Step::ToX => x = a,
            Step::FromX => a = x,
            Step::Jump(skip) => at += skip as usize,
            Step::Branch(test, source, then, otherwise) => {
                let k = operand(source);
                let holds = match test {
                    Test::Equal => a == k,
                    Test::Greater => a > k,
                    Test::AtLeast => a >= k,
                    Test::AnyBit => a & k != 0,
                };
                at += usize::from(if holds { then } else { otherwise });
            }
            Step::Return(value) => return Traced { answer: Answer::of(value), path },
            Step::ReturnA => return Traced { answer: Answer::of(a), path },
        }
    }
    Traced { answer: Answer::of(0), path }
}

/// The word at a byte of `struct seccomp_data`.
fn load(call: &Assignment, offset: u32, order: ByteOrder) -> u32 {
    let double = match offset {
        0 => return call.number,
        4 => return call.architecture,
        8 | 12 => call.instruction_pointer,
        _ => {
            let index = (offset.min(DATA_SIZE - 4).saturating_sub(16) / 8) as usize;
            call.args.get(index).copied().unwrap_or_default()
        }
    };
    let is_high = (offset / 4 % 2 == 1) == (order == ByteOrder::Little);
    (if is_high { double >> 32 } else { double }) as u32
}
