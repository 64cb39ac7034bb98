//! The text of a profile and its lines.

use crate::profile::Span;
use std::path::Path;
use std::sync::Arc;

/// Where the text came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// A file, by its path.
    File,
    /// Standard input.
    Stdin,
    /// A revision of a git repository, `REV:path`.
    Git,
    /// A baseline built into the program.
    Baseline,
    /// Bytes that the caller had already.
    Memory,
    /// Programs of the kernel, which have no text.
    Filter,
}

/// A place in a text; both count from 1, columns in Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column in the line.
    pub column: u32,
}

/// A text with a name, in which a [`Span`](crate::profile::Span) can be looked up.
#[derive(Clone, Debug)]
pub struct Source {
    /// How reports call it: what the user wrote, or `<stdin>`.
    pub name: Arc<str>,
    /// Where it came from.
    pub kind: SourceKind,
    /// A folder of the repository that a [`SourceKind::Git`] is of, if not the working folder.
    pub repository: Option<Arc<Path>>,
    /// The whole text.
    pub text: Arc<str>,
    /// The offset of each line's first byte.
    lines: Arc<[u32]>,
    /// How many characters stand before each [`BLOCK`] of bytes; none where each is a byte.
    characters: Option<Arc<[u32]>>,
    /// Where the text stands in a string of another one.
    outer: Option<Arc<Outer>>,
    /// What the file is called, where the name is of one of several profiles in it.
    file: Option<Arc<str>>,
    /// Whether the profile is only a part of the text, which is something else.
    is_held: bool,
}

/// A string in JSON that holds a text.
#[derive(Clone, Debug)]
struct Outer {
    source: Source,
    /// The string with its quotes.
    span: Span,
    /// How many bytes of the string come before the text.
    skip: usize,
}

/// All that says something can stand in one line of megabytes: its columns are not counted from its start
/// each time.
const BLOCK: usize = 1024;

impl Source {
    /// A source of that name. Offsets are 32 bits wide; the loader refuses longer texts.
    pub fn new(name: &str, kind: SourceKind, text: &str) -> Source {
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = std::iter::once(0).chain(starts.map(|(at, _)| at as u32 + 1)).collect();
        let (repository, outer, file) = (None, None, None);
        let is_held = false;
        Source {
            name: name.into(),
            kind,
            repository,
            text: text.into(),
            lines,
            characters: (!text.is_ascii()).then(|| characters(text)),
            outer,
            file,
            is_held,
        }
    }

    /// A text that stands in a string of this one, behind so many bytes of the string.
    pub(super) fn inside(&self, name: &str, text: &str, span: Span, skip: usize) -> Source {
        let outer = Outer { source: self.clone(), span, skip };
        let repository = self.repository.clone();
        let inner = Source::new(name, self.kind, text);
        Source { repository, outer: Some(Arc::new(outer)), ..inner }
    }

    /// Of a text in a string of another one: that one, and where in it a byte stands.
    pub fn outside(&self, offset: u32) -> Option<(&Source, Position)> {
        let Outer { source, span, skip } = self.outer.as_deref()?;
        let raw = source.text.get(span.start as usize + 1..span.end as usize)?;
        let at = span.start + 1 + raw_offset(raw, skip + offset as usize) as u32;
        Some((source, source.position(at)))
    }

    /// Whether its lines are those of the file that it is called by: not of a text in a string of
    /// it, and not of a default that the file stands for.
    pub fn is_file(&self) -> bool {
        self.outer.is_none() && self.kind != SourceKind::Baseline
    }

    /// The same for a profile inside a text that is something else.
    pub(super) fn holding(self) -> Source {
        Source { is_held: true, ..self }
    }

    /// Whether the profile stands inside a file of something else, of which it is only a part: a
    /// `ConfigMap`'s string, a machine's configuration.
    pub fn is_held(&self) -> bool {
        self.is_held
    }

    /// The same under another name.
    pub(super) fn named(self, name: &str) -> Source {
        Source { name: name.into(), ..self }
    }

    /// The same for one of several profiles in the file: `FILE#NAME`.
    pub(super) fn of_document(self, document: &str) -> Source {
        let name = format!("{}#{document}", self.name).into();
        Source { file: Some(self.name), name, ..self }
    }

    /// The path of the file that it is or, of a git revision, was; without the name of one of
    /// several profiles in it. Nothing for what is no file.
    pub fn path(&self) -> Option<&str> {
        if self.outer.is_some() {
            // Lines of the text are none of the file's.
            return None;
        }
        let file = self.file.as_deref().unwrap_or(&self.name);
        match self.kind {
            SourceKind::File => Some(file),
            SourceKind::Git => Some(file.split_once(':')?.1),
            SourceKind::Stdin | SourceKind::Baseline | SourceKind::Memory | SourceKind::Filter => {
                None
            }
        }
    }

