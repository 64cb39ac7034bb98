//! Where jumps lead that are written by labels.

use crate::filter::program::error::ReadError;
use crate::filter::program::instruction::Instruction;
use rustc_hash::FxHashMap;

/// Where a jump leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target<'a> {
    /// To the next instruction.
    Next,
    /// To a label.
    Label(&'a str),
    /// To a label; a number that is none is how many instructions are skipped.
    LabelOrSkip(&'a str),
    /// To the instruction of that number.
    Place(usize),
}

/// Instructions, of which jumps do not know yet how far they lead.
#[derive(Debug, Default)]
pub(super) struct Draft<'a> {
    statements: Vec<Statement<'a>>,
    labels: FxHashMap<&'a str, usize>,
    /// Whether a test that leads to one place alone is written as no test.
    pub joins: bool,
}

#[derive(Debug)]
struct Statement<'a> {
    line: usize,
    instruction: Instruction,
    /// Of a jump where it leads if the test holds, and if not.
    targets: Option<[Target<'a>; 2]>,
}

const JUMP: u16 = 0x05;

impl<'a> Draft<'a> {
    /// How many instructions there are so far.
    pub fn len(&self) -> usize {
        self.statements.len()
    }

    /// Gives the next instruction a name.
    pub fn label(&mut self, name: &'a str, line: usize) -> Result<(), ReadError> {
        match self.labels.insert(name, self.statements.len()) {
            None => Ok(()),
            Some(_) => Err(word(line, name, "a label that is there once alone")),
        }
    }

    /// An instruction that goes on to the next one, or ends.
    pub fn push(&mut self, line: usize, code: u16, k: u32) {
        let instruction = Instruction { code, jt: 0, jf: 0, k };
        self.statements.push(Statement { line, instruction, targets: None });
    }

    /// A jump by a test (a code and its constant), or without one.
    pub fn jump(&mut self, line: usize, test: Option<(u16, u32)>, targets: [Target<'a>; 2]) {
        let (code, k) = test.unwrap_or((JUMP, 0));
        let instruction = Instruction { code, jt: 0, jf: 0, k };
        self.statements.push(Statement { line, instruction, targets: Some(targets) });
    }

    /// The instructions, all of whose jumps are known.
    pub fn finished(&self) -> Result<Vec<Instruction>, ReadError> {
        // A label behind the last instruction names none.
        if let Some((name, _)) = self.labels.iter().find(|(_, at)| **at == self.len()) {
            let line = self.statements.last().map_or(1, |last| last.line);
            return Err(word(line, name, "a statement behind the last label"));
        }
        let finish = |(at, statement): (usize, &Statement<'a>)| {
            let Some([then, otherwise]) = statement.targets else {
                return Ok(statement.instruction);
            };
            let line = statement.line;
            let (then, otherwise) = (self.skip(at, then, line)?, self.skip(at, otherwise, line)?);
            let instruction = statement.instruction;
            if instruction.code == JUMP || self.joins && then == otherwise {
                return Ok(Instruction { code: JUMP, jt: 0, jf: 0, k: then });
            }
            match (u8::try_from(then), u8::try_from(otherwise)) {
                (Ok(jt), Ok(jf)) => Ok(Instruction { jt, jf, ..instruction }),
                _ => Err(ReadError::Line {
                    line,
                    expected: "a test that skips at most 255 instructions",
                }),
            }
        };
        self.statements.iter().enumerate().map(finish).collect()
    }

    /// How many instructions are skipped on the way to a target.
    fn skip(&self, from: usize, target: Target<'_>, line: usize) -> Result<u32, ReadError> {
        let place = match target {
            Target::Next => return Ok(0),
            Target::Place(place) => place,
            Target::Label(name) | Target::LabelOrSkip(name) => match self.labels.get(name) {
                Some(place) => *place,
                None => {
                    let is_plain = name == "0" || !name.starts_with('0');
                    let is_skip = is_plain && matches!(target, Target::LabelOrSkip(_));
                    let number = name.parse().ok().filter(|_| is_skip);
                    return number.ok_or_else(|| word(line, name, "a label of this program"));
                }
            },
        };
        let skip = place.checked_sub(from + 1).and_then(|skip| u32::try_from(skip).ok());
        skip.ok_or(ReadError::Line { line, expected: "a jump forwards: BPF has no other one" })
    }
}

/// What is wrong with a word.
pub(super) fn word(line: usize, word: &str, expected: &'static str) -> ReadError {
    ReadError::Word { line, word: word.escape_debug().take(60).collect(), expected }
}
