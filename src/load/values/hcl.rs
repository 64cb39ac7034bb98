//! HCL, as Terraform and Nomad write it: blocks, arguments, lists. Expressions stay open.

use super::tree::{Member, Node, Value};
use crate::profile::Span;
use std::borrow::Cow;

type Tree = Node<'static>;

fn span(start: usize, end: usize) -> Span {
    Span { start: start as u32, end: end as u32 }
}

fn string(text: &str, place: Span) -> Tree {
    Node { value: Value::String(Cow::Owned(text.to_owned())), span: place }
}

/// Blocks nested deeper than this are passed over.
const MAX_DEPTH: usize = 60;

/// A file's blocks. A block is a member by its type, an object; its labels are joined with `/` under
/// the key ``, which no argument can have.
pub(crate) fn read(text: &str) -> Tree {
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0 };
    let members = reader.body(0);
    Node { value: Value::Object(members), span: span(0, text.len()) }
}

/// Of `dynamic "x" { for_each = [...]; content { ... } }`, whose list is written out, the block `x`.
fn dynamic(member: Member<'static>) -> Member<'static> {
    let of = |key: &str| {
        member.value.members().iter().find(|inner| inner.key == key).map(|inner| &inner.value)
    };
    let label = of("").and_then(|label| label.as_str());
    let is_once = of("for_each")
        .is_some_and(|list| matches!(&list.value, Value::Array(items) if !items.is_empty()));
    match (label, of("content")) {
        (Some(label), Some(content)) if member.key == "dynamic" && is_once => Member {
            key: Cow::Owned(label.to_owned()),
            key_span: member.key_span,
            value: content.clone(),
        },
        _ => member,
    }
}

struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Goes on to the next word; over ends of lines as well, if those mean nothing.
    fn skip(&mut self, over_lines: bool) {
        while let Some(byte) = self.peek() {
            let next = self.bytes.get(self.at + 1);
            match (byte, next) {
                (b'\n', _) if !over_lines => return,
                (b'#', _) | (b'/', Some(b'/')) => self.until(b"\n"),
                (b'/', Some(b'*')) => {
                    let rest = self.text.get(self.at..).unwrap_or("");
                    self.at += rest.find("*/").map_or(rest.len(), |end| end + 2);
                }
                (byte, _) if byte.is_ascii_whitespace() => self.at += 1,
                _ => return,
            }
        }
    }

    fn until(&mut self, ends: &[u8]) {
        while self.peek().is_some_and(|byte| !ends.contains(&byte)) {
            self.at += 1;
        }
    }

    /// Where the next member begins; none behind the brace that ends them, or at the end.
    fn member(&mut self) -> Option<usize> {
        self.skip(true);
        if self.peek()? == b'}' {
            self.at += 1;
            return None;
        }
        Some(self.at)
    }

    fn body(&mut self, depth: usize) -> Vec<Member<'static>> {
        let mut members = Vec::new();
        while let Some(start) = self.member() {
            let key = self.word();
            let key_span = span(start, self.at);
            let mut labels = Vec::new();
            let value = loop {
                self.skip(false);
                match self.peek() {
                    Some(b'=' | b':') => {
                        self.at += 1;
                        self.skip(false);
                        break Some(self.value(depth + 1));
                    }
                    Some(b'{') if depth < MAX_DEPTH => {
                        self.at += 1;
                        let mut inner = self.body(depth + 1);
                        if !labels.is_empty() {
                            let value = string(&labels.join("/"), key_span);
                            inner.push(Member { key: Cow::Borrowed(""), key_span, value });
                        }
                        let value = Value::Object(inner);
                        break Some(Node { value, span: span(start, self.at) });
                    }
                    None | Some(b'\n' | b'}') => break None,
                    _ => {
                        let before = self.at;
                        labels.push(self.word());
                        if self.at == before {
                            self.at += 1;
                        }
                    }
                }
            };
            if let Some(value) = value {
                let member = Member { key: Cow::Owned(key), key_span, value };
                members.push(self::dynamic(member));
            } else if self.at == start {
                self.at += 1;
            }
        }
        members
    }

    /// A name, or what stands in quotes.
    fn word(&mut self) -> String {
        let start = self.at;
        if self.peek() == Some(b'"') {
            return self.quoted();
        }
        while self.peek().is_some_and(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.') || byte >= 0x80
        }) {
            self.at += 1;
        }
        self.text.get(start..self.at).unwrap_or("").to_owned()
    }

    fn quoted(&mut self) -> String {
        let start = self.at + 1;
        self.at += 1;
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            match (byte, self.bytes.get(self.at + 1)) {
                (b'\\', _) => self.at += 1,
                (b'$' | b'%', Some(b'{')) => depth += 1,
                (b'}', _) if depth > 0 => depth -= 1,
                (b'"', _) if depth == 0 => break,
                _ => {}
            }
            self.at += 1;
        }
        let end = self.at.min(self.text.len());
        self.at = (end + 1).min(self.text.len());
        self.text.get(start..end).unwrap_or("").replace("\\\"", "\"")
    }

    fn value(&mut self, depth: usize) -> Tree {
        let start = self.at;
        match self.peek() {
            Some(b'"') => {
                let text = self.quoted();
                let rest = self.text.get(self.at..).unwrap_or("");
                let is_whole = rest.trim_start_matches([' ', '\t', '\r']);
                let is_whole = is_whole.is_empty()
                    || is_whole.starts_with(['\n', ',', ']', '}', '#', '/', ')']);
                match is_whole {
                    true => string(&text, span(start, self.at)),
                    false => self.expression(start),
                }
            }
            Some(b'[') if depth < MAX_DEPTH => {
                self.at += 1;
                let mut items = Vec::new();
                loop {
                    self.skip(true);
                    let before = self.at;
                    match self.peek() {
                        None => break,
                        Some(b']') => {
                            self.at += 1;
                            break;
                        }
                        Some(b',') => self.at += 1,
                        _ => items.push(self.value(depth + 1)),
                    }
                    if self.at == before {
                        self.at += 1;
                    }
                }
                Node { value: Value::Array(items), span: span(start, self.at) }
            }
            Some(b'{') if depth < MAX_DEPTH => {
                self.at += 1;
                let members = self.object(depth);
                Node { value: Value::Object(members), span: span(start, self.at) }
            }
            Some(b'<') if self.text.get(self.at..self.at + 2) == Some("<<") => self.heredoc(start),
            _ => {
                let rest = self.text.get(self.at..).unwrap_or("");
                // JSON or YAML by another name: its value is what is in there.
                let inner =
                    ["jsonencode(", "yamlencode("].iter().find_map(|f| rest.strip_prefix(f));
                if let Some(inner) = inner.filter(|_| depth < MAX_DEPTH) {
                    self.at += rest.len() - inner.len();
                    self.skip(true);
                    let value = self.value(depth + 1);
                    self.skip(true);
                    self.at += usize::from(self.peek() == Some(b')'));
                    return value;
                }
                self.expression(start)
            }
        }
    }

    /// The members of an object's expression, which commas can part.
    fn object(&mut self, depth: usize) -> Vec<Member<'static>> {
        let mut members = Vec::new();
        while let Some(start) = self.member() {
            if self.peek() == Some(b',') {
                self.at += 1;
                continue;
            }
            let key = self.word();
            let key_span = span(start, self.at);
            self.skip(true);
            if matches!(self.peek(), Some(b'=' | b':')) {
                self.at += 1;
                self.skip(true);
                let value = self.value(depth + 1);
                members.push(Member { key: Cow::Owned(key), key_span, value });
            }
            if self.at == start {
                self.at += 1;
            }
        }
        members
    }

    fn heredoc(&mut self, start: usize) -> Tree {
        self.until(b"\n");
        let head = self.text.get(start..self.at).unwrap_or("");
        let end = head.trim_start_matches('<').trim_start_matches('-').trim().to_owned();
        self.at = (self.at + 1).min(self.text.len());
        let from = self.at;
        let mut to = from;
        for line in self.text.get(from..).unwrap_or("").split_inclusive('\n') {
            self.at += line.len();
            if line.trim() == end {
                break;
            }
            to = self.at;
        }
        // Its place is its own text.
        string(self.text.get(from..to).unwrap_or(""), span(from, to))
    }

    /// What is to be worked out: its own words, to the end of the line or of what it stands in.
    fn expression(&mut self, start: usize) -> Tree {
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.quoted();
                    continue;
                }
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' if depth == 0 => break,
                b')' | b']' | b'}' => depth -= 1,
                b'\n' | b',' if depth == 0 => break,
                b'#' if depth == 0 => break,
                _ => {}
            }
            self.at += 1;
        }
        let words = self.text.get(start..self.at).unwrap_or("").trim();
        let place = span(start, start + words.len());
        match words {
            "true" => Node { value: Value::Bool(true), span: place },
            "false" => Node { value: Value::Bool(false), span: place },
            "null" | "" => Node { value: Value::Null, span: place },
            number if number.bytes().all(|byte| byte.is_ascii_digit()) => {
                Node { value: Value::Number(Cow::Owned(number.to_owned())), span: place }
            }
            // In HCL a bare word is a variable.
            words => string(&format!("${{{words}}}"), place),
        }
    }
}
