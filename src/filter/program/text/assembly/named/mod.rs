//! What `seccomp-tools asm` takes, and `seccomp-tools disasm` prints without the columns of numbers
//! (`--asm-able`, `--no-bpf`):
//!
//! ```text
//! A = arch
//! A == ARCH_X86_64 ? next : dead       # `next` is the next statement
//! A = sys_number
//! if (A == read) goto ok else goto dead
//! ok: return ALLOW
//! dead: return ERRNO(1)
//! ```

mod names;
mod token;

pub(super) use token::is_named;

use super::jumps::{Draft, Target, word};
use crate::filter::program::architecture::audit;
use crate::filter::program::error::ReadError;
use crate::filter::program::instruction::Instruction;
use crate::syscall::Abi;
use names::{ARCHITECTURES, Meant, called, everywhere, meant};
use token::{Token, is_word};

const ACTIONS: [(&str, u32); 9] = [
    ("KILL_PROCESS", 0x8000_0000),
    ("KILL_THREAD", 0),
    ("KILL", 0),
    ("TRAP", 0x0003_0000),
    ("ERRNO", 0x0005_0000),
    ("USER_NOTIF", 0x7fc0_0000),
    ("LOG", 0x7ffc_0000),
    ("TRACE", 0x7ff0_0000),
    ("ALLOW", 0x7fff_0000),
];

const EQUAL: u16 = 0x15;
const ABOVE: u16 = 0x25;
const AT_LEAST: u16 = 0x35;
const ANY_BIT: u16 = 0x45;
/// The operand is X, and no constant.
const BY_X: u16 = 0x08;

/// The instructions of such a source.
pub(super) fn instructions(text: &str) -> Result<Vec<Instruction>, ReadError> {
    let tokens = token::tokens(text);
    let meant = meant(&tokens);
    let mut draft = Draft::default();
    draft.joins = true;
    let mut parser = Parser { tokens: &tokens, at: 0, meant, draft, label: "" };
    while parser.at < tokens.len() {
        parser.statement()?;
    }
    parser.draft.finished()
}

const STATEMENT: &str = "a statement of `seccomp-tools asm`: `A = arch`, `A == 1 ? ok : next`, \
    `if (A == 1) goto ok`, `goto ok`, `return ALLOW`";
const NUMBER: &str =
    "a number, a call or an architecture, as `0x10`, `read`, `i386.read` or `ARCH_X86_64`";
const UNSAID: &str = "a number, or the architecture with the name, as `amd64.read`: whose call it is is certain \
    where the text compares with one `ARCH_...`";
const HALVES: &str = "`data[N]`: which half of an argument comes first hangs on the architecture, and the text \
    compares with some of either order";
const LOADED: &str = "what can be loaded: `arch`, `sys_number`, `args[0]`, `args[0] >> 32`, \
    `instruction_pointer`, `data[4]`, `mem[0]`, `len`, X or a number";

struct Parser<'t, 'a> {
    tokens: &'t [Token<'a>],
    at: usize,
    meant: Meant,
    draft: Draft<'a>,
    /// The last label before the statement.
    label: &'a str,
}

