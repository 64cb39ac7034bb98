//! Lines in columns.

use super::{Ink, Layout, width};

/// Text under construction.
pub(crate) struct Page {
    out: String,
    layout: Layout,
    columns: usize,
    /// The column of the next character.
    column: usize,
}

impl Page {
    pub fn new(layout: &Layout) -> Page {
        Page { out: String::new(), columns: layout.columns(), layout: layout.clone(), column: 0 }
    }

    /// The same with lines of any length, unless a width is said.
    pub fn unbounded(layout: &Layout) -> Page {
        Page { columns: layout.width.map_or(usize::MAX, |_| layout.columns()), ..Page::new(layout) }
    }

    pub fn finish(self) -> String {
        self.out
    }

    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// How many columns there are.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Whether more was written than a screen shows at once.
    pub fn is_long(&self) -> bool {
        self.out.lines().count() > self.layout.lines()
    }

    /// Appends to the present line.
    pub fn put(&mut self, ink: Ink, text: &str) {
        self.layout.paint().put(&mut self.out, ink, &text.replace('\u{a0}', " "));
        self.column += width(text);
    }

    /// Appends a place, which leads to its file.
    pub fn place(&mut self, path: Option<&str>, text: &str) {
        self.out.push_str(&self.layout.linked(path, text));
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

    /// The column from which a word has room: `column`, or as far left as it takes.
    pub fn leaving(&self, room: usize, column: usize) -> usize {
        column.min(self.columns.saturating_sub(room))
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
        self.flow(ink, column, text);
    }

    /// The same from where the line is, and from `column` on the lines below.
    pub fn flow(&mut self, ink: Ink, column: usize, text: &str) {
        let named = self.layout.program.is_some().then(|| self.layout.named(text).into_owned());
        let text = named.as_deref().unwrap_or(text);
        let mut line = String::new();
        // A list of flags has no spaces, and is broken behind a bar.
        for word in text.split_inclusive([' ', '|']) {
            let ahead = self.column + width(&line) + width(word.trim_end());
            if !line.is_empty() && ahead > self.columns {
                self.put(ink, line.trim_end());
                self.end();
                self.go(column);
                line.clear();
            }
            line.push_str(word);
        }
        self.put(ink, &line);
    }

    /// Appends at the right end of the line, or on a line of its own where there is no room.
    pub fn right(&mut self, ink: Ink, text: &str) {
        let column = self.columns.saturating_sub(width(text));
        match self.column + 3 <= column {
            true => self.go(column),
            false => self.go(2),
        }
        self.wrap(ink, self.column, text);
    }

    /// Appends names between commas, in at most so many lines from `column` on, unless all are
    /// asked for; what is left out is counted. Behind the names comes the `end`.
    pub fn names(&mut self, ink: Ink, column: usize, names: &[String], lines: usize, end: &str) {
        let all = names.join(", ") + end;
        let room = self.columns.saturating_sub(column);
        if self.layout.is_verbose || width(&all) <= room * lines {
            return self.wrap(ink, column, &all);
        }
        let tail = format!(", and\u{a0}{}\u{a0}more; -v\u{a0}shows\u{a0}all{end}", names.len());
        // A name that does not fit leaves a part of its line empty.
        let budget = (room * lines).saturating_sub(width(&tail) + 12 * lines);
        let (mut used, mut shown) = (0, 0);
        for name in names {
            used += width(name) + 2;
            if used > budget && shown > 0 {
                break;
            }
            shown += 1;
        }
        let left = names.len() - shown;
        if left == 0 {
            return self.wrap(ink, column, &all);
        }
        let tail = tail.replacen(&names.len().to_string(), &left.to_string(), 1);
        self.wrap(ink, column, &(names[..shown].join(", ") + &tail));
    }

    pub fn column(&self) -> usize {
        self.column
    }
}
