//! Places in a text, as faces give them.

use crate::load::Source;
use crate::profile::Span;
use serde::Serialize;

/// A place in a text. Lines and columns count from 1, columns in Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs)] // the fields are their own names
pub struct Region {
    pub line: u32,
    pub column: u32,
    pub end_line: u32,
    /// Behind the last character.
    pub end_column: u32,
}

impl Region {
    /// Where a span is in a text.
    pub fn of(source: &Source, span: Span) -> Region {
        let (start, end) = (source.position(span.start), source.position(span.end));
        Region {
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
        }
    }
}
