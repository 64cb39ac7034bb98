//! How the text files of this room are read: at compile time into tables of where things stand, and
//! the names of ABIs in them.

use super::abi::Abi;

/// Whether the ABI is one of `list`: names between commas, where `mips*` is every ABI whose
/// name starts with `mips`.
pub(super) fn among(abi: Abi, list: &str) -> bool {
    list.split(',').any(|pattern| match pattern.strip_suffix('*') {
        Some(start) => abi.name().starts_with(start),
        None => abi.name() == pattern,
    })
}

/// The lines that carry facts: neither empty nor comments.
pub(super) fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// A number as C writes it: decimal or `0x`.
pub(super) fn number(word: &str) -> Option<u64> {
    match word.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => word.parse().ok(),
    }
}

/// A piece of a text: from where to where. Two bytes each, and no address for the loader to set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    from: u16,
    to: u16,
}

impl Piece {
    pub const EMPTY: Piece = Piece::new(0, 0);

    pub const fn new(from: usize, to: usize) -> Piece {
        assert!(from <= to && to <= u16::MAX as usize, "the text is too long for a piece of it");
        Piece { from: from as u16, to: to as u16 }
    }

    pub const fn is_empty(self) -> bool {
        self.from == self.to
    }

    pub const fn of(self, text: &'static str) -> &'static str {
        let (before, _) = text.split_at(self.to as usize);
        before.split_at(self.from as usize).1
    }

    /// What is before a piece of it, without the byte between them.
    pub const fn before(self, piece: Piece) -> Piece {
        Piece { to: piece.from.saturating_sub(1), ..self }
    }

    /// Cuts it at the first such byte, which is left out; `None` in place of the second part where
    /// there is none.
    pub const fn cut(self, text: &'static str, byte: u8) -> (Piece, Option<Piece>) {
        let mut at = self.from;
        while at < self.to {
            if text.as_bytes()[at as usize] == byte {
                return (Piece { to: at, ..self }, Some(Piece { from: at + 1, ..self }));
            }
            at += 1;
        }
        (self, None)
    }
}

/// The next line that carries a fact, and what is behind it.
pub(super) const fn next_line(text: &'static str, mut rest: Piece) -> Option<(Piece, Piece)> {
    while !rest.is_empty() {
        let (line, behind) = rest.cut(text, b'\n');
        rest = match behind {
            Some(behind) => behind,
            None => Piece::EMPTY,
        };
        if !line.is_empty() && text.as_bytes()[line.from as usize] != b'#' {
            return Some((line, rest));
        }
    }
    None
}

/// [`number`] of a text that is one.
pub(super) const fn known_number(text: &str) -> u64 {
    let digits = text.as_bytes();
    let is_hex = digits.len() > 2 && digits[1] == b'x';
    let (mut at, mut number) = (if is_hex { 2 } else { 0 }, 0);
    while at < digits.len() {
        let digit = digits[at];
        number = match digit {
            b'0'..=b'9' => number * (if is_hex { 16 } else { 10 }) + (digit - b'0') as u64,
            _ => number * 16 + (digit - b'a') as u64 + 10,
        };
        at += 1;
    }
    number
}

/// Whether a list names only ABIs that exist.
#[cfg(test)]
pub(super) fn is_abi_list(list: &str) -> bool {
    list.split(',').all(|pattern| Abi::ALL.into_iter().any(|abi| among(abi, pattern)))
}
