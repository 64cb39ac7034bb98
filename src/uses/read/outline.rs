//! YAML by its lines: what a reader sees who does not mind what a template leaves open.
//!
//! Blocks are told by indentation, as in YAML. What an action prints is a value of its own words; an
//! action alone on a line is a member of what is around it, by its own words as key. Nothing is an
//! error. Aliases are not followed: they are open.

use super::mask::{MARK, mask};
use super::{Tree, plain, span, string};
use crate::load::{Member, Node, Value};
use std::borrow::Cow;

/// Blocks nested deeper than this are passed over.
const MAX_DEPTH: usize = 60;

/// Reads one document that stands behind so many bytes.
pub(super) fn read(text: &str, offset: usize) -> Tree {
    let masked = mask(text);
    let mut lines = Vec::new();
    let mut start = 0;
    for line in masked.split_inclusive('\n') {
        let end = start + line.trim_end().len();
        let indent = line.len() - line.trim_start_matches(' ').len();
        if end > start + indent {
            lines.push(Line { indent, start: start + indent, end });
        }
        start += line.len();
    }
    let mut reader = Reader { text, masked: &masked, lines, at: 0, offset };
    let mut nodes = Vec::new();
    while let Some(line) = reader.lines.get(reader.at) {
        let (before, indent) = (reader.at, line.indent);
        nodes.push(reader.block(indent, 0));
        if reader.at == before {
            reader.at += 1;
        }
    }
    // Lines less indented than the first begin anew; their members are one mapping's.
    let mut members = Vec::new();
    let mut rest = Vec::new();
    for node in nodes {
        match node.value {
            Value::Object(own) => members.extend(own),
            Value::Null => {}
            _ => rest.push(node),
        }
    }
    match (members.is_empty(), rest.pop()) {
        (true, Some(node)) => node,
        (_, _) => Node { value: Value::Object(members), span: span(offset, offset + text.len()) },
    }
}

#[derive(Clone, Copy)]
struct Line {
    indent: usize,
    start: usize,
    end: usize,
}

struct Reader<'t> {
    text: &'t str,
    masked: &'t str,
    lines: Vec<Line>,
    at: usize,
    offset: usize,
}

