//! Programs as a source has them: the list of a `struct sock_filter`.
//!
//! - C, as `tcpdump -dd`, `bpf_asm -c`, `bpfc` and hand-written sources have it: `{ 0x20, 0, 0, 0x00000004 }`, or
//!   `BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch))` and `BPF_JUMP(...)`, as a list
//!   alone or within a whole source, before or after the preprocessor.
//! - What `strace -v` prints of `seccomp` and `prctl`: `{len=7, filter=[BPF_STMT(...), ...]}`.
//! - Lists of other languages and tools, alone or given to a name: `[(32, 0, 0, 4), ...]`, `let filter = vec![...]`,
//!   `{ code=0x20, jt=0, jf=0, k=0x4 }` (minijail), `SockFilter{Code: 0x20, ...}`, `[{"code": 32, ...}]`.
//!
//! Nothing in the list is passed over: a macro that is not known is an error.

mod constants;
mod expression;
mod lex;

use crate::filter::program::error::ReadError;
use crate::filter::program::instruction::Instruction;
use crate::syscall::Abi;
use expression::Reader;
pub(super) use lex::number;
use lex::{Token, Word};

/// The instructions of a list; `None` where the text has none.
pub(super) fn instructions(text: &str) -> Option<Result<Vec<Instruction>, ReadError>> {
    const SIGNS: [&str; 5] =
        ["BPF_STMT", "BPF_JUMP", "sock_filter", "SockFilter", "RawInstruction"];
    let start = text.trim_start();
    let is_listed = start.starts_with(['{', '[', '(']) || start.starts_with("len ==");
    let tokens = lex::words(text);
    let is_known = is_listed || SIGNS.iter().any(|sign| text.contains(sign));
    (is_known || assigned(&tokens).is_some()).then(|| list(&tokens))
}

