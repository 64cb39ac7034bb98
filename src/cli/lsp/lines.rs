//! Places in a text as the protocol counts them: lines from 0, columns in units of UTF-16.

use crate::load::Source;
use crate::profile::Span;
use lsp_types::{Position, Range};

/// Where the lines of a text begin. To the protocol a carriage return alone ends a line, too.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    pub fn new(text: &str) -> Lines {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|&(at, &byte)| {
            byte == b'\n' || (byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'))
        });
        Lines { starts: std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect() }
    }

    /// The place of a byte; of one inside a character that character's.
    pub fn position(&self, text: &str, offset: usize) -> Position {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|&start| start <= offset).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let units = text.get(start..offset).map_or(0, |before| before.encode_utf16().count());
        Position { line: line as u32, character: units as u32 }
    }

    /// The byte at a place; none behind the last line. A column behind a line's end is its end.
    pub fn offset(&self, text: &str, position: Position) -> Option<usize> {
        let line = position.line as usize;
        let start = *self.starts.get(line)?;
        let end = self.starts.get(line + 1).copied().unwrap_or(text.len());
        let line = text.get(start..end)?.trim_end_matches(['\n', '\r']);
        let mut units = 0;
        for (at, c) in line.char_indices() {
            if units >= position.character as usize {
                return Some(start + at);
            }
            units += c.len_utf16();
        }
        Some(start + line.len())
    }

    /// A stretch of the text; an empty one is made a character long, so that it shows.
    pub fn range(&self, text: &str, span: Span) -> Range {
        let (start, mut end) = (span.start as usize, span.end as usize);
        if end <= start {
            let next = text.get(start..).and_then(|rest| rest.chars().next());
            end = start + next.filter(|c| !matches!(c, '\n' | '\r')).map_or(0, char::len_utf8);
        }
        Range { start: self.position(text, start), end: self.position(text, end) }
    }

    /// A stretch of a source, which can be this text, or stand in a string of it; the beginning for
    /// what is elsewhere.
    pub fn range_of(&self, text: &str, source: &Source, span: Option<Span>) -> Range {
        let beginning = || self.range(text, Span { start: 0, end: 0 });
        let Some(span) = span else { return beginning() };
        if *source.text == *text {
            return self.range(text, span);
        }
        let at = |offset| {
            let (outer, place) = source.outside(offset)?;
            if *outer.text != *text {
                return None;
            }
            // Those count characters, by lines of line feeds alone.
            let before = text.split_inclusive('\n').take(place.line as usize - 1);
            let start: usize = before.map(str::len).sum();
            let rest = text.get(start..)?.char_indices();
            let column = rest.map(|(at, _)| at).nth(place.column as usize - 1);
            Some(start + column.unwrap_or(text.len() - start))
        };
        match (at(span.start), at(span.end)) {
            (Some(start), Some(end)) => {
                self.range(text, Span { start: start as u32, end: end as u32 })
            }
            _ => beginning(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_units_of_utf_16() {
        let text = "a\u{1f600}\u{e4}b\r\nc\rd\n";
        let lines = Lines::new(text);
        let at = |part: &str| {
            let position = lines.position(text, text.find(part).unwrap());
            (position.line, position.character)
        };
        // As JavaScript's `text.indexOf` and its lines have them.
        assert_eq!(at("\u{e4}"), (0, 3));
        assert_eq!(at("b"), (0, 4));
        assert_eq!(at("c"), (1, 0));
        assert_eq!(at("d"), (2, 0));
        for (offset, _) in text.char_indices().filter(|(_, c)| !matches!(c, '\r' | '\n')) {
            assert_eq!(lines.offset(text, lines.position(text, offset)), Some(offset));
        }
        let far = |line, character| lines.offset(text, Position { line, character });
        assert_eq!(far(0, 99), text.find('\r'));
        assert_eq!(far(4, 0), None);
        assert_eq!(far(u32::MAX, u32::MAX), None);
        // The second half of a character.
        assert_eq!(far(0, 2), text.find('\u{e4}'));
    }
}
