//! One instruction of classic BPF, and what seccomp allows of it.

/// An instruction as the kernel takes it (`struct sock_filter`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Instruction {
    /// What it does: class, width, mode or operation, source.
    pub code: u16,
    /// How many instructions a jump skips where its test holds.
    pub jt: u8,
    /// How many it skips where the test fails.
    pub jf: u8,
    /// The constant, offset, or place of a scratch word.
    pub k: u32,
}

/// `sizeof(struct seccomp_data)` in bytes.
pub const DATA_SIZE: u32 = 64;

/// How many scratch words there are (`BPF_MEMWORDS`).
pub const SCRATCH_WORDS: usize = 16;

/// The second operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// The constant of the instruction.
    Constant(u32),
    /// The register X.
    X,
}

/// What is calculated with A and the second operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the kernel's own names
pub enum Operation {
    Add,
    Sub,
    Mul,
    Div,
    Or,
    And,
    Xor,
    Shl,
    Shr,
}

impl Operation {
    /// The result, as the kernel calculates it; 0 for a division by 0, before which a program ends.
    pub const fn of(self, a: u32, b: u32) -> u32 {
        match self {
            Operation::Add => a.wrapping_add(b),
            Operation::Sub => a.wrapping_sub(b),
            Operation::Mul => a.wrapping_mul(b),
            Operation::Div => match a.checked_div(b) {
                Some(quotient) => quotient,
                None => 0,
            },
            Operation::Or => a | b,
            Operation::And => a & b,
            Operation::Xor => a ^ b,
            // The kernel takes the lower five bits of X.
            Operation::Shl => a.wrapping_shl(b),
            Operation::Shr => a.wrapping_shr(b),
        }
    }
}

/// How A is compared with the second operand, without sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Test {
    /// Equal.
    Equal,
    /// Greater.
    Greater,
    /// Greater or equal.
    AtLeast,
    /// Some bit is set in both.
    AnyBit,
}

/// An instruction that seccomp allows (`seccomp_check_filter` in the kernel's `seccomp.c`), in
/// words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// A becomes the 32-bit word of the call's data at this byte.
    Load(u32),
    /// A becomes a constant.
    LoadConstant(u32),
    /// A becomes a scratch word.
    LoadScratch(usize),
    /// X becomes a constant.
    LoadXConstant(u32),
    /// X becomes a scratch word.
    LoadXScratch(usize),
    /// A scratch word becomes A.
    Store(usize),
    /// A scratch word becomes X.
    StoreX(usize),
    /// A becomes the result of an operation on it.
    Calculate(Operation, Source),
    /// A becomes its own negative.
    Negate,
    /// X becomes A.
    ToX,
    /// A becomes X.
    FromX,
    /// Skips so many instructions.
    Jump(u32),
    /// Skips the first number of instructions where the test holds, the second where it fails.
    Branch(Test, Source, u8, u8),
    /// Ends with this value.
    Return(u32),
    /// Ends with A.
    ReturnA,
}

impl Instruction {
    /// What it does; `None` for what seccomp does not allow, whatever its operand.
    pub fn step(self) -> Option<Step> {
        let Instruction { code, jt, jf, k } = self;
        let source = if code & 0x08 != 0 { Source::X } else { Source::Constant(k) };
        let branch = |test| Step::Branch(test, source, jt, jf);
        let calculate = |operation| Step::Calculate(operation, source);
        let scratch = k as usize;
        Some(match code {
            0x20 => Step::Load(k),
            0x00 => Step::LoadConstant(k),
            0x80 => Step::LoadConstant(DATA_SIZE),
            0x60 => Step::LoadScratch(scratch),
            0x01 => Step::LoadXConstant(k),
            0x81 => Step::LoadXConstant(DATA_SIZE),
            0x61 => Step::LoadXScratch(scratch),
            0x02 => Step::Store(scratch),
            0x03 => Step::StoreX(scratch),
            0x04 | 0x0c => calculate(Operation::Add),
            0x14 | 0x1c => calculate(Operation::Sub),
            0x24 | 0x2c => calculate(Operation::Mul),
            0x34 | 0x3c => calculate(Operation::Div),
            0x44 | 0x4c => calculate(Operation::Or),
            0x54 | 0x5c => calculate(Operation::And),
            0x64 | 0x6c => calculate(Operation::Shl),
            0x74 | 0x7c => calculate(Operation::Shr),
            0xa4 | 0xac => calculate(Operation::Xor),
            0x84 => Step::Negate,
            0x07 => Step::ToX,
            0x87 => Step::FromX,
            0x05 => Step::Jump(k),
            0x15 | 0x1d => branch(Test::Equal),
            0x25 | 0x2d => branch(Test::Greater),
            0x35 | 0x3d => branch(Test::AtLeast),
            0x45 | 0x4d => branch(Test::AnyBit),
            0x06 => Step::Return(k),
            0x16 => Step::ReturnA,
            _ => return None,
        })
    }
}
