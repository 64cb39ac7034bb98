//! The lines of a text, by what they say: where a here-document ends.

use std::collections::HashMap;

/// Looked up, so that a text with many documents that do not end is read once.
pub(crate) struct Lines<'t>(HashMap<&'t str, Vec<(usize, usize)>>);

impl<'t> Lines<'t> {
    /// All lines of the text.
    pub fn new(text: &'t str) -> Lines<'t> {
        let mut lines: HashMap<&str, Vec<(usize, usize)>> = HashMap::new();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            lines.entry(line.trim()).or_default().push((at, at + line.len()));
            at += line.len();
        }
        Lines(lines)
    }

    /// Where the first line that says just this begins and ends, from a byte of the text on.
    pub fn next(&self, said: &str, from: usize) -> Option<(usize, usize)> {
        let places = self.0.get(said)?;
        places.get(places.partition_point(|(start, _)| *start < from)).copied()
    }
}
