//! A message with the line of the file that it is about.

use std::fmt::Write;

use super::source::{Position, Source, SourceKind};
use crate::page::{Ink, Layout, Paint, fold};
use crate::profile::Span;

#[derive(Clone, Copy)]
pub(crate) enum Level {
    Error,
    Warning,
    Info,
    /// What belongs to the message before.
    Note,
}

/// How many characters of a line are shown where nobody says it.
const WIDTH: usize = 100;

/// The message, the place, the line with the place underlined, and the help.
pub(crate) fn render(
    level: Level,
    message: &str,
    place: Option<(&Source, Span)>,
    help: Option<&str>,
    layout: &Layout,
) -> String {
    let paint = |ink, text: &str| Paint { color: layout.color }.text(ink, text);
    let folded = |text: String| match layout.width {
        Some(_) => fold(&text, layout.columns()),
        None => text,
    };
    let (word, hue) = match level {
        Level::Error => ("error", Ink::Weaker),
        Level::Warning => ("warning", Ink::Warning),
        Level::Info => ("info", Ink::Note),
        Level::Note => ("note", Ink::Note),
    };
    let mut out = folded(format!("{}: {}\n", paint(hue, word), visible(message)));
    let mut margin = String::from(" ");
    if let Some((source, span)) = place {
        let Position { line, column } = source.position(span.start);
        let number = line.to_string();
        margin = " ".repeat(number.len() + 1);
        let bar = paint(Ink::Margin, "|");
        let arrow = paint(Ink::Margin, "-->");
        let (text, mark) = window(source, span, room(layout, margin.len()));
        let pad = " ".repeat(mark.start);
        let carets = paint(hue, &"^".repeat(mark.len().max(1)));
        let number = paint(Ink::Margin, &number);
        let name = visible(&source.name);
        // Writing to a String cannot fail.
        let path = source.path().filter(|_| source.kind == SourceKind::File);
        let place = layout.linked(path, &format!("{name}:{line}:{column}"));
        let _ = writeln!(out, "{}{arrow} {place}", &margin[1..]);
        let _ = writeln!(out, "{margin}{bar}\n{number} {bar} {text}\n{margin}{bar} {pad}{carets}");
    }
    if let Some(help) = help {
        let help = visible(&layout.named(help));
        out += &folded(format!("{margin}{} help: {help}\n", paint(Ink::Margin, "=")));
    }
    out
}

/// How many characters of a line are shown: between the margin with its bar and the `...` of a cut.
fn room(layout: &Layout, margin: usize) -> usize {
    match layout.width {
        Some(_) => layout.columns().saturating_sub(margin + "| ".len() + "...".len()),
        None => WIDTH,
    }
}

/// The part of the line around a span, made visible, and where in it the span is (in columns).
fn window(source: &Source, span: Span, most: usize) -> (String, std::ops::Range<usize>) {
    let (line, start) = source.line_at(span.start);
    let from = (span.start - start) as usize;
    let to = from + (span.end.saturating_sub(span.start)) as usize;
    // Only what may be shown is looked at: a line can be 16 MiB long.
    let skipped = line.get(..from.min(line.len())).unwrap_or("");
    let first = skipped
        .char_indices()
        .rev()
        .take(most.min(WIDTH) / 2)
        .last()
        .map_or(skipped.len(), |(at, _)| at);
    let mut text = String::from(if first > 0 { "..." } else { "" });
    let (mut begin, mut end) = (None, None);
    let mut width = text.len();
    let mut cut = false;
    for (offset, c) in line.get(first..).unwrap_or("").char_indices() {
        if width >= most {
            cut = true;
            break;
        }
        if first + offset >= from && begin.is_none() {
            begin = Some(width);
        }
        if first + offset >= to && end.is_none() {
            end = Some(width);
        }
        width += push_visible(&mut text, c, true);
    }
    if cut {
        text.push_str("...");
    }
    let begin = begin.unwrap_or(width);
    (text, begin..end.unwrap_or(width))
}

/// The text with every character that a terminal could obey written as an escape.
pub(crate) fn visible(text: &str) -> String {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        push_visible(&mut out, c, false);
    }
    out
}

/// Appends a character in a form that can be seen; says how many columns it took.
fn push_visible(out: &mut String, c: char, in_line: bool) -> usize {
    let hidden = c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    let before = out.len();
    if c == '\t' && in_line {
        out.push_str("    ");
    } else if hidden {
        out.extend(c.escape_unicode());
    } else {
        out.push(c);
        return 1;
    }
    out.len() - before
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::SourceKind;

    #[test]
    fn terminals_never_see_a_control_character() {
        let text = "\"\x1b[2J\u{202e}\t\u{9b}x\"";
        let source = Source::new("a\x1b", SourceKind::Memory, text);
        let span = Span { start: 1, end: 2 };
        let shown =
            render(Level::Error, "bad \x07", Some((&source, span)), Some("\x1b"), &false.into());
        assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown}");
        assert!(shown.contains("\"\\u{1b}[2J\\u{202e}    \\u{9b}x\"\n  |  ^^^^^^\n"), "{shown}");
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let text = format!("{}X{}", "a".repeat(1000), "b".repeat(1000));
        let source = Source::new("f", SourceKind::Memory, &text);
        let (line, mark) = window(&source, Span { start: 1000, end: 1001 }, WIDTH);
        assert_eq!(line.len(), WIDTH + 3);
        assert_eq!(&line[mark], "X");
    }
}