impl Reader<'_> {
    fn line(&self) -> Option<(Line, &str)> {
        let line = *self.lines.get(self.at)?;
        Some((line, self.masked.get(line.start..line.end)?))
    }

    fn place(&self, start: usize, end: usize) -> crate::profile::Span {
        span(self.offset + start, self.offset + end)
    }

    /// The block at a column.
    fn block(&mut self, indent: usize, depth: usize) -> Tree {
        let first = self.lines.get(self.at).map_or(0, |line| line.start);
        let (mut items, mut members) = (Vec::new(), Vec::new());
        let mut last = first;
        while let Some((line, content)) = self.line() {
            let is_item = content == "-" || content.starts_with("- ");
            if line.indent < indent && !is_action(content) {
                break;
            }
            if depth > MAX_DEPTH || content.starts_with('#') {
                self.at += 1;
                continue;
            }
            if is_item && line.indent == indent && members.is_empty() {
                items.push(self.item(line, depth));
            } else if is_item && line.indent <= indent {
                break;
            } else if let Some((key, key_end)) = key(content) {
                if line.indent < indent || !items.is_empty() {
                    break;
                }
                let key = self.words(line.start, line.start + key.len());
                let key_span = self.place(line.start, line.start + key_end);
                let value = self.value(line, line.start + key_end + 1, depth);
                members.push(Member { key: Cow::Owned(unquoted(&key)), key_span, value });
            } else if is_action(content) && (!members.is_empty() || !items.is_empty()) {
                // What it prints belongs to what is around it.
                let place = self.place(line.start, line.end);
                let key = Cow::Owned(self.words(line.start, line.end));
                let value = Node { value: Value::Null, span: place };
                let member = Member { key, key_span: place, value };
                match items.last_mut().map(|item: &mut Tree| &mut item.value) {
                    Some(Value::Object(inner)) => inner.push(member),
                    Some(_) => {}
                    None => members.push(member),
                }
                self.at += 1;
            } else if members.is_empty() && items.is_empty() {
                self.at += 1;
                return self.scalar(line.start, line.end);
            } else {
                self.at += 1;
            }
            last = self.lines.get(self.at.saturating_sub(1)).map_or(last, |line| line.end);
        }
        let value = match (items.is_empty(), members.is_empty()) {
            (false, _) => Value::Array(items),
            (true, false) => Value::Object(members),
            (true, true) => Value::Null,
        };
        Node { value, span: self.place(first, last) }
    }

    /// What stands behind a dash: a block at its own column.
    fn item(&mut self, line: Line, depth: usize) -> Tree {
        let content = self.masked.get(line.start..line.end).unwrap_or("");
        let rest = content.get(1..).unwrap_or("").trim_start();
        if rest.is_empty() || rest.starts_with('#') {
            self.at += 1;
            return match self.lines.get(self.at) {
                Some(next) if next.indent > line.indent => self.block(next.indent, depth + 1),
                _ => Node { value: Value::Null, span: self.place(line.start, line.end) },
            };
        }
        let start = line.end - rest.len();
        let indent = line.indent + (start - line.start);
        if rest.starts_with('|') || rest.starts_with('>') {
            return self.block_scalar(line.indent, line);
        }
        if key(rest).is_none() && !rest.starts_with("- ") {
            return self.inline(line.indent, start, line.end);
        }
        if let Some(here) = self.lines.get_mut(self.at) {
            *here = Line { indent, start, end: line.end };
        }
        self.block(indent, depth + 1)
    }

    /// What stands behind `key:`.
    fn value(&mut self, line: Line, from: usize, depth: usize) -> Tree {
        let raw = self.masked.get(from..line.end).unwrap_or("");
        let rest = raw.trim_start();
        let start = line.end - rest.len();
        let is_anchor = rest.starts_with('&') && !rest.contains(' ');
        if rest.is_empty() || rest.starts_with('#') || is_anchor {
            self.at += 1;
            return match self.line() {
                Some((next, content)) if is_action(content) && next.indent >= line.indent => {
                    self.at += 1;
                    let (from, to) = (next.start, next.end);
                    match self.line() {
                        // More than the action: a block that it is a part of.
                        Some((more, content))
                            if more.indent > line.indent && key(content).is_some() =>
                        {
                            let mut block = self.block(more.indent, depth + 1);
                            if let Value::Object(members) = &mut block.value {
                                let place = self.place(from, to);
                                members.push(Member {
                                    key: Cow::Owned(self.words(from, to)),
                                    key_span: place,
                                    value: Node { value: Value::Null, span: place },
                                });
                            }
                            block
                        }
                        _ => self.scalar(from, to),
                    }
                }
                Some((next, _)) if next.indent > line.indent => self.block(next.indent, depth + 1),
                Some((next, content)) if next.indent == line.indent && content.starts_with('-') => {
                    self.block(next.indent, depth + 1)
                }
                _ => Node { value: Value::Null, span: self.place(line.start, line.end) },
            };
        }
        if rest.starts_with('|') || rest.starts_with('>') {
            return self.block_scalar(line.indent, line);
        }
        self.inline(line.indent, start, line.end)
    }

    /// A scalar or a flow on the line, and what continues it.
    fn inline(&mut self, indent: usize, start: usize, end: usize) -> Tree {
        self.at += 1;
        let mut end = end;
        let head = self.masked.get(start..end).unwrap_or("");
        let opens = |text: &str| {
            let count = |set: [char; 2]| text.matches(set).count();
            count(['{', '[']) > count(['}', ']'])
        };
        if head.starts_with(['{', '[']) {
            while opens(self.masked.get(start..end).unwrap_or(""))
                && let Some(next) = self.lines.get(self.at)
            {
                end = next.end;
                self.at += 1;
            }
            let mut flow = Flow { reader: self, at: start, end };
            return flow.value(0);
        }
        // A plain scalar goes on in deeper lines.
        while let Some((next, content)) = self.line() {
            if next.indent <= indent || key(content).is_some() || content.starts_with("- ") {
                break;
            }
            end = next.end;
            self.at += 1;
        }
        self.scalar(start, end)
    }

    /// The lines of `|` or `>`, joined.
    fn block_scalar(&mut self, indent: usize, line: Line) -> Tree {
        let is_folded = self.masked.get(line.start..line.end).is_some_and(|l| l.contains('>'));
        self.at += 1;
        let (mut text, mut place) = (String::new(), None);
        let mut column = None;
        while let Some(next) = self.lines.get(self.at).copied() {
            if next.indent <= indent {
                break;
            }
            let column = *column.get_or_insert(next.indent);
            let (start, _) = *place.get_or_insert((next.start, next.end));
            place = Some((start, next.end));
            if is_folded {
                text.push_str(self.text.get(next.start..next.end).unwrap_or(""));
                text.push(' ');
            } else {
                text.extend(std::iter::repeat_n(' ', next.indent.saturating_sub(column)));
                text.push_str(self.text.get(next.start..next.end).unwrap_or(""));
                text.push('\n');
            }
            self.at += 1;
        }
        let (start, end) = place.unwrap_or((line.start, line.end));
        string(text.trim_end_matches(' '), self.place(start, end))
    }

    /// A scalar without its comment and quotes.
    fn scalar(&self, start: usize, end: usize) -> Tree {
        let masked = self.masked.get(start..end).unwrap_or("");
        let kept = without_comment(masked).trim_end().len();
        let words = self.words(start, start + kept);
        let place = self.place(start, start + kept);
        let bare = match words.strip_prefix('&').and_then(|rest| rest.split_once(' ')) {
            Some((_, rest)) => rest.trim_start().to_owned(),
            None => words,
        };
        match bare.starts_with(['"', '\'']) {
            true => string(&unquoted(&bare), place),
            false if bare.starts_with('*') => string(&format!("${{{bare}}}"), place),
            false => plain(&bare, place),
        }
    }

    /// As it is written, actions and all.
    fn words(&self, start: usize, end: usize) -> String {
        let text = self.text.get(start..end).unwrap_or("");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// A flow collection, `{a: b, c: [d]}`.
struct Flow<'r, 't> {
    reader: &'r Reader<'t>,
    at: usize,
    end: usize,
}

impl Flow<'_, '_> {
    fn peek(&self) -> Option<u8> {
        (self.at < self.end).then(|| self.reader.masked.as_bytes().get(self.at).copied())?
    }

    fn skip(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace() || byte == b',') {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Tree {
        self.skip();
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') if depth < MAX_DEPTH => {
                self.at += 1;
                let mut members = Vec::new();
                loop {
                    self.skip();
                    match self.peek() {
                        None => break,
                        Some(b'}') => {
                            self.at += 1;
                            break;
                        }
                        _ => {}
                    }
                    let before = self.at;
                    let key = self.token(b":,}");
                    let key_span = self.reader.place(before, self.at);
                    let value = match self.peek() {
                        Some(b':') => {
                            self.at += 1;
                            self.value(depth + 1)
                        }
                        _ => Node { value: Value::Null, span: key_span },
                    };
                    members.push(Member { key: Cow::Owned(unquoted(&key)), key_span, value });
                    if self.at == before {
                        self.at += 1;
                    }
                }
                Value::Object(members)
            }
            Some(b'[') if depth < MAX_DEPTH => {
                self.at += 1;
                let mut items = Vec::new();
                loop {
                    self.skip();
                    let before = self.at;
                    match self.peek() {
                        None => break,
                        Some(b']') => {
                            self.at += 1;
                            break;
                        }
                        _ => items.push(self.value(depth + 1)),
                    }
                    if self.at == before {
                        self.at += 1;
                    }
                }
                Value::Array(items)
            }
            _ => {
                self.token(b",}]");
                return self.reader.scalar(start, self.at);
            }
        };
        Node { value, span: self.reader.place(start, self.at) }
    }

    fn token(&mut self, ends: &[u8]) -> String {
        let start = self.at;
        let quote = self.peek().filter(|byte| matches!(byte, b'"' | b'\''));
        if let Some(quote) = quote {
            self.at += 1;
            while self.peek().is_some_and(|byte| byte != quote) {
                self.at += 1;
            }
            self.at = (self.at + 1).min(self.end);
        }
        while self.peek().is_some_and(|byte| !ends.contains(&byte)) {
            self.at += 1;
        }
        self.reader.words(start, self.at)
    }
}

