//! libseccomp's pseudo filter code (`seccomp_export_pfc`).
//!
//! ```text
//! if ($arch == 3221225534)
//!   if ($syscall == 3)
//!     action ALLOW;
//!   if ($syscall == 1)
//!     if ($a0.hi32 == 0)
//!       if ($a0.lo32 == 1)
//!         action ALLOW;
//!   action ERRNO(1);
//! action KILL;
//! ```
//! Blocks are told by their indent. It is what libseccomp's program was made of, and not all of it: the
//! text says nothing of x32's bit, which the program tests on x86_64, where the text has a block for
//! each of the two that says what the other has no rule for. And it has calls that the architecture does
//! not have, by negative numbers, which the program leaves out: where such a one comes first, the program
//! leaves the load of the number out with it. Read here is the function of the program.

use crate::filter::program::architecture::audit;
use crate::filter::program::error::ReadError;
use crate::filter::program::instruction::Instruction;
use crate::syscall::Abi;

/// Blocks in blocks, deeper than any of libseccomp's.
const MOST_DEPTH: usize = 200;

/// libseccomp knows 21.
const MOST_ARCHITECTURES: usize = 64;

/// Which architectures' words have the low one first (`__AUDIT_ARCH_LE`).
const LITTLE: u32 = 0x4000_0000;

const X32_BIT: u32 = 0x4000_0000;

/// Whether a text is pseudo filter code.
pub(super) fn is_pseudo(text: &str) -> bool {
    text.contains("# pseudo filter code start")
}

/// One line: what stands before it, and what it says.
struct Line<'a> {
    number: usize,
    indent: usize,
    words: &'a str,
    /// Of a call: what the comment above it says.
    priority: u32,
    is_x32: bool,
}

enum Statement {
    Action(u32),
    If(Condition, Vec<Statement>, Vec<Statement>),
}

/// A test of a word of an argument.
struct Condition {
    /// Its byte in the call's data.
    offset: u32,
    mask: Option<u32>,
    /// The code of the jump.
    code: u16,
    datum: u32,
}

/// The rules of one architecture.
struct Architecture {
    value: u32,
    /// Which of the two that share x86_64's value it is.
    is_x32: bool,
    syscalls: Vec<(u32, Vec<Statement>)>,
    /// Of the call that comes first in the program, whether or not the architecture has it: its
    /// priority, and whether it does.
    first: Option<(u32, bool)>,
    /// Numbers are searched for, and so are loaded first.
    is_search: bool,
    default: u32,
}

/// A program with the function of libseccomp's.
pub(super) fn instructions(text: &str) -> Result<Vec<Instruction>, ReadError> {
    let mut lines = Vec::new();
    let (mut is_x32, mut priority) = (false, 0);
    let mut parser = Parser { lines: Vec::new(), at: 0, little: true };
    for (number, line) in (1..).zip(text.lines()) {
        let words = line.trim_start_matches(' ');
        let indent = (line.len() - words.len()) / 2;
        let words = words.trim_end();
        if let Some(name) = words.strip_prefix("# filter for arch ") {
            is_x32 = name.starts_with("x32 ");
        }
        if words.starts_with("# filter for syscall ") {
            let told = words.split_once("[priority: ").and_then(|(_, told)| told.strip_suffix(']'));
            priority = told.and_then(|told| told.parse().ok()).unwrap_or(0);
        }
        if words.is_empty() || words.starts_with('#') {
            continue;
        }
        lines.push(Line { number, indent, words, priority, is_x32 });
    }
    parser.lines = lines;
    let mut architectures: Vec<Architecture> = Vec::new();
    let mut bad = None;
    while let Some(line) = parser.peek() {
        let number = line.number;
        if line.indent != 0 || bad.is_some() || architectures.len() > MOST_ARCHITECTURES {
            return Err(error(number, "`if ($arch == NUMBER)`, or one action at the end"));
        }
        let is_x32 = line.is_x32;
        let value = between(line.words, "if ($arch == ", ")").and_then(|value| value.parse().ok());
        parser.at += 1;
        match value {
            Some(value) => {
                parser.little = value & LITTLE != 0;
                architectures.push(parser.architecture(value, is_x32, number)?);
            }
            None => bad = Some(action(line_words(&parser, parser.at - 1), number)?),
        }
    }
    let end = text.lines().count();
    let bad = bad.ok_or(error(end, "the action for other architectures"))?;
    Ok(program(&architectures, bad))
}

fn line_words<'a>(parser: &Parser<'a>, at: usize) -> &'a str {
    parser.lines.get(at).map_or("", |line| line.words)
}

fn error(line: usize, expected: &'static str) -> ReadError {
    ReadError::Line { line, expected }
}

fn between<'a>(text: &'a str, before: &str, behind: &str) -> Option<&'a str> {
    text.strip_prefix(before)?.strip_suffix(behind)
}