    /// The line and column of a byte. An offset inside a character counts as its first byte,
    /// one behind the end as the end.
    pub fn position(&self, offset: u32) -> Position {
        let mut end = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let line = self.line_index(end as u32);
        let start = self.lines.get(line).copied().unwrap_or(0) as usize;
        let column = self.characters_before(end) - self.characters_before(start);
        Position { line: line as u32 + 1, column: column as u32 + 1 }
    }

    /// The line that holds a byte: its text without the line's end, and its first offset.
    pub fn line_at(&self, offset: u32) -> (&str, u32) {
        let at = self.line_index(offset);
        let start = self.lines.get(at).copied().unwrap_or(0);
        let end = self.lines.get(at + 1).map_or(self.text.len(), |next| *next as usize - 1);
        let line = self.text.get(start as usize..end).unwrap_or("");
        let is_ended = end < self.text.len();
        (line.strip_suffix('\r').filter(|_| is_ended).unwrap_or(line), start)
    }

    /// How many characters begin before a byte that begins one.
    fn characters_before(&self, end: usize) -> usize {
        let Some(characters) = &self.characters else { return end };
        let block = end / BLOCK;
        let before = characters.get(block).copied().unwrap_or(0) as usize;
        let rest = self.text.as_bytes().get(block * BLOCK..end).unwrap_or_default();
        before + rest.iter().filter(|byte| begins(**byte)).count()
    }

    fn line_index(&self, offset: u32) -> usize {
        self.lines.partition_point(|start| *start <= offset).saturating_sub(1)
    }
}

/// Whether a byte of UTF-8 begins a character.
const fn begins(byte: u8) -> bool {
    byte & 0xc0 != 0x80
}

/// How many characters stand before each block.
fn characters(text: &str) -> Arc<[u32]> {
    let mut before = 0;
    let blocks = text.as_bytes().chunks(BLOCK).map(|block| {
        let first = before;
        before += block.iter().filter(|byte| begins(**byte)).count() as u32;
        first
    });
    let mut all: Vec<u32> = blocks.collect();
    all.push(before);
    all.into()
}

/// How many bytes of a JSON string, as it is written, stand before a byte of what it says.
fn raw_offset(raw: &str, offset: usize) -> usize {
    let (mut at, mut said) = (0, 0);
    while said < offset {
        let rest = raw.get(at..).unwrap_or_default();
        let Some(first) = rest.chars().next() else { break };
        let unit = |from: usize| u32::from_str_radix(rest.get(from..from + 4)?, 16).ok();
        let (read, says) = match (first, rest.as_bytes().get(1)) {
            ('\\', Some(b'u')) => match unit(2) {
                // Two of these are one character.
                Some(0xd800..=0xdbff) if rest.get(6..8) == Some("\\u") => (12, 4),
                code => (6, code.and_then(char::from_u32).map_or(3, char::len_utf8)),
            },
            ('\\', _) => (2, 1),
            (c, _) => (c.len_utf8(), c.len_utf8()),
        };
        (at, said) = (at + read, said + says);
    }
    at.min(raw.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        let source = Source::new("x", SourceKind::Memory, "a\nä€b\n");
        let at = |offset| {
            let Position { line, column } = source.position(offset);
            (line, column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(1), (1, 2));
        assert_eq!(at(2), (2, 1));
        assert_eq!(at(3), (2, 1));
        assert_eq!(at(4), (2, 2));
        assert_eq!(at(7), (2, 3));
        assert_eq!(at(9), (3, 1));
        assert_eq!(at(u32::MAX), (3, 1));
        assert_eq!(source.line_at(7), ("ä€b", 2));
    }

    #[test]
    fn columns_of_a_long_line_are_those_that_counting_gives() {
        let text = "aä\u{20ac}\u{1f600}".repeat(500) + "\n" + &"bö".repeat(2_000);
        let source = Source::new("x", SourceKind::Memory, &text);
        for (offset, _) in text.char_indices().chain([(text.len(), ' ')]) {
            let before = &text[..offset];
            let start = before.rfind('\n').map_or(0, |at| at + 1);
            let column = before[start..].chars().count() as u32 + 1;
            assert_eq!(source.position(offset as u32).column, column, "{offset}");
        }
    }

    #[test]
    fn a_place_in_a_string_is_one_in_the_file() {
        let raw = r#"ab\n\u00e4\ud83d\ude00\"c"#;
        let said = "ab\nä\u{1f600}\"c";
        for (part, expected) in
            [("b", r"b"), ("ä", r"\u00e4"), ("\u{1f600}", r"\ud83d"), ("c", "c")]
        {
            let offset = raw_offset(raw, said.find(part).unwrap());
            assert!(raw[offset..].starts_with(expected), "{part}: {}", &raw[offset..]);
        }
        assert_eq!(raw_offset(raw, said.len()), raw.len());
        assert_eq!(raw_offset(raw, 1000), raw.len());
        assert_eq!(raw_offset("\\", 5), 1);
    }
}