/// Where a list opens that a name is given: `filter = [`, `let filter = vec![`, `const FILTER: [sock_filter; 2] = [`.
fn assigned(tokens: &[Token<'_>]) -> Option<usize> {
    let word = |at: usize| tokens.get(at).map(|token| token.word);
    matches!(word(0)?, Word::Name(_)).then_some(())?;
    let equal = tokens.iter().position(|token| token.word == Word::Sign('='))?;
    let is_macro = word(equal + 1) == Some(Word::Name("vec"));
    let start = match word(equal + 1)? {
        Word::Sign('&') => equal + 2,
        _ if is_macro && word(equal + 2) == Some(Word::Sign('!')) => equal + 3,
        _ => equal + 1,
    };
    matches!(word(start), Some(Word::Sign('{' | '[' | '('))).then_some(start)
}

fn list(tokens: &[Token<'_>]) -> Result<Vec<Instruction>, ReadError> {
    let starts: Vec<usize> = (0..tokens.len()).filter_map(|at| start(tokens, at)).collect();
    if let Some(Token { line, .. }) = starts.get(1).and_then(|start| tokens.get(*start)) {
        let expected = "one program alone: a second one begins here, which wants its own file";
        return Err(ReadError::Line { line: *line, expected });
    }
    if let Some(start) = starts.first() {
        return items(inside(tokens, *start)?);
    }
    // Nothing but the list, with or without brackets around it.
    let word = |at: usize| tokens.get(at).map(|token| token.word);
    let minijail = [Word::Name("len"), Word::Sign('='), Word::Sign('=')];
    let is_minijail = minijail.iter().enumerate().all(|(at, sign)| word(at) == Some(*sign));
    // `len == 7`, `filter:`
    let from = if is_minijail { 6 } else { assigned(tokens).unwrap_or(0) };
    let tokens = tokens.get(from..).unwrap_or_default();
    let word = |at: usize| tokens.get(at).map(|token| token.word);
    let is_end = |token: &Token<'_>| matches!(token.word, Word::Sign(';' | ','));
    let end = tokens.iter().rposition(|token| !is_end(token)).map_or(0, |at| at + 1);
    let tokens = tokens.get(..end).unwrap_or_default();
    if matches!(word(0), Some(Word::Sign('{' | '[' | '('))) {
        let list = inside(tokens, 0)?;
        if list.len() + 2 == tokens.len() {
            // Or one instruction alone.
            return items(list).or_else(|error| items(tokens).map_err(|_| error));
        }
    }
    items(tokens)
}

/// Where a list opens that a source names as one: `struct sock_filter NAME[N] = {`, `(struct sock_filter[]) {`,
/// strace's `filter=[`.
fn start(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    let word = |at: usize| tokens.get(at).map(|token| token.word);
    let takes = |at: &mut usize, sign: char| {
        let is_it = word(*at) == Some(Word::Sign(sign));
        *at += usize::from(is_it);
        is_it
    };
    let mut next = at + 1;
    match word(at)? {
        Word::Name("filter") if takes(&mut next, '=') => {
            // Not Go's `filter = []unix.SockFilter{`.
            let is_list =
                word(next) == Some(Word::Sign('[')) && word(next + 1) != Some(Word::Sign(']'));
            is_list.then_some(next)
        }
        // Go's `[]unix.SockFilter{`.
        Word::Name("SockFilter" | "RawInstruction") if word(next) == Some(Word::Sign('{')) => {
            let is_list = match word(next + 1)? {
                Word::Name(name) => !is_field(name),
                other => other == Word::Sign('{'),
            };
            is_list.then_some(next)
        }
        Word::Name("sock_filter") => {
            next += usize::from(matches!(word(next), Some(Word::Name(_))));
            takes(&mut next, '[').then_some(())?;
            // How many.
            next += (next..tokens.len()).position(|at| word(at) == Some(Word::Sign(']')))? + 1;
            takes(&mut next, ')');
            takes(&mut next, '=');
            (word(next) == Some(Word::Sign('{'))).then_some(next)
        }
        _ => None,
    }
}

/// What is between a bracket and the one that closes it.
fn inside<'a>(tokens: &'a [Token<'a>], start: usize) -> Result<&'a [Token<'a>], ReadError> {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        match token.word {
            Word::Sign('{' | '[' | '(') => depth += 1,
            Word::Sign('}' | ']' | ')') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Ok(tokens.get(start + 1..at).unwrap_or_default());
        }
    }
    let line = tokens.last().map_or(1, |token| token.line);
    Err(ReadError::Line { line, expected: "the bracket that closes the list" })
}

fn items(tokens: &[Token<'_>]) -> Result<Vec<Instruction>, ReadError> {
    let mut reader = Reader { tokens, at: 0, abi: architecture(tokens), depth: 0 };
    let mut instructions = Vec::new();
    while reader.peek().is_some() {
        placed(&mut reader, instructions.len())?;
        instructions.push(item(&mut reader)?);
        reader.takes(',');
    }
    Ok(instructions)
}

/// The one architecture that a list names, whose calls `__NR_...` then are.
fn architecture(tokens: &[Token<'_>]) -> Option<Abi> {
    let names = tokens.iter().filter_map(|token| match token.word {
        Word::Name(name) if name.starts_with("AUDIT_ARCH_") => Some(name),
        _ => None,
    });
    let mut names: Vec<&str> = names.collect();
    names.dedup();
    match names[..] {
        [one] => constants::architecture(one),
        _ => None,
    }
}

/// The number before an instruction: `[3] =` of C, `3:` of minijail.
fn placed(reader: &mut Reader<'_>, at: usize) -> Result<(), ReadError> {
    let (number, length) = match [reader.peek(), reader.ahead(1), reader.ahead(2), reader.ahead(3)]
    {
        [
            Some(Word::Sign('[')),
            Some(Word::Number(number)),
            Some(Word::Sign(']')),
            Some(Word::Sign('=')),
        ] => (number, 4),
        [Some(Word::Number(number)), Some(Word::Sign(':')), ..] => (number, 2),
        _ => return Ok(()),
    };
    if number != at as u64 {
        return Err(reader.error("the number of the instruction, which is another one"));
    }
    reader.at += length;
    Ok(())
}

const ITEM: &str = "an instruction: `{ 0x20, 0, 0, 4 }`, `BPF_STMT(code, k)` or `BPF_JUMP(code, k, jt, jf)`; of \
    other macros and conditions of the preprocessor give what `cc -E` makes";
const BRACED: &str = "four numbers between braces: code, jt, jf and k, as `{ 0x20, 0, 0, 4 },`";

fn item(reader: &mut Reader<'_>) -> Result<Instruction, ReadError> {
    let first = reader.at;
    match reader.peek() {
        Some(Word::Name(name @ ("BPF_STMT" | "BPF_JUMP"))) => {
            reader.at += 1;
            reader.wants('(', ITEM)?;
            let values = values(reader, ')')?;
            match (name, &values[..]) {
                ("BPF_STMT", &[code, k]) => made(reader, first, [code, 0, 0, k]),
                ("BPF_JUMP", &[code, k, jt, jf]) => made(reader, first, [code, jt, jf, k]),
                _ => Err(ReadError::Line { line: line(reader, first), expected: ITEM }),
            }
        }
        Some(Word::Name(_) | Word::Sign('(')) if typed(reader).is_some() => {
            reader.at = typed(reader).unwrap_or(first);
            item(reader)
        }
        Some(Word::Sign(open @ ('{' | '[' | '('))) => {
            reader.at += 1;
            let close = match open {
                '{' => '}',
                '[' => ']',
                _ => ')',
            };
            if label(reader).is_some() {
                return labelled(reader, first, close);
            }
            let values = values(reader, close)?;
            match values[..] {
                [code, jt, jf, k] => made(reader, first, [code, jt, jf, k]),
                _ => Err(ReadError::Line { line: line(reader, first), expected: BRACED }),
            }
        }
        _ => Err(reader.error(ITEM)),
    }
}

/// Where the braces open behind the name of the type: `(struct sock_filter) {`, `unix.SockFilter{`.
fn typed(reader: &Reader<'_>) -> Option<usize> {
    const NAMES: [&str; 4] = ["sock_filter", "SockFilter", "RawInstruction", "bpf_insn"];
    let mut is_named = false;
    for at in reader.at..reader.at + 8 {
        match reader.tokens.get(at)?.word {
            Word::Name(name) => is_named |= NAMES.contains(&name),
            Word::Sign('{') => return is_named.then_some(at),
            Word::Sign('(' | ')' | '.' | ':' | '&') => {}
            _ => return None,
        }
    }
    None
}

fn line(reader: &Reader<'_>, at: usize) -> usize {
    reader.tokens.get(at).map_or(1, |token| token.line)
}

/// Expressions between commas, to the bracket that closes them.
fn values(reader: &mut Reader<'_>, close: char) -> Result<Vec<i64>, ReadError> {
    let mut values = Vec::new();
    while !reader.takes(close) {
        values.push(reader.expression()?);
        if !reader.takes(',') && reader.peek() != Some(Word::Sign(close)) {
            return Err(reader.error("a comma, or the bracket that closes it"));
        }
    }
    Ok(values)
}

const FIELDS: [&str; 4] = ["code", "jt", "jf", "k"];

fn is_field(name: &str) -> bool {
    field(name).is_some()
}

fn field(name: &str) -> Option<usize> {
    // Of Go's `bpf.RawInstruction`.
    let name = if name == "Op" { "code" } else { name };
    FIELDS.iter().position(|field| field.eq_ignore_ascii_case(name))
}

/// Which field `.code =`, `code=`, `Code:` or `"code":` names, and how many words that takes.
fn label(reader: &Reader<'_>) -> Option<(usize, usize)> {
    let dot = usize::from(reader.peek() == Some(Word::Sign('.')));
    let name = match reader.ahead(dot)? {
        Word::Name(name) | Word::Text(name) => name,
        _ => return None,
    };
    match reader.ahead(dot + 1)? {
        Word::Sign('=' | ':') => Some((field(name)?, dot + 2)),
        _ => None,
    }
}

/// Fields by their names; what is left out is 0, as in C.
fn labelled(reader: &mut Reader<'_>, first: usize, close: char) -> Result<Instruction, ReadError> {
    const LABEL: &str = "fields by their names, each once: code, jt, jf and k";
    let mut values = [None; 4];
    while !reader.takes(close) {
        let (field, length) = label(reader).ok_or_else(|| reader.error(LABEL))?;
        if values[field].is_some() {
            return Err(reader.error(LABEL));
        }
        reader.at += length;
        values[field] = Some(reader.expression()?);
        if !reader.takes(',') && reader.peek() != Some(Word::Sign(close)) {
            return Err(reader.error("a comma, or the bracket that closes it"));
        }
    }
    made(reader, first, values.map(|value| value.unwrap_or(0)))
}

/// The instruction of four numbers, code, jt, jf and k.
fn made(reader: &Reader<'_>, first: usize, values: [i64; 4]) -> Result<Instruction, ReadError> {
    let [code, jt, jf, k] = values;
    // C lets a negative number be a large one, as `(unsigned) -1`.
    let k = u32::try_from(k).or_else(|_| i32::try_from(k).map(|k| k as u32));
    match (code.try_into(), jt.try_into(), jf.try_into(), k) {
        (Ok(code), Ok(jt), Ok(jf), Ok(k)) => Ok(Instruction { code, jt, jf, k }),
        _ => Err(ReadError::Line {
            line: line(reader, first),
            expected: "a code of 16 bits, jumps of 8 bits and a k of 32 bits",
        }),
    }
}