/// The return value of an action.
fn action(words: &str, line: usize) -> Result<u32, ReadError> {
    let value = || {
        let name = between(words, "action ", ";")?;
        if let Some(number) = name.strip_prefix("0x") {
            return u32::from_str_radix(number, 16).ok();
        }
        let (name, data) = match name.split_once('(') {
            Some((name, data)) => (name, data.strip_suffix(')')?.parse::<u16>().ok()?),
            None => (name, 0),
        };
        let code: u32 = match name {
            "KILL_PROCESS" => 0x8000_0000,
            "KILL" => 0,
            "TRAP" => 0x0003_0000,
            "ERRNO" => 0x0005_0000,
            "TRACE" => 0x7ff0_0000,
            "LOG" => 0x7ffc_0000,
            "ALLOW" => 0x7fff_0000,
            _ => return None,
        };
        Some(code | u32::from(data))
    };
    value().ok_or(error(line, "an action, as `action ERRNO(1);`"))
}

struct Parser<'a> {
    lines: Vec<Line<'a>>,
    at: usize,
    little: bool,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&Line<'a>> {
        self.lines.get(self.at)
    }

    /// What stands below `if ($arch == ...)`.
    fn architecture(
        &mut self,
        value: u32,
        is_x32: bool,
        start: usize,
    ) -> Result<Architecture, ReadError> {
        let syscalls = Vec::new();
        let (first, is_search) = (None, false);
        let mut found = Architecture { value, is_x32, syscalls, first, is_search, default: 0 };
        let mut default = None;
        while let Some(Line { number, indent, words, priority, .. }) =
            self.peek().filter(|line| line.indent > 0)
        {
            let (number, indent, words, priority) = (*number, *indent, *words, *priority);
            self.at += 1;
            // Of a binary search the tests of equality below it say all.
            if words.starts_with("if ($syscall > ") || words.starts_with("else # ($syscall <= ") {
                found.is_search = true;
                continue;
            }
            match between(words, "if ($syscall == ", ")") {
                Some(syscall) => {
                    let syscall = syscall.parse::<u32>();
                    let syscall = syscall.map_err(|_| error(number, "the number of a call"))?;
                    let statements = self.block(indent + 1, 0)?;
                    let is_its_own = syscall <= i32::MAX as u32;
                    // Of one priority the lowest number comes first, and those are no numbers.
                    found.first = found.first.max(Some((priority, is_its_own)));
                    if is_its_own {
                        found.syscalls.push((syscall, statements));
                    }
                }
                None if default.is_none() => default = Some(action(words, number)?),
                None => return Err(error(number, "`if ($syscall == NUMBER)`")),
            }
        }
        found.default = default.ok_or(error(start, "a default action below it"))?;
        Ok(found)
    }

    /// Statements of one indent.
    fn block(&mut self, indent: usize, depth: usize) -> Result<Vec<Statement>, ReadError> {
        let mut statements = Vec::new();
        while let Some(Line { number, indent: own, words, .. }) = self.peek() {
            let (number, own, words) = (*number, *own, *words);
            if own < indent || own == indent && words == "else" {
                break;
            }
            if own > indent || depth > MOST_DEPTH {
                return Err(error(number, "a block of two spaces more, and not too many of them"));
            }
            self.at += 1;
            if words.starts_with("action ") {
                statements.push(Statement::Action(action(words, number)?));
                continue;
            }
            let condition = self.condition(words).ok_or(error(number, CONDITION))?;
            let then = self.block(indent + 1, depth + 1)?;
            let is_else =
                self.peek().is_some_and(|line| line.indent == indent && line.words == "else");
            let otherwise = match is_else {
                true => {
                    self.at += 1;
                    self.block(indent + 1, depth + 1)?
                }
                false => Vec::new(),
            };
            statements.push(Statement::If(condition, then, otherwise));
        }
        Ok(statements)
    }

    fn condition(&self, words: &str) -> Option<Condition> {
        let inside = between(words, "if (", ")")?;
        let mut words = inside.split(' ');
        let (argument, mut sign) = (words.next()?.strip_prefix("$a")?, words.next()?);
        let (index, half) = argument.split_once('.').unwrap_or((argument, "lo32"));
        let index: u32 = index.parse().ok().filter(|index| *index < 6)?;
        let is_high = match half {
            "hi32" => true,
            "lo32" => false,
            _ => return None,
        };
        let offset = 16 + index * 8 + if is_high == self.little { 4 } else { 0 };
        let mut mask = None;
        if sign == "&" {
            mask = Some(u32::from_str_radix(words.next()?.strip_prefix("0x")?, 16).ok()?);
            sign = words.next().filter(|sign| *sign == "==")?;
        }
        let code = match sign {
            "==" => 0x15,
            ">" => 0x25,
            ">=" => 0x35,
            _ => return None,
        };
        let datum = words.next()?.parse().ok()?;
        words.next().is_none().then_some(Condition { offset, mask, code, datum })
    }
}

