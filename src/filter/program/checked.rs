//! A program that the kernel would load.

use super::instruction::{DATA_SIZE, Instruction, Operation, SCRATCH_WORDS, Source, Step, Test};

/// The most instructions of one program (`BPF_MAXINSNS`).
pub const MOST_INSTRUCTIONS: usize = 4096;

/// The most instructions of all programs of a process (`MAX_INSNS_PER_PATH`).
pub const MOST_IN_STACK: usize = (1 << 18) / 8;

/// What each program below the newest counts for beside its instructions.
pub const STACK_PENALTY: usize = 4;

/// In which order a machine keeps the bytes of a number. It says which half of an argument comes
/// first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ByteOrder {
    /// The low byte first: x86, ARM, RISC-V.
    Little,
    /// The high byte first: s390x, big-endian MIPS and POWER.
    Big,
}

impl ByteOrder {
    /// The order of a machine.
    pub const fn of(is_big_endian: bool) -> ByteOrder {
        if is_big_endian { ByteOrder::Big } else { ByteOrder::Little }
    }
}

/// A filter that passed the kernel's checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    instructions: Vec<Instruction>,
    steps: Vec<Step>,
    byte_order: ByteOrder,
}

/// Why the kernel does not load a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("instruction {at}: {problem}")]
pub struct Unloadable {
    /// The instruction, counted from 0.
    pub at: usize,
    /// What is wrong with it.
    pub problem: Wrong,
}

/// What is wrong with an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the messages say it
pub enum Wrong {
    #[error("there is none: a filter needs at least one")]
    Empty,
    #[error("a filter has at most {MOST_INSTRUCTIONS}, this one has {0}")]
    TooMany(usize),
    #[error("{0:#06x} is no instruction that seccomp allows")]
    Code(u16),
    #[error("loads from byte {0}: a load is from a multiple of 4 below {DATA_SIZE}")]
    Load(u32),
    #[error("scratch word {0}: there are {SCRATCH_WORDS}, counted from 0")]
    Scratch(u32),
    #[error("reads scratch word {0}, which is not written on every way to here")]
    Unwritten(usize),
    #[error("divides by the constant 0")]
    Division,
    #[error("shifts by {0} bits: a shift is by less than 32")]
    Shift(u32),
    #[error("jumps to instruction {0}, behind the last")]
    Jump(u64),
    #[error("is the last and does not return")]
    NoReturn,
}

impl Program {
    /// Checks instructions as the kernel does (`bpf_check_classic` in `net/core/filter.c`, then
    /// `seccomp_check_filter`).
    ///
    /// # Errors
    /// [`Unloadable`] for the first instruction that the kernel would refuse.
    pub fn check(
        instructions: Vec<Instruction>,
        byte_order: ByteOrder,
    ) -> Result<Program, Unloadable> {
        let count = instructions.len();
        match count {
            0 => return Err(Unloadable { at: 0, problem: Wrong::Empty }),
            1..=MOST_INSTRUCTIONS => {}
            _ => {
                let problem = Wrong::TooMany(count);
                return Err(Unloadable { at: MOST_INSTRUCTIONS, problem });
            }
        }
        let mut steps = Vec::with_capacity(count);
        for (at, instruction) in instructions.iter().enumerate() {
            steps
                .push(step(*instruction, at, count).map_err(|problem| Unloadable { at, problem })?);
        }
        if !matches!(steps.last(), Some(Step::Return(_) | Step::ReturnA)) {
            return Err(Unloadable { at: count - 1, problem: Wrong::NoReturn });
        }
        written_before_read(&steps)?;
        Ok(Program { instructions, steps, byte_order })
    }

    /// The program that lets every call through: what a process without filters has.
    pub fn allowing(byte_order: ByteOrder) -> Program {
        const ALLOW: u32 = 0x7fff_0000;
        let instruction = Instruction { code: 0x06, jt: 0, jf: 0, k: ALLOW };
        Program { instructions: vec![instruction], steps: vec![Step::Return(ALLOW)], byte_order }
    }

    /// The instructions as they were given.
    pub fn instructions(&self) -> &[Instruction] {
        &self.instructions
    }

