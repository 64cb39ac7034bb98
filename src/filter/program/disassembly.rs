//! Programs in words, with names for numbers where it is certain of what they are.

use super::architecture::audit;
use super::checked::{ByteOrder, Program};
use super::instruction::{Instruction, Operation, Source, Step, Test};
use crate::filter::answer::Answer;
use crate::syscall::{Abi, numbers};

/// One instruction in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number, counted from 0.
    pub at: usize,
    /// As the kernel has it.
    pub instruction: Instruction,
    /// What it does: `if A == 41 (socket) goto 7 else 8`.
    pub text: String,
    /// Whether no way leads to it.
    pub is_dead: bool,
}

/// What is certain before an instruction, whatever way led to it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Known {
    /// Which word of the call's data is in A.
    loaded: Option<u32>,
    /// Which architecture the call has.
    architecture: Option<u32>,
}

impl Known {
    fn joined(self, other: Known) -> Known {
        let same = |a: Option<u32>, b: Option<u32>| a.filter(|_| a == b);
        Known {
            loaded: same(self.loaded, other.loaded),
            architecture: same(self.architecture, other.architecture),
        }
    }
}

const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;

/// All instructions of a program.
pub fn disassemble(program: &Program) -> Vec<Line> {
    let steps = program.steps();
    let mut known: Vec<Option<Known>> = vec![None; steps.len()];
    if let Some(first) = known.first_mut() {
        *first = Some(Known { loaded: None, architecture: None });
    }
    let mut lines = Vec::with_capacity(steps.len());
    for (at, (step, instruction)) in steps.iter().zip(program.instructions()).enumerate() {
        let here = known[at];
        let nothing = Known { loaded: None, architecture: None };
        let text = text(at, *step, here.unwrap_or(nothing), program.byte_order());
        lines.push(Line { at, instruction: *instruction, text, is_dead: here.is_none() });
        let Some(here) = here else { continue };
        let mut arrive = |skip: usize, with: Known| {
            if let Some(target) = known.get_mut(at + 1 + skip) {
                *target = Some(target.map_or(with, |other| other.joined(with)));
            }
        };
        match *step {
            Step::Load(offset) => arrive(0, Known { loaded: Some(offset), ..here }),
            Step::LoadConstant(_)
            | Step::LoadScratch(_)
            | Step::Calculate(..)
            | Step::Negate
            | Step::FromX => arrive(0, Known { loaded: None, ..here }),
            Step::Jump(skip) => arrive(skip as usize, here),
            Step::Branch(test, source, then, otherwise) => {
                let is_it = match (test, source, here.loaded) {
                    (Test::Equal, Source::Constant(k), Some(ARCHITECTURE)) => Some(k),
                    _ => None,
                };
                let architecture = is_it.or(here.architecture);
                arrive(then.into(), Known { architecture, ..here });
                arrive(otherwise.into(), here);
            }
            Step::Return(_) | Step::ReturnA => {}
            _ => arrive(0, here),
        }
    }
    lines
}

fn text(at: usize, step: Step, known: Known, order: ByteOrder) -> String {
    let target = |skip: usize| at + 1 + skip;
    match step {
        Step::Load(offset) => format!("A = {}", field(offset, order)),
        Step::LoadConstant(k) => format!("A = {}", plain(k)),
        Step::LoadScratch(word) => format!("A = scratch {word}"),
        Step::LoadXConstant(k) => format!("X = {}", plain(k)),
        Step::LoadXScratch(word) => format!("X = scratch {word}"),
        Step::Store(word) => format!("scratch {word} = A"),
        Step::StoreX(word) => format!("scratch {word} = X"),
        Step::Calculate(operation, source) => format!("A {}= {}", sign(operation), operand(source)),
        Step::Negate => "A = -A".to_owned(),
        Step::ToX => "X = A".to_owned(),
        Step::FromX => "A = X".to_owned(),
        Step::Jump(skip) => format!("goto {}", target(skip as usize)),
        Step::Branch(test, source, then, otherwise) => {
            let compared = match test {
                Test::Equal => "==",
                Test::Greater => ">",
                Test::AtLeast => ">=",
                Test::AnyBit => "&",
            };
            let named = match source {
                Source::Constant(k) if test != Test::AnyBit => name(k, test, known),
                _ => None,
            };
            let named = named.map_or(String::new(), |name| format!(" ({name})"));
            let (then, otherwise) = (target(then.into()), target(otherwise.into()));
            format!("if A {compared} {}{named} goto {then} else {otherwise}", operand(source))
        }
        Step::Return(value) => format!("return {}", Answer::of(value)),
        Step::ReturnA => "return A".to_owned(),
    }
}

/// A word of the call's data.
fn field(offset: u32, order: ByteOrder) -> String {
    let is_high = (offset / 4 % 2 == 1) == (order == ByteOrder::Little);
    let half = if is_high { "high" } else { "low" };
    match offset {
        NUMBER => "number".to_owned(),
        ARCHITECTURE => "architecture".to_owned(),
        8 | 12 => format!("{half} word of the instruction pointer"),
        _ => format!("{half} word of arg{}", (offset - 16) / 8),
    }
}

/// The name of an architecture or of a call, where A is known to hold one.
fn name(k: u32, test: Test, known: Known) -> Option<&'static str> {
    let of_architecture = |audited| Abi::ALL.into_iter().find(move |abi| audit(*abi) == audited);
    match known.loaded? {
        ARCHITECTURE => of_architecture(k).map(Abi::name),
        NUMBER => {
            let abi = match of_architecture(known.architecture?)? {
                // Where x32's numbers begin, which is rather meant than its `read`.
                Abi::X86_64 if k == 1 << 30 && test != Test::Equal => return Some(Abi::X32.name()),
                Abi::X86_64 if k >> 30 == 1 => Abi::X32,
                abi => abi,
            };
            let at = numbers(abi).binary_search_by_key(&k, |&(number, _)| number).ok()?;
            numbers(abi).get(at).map(|(_, syscall)| syscall.name())
        }
        _ => None,
    }
}

fn sign(operation: Operation) -> &'static str {
    match operation {
        Operation::Add => "+",
        Operation::Sub => "-",
        Operation::Mul => "*",
        Operation::Div => "/",
        Operation::Or => "|",
        Operation::And => "&",
        Operation::Xor => "^",
        Operation::Shl => "<<",
        Operation::Shr => ">>",
    }
}

fn operand(source: Source) -> String {
    match source {
        Source::Constant(k) => plain(k),
        Source::X => "X".to_owned(),
    }
}

/// Small numbers in decimal; others are rather masks.
fn plain(k: u32) -> String {
    if k < 4096 { k.to_string() } else { format!("{k:#x}") }
}
