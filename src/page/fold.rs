//! Lines of a ready text that are too long.

use std::iter::Peekable;
use std::str::Chars;

/// How many columns a text takes: colours and links take none.
pub(crate) fn width(text: &str) -> usize {
    let mut chars = text.chars().peekable();
    let mut width = 0;
    while let Some(c) = chars.next() {
        match c {
            '\x1b' => pass(&mut chars),
            _ => width += 1,
        }
    }
    width
}

/// Passes over the rest of a sequence of ours: `[...m`, or `]...` up to ESC and a backslash.
fn pass(chars: &mut Peekable<Chars>) {
    match chars.next() {
        Some('[') => while chars.next().is_some_and(|c| c != 'm') {},
        Some(']') => {
            while chars.next().is_some_and(|c| c != '\x1b') {}
            chars.next();
        }
        _ => {}
    }
}

/// The text with lines of at most so many columns. A line that is longer goes on below, set in from
/// where it began, or below the last of its columns that leaves it half of the room; a word that is
/// longer than a line is left whole.
pub fn fold(text: &str, columns: usize) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (line, end) = match line.strip_suffix('\n') {
            Some(line) => (line, "\n"),
            None => (line, ""),
        };
        match line.len() <= columns || width(line) <= columns {
            true => out.push_str(line),
            false => broken(&mut out, line, columns),
        }
        out.push_str(end);
    }
    out
}

fn broken(out: &mut String, line: &str, columns: usize) {
    let begun = line.len() - line.trim_start_matches(' ').len();
    let begun = " ".repeat(begun.min(columns / 2));
    let below = " ".repeat(column(line, columns / 2).unwrap_or(begun.len() + 2));
    let mut at = begun.len();
    out.push_str(&begun);
    let mut is_begun = false;
    // Columns that were made with spaces stay as far as they fit.
    let mut gap = 0;
    for word in line.trim_start_matches(' ').split(' ') {
        if word.is_empty() {
            gap += 1;
            continue;
        }
        // A list of flags has no spaces, and is broken behind a bar.
        for (part, piece) in word.split_inclusive('|').enumerate() {
            let space = if part == 0 && is_begun { 1 + gap } else { 0 };
            let wide = width(piece);
            if is_begun && at + space + wide > columns {
                out.push('\n');
                out.push_str(&below);
                at = below.len();
            } else {
                out.extend(std::iter::repeat_n(' ', space));
                at += space;
            }
            out.push_str(piece);
            at += wide;
            is_begun = true;
        }
        gap = 0;
    }
}

/// Where the last column of a line begins, of those up to `most`: more than one space parts columns.
fn column(line: &str, most: usize) -> Option<usize> {
    let mut last = None;
    let (mut at, mut gap, mut is_begun) = (0, 0, false);
    for word in line.split(' ') {
        if word.is_empty() {
            gap += 1;
        } else {
            if is_begun && gap > 0 && at <= most {
                last = Some(at);
            }
            (gap, is_begun) = (0, true);
        }
        at += width(word) + 1;
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_go_on_below() {
        let text = "short\n  one two three four\nx\n";
        assert_eq!(fold(text, 12), "short\n  one two\n    three\n    four\nx\n");
        assert_eq!(fold(text, 100), text);
        assert_eq!(fold("abcdefgh ij", 4), "abcdefgh\n  ij");
        assert_eq!(fold("a   b   c", 6), "a   b\n  c");
        assert_eq!(fold("  ab   c d e f", 10), "  ab   c d\n    e f");
        assert_eq!(fold("  ab  c d e f g", 12), "  ab  c d e\n      f g");
        assert_eq!(fold("abc|def|ghi", 8), "abc|def|\n  ghi");
    }

    #[test]
    fn colours_and_links_take_no_room() {
        let red = "\x1b[1;31mred\x1b[0m \x1b]8;;file:///a\x1b\\a:1\x1b]8;;\x1b\\";
        assert_eq!(width(red), 7);
        assert_eq!(fold(red, 7), red);
    }
}