/// Whether a line is nothing but what an action prints.
fn is_action(content: &str) -> bool {
    !content.is_empty() && content.bytes().all(|byte| byte == MARK || byte == b' ')
}

/// The key of a line, as far as it is one, and where its colon is.
fn key(content: &str) -> Option<(&str, usize)> {
    let bytes = content.as_bytes();
    let quote = bytes.first().filter(|byte| matches!(byte, b'"' | b'\''));
    let from = match quote {
        Some(quote) => 2 + content.get(1..)?.bytes().position(|byte| byte == *quote)?,
        None => 0,
    };
    if quote.is_none() && content.starts_with(['{', '[', '#', '|', '>', '!', '*', '&']) {
        return None;
    }
    let colon = bytes.iter().enumerate().skip(from).find_map(|(at, byte)| {
        let ends = bytes.get(at + 1).is_none_or(u8::is_ascii_whitespace);
        (*byte == b':' && ends).then_some(at)
    })?;
    let key = content.get(..colon)?.trim_end();
    // A sentence with a colon in it is no key.
    (quote.is_some() || !key.contains(" #")).then_some((key, colon))
}

fn without_comment(text: &str) -> &str {
    let mut quote = None;
    let bytes = text.as_bytes();
    for (at, &byte) in bytes.iter().enumerate() {
        match quote {
            Some(open) if byte == open => quote = None,
            Some(_) => {}
            None if matches!(byte, b'"' | b'\'') && (at == 0) => quote = Some(byte),
            None if byte == b'#' && (at == 0 || bytes.get(at - 1) == Some(&b' ')) => {
                return text.get(..at).unwrap_or(text);
            }
            None => {}
        }
    }
    text
}

fn unquoted(text: &str) -> String {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    let inner = quote.and_then(|quote| text.strip_prefix(quote)?.strip_suffix(quote));
    inner.unwrap_or(text).to_owned()
}
