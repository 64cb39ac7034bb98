//! The words and signs of a call.

use super::error::Fault;
use std::ops::Range;

/// A word or a sign, and which bytes of the text it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<'t> {
    pub kind: Kind<'t>,
    pub at: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind<'t> {
    Word(&'t str),
    Number(u64),
    Sign(&'static str),
}

/// The longer before the shorter that it begins with.
const SIGNS: [&str; 25] = [
    "...", "&&", "||", "==", "!=", "<=", ">=", "..", "<<", ">>", "=", "<", ">", "&", "|", "~", "-",
    "(", ")", ",", "@", "?", "*", "+", "!",
];

/// The tokens of a text.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, (Fault, Range<usize>)> {
    let mut tokens = Vec::new();
    let mut from = 0;
    while let Some(rest) = text.get(from..).filter(|rest| !rest.is_empty()) {
        let Some(first) = rest.chars().next() else { break };
        if first.is_whitespace() {
            from += first.len_utf8();
            continue;
        }
        let is_of_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let word = rest.split(|c| !is_of_word(c)).next().unwrap_or_default();
        let (kind, length) = if word == "_" {
            (Kind::Sign("_"), 1)
        } else if first.is_ascii_digit() {
            let number = number(word);
            let fault = || (Fault::Number(word.to_owned()), from..from + word.len());
            (Kind::Number(number.ok_or_else(fault)?), word.len())
        } else if !word.is_empty() {
            (Kind::Word(word), word.len())
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            (Kind::Sign(sign), sign.len())
        } else {
            let fault =
                Fault::Unexpected { found: first.to_string(), wanted: "a word or a number" };
            return Err((fault, from..from + first.len_utf8()));
        };
        tokens.push(Token { kind, at: from..from + length });
        from += length;
    }
    Ok(tokens)
}

/// A number in decimal, hexadecimal or octal, as C writes it.
fn number(word: &str) -> Option<u64> {
    if let Some(digits) = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        return u64::from_str_radix(digits, 16).ok();
    }
    match word.strip_prefix('0') {
        Some(digits) if !digits.is_empty() => u64::from_str_radix(digits, 8).ok(),
        _ => word.parse().ok(),
    }
}
