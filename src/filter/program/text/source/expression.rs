//! Constant expressions of C.

use super::constants::{call, constant};
use super::lex::{Token, Word};
use crate::filter::program::error::ReadError;
use crate::syscall::Abi;

/// Brackets in brackets, deeper than any header's.
const MOST_DEPTH: usize = 64;

/// The words of a list, and where it has been read to.
pub(super) struct Reader<'a> {
    pub tokens: &'a [Token<'a>],
    pub at: usize,
    /// The architecture whose calls are meant by name.
    pub abi: Option<Abi>,
    pub depth: usize,
}

const UNKNOWN: &str = "a number, or a constant of the kernel's headers: of a macro of its \
    own or a condition of the preprocessor give what `cc -E` makes";
const NO_ARCHITECTURE: &str = "a number: whose call of that name is meant is certain where the program \
    names one `AUDIT_ARCH_...` alone; else give what `cc -E` makes";
const EXPRESSION: &str = "an expression of numbers and constants";

impl<'a> Reader<'a> {
    pub fn peek(&self) -> Option<Word<'a>> {
        self.tokens.get(self.at).map(|token| token.word)
    }

    pub fn ahead(&self, by: usize) -> Option<Word<'a>> {
        self.tokens.get(self.at + by).map(|token| token.word)
    }

    pub fn takes(&mut self, sign: char) -> bool {
        let is_it = self.peek() == Some(Word::Sign(sign));
        self.at += usize::from(is_it);
        is_it
    }

    pub fn wants(&mut self, sign: char, expected: &'static str) -> Result<(), ReadError> {
        if self.takes(sign) { Ok(()) } else { Err(self.error(expected)) }
    }

    /// What is wrong with the word that comes next.
    pub fn error(&self, expected: &'static str) -> ReadError {
        let last = self.tokens.last().map_or(1, |token| token.line);
        let Some(Token { line, word }) = self.tokens.get(self.at).copied() else {
            return ReadError::Line { line: last, expected };
        };
        let word = match word {
            Word::Name(name) | Word::Odd(name) | Word::Directive(name) => name.to_owned(),
            Word::Text(text) => format!("\"{text}\""),
            Word::Number(number) => number.to_string(),
            Word::Sign(sign) => sign.to_string(),
        };
        ReadError::Word { line, word: word.escape_debug().take(60).collect(), expected }
    }

    /// `a | b ^ c & d << e + f * g`, by their ranks in C.
    pub fn expression(&mut self) -> Result<i64, ReadError> {
        self.ranked(0)
    }

    fn ranked(&mut self, rank: usize) -> Result<i64, ReadError> {
        const RANKS: [&[&str]; 6] = [&["|"], &["^"], &["&"], &["<<", ">>"], &["+", "-"], &["*"]];
        let Some(signs) = RANKS.get(rank) else { return self.unary() };
        let mut value = self.ranked(rank + 1)?;
        while let Some(sign) = signs.iter().find(|sign| self.is_next(sign)) {
            self.at += sign.len();
            let right = self.ranked(rank + 1)?;
            let by = u32::try_from(right).ok().filter(|by| *by < 32);
            let made = match *sign {
                "|" => Some(value | right),
                "^" => Some(value ^ right),
                "&" => Some(value & right),
                // C has no such shift of a negative number that all compilers agree on.
                "<<" => by.filter(|_| value >= 0).and_then(|by| value.checked_mul(1 << by)),
                ">>" => by.filter(|_| value >= 0).map(|by| value >> by),
                "+" => value.checked_add(right),
                "-" => value.checked_sub(right),
                _ => value.checked_mul(right),
            };
            value = made.ok_or_else(|| self.error(EXPRESSION))?;
        }
        Ok(value)
    }

    fn is_next(&self, sign: &str) -> bool {
        sign.chars().enumerate().all(|(at, sign)| self.ahead(at) == Some(Word::Sign(sign)))
    }

    fn unary(&mut self) -> Result<i64, ReadError> {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return Err(self.error("fewer brackets in brackets"));
        }
        let value = self.primary();
        self.depth -= 1;
        value
    }

    fn primary(&mut self) -> Result<i64, ReadError> {
        match self.peek() {
            Some(Word::Sign('-')) => {
                self.at += 1;
                let value = self.unary()?;
                value.checked_neg().ok_or_else(|| self.error(EXPRESSION))
            }
            Some(Word::Sign('~')) => {
                self.at += 1;
                Ok(!self.unary()?)
            }
            Some(Word::Sign('(')) => {
                self.at += 1;
                if let Some(cut) = self.type_name() {
                    self.wants(')', EXPRESSION)?;
                    return self.unary().map(cut);
                }
                let value = self.expression()?;
                self.wants(')', "a closing bracket")?;
                Ok(value)
            }
            Some(Word::Number(number)) => {
                let value = i64::try_from(number).map_err(|_| self.error(EXPRESSION))?;
                self.at += 1;
                Ok(value)
            }
            Some(Word::Name("offsetof" | "__builtin_offsetof")) => self.offset(),
            Some(Word::Name("sizeof")) => self.size(),
            Some(Word::Name(name)) => {
                let expected = if call(name).is_some() { NO_ARCHITECTURE } else { UNKNOWN };
                let value = constant(name, self.abi).ok_or_else(|| self.error(expected))?;
                if self.ahead(1) == Some(Word::Sign('(')) {
                    return Err(self.error(UNKNOWN));
                }
                self.at += 1;
                Ok(value.into())
            }
            Some(Word::Directive(_)) => Err(self.error(UNKNOWN)),
            _ => Err(self.error(EXPRESSION)),
        }
    }

    /// The type of a cast, as what it does to a number.
    fn type_name(&mut self) -> Option<fn(i64) -> i64> {
        let start = self.at;
        let mut cut: Option<fn(i64) -> i64> = None;
        let mut is_unsigned = false;
        while let Some(Word::Name(name)) = self.peek() {
            is_unsigned |= name == "unsigned";
            cut = Some(match name {
                "__u8" | "u8" | "uint8_t" => |value| i64::from(value as u8),
                "__u16" | "u16" | "uint16_t" | "short" => |value| i64::from(value as u16),
                "__u32" | "u32" | "uint32_t" | "unsigned" => |value| i64::from(value as u32),
                "int" if is_unsigned => |value| i64::from(value as u32),
                "int" => cut.unwrap_or(|value| i64::from(value as i32)),
                "char" if is_unsigned => |value| i64::from(value as u8),
                _ => {
                    self.at = start;
                    return None;
                }
            });
            self.at += 1;
        }
        // `(short)` keeps a sign that these fields have not.
        let is_signed_short = self.tokens.get(start).map(|t| t.word) == Some(Word::Name("short"));
        if cut.is_none() || is_signed_short || self.peek() != Some(Word::Sign(')')) {
            self.at = start;
            return None;
        }
        cut
    }

    /// `offsetof(struct seccomp_data, args[1])`.
    fn offset(&mut self) -> Result<i64, ReadError> {
        const FIELD: &str = "a field of `struct seccomp_data`: nr, arch, instruction_pointer or args[0] \
            to args[5]";
        self.at += 1;
        self.wants('(', FIELD)?;
        self.at += usize::from(self.peek() == Some(Word::Name("struct")));
        if self.peek() != Some(Word::Name("seccomp_data")) {
            return Err(self.error(FIELD));
        }
        self.at += 1;
        self.wants(',', FIELD)?;
        let offset = match self.peek() {
            Some(Word::Name("nr")) => 0,
            Some(Word::Name("arch")) => 4,
            Some(Word::Name("instruction_pointer")) => 8,
            Some(Word::Name("args")) => 16,
            _ => return Err(self.error(FIELD)),
        };
        self.at += 1;
        let mut within = 0;
        if offset == 16 && self.takes('[') {
            within = self.expression()?;
            if !(0..6).contains(&within) {
                return Err(self.error(FIELD));
            }
            self.wants(']', FIELD)?;
        }
        self.wants(')', FIELD)?;
        Ok(offset + 8 * within)
    }

    /// `sizeof(__u32)`.
    fn size(&mut self) -> Result<i64, ReadError> {
        const SIZE: &str = "the size of a type of a certain size, as `sizeof(__u32)`";
        self.at += 1;
        self.wants('(', SIZE)?;
        let size = match self.peek() {
            Some(Word::Name("__u8" | "u8" | "uint8_t" | "char")) => 1,
            Some(Word::Name("__u16" | "u16" | "uint16_t" | "short")) => 2,
            Some(Word::Name("__u32" | "u32" | "uint32_t" | "int" | "unsigned")) => 4,
            Some(Word::Name("__u64" | "u64" | "uint64_t")) => 8,
            _ => return Err(self.error(SIZE)),
        };
        self.at += 1;
        self.wants(')', SIZE)?;
        Ok(size)
    }
}
