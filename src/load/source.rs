//! The text of a profile and its lines.

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
}

impl Source {
    /// A source of that name. Offsets are 32 bits wide; the loader refuses longer texts.
    pub fn new(name: &str, kind: SourceKind, text: &str) -> Source {
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = std::iter::once(0).chain(starts.map(|(at, _)| at as u32 + 1)).collect();
        Source { name: name.into(), kind, repository: None, text: text.into(), lines }
    }

    /// The same under another name.
    pub(super) fn named(self, name: &str) -> Source {
        Source { name: name.into(), ..self }
    }

    /// The path of the file that it is or, of a git revision, was; without the name of one of
    /// several profiles in it. Nothing for what is no file.
    pub fn path(&self) -> Option<&str> {
        let path = match self.kind {
            SourceKind::File => &*self.name,
            SourceKind::Git => self.name.split_once(':')?.1,
            SourceKind::Stdin | SourceKind::Baseline | SourceKind::Memory | SourceKind::Filter => {
                return None;
            }
        };
        // Only YAML holds several.
        let is_yaml = |file: &str| file.ends_with(".yaml") || file.ends_with(".yml");
        Some(
            path.rsplit_once('#').map_or(path, |(file, _)| if is_yaml(file) { file } else { path }),
        )
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
        let column = self.text.get(start..end).map_or(0, |before| before.chars().count());
        Position { line: line as u32 + 1, column: column as u32 + 1 }
    }

    /// The line that holds a byte: its text without the line's end, and its first offset.
    pub fn line_at(&self, offset: u32) -> (&str, u32) {
        let start = self.lines.get(self.line_index(offset)).copied().unwrap_or(0);
        let rest = self.text.get(start as usize..).unwrap_or("");
        (rest.lines().next().unwrap_or(""), start)
    }

    fn line_index(&self, offset: u32) -> usize {
        self.lines.partition_point(|start| *start <= offset).saturating_sub(1)
    }
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
}
