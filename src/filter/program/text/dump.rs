//! Bytes as tools print them: `xxd`, `xxd -p`, `hexdump -C`, `od -t x1`, plain digits, base64.
//!
//! A dump is read where every byte is certain. Those of words (`hexdump`, `od -x`, `xxd -e`) hang on the
//! machine that wrote them, and are refused.

use crate::filter::program::error::INSTRUCTION_SIZE;
use crate::filter::program::error::ReadError;
use base64::Engine;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

/// The bytes of a dump; `None` where the text is none.
pub(super) fn bytes(text: &str) -> Option<Result<Vec<u8>, ReadError>> {
    let first = text.lines().find(|line| !line.trim().is_empty())?;
    if placed(first).is_some_and(|line| is_zero(line.place) && !line.rest.trim().is_empty()) {
        return Some(dumped(text));
    }
    digits(text).or_else(|| base64(text)).map(Ok)
}

/// A line of a dump.
#[derive(Clone, Copy)]
struct Line<'a> {
    /// Where its first byte is, in digits.
    place: &'a str,
    /// Whether a colon is behind that, as `xxd` writes it.
    has_colon: bool,
    rest: &'a str,
}

fn placed(line: &str) -> Option<Line<'_>> {
    let line = line.trim_end();
    let end = line.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(line.len());
    let (place, rest) = line.split_at(end);
    let has_colon = rest.starts_with(':');
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let is_apart = rest.is_empty() || rest.starts_with([' ', '\t']);
    (is_apart && (6..=16).contains(&place.len())).then_some(Line { place, has_colon, rest })
}

fn is_zero(place: &str) -> bool {
    place.bytes().all(|digit| digit == b'0')
}

/// Whether a place is that of a byte; in which of the three ways that tools count, no line says.
fn is_place(place: &str, of: usize) -> bool {
    [16, 8, 10].iter().any(|radix| usize::from_str_radix(place, *radix) == Ok(of))
}

fn dumped(text: &str) -> Result<Vec<u8>, ReadError> {
    let mut bytes: Vec<u8> = Vec::new();
    let mut length = 0;
    let mut is_repeated = false;
    for (number, line) in (1..).zip(text.lines()) {
        let error = |expected| ReadError::Line { line: number, expected };
        match line.trim() {
            "" => continue,
            "*" if length > 0 => {
                is_repeated = true;
                continue;
            }
            _ => {}
        }
        let line = placed(line).ok_or(error("a line of the dump, which begins with a place"))?;
        if is_repeated {
            is_repeated = false;
            // Lines like the last one are left out, up to this place.
            let last = bytes.get(bytes.len() - length..).unwrap_or_default().to_vec();
            while !is_place(line.place, bytes.len()) && bytes.len() < MOST {
                bytes.extend(&last);
            }
        }
        if !is_place(line.place, bytes.len()) {
            return Err(error("the place of the line's first byte: a line is missing"));
        }
        let found = bytes_of(line).map_err(error)?;
        length = found.len();
        bytes.extend(found);
    }
    match is_repeated {
        true => {
            Err(ReadError::Line { line: text.lines().count(), expected: "the end of the dump" })
        }
        false => Ok(bytes),
    }
}

/// More bytes than any program has.
const MOST: usize = 1 << 20;

const WORDS: &str = "one byte after the other, as `xxd`, `hexdump -C` or `od -t x1` write them: the order within \
    longer words is that of the machine that wrote them";

fn bytes_of(line: Line<'_>) -> Result<Vec<u8>, &'static str> {
    let rest = line.rest;
    // Behind the bytes stand the characters that they are.
    let (words, characters) = match line.has_colon {
        true => {
            let rest = rest.strip_prefix(' ').unwrap_or(rest);
            rest.split_once("  ").map_or((rest, None), |(words, behind)| (words, Some(behind)))
        }
        false => (rest.split(['|', '>']).next().unwrap_or(""), None),
    };
    let mut bytes = Vec::with_capacity(16);
    let mut is_single = true;
    for word in words.split_whitespace() {
        is_single &= word.len() == 2;
        bytes.extend(hexadecimal(word).ok_or(WORDS)?);
    }
    if is_single {
        return Ok(bytes);
    }
    // `xxd` writes two bytes together, in their order or, with `-e`, in the other one.
    let shown = |bytes: &[u8]| -> String {
        let character = |byte: &u8| match byte {
            b' '..=b'~' => char::from(*byte),
            _ => '.',
        };
        bytes.iter().map(character).collect()
    };
    let is_theirs = characters.is_some_and(|characters| {
        characters.trim_start_matches(' ').trim_end() == shown(&bytes).trim_start().trim_end()
    });
    if line.has_colon && is_theirs { Ok(bytes) } else { Err(WORDS) }
}

fn hexadecimal(word: &str) -> Option<Vec<u8>> {
    if !word.len().is_multiple_of(2) || !word.is_ascii() {
        return None;
    }
    let digits = word.as_bytes().chunks_exact(2).map(|pair| {
        let digit = |at: usize| char::from(pair[at]).to_digit(16);
        Some((digit(0)? << 4 | digit(1)?) as u8)
    });
    digits.collect()
}

/// Digits alone, as `xxd -p` writes them, or with a space between the bytes.
fn digits(text: &str) -> Option<Vec<u8>> {
    let words: Option<Vec<Vec<u8>>> = text.split_whitespace().map(hexadecimal).collect();
    let bytes = words?.concat();
    (!bytes.is_empty() && bytes.len().is_multiple_of(INSTRUCTION_SIZE)).then_some(bytes)
}

/// Base64, also of the kind for addresses, with or without its end and breaks of lines; nothing that has a
/// space within a line, as rows of numbers have.
fn base64(text: &str) -> Option<Vec<u8>> {
    let text: String = text.lines().map(str::trim).collect();
    let decoded = |alphabet: &Alphabet| {
        let config =
            GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
        GeneralPurpose::new(alphabet, config).decode(&text).ok()
    };
    let bytes = decoded(&STANDARD).or_else(|| decoded(&URL_SAFE))?;
    (!bytes.is_empty() && bytes.len().is_multiple_of(INSTRUCTION_SIZE)).then_some(bytes)
}