impl<'a> Parser<'_, 'a> {
    fn peek(&self) -> &'a str {
        self.ahead(0)
    }

    fn ahead(&self, by: usize) -> &'a str {
        self.tokens.get(self.at + by).map_or("", |token| token.text)
    }

    fn line(&self) -> usize {
        let token = self.tokens.get(self.at).or(self.tokens.last());
        token.map_or(1, |token| token.line)
    }

    fn error(&self, expected: &'static str) -> ReadError {
        match self.tokens.get(self.at) {
            Some(token) => word(token.line, token.text, expected),
            None => ReadError::Line { line: self.line(), expected },
        }
    }

    fn takes(&mut self, text: &str) -> bool {
        let is_it = self.peek().eq_ignore_ascii_case(text);
        self.at += usize::from(is_it);
        is_it
    }

    fn wants(&mut self, text: &str, expected: &'static str) -> Result<(), ReadError> {
        if self.takes(text) { Ok(()) } else { Err(self.error(expected)) }
    }

    fn statement(&mut self) -> Result<(), ReadError> {
        const LABEL: &str = "another name: `next` is the next statement";
        self.label = "";
        while is_word(self.peek()) && self.ahead(1) == ":" {
            if self.peek() == "next" {
                return Err(self.error(LABEL));
            }
            self.label = self.peek();
            self.draft.label(self.label, self.line())?;
            self.at += 2;
        }
        // A label that nothing follows is told at the end.
        if self.at == self.tokens.len() {
            return Ok(());
        }
        let line = self.line();
        let word = self.peek();
        match word.to_ascii_lowercase().as_str() {
            "return" => self.ends(line),
            "if" => self.branch(line),
            "goto" | "jmp" | "jump" => {
                let to = self.goto()?;
                self.draft.jump(line, None, [to, to]);
                Ok(())
            }
            "a" if self.ahead(1) == "=" => self.load(line),
            "a" if self.ahead(2) == "=" && operation(self.ahead(1)).is_some() => {
                self.calculate(line)
            }
            "a" => self.choice(line),
            "x" => self.load_x(line),
            "mem" => self.store(line),
            // What the tool writes of a test that goes on whatever comes of it.
            _ if word.starts_with("/*") && word.contains("no-op") => {
                self.at += 1;
                self.draft.jump(line, None, [Target::Next; 2]);
                Ok(())
            }
            _ => Err(self.error(STATEMENT)),
        }
    }

    fn ends(&mut self, line: usize) -> Result<(), ReadError> {
        self.at += 1;
        let action = ACTIONS.iter().find(|(name, _)| *name == self.peek());
        if let Some(&(_, action)) = action {
            self.at += 1;
            let data = if self.peek() == "(" { self.number()? & 0xffff } else { 0 };
            self.draft.push(line, 0x06, action | data);
        } else if self.takes("a") {
            self.draft.push(line, 0x16, 0);
        } else {
            let value = self.number()?;
            self.draft.push(line, 0x06, value);
        }
        Ok(())
    }

    fn goto(&mut self) -> Result<Target<'a>, ReadError> {
        if !["goto", "jmp", "jump"].iter().any(|goto| self.takes(goto)) {
            return Err(self.error("`goto` and a label"));
        }
        self.target()
    }

    fn target(&mut self) -> Result<Target<'a>, ReadError> {
        let name = self.peek();
        if !is_word(name) {
            return Err(self.error("a label"));
        }
        self.at += 1;
        Ok(if name == "next" { Target::Next } else { Target::LabelOrSkip(name) })
    }

    /// `if (!(A & 1)) goto one else goto other`
    fn branch(&mut self, line: usize) -> Result<(), ReadError> {
        const CONDITION: &str = "a condition in brackets, as `(A == 1)` or `(!(A & 1))`";
        self.at += 1;
        self.wants("(", CONDITION)?;
        let mut depth = 1;
        let mut is_negated = false;
        while self.takes("!") {
            self.wants("(", CONDITION)?;
            (depth, is_negated) = (depth + 1, !is_negated);
        }
        self.wants("a", CONDITION)?;
        let (code, k, is_reversed) = self.comparison()?;
        for _ in 0..depth {
            self.wants(")", CONDITION)?;
        }
        let then = self.goto()?;
        let otherwise = if self.takes("else") { self.goto()? } else { Target::Next };
        self.decide(line, (code, k), is_reversed != is_negated, [then, otherwise]);
        Ok(())
    }

    /// `A == 1 ? one : other`
    fn choice(&mut self, line: usize) -> Result<(), ReadError> {
        self.at += 1;
        let (code, k, is_reversed) = self.comparison()?;
        self.wants("?", "`?` and two labels, as `A == 1 ? ok : next`")?;
        let then = self.target()?;
        self.wants(":", "a colon and the other label")?;
        let otherwise = self.target()?;
        self.decide(line, (code, k), is_reversed, [then, otherwise]);
        Ok(())
    }

    fn decide(&mut self, line: usize, test: (u16, u32), is_reversed: bool, to: [Target<'a>; 2]) {
        let [then, otherwise] = to;
        let to = if is_reversed { [otherwise, then] } else { to };
        self.draft.jump(line, Some(test), to);
    }

    /// What is compared with A: the jump's code, its constant, and whether it says the contrary.
    fn comparison(&mut self) -> Result<(u16, u32, bool), ReadError> {
        let (code, is_reversed) = match self.peek() {
            "==" => (EQUAL, false),
            "!=" => (EQUAL, true),
            ">" => (ABOVE, false),
            "<=" => (ABOVE, true),
            ">=" => (AT_LEAST, false),
            "<" => (AT_LEAST, true),
            "&" => (ANY_BIT, false),
            _ => return Err(self.error("a comparison: ==, !=, >, >=, <, <= or &")),
        };
        self.at += 1;
        let (by, k) = self.operand()?;
        Ok((code | by, k, is_reversed))
    }

    /// X, or a constant.
    fn operand(&mut self) -> Result<(u16, u32), ReadError> {
        if self.takes("x") { Ok((BY_X, 0)) } else { Ok((0, self.number()?)) }
    }

    fn calculate(&mut self, line: usize) -> Result<(), ReadError> {
        let code = operation(self.ahead(1)).ok_or_else(|| self.error(STATEMENT))?;
        self.at += 3;
        let (by, k) = self.operand()?;
        self.draft.push(line, code | by, k);
        Ok(())
    }

    fn load_x(&mut self, line: usize) -> Result<(), ReadError> {
        self.at += 1;
        self.wants("=", STATEMENT)?;
        if self.takes("a") {
            self.draft.push(line, 0x07, 0);
        } else if self.peek().eq_ignore_ascii_case("mem") {
            let word = self.memory()?;
            self.draft.push(line, 0x61, word);
        } else {
            let value = self.number()?;
            self.draft.push(line, 0x01, value);
        }
        Ok(())
    }

    fn store(&mut self, line: usize) -> Result<(), ReadError> {
        let word = self.memory()?;
        self.wants("=", STATEMENT)?;
        let code = match self.takes("a") {
            true => 0x02,
            false => {
                self.wants("x", "A or X")?;
                0x03
            }
        };
        self.draft.push(line, code, word);
        Ok(())
    }

    fn memory(&mut self) -> Result<u32, ReadError> {
        self.at += 1;
        self.index(16, "the number of a word of memory in brackets, 0 to 15")
    }

    /// `[3]`
    fn index(&mut self, below: u32, expected: &'static str) -> Result<u32, ReadError> {
        self.wants("[", expected)?;
        let before = self.at;
        let index = self.number()?;
        if index >= below {
            self.at = before;
            return Err(self.error(expected));
        }
        self.wants("]", expected)?;
        Ok(index)
    }

    fn load(&mut self, line: usize) -> Result<(), ReadError> {
        self.at += 2;
        if let Some(argument) = self.inferred()? {
            self.at += 1;
            let offset = self.half(16 + 8 * argument, false)?;
            self.draft.push(line, 0x20, offset);
            return Ok(());
        }
        let word = self.peek();
        let offset = match word.to_ascii_lowercase().as_str() {
            "x" => {
                self.at += 1;
                self.draft.push(line, 0x87, 0);
                return Ok(());
            }
            "len" => {
                self.at += 1;
                self.draft.push(line, 0x80, 0);
                return Ok(());
            }
            "mem" => {
                let word = self.memory()?;
                self.draft.push(line, 0x60, word);
                return Ok(());
            }
            "-" if self.ahead(1).eq_ignore_ascii_case("a") => {
                self.at += 2;
                self.draft.push(line, 0x84, 0);
                return Ok(());
            }
            "sys_number" => {
                self.at += 1;
                0
            }
            "arch" => {
                self.at += 1;
                4
            }
            "instruction_pointer" => {
                self.at += 1;
                self.half(8, false)?
            }
            "args" | "args_h" => {
                self.at += 1;
                let argument = self.index(6, "the number of an argument in brackets, 0 to 5")?;
                self.half(16 + 8 * argument, word.len() > 4)?
            }
            "data" => {
                const WORD: &str = "the place of a word in brackets: a multiple of 4 below 64";
                self.at += 1;
                let before = self.at;
                let offset = self.index(64, WORD)?;
                if !offset.is_multiple_of(4) {
                    self.at = before + 1;
                    return Err(self.error(WORD));
                }
                offset
            }
            _ if is_word(word) || matches!(word, "(" | "-") => {
                let value = self.number()?;
                self.draft.push(line, 0x00, value);
                return Ok(());
            }
            _ => return Err(self.error(LOADED)),
        };
        self.draft.push(line, 0x20, offset);
        Ok(())
    }

    /// The argument that a disassembly names as the call's prototype does, which it prints behind it:
    /// `A = fd # read(fd, buf, count)`.
    fn inferred(&self) -> Result<Option<u32>, ReadError> {
        let Some(token) = self.tokens.get(self.at) else { return Ok(None) };
        // In a source that a person wrote it is a comment as any other.
        if self.label.parse() != Ok(self.draft.len()) {
            return Ok(None);
        }
        let prototype = token.comment.split_once('(');
        let Some(names) = prototype.and_then(|(_, names)| names.strip_suffix(')')) else {
            return Ok(None);
        };
        let names = names.split(',').map(str::trim).enumerate();
        let same: Vec<usize> =
            names.filter(|(_, name)| *name == token.text).map(|(at, _)| at).collect();
        match same[..] {
            [] => Ok(None),
            [at @ 0..6] => Ok(Some(at as u32)),
            _ => Err(self.error("an argument that the call has once alone")),
        }
    }

    /// The place of the lower or higher half of what has 64 bits and lies there.
    fn half(&mut self, offset: u32, is_high: bool) -> Result<u32, ReadError> {
        let mut is_high = is_high;
        if self.takes(">>") {
            self.wants("32", "`>> 32`, the higher half")?;
            is_high = !is_high;
        }
        let Some(is_big) = self.meant.is_big else {
            self.at -= 1;
            return Err(self.error(HALVES));
        };
        Ok(offset + if is_high == is_big { 0 } else { 4 })
    }

    fn number(&mut self) -> Result<u32, ReadError> {
        let mut depth = 0;
        while self.takes("(") {
            depth += 1;
        }
        let is_negative = self.takes("-");
        let text = self.peek();
        let value = if text.starts_with(|c: char| c.is_ascii_digit()) {
            let hexadecimal = text.strip_prefix("0x").or(text.strip_prefix("0X"));
            let value = match hexadecimal {
                Some(digits) => u64::from_str_radix(digits, 16),
                None => text.parse::<u64>(),
            };
            let value = value.ok().filter(|value| *value <= u64::from(u32::MAX));
            value.map(|value| value as u32).ok_or_else(|| self.error(NUMBER))?
        } else {
            self.name()?
        };
        self.at += 1;
        for _ in 0..depth {
            self.wants(")", "a closing bracket")?;
        }
        Ok(if is_negative { value.wrapping_neg() } else { value })
    }

    /// What a name stands for. It is at its last word then.
    fn name(&mut self) -> Result<u32, ReadError> {
        let text = self.peek();
        let token = self.tokens.get(self.at).copied();
        let is_it = |name: &str| token.is_some_and(|token| token.is(name));
        if let Some((.., abi)) = ARCHITECTURES.iter().find(|(name, ..)| is_it(name)) {
            return Ok(audit(*abi));
        }
        let prefix = ARCHITECTURES.iter().find(|(_, prefix, _)| *prefix == text);
        let (abi, name) = match prefix.filter(|_| self.ahead(1) == ".") {
            Some(&(.., abi)) => {
                self.at += 2;
                (Some(abi), self.peek())
            }
            None => (self.meant.abi, text),
        };
        // The tool gives x32 all of x86_64's numbers, with a bit.
        let (name, bit) = match name.strip_prefix("x32_") {
            Some(of) if abi.is_none_or(|abi| abi == Abi::X86_64) => (of, 0x4000_0000),
            _ => (name, 0),
        };
        match (called(name, abi), abi) {
            (Some(_), None) => {
                let number = everywhere(name).map(|number| number | bit);
                number.ok_or_else(|| self.error(UNSAID))
            }
            (Some(call), Some(abi)) => {
                let number = call.number(abi).map(|number| number | bit);
                number.ok_or_else(|| self.error("a call that this architecture has"))
            }
            (None, _) => Err(self.error(NUMBER)),
        }
    }
}

/// The code of an operation on A.
fn operation(sign: &str) -> Option<u16> {
    Some(match sign {
        "+" => 0x04,
        "-" => 0x14,
        "*" => 0x24,
        "/" => 0x34,
        "|" => 0x44,
        "&" => 0x54,
        "<<" => 0x64,
        ">>" => 0x74,
        "^" => 0xa4,
        _ => return None,
    })
}
