//! A text as what differs from another one, line by line.

/// A line of a delta that copies so many lines of the base begins with it.
pub const COPY: char = '=';
/// A line of a delta that leaves out so many lines of the base begins with it.
pub const SKIP: char = '-';
/// A line of a delta that is a line of the text begins with it.
pub const ADD: char = '+';

/// The text that a delta makes of its base; empty where the delta is none of that base, which a
/// test holds to be never so for what is built in.
pub fn apply(base: &str, delta: &str) -> String {
    let mut text = String::with_capacity(base.len() + delta.len());
    let mut rest = base;
    for line in delta.lines() {
        let Some(operation) = line.chars().next() else { return String::new() };
        let operand = &line[operation.len_utf8()..];
        if operation == ADD {
            text.push_str(operand);
            text.push('\n');
            continue;
        }
        let Ok(count) = operand.parse::<usize>() else { return String::new() };
        let (lines, behind) = rest.split_at(end_of(rest, count));
        if operation == COPY {
            text.push_str(lines);
        }
        rest = behind;
    }
    text
}

/// Where so many lines end.
fn end_of(text: &str, count: usize) -> usize {
    match count {
        0 => 0,
        _ => {
            let mut ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            ends.nth(count - 1).map_or(text.len(), |(at, _)| at + 1)
        }
    }
}