const CONDITION: &str = "a condition, as `if ($a0.lo32 == 1)`, or an action";

fn insn(code: u16, jt: u8, jf: u8, k: u32) -> Instruction {
    Instruction { code, jt, jf, k }
}

fn load(offset: u32) -> Instruction {
    insn(0x20, 0, 0, offset)
}

fn end(value: u32) -> Instruction {
    insn(0x06, 0, 0, value)
}

/// A test that goes on where it holds and skips so many instructions where it fails.
fn unless(code: u16, k: u32, skip: usize) -> Vec<Instruction> {
    match u8::try_from(skip) {
        Ok(skip) => vec![insn(code, 0, skip, k)],
        Err(_) => vec![insn(code, 1, 0, k), insn(0x05, 0, 0, skip as u32)],
    }
}

fn program(architectures: &[Architecture], bad: u32) -> Vec<Instruction> {
    let mut program = vec![load(4)];
    let mut seen: Vec<u32> = Vec::new();
    for first in architectures {
        if seen.contains(&first.value) {
            continue;
        }
        seen.push(first.value);
        let same = architectures.iter().filter(|other| other.value == first.value);
        let same: Vec<&Architecture> = same.collect();
        let body = body(first, &same, bad);
        program.extend(unless(0x15, first.value, body.len()));
        program.extend(body);
    }
    program.push(end(bad));
    program
}

/// What is done for the calls of one value of the architecture.
fn body(first: &Architecture, same: &[&Architecture], bad: u32) -> Vec<Instruction> {
    let mut body = Vec::new();
    let is_shared = first.value == audit(Abi::X32);
    match same {
        [one] if is_shared && one.is_x32 => {
            body.extend([load(0), insn(0x35, 1, 0, X32_BIT), end(bad)]);
        }
        [_] if is_shared => {
            // -1 is what a tracer sets to have no call made.
            let beyond = [insn(0x35, 0, 2, X32_BIT), insn(0x15, 1, 0, u32::MAX), end(bad)];
            body.push(load(0));
            body.extend(beyond);
        }
        _ if loads_number(same) => body.push(load(0)),
        _ => {}
    }
    let syscalls: Vec<&(u32, Vec<Statement>)> =
        same.iter().flat_map(|architecture| &architecture.syscalls).collect();
    let mut at = 0;
    while let Some((number, statements)) = syscalls.get(at) {
        let alone = |place: usize| match syscalls.get(place).map(|(_, s)| s.as_slice()) {
            Some([Statement::Action(value)]) => Some(*value),
            _ => None,
        };
        // Calls in a row with one action share its instruction.
        if let Some(value) = alone(at) {
            let count = (at..syscalls.len()).take(MOST_SHARED);
            let count = count.take_while(|place| alone(*place) == Some(value)).count();
            for (place, (number, _)) in syscalls.iter().skip(at).take(count).enumerate() {
                let left = (count - place - 1) as u8;
                body.push(insn(0x15, left, u8::from(left == 0), *number));
            }
            body.push(end(value));
            at += count;
            continue;
        }
        let mut inside = statements_of(statements);
        inside.push(end(first.default));
        body.extend(unless(0x15, *number, inside.len()));
        body.extend(inside);
        at += 1;
    }
    body.push(end(first.default));
    body
}

/// Whether the program has the block that loads the number: that of the first call, if the
/// architecture has it. Else it compares what it loaded before, the architecture.
fn loads_number(same: &[&Architecture]) -> bool {
    if same.iter().any(|architecture| architecture.is_search) {
        return true;
    }
    // Of equal ones the first comes first.
    let firsts = same.iter().rev().filter_map(|architecture| architecture.first);
    firsts.max_by_key(|&(priority, _)| priority).is_none_or(|(_, is_its_own)| is_its_own)
}

/// How many calls share the instruction that returns.
const MOST_SHARED: usize = 200;

/// Instructions that end, or go on behind their last.
fn statements_of(statements: &[Statement]) -> Vec<Instruction> {
    let mut made = Vec::new();
    for statement in statements {
        match statement {
            Statement::Action(value) => made.push(end(*value)),
            Statement::If(condition, then, otherwise) => {
                let (mut then, otherwise) = (statements_of(then), statements_of(otherwise));
                if !otherwise.is_empty() {
                    then.push(insn(0x05, 0, 0, otherwise.len() as u32));
                }
                made.push(load(condition.offset));
                made.extend(condition.mask.map(|mask| insn(0x54, 0, 0, mask)));
                made.extend(unless(condition.code, condition.datum, then.len()));
                made.extend(then);
                made.extend(otherwise);
            }
        }
    }
    made
}