    /// The instructions in words.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The byte order of the machines that it is for.
    pub fn byte_order(&self) -> ByteOrder {
        self.byte_order
    }

    /// What the kernel counts of programs that one process has: more than [`MOST_IN_STACK`] are
    /// refused. It counts the instructions of eBPF, to which it converts them
    /// (`bpf_convert_filter`), and [`STACK_PENALTY`] for each program below the newest.
    pub fn counted(stack: &[Program]) -> usize {
        let converted = |program: &Program| {
            PROLOGUE + program.instructions.iter().zip(&program.steps).map(converted).sum::<usize>()
        };
        let all: usize = stack.iter().map(converted).sum();
        all + stack.len().saturating_sub(1) * STACK_PENALTY
    }
}

/// A and X become 0, and the data's address is kept.
const PROLOGUE: usize = 3;

/// How many instructions of eBPF one becomes.
fn converted((instruction, step): (&Instruction, &Step)) -> usize {
    match *step {
        // X is looked at first.
        Step::Calculate(Operation::Div, Source::X) => 5,
        Step::Branch(test, source, then, otherwise) => {
            // A constant with the highest bit needs a register: those of eBPF have a sign.
            let is_negative = matches!(source, Source::Constant(_)) && instruction.k >> 31 == 1;
            let falls_through = otherwise == 0 || then == 0 && test != Test::AnyBit;
            1 + usize::from(is_negative) + usize::from(!falls_through)
        }
        Step::Return(_) => 2,
        _ => 1,
    }
}

fn step(instruction: Instruction, at: usize, count: usize) -> Result<Step, Wrong> {
    let step = instruction.step().ok_or(Wrong::Code(instruction.code))?;
    let k = instruction.k;
    let inside = |skip: u64| {
        let target = at as u64 + 1 + skip;
        if target < count as u64 { Ok(()) } else { Err(Wrong::Jump(target)) }
    };
    match step {
        Step::Load(offset) if offset >= DATA_SIZE || !offset.is_multiple_of(4) => {
            return Err(Wrong::Load(offset));
        }
        Step::LoadScratch(at) | Step::LoadXScratch(at) | Step::Store(at) | Step::StoreX(at)
            if at >= SCRATCH_WORDS =>
        {
            return Err(Wrong::Scratch(k));
        }
        Step::Calculate(Operation::Div, Source::Constant(0)) => return Err(Wrong::Division),
        Step::Calculate(Operation::Shl | Operation::Shr, Source::Constant(32..)) => {
            return Err(Wrong::Shift(k));
        }
        Step::Jump(skip) => inside(skip.into())?,
        Step::Branch(_, _, then, otherwise) => {
            inside(then.into())?;
            inside(otherwise.into())?;
        }
        _ => {}
    }
    Ok(step)
}

/// The kernel's `check_load_and_stores`: on every way to a read of a scratch word it was written.
fn written_before_read(steps: &[Step]) -> Result<(), Unloadable> {
    const ALL: u32 = (1 << SCRATCH_WORDS) - 1;
    // What is written on every jump that leads here.
    let mut arriving = vec![ALL; steps.len()];
    let mut written = 0;
    for (at, step) in steps.iter().enumerate() {
        written &= arriving[at];
        let mut jump = |skip: usize, written: u32| {
            if let Some(masks) = arriving.get_mut(at + 1 + skip) {
                *masks &= written;
            }
        };
        match *step {
            Step::Store(word) | Step::StoreX(word) => written |= 1 << word,
            Step::LoadScratch(word) | Step::LoadXScratch(word) if written >> word & 1 == 0 => {
                return Err(Unloadable { at, problem: Wrong::Unwritten(word) });
            }
            Step::Jump(skip) => {
                jump(skip as usize, written);
                written = ALL;
            }
            Step::Branch(_, _, then, otherwise) => {
                jump(then.into(), written);
                jump(otherwise.into(), written);
                written = ALL;
            }
            // As the kernel has it, a return is no end of what was written.
            _ => {}
        }
    }
    Ok(())
}
