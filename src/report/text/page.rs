//! Lines in columns.

use super::super::paint::{Ink, Paint};

/// The width for which everything is laid out, whatever the terminal: the same report is the same
/// text everywhere.
pub(super) const WIDTH: usize = 100;

/// How many columns a text takes.
pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

/// Text under construction.
pub(super) struct Page {
    out: String,
    paint: Paint,
    /// The column of the next character.
    column: usize,
}

impl Page {
    pub fn new(color: bool) -> Page {
        Page { out: String::new(), paint: Paint { color }, column: 0 }
    }

    pub fn finish(self) -> String {
        self.out
    }

    /// Appends to the present line.
    pub fn put(&mut self, ink: Ink, text: &str) {
        self.paint.put(&mut self.out, ink, &text.replace('\u{a0}', " "));
        self.column += width(text);
    }

    /// Goes to a column: on this line if that is ahead, else on the next one.
    pub fn go(&mut self, column: usize) {
        if self.column > column {
            self.end();
        }
        self.out.extend(std::iter::repeat_n(' ', column - self.column));
        self.column = column;
    }

    /// Ends the line.
    pub fn end(&mut self) {
        let kept = self.out.trim_end_matches(' ').len();
        self.out.truncate(kept);
        self.out.push('\n');
        self.column = 0;
    }

    /// Appends words, from `column` on each line, as many as fit. U+00A0 is a space at which no
    /// line ends.
    pub fn wrap(&mut self, ink: Ink, column: usize, text: &str) {
        self.go(column);
        let mut line = String::new();
        // A list of flags has no spaces, and is broken behind a bar.
        for word in text.split_inclusive([' ', '|']) {
            let ahead = self.column + width(&line) + width(word.trim_end());
            if !line.is_empty() && ahead > WIDTH {
                self.put(ink, line.trim_end());
                self.end();
                self.go(column);
                line.clear();
            }
            line.push_str(word);
        }
        self.put(ink, &line);
    }

    pub fn column(&self) -> usize {
        self.column
    }
}
