//! Bytes as a source spells them.
//!
//! - A string, as `seccomp-tools dump -f inspect` has it, and other tools of Ruby, Python and C:
//!   `"\x20\x00\x00\x00..."`, `b'...'`, or several in a row, which are one.
//! - C's list of bytes, alone or in a source, as `seccomp-tools asm -f c_array`, `-f c_source` and `xxd -i` have
//!   it: `unsigned char bpf[] = {32,0,...}`.
//! - What `seccomp-tools asm -f assembly` writes: `.ascii "..."`.

use super::source::number;

/// The bytes that a text spells; `None` where it is neither.
pub(super) fn bytes(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    let assembly = text.split_once(".ascii").map(|(_, rest)| rest.lines().next().unwrap_or(""));
    strings(assembly.unwrap_or(text)).or_else(|| array(text))
}

fn array(text: &str) -> Option<Vec<u8>> {
    let (before, rest) = text.split_once('[')?;
    before.contains("char").then_some(())?;
    let (_, rest) = rest.split_once(']')?;
    let list = rest.trim_start().strip_prefix('=')?.trim_start().strip_prefix('{')?;
    let (list, _) = list.split_once('}')?;
    let words = list.split(',').map(str::trim).filter(|word| !word.is_empty());
    words.map(|word| u8::try_from(number(word)?).ok()).collect()
}

/// Strings in a row.
fn strings(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let inside = rest.strip_prefix('b').unwrap_or(rest);
        let quote = inside.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let inside = &inside[1..];
        let end = end(inside, quote)?;
        bytes.extend(string(&inside[..end])?);
        rest = inside[end + 1..].trim_start_matches([';', ',']).trim_start();
    }
    Some(bytes)
}

/// Where the quote is that ends a string.
fn end(inside: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    let mut ends = inside.char_indices().filter(|&(_, character)| {
        let ends = !is_escaped && character == quote;
        is_escaped = !is_escaped && character == '\\';
        ends
    });
    ends.next().map(|(at, _)| at)
}

/// The bytes of a string, with the escapes that C and Ruby share, and Ruby's `\e`.
fn string(inside: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(inside.len() / 4);
    let mut rest = inside.bytes().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let value = match rest.next()? {
            b'x' => {
                let mut value = digit(rest.next()?)?;
                if let Some(low) = rest.peek().and_then(|byte| digit(*byte)) {
                    rest.next();
                    value = value << 4 | low;
                }
                value as u8
            }
            octal @ b'0'..=b'7' => {
                let mut value = u32::from(octal - b'0');
                for _ in 0..2 {
                    let Some(next) = rest.peek().filter(|b| matches!(b, b'0'..=b'7')) else {
                        break;
                    };
                    value = value << 3 | u32::from(next - b'0');
                    rest.next();
                }
                u8::try_from(value).ok()?
            }
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'a' => 7,
            b'b' => 8,
            b'v' => 11,
            b'f' => 12,
            b'e' => 27,
            other @ (b'"' | b'\\' | b'#' | b'\'') => other,
            _ => return None,
        };
        bytes.push(value);
    }
    Some(bytes)
}
