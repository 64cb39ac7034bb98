//! JSON as Go's `encoding/json` reads it, with the place of every value and key.
//!
//! The grammar is RFC 8259's and nothing more: what an engine refuses must be refused here, at
//! the place and with the reason. Crates that keep positions are made for editors and accept more
//! (control characters and unknown escapes in strings, `.5`, any Unicode space).

use std::borrow::Cow;

use super::tree::{MAX_DEPTH, MAX_JSON_DEPTH, MAX_VALUES, Member, Node, Parsed, Value, fault};
use crate::load::error::{JsonError, LoadErrorKind};
use crate::profile::Span;

/// Reads one value that is the whole text.
pub(in crate::load) fn parse(text: &str) -> Parsed<Node<'_>> {
    let mut parser = Parser { text, bytes: text.as_bytes(), at: 0, depth: 0, values: 0 };
    parser.skip_space()?;
    let node = parser.value("a value")?;
    parser.skip_space()?;
    match parser.peek() {
        None => Ok(node),
        Some(_) => parser.error_here(JsonError::MoreText),
    }
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    values: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Goes on to the next byte that is no white space; a comment is an error.
    fn skip_space(&mut self) -> Parsed<()> {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.peek() {
            self.at += 1;
        }
        match (self.peek(), self.bytes.get(self.at + 1)) {
            (Some(b'/'), Some(b'/' | b'*')) => self.error(JsonError::Comment, self.at, self.at + 2),
            (Some(b'#'), _) => self.error_here(JsonError::Comment),
            _ => Ok(()),
        }
    }

    fn value(&mut self, expected: &'static str) -> Parsed<Node<'a>> {
        let start = self.at;
        self.values += 1;
        if self.values > MAX_VALUES {
            return fault(LoadErrorKind::TooManyValues(MAX_VALUES), self.span(start));
        }
        let value = match self.peek() {
            Some(b'{') => self.nested(Self::object)?,
            Some(b'[') => self.nested(Self::array)?,
            Some(b'"') => Value::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => Value::Number(Cow::Borrowed(self.number()?)),
            Some(b'a'..=b'z' | b'A'..=b'Z') => self.word()?,
            Some(b'\'') => return self.error_here(JsonError::SingleQuotes),
            Some(b'.' | b'+') => return self.error_here(JsonError::BadNumber),
            _ => return self.unexpected(expected),
        };
        Ok(Node { value, span: self.span(start) })
    }

    /// Reads an array or an object one level deeper. So deep down only fields lie that nobody reads:
    /// their grammar counts, and what they hold is passed over.
    fn nested(&mut self, read: fn(&mut Self) -> Parsed<Value<'a>>) -> Parsed<Value<'a>> {
        if self.depth == MAX_DEPTH {
            return self.pass_over();
        }
        self.depth += 1;
        self.at += 1;
        self.skip_space()?;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    /// Reads what starts here without keeping it, in a loop and not by recursion: there is no telling
    /// how deep a stranger's file goes.
    fn pass_over(&mut self) -> Parsed<Value<'a>> {
        let value = match self.peek() {
            Some(b'{') => Value::Object(Vec::new()),
            _ => Value::Array(Vec::new()),
        };
        let mut open: Vec<u8> = Vec::new();
        loop {
            if let Some(bracket @ (b'{' | b'[')) = self.peek() {
                if self.depth + open.len() >= MAX_JSON_DEPTH {
                    let span = Span { start: self.at as u32, end: self.at as u32 + 1 };
                    return fault(LoadErrorKind::TooDeep(MAX_JSON_DEPTH), span);
                }
                let close = if bracket == b'{' { b'}' } else { b']' };
                self.at += 1;
                self.skip_space()?;
                if self.peek() == Some(close) {
                    self.at += 1;
                } else {
                    open.push(close);
                    if close == b'}' {
                        self.key()?;
                    }
                    continue;
                }
            } else {
                let expected =
                    if open.last() == Some(&b']') { "a value or `]`" } else { "a value" };
                self.value(expected)?;
            }
            loop {
                let Some(&close) = open.last() else { return Ok(value) };
                let expected = if close == b'}' { "`,` or `}`" } else { "`,` or `]`" };
                if self.another(close, expected)? {
                    open.pop();
                    continue;
                }
                if close == b'}' {
                    self.key()?;
                }
                break;
            }
        }
    }

    fn array(&mut self) -> Parsed<Value<'a>> {
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value("a value or `]`")?);
            if self.another(b']', "`,` or `]`")? {
                return Ok(Value::Array(items));
            }
        }
    }

    fn object(&mut self) -> Parsed<Value<'a>> {
        let mut members = Vec::new();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Object(members));
        }
        loop {
            let (key, key_span) = self.key()?;
            let value = self.value("a value")?;
            members.push(Member { key, key_span, value });
            if self.another(b'}', "`,` or `}`")? {
                return Ok(Value::Object(members));
            }
        }
    }

    /// Reads a key, the colon and the space behind it.
    fn key(&mut self) -> Parsed<(Cow<'a, str>, Span)> {
        let start = self.at;
        let key = match self.peek() {
            Some(b'"') => self.string()?,
            Some(b'\'') => return self.error_here(JsonError::SingleQuotes),
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$') => {
                return self.error(JsonError::UnquotedKey, start, self.word_end());
            }
            _ => return self.unexpected("a key in double quotes, or `}`"),
        };
        let key_span = self.span(start);
        self.skip_space()?;
        if self.peek() != Some(b':') {
            return self.unexpected("`:`");
        }
        self.at += 1;
        self.skip_space()?;
        Ok((key, key_span))
    }

    /// Reads `,` (false) or the closing bracket (true) and the space behind it.
    fn another(&mut self, close: u8, expected: &'static str) -> Parsed<bool> {
        self.skip_space()?;
        match self.peek() {
            Some(b',') => {
                let comma = self.at;
                self.at += 1;
                self.skip_space()?;
                match self.peek() == Some(close) {
                    true => self.error(JsonError::TrailingComma, comma, comma + 1),
                    false => Ok(false),
                }
            }
            Some(byte) if byte == close => {
                self.at += 1;
                Ok(true)
            }
            Some(b'"' | b'{' | b'[' | b'-' | b'0'..=b'9') => {
                self.error_here(JsonError::MissingComma)
            }
            _ => self.unexpected(expected),
        }
    }

    fn number(&mut self) -> Parsed<&'a str> {
        let start = self.at;
        let digits = |p: &mut Self| {
            let from = p.at;
            while let Some(b'0'..=b'9') = p.peek() {
                p.at += 1;
            }
            p.at - from
        };
        let mut good = true;
        self.at += usize::from(self.peek() == Some(b'-'));
        let zero = self.peek() == Some(b'0');
        let whole = digits(self);
        good &= whole == 1 || (whole > 1 && !zero);
        if self.peek() == Some(b'.') {
            self.at += 1;
            good &= digits(self) > 0;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            good &= digits(self) > 0;
        }
        let end = self.word_end();
        match good && end == self.at {
            true => Ok(self.text.get(start..end).unwrap_or_default()),
            false => self.error(JsonError::BadNumber, start, end),
        }
    }

    fn word(&mut self) -> Parsed<Value<'a>> {
        let (start, end) = (self.at, self.word_end());
        let value = match self.bytes.get(start..end) {
            Some(b"null") => Value::Null,
            Some(b"true") => Value::Bool(true),
            Some(b"false") => Value::Bool(false),
            _ => return self.error(JsonError::UnknownWord, start, end),
        };
        self.at = end;
        Ok(value)
    }

    /// Where the letters, digits and underscores from here end.
    fn word_end(&self) -> usize {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let len = rest.iter().position(|b| !(b.is_ascii_alphanumeric() || b"_$.".contains(b)));
        self.at + len.unwrap_or(rest.len())
    }

    /// Reads a string, whose opening quote is here.
    fn string(&mut self) -> Parsed<Cow<'a, str>> {
        let open = self.at;
        self.at += 1;
        let start = self.at;
        let mut unescaped: Option<String> = None;
        let mut copied = start;
        loop {
            match self.peek() {
                Some(b'"') => {
                    let tail = self.text.get(copied..self.at).unwrap_or_default();
                    self.at += 1;
                    return Ok(match unescaped {
                        None => Cow::Borrowed(tail),
                        Some(text) => Cow::Owned(text + tail),
                    });
                }
                Some(b'\\') => {
                    let text = unescaped.get_or_insert_default();
                    text.push_str(self.text.get(copied..self.at).unwrap_or_default());
                    let c = self.escape()?;
                    text.push(c);
                    copied = self.at;
                }
                None | Some(b'\n' | b'\r') => {
                    return self.error(JsonError::UnclosedString, open, self.at);
                }
                Some(0..0x20) => return self.error_here(JsonError::ControlCharacter),
                Some(_) => self.at += 1,
            }
        }
    }

    /// Reads an escape, whose backslash is here. Half of a surrogate pair is U+FFFD, as in Go.
    fn escape(&mut self) -> Parsed<char> {
        let start = self.at;
        self.at += 2;
        Ok(match self.bytes.get(start + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let Some(high) = self.hex4(self.at) else {
                    return self.error(JsonError::BadEscape, start, start + 2);
                };
                self.at += 4;
                let follows = self.bytes.get(self.at..self.at + 2) == Some(br"\u");
                match (high, self.hex4(self.at + 2).filter(|_| follows)) {
                    (0xd800..0xdc00, Some(low @ 0xdc00..0xe000)) => {
                        self.at += 6;
                        let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                        char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
                    }
                    _ => char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER),
                }
            }
            _ => return self.error(JsonError::BadEscape, start, start + 2),
        })
    }

    fn hex4(&self, at: usize) -> Option<u32> {
        let digits = self.text.get(at..at + 4)?;
        let all_hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
        all_hex.then(|| u32::from_str_radix(digits, 16).ok())?
    }

    fn span(&self, start: usize) -> Span {
        Span { start: start as u32, end: self.at as u32 }
    }

    fn unexpected<T>(&self, expected: &'static str) -> Parsed<T> {
        match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            None => self.error_here(JsonError::Unfinished(expected)),
            Some(found) => self.error_here(JsonError::Unexpected { expected, found }),
        }
    }

    fn error_here<T>(&self, error: JsonError) -> Parsed<T> {
        let len = self.text.get(self.at..).and_then(|rest| rest.chars().next());
        self.error(error, self.at, self.at + len.map_or(0, char::len_utf8))
    }

    fn error<T>(&self, error: JsonError, start: usize, end: usize) -> Parsed<T> {
        let end = end.min(self.bytes.len());
        fault(LoadErrorKind::Json(error), Span { start: start as u32, end: end as u32 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> (JsonError, u32, u32) {
        let fault = parse(text).expect_err(text);
        match fault.kind {
            LoadErrorKind::Json(error) => (error, fault.span.start, fault.span.end),
            kind => panic!("{kind:?}"),
        }
    }

    #[test]
    fn what_json_is_not() {
        use JsonError::*;
        assert_eq!(error("{\"a\": 1, // x\n}"), (Comment, 9, 11));
        assert_eq!(error("[1 /* x */]"), (Comment, 3, 5));
        assert_eq!(error("# x\n{}"), (Comment, 0, 1));
        assert_eq!(error("[1, ]"), (TrailingComma, 2, 3));
        assert_eq!(error("{\"a\":1,}"), (TrailingComma, 6, 7));
        assert_eq!(error("['a']"), (SingleQuotes, 1, 2));
        assert_eq!(error("{names: []}"), (UnquotedKey, 1, 6));
        assert_eq!(error("[\"a\" \"b\"]"), (MissingComma, 5, 6));
        assert_eq!(error("{} {}"), (MoreText, 3, 4));
        assert_eq!(error("[1"), (Unfinished("`,` or `]`"), 2, 2));
        assert_eq!(error(""), (Unfinished("a value"), 0, 0));
        assert_eq!(error("[\"a\n\"]"), (UnclosedString, 1, 3));
        assert_eq!(error("[\"\u{1}\"]"), (ControlCharacter, 2, 3));
        assert_eq!(error(r#"["\q"]"#), (BadEscape, 2, 4));
        assert_eq!(error(r#"["\u12x4"]"#), (BadEscape, 2, 4));
        for bad in ["01", "1.", ".5", "-", "1e", "+1", "0x1f", "1_000", "1a"] {
            assert_eq!(error(bad).0, BadNumber, "{bad}");
        }
        assert_eq!(error("[None]"), (UnknownWord, 1, 5));
        let expected = "a value or `]`";
        assert_eq!(error("[\u{a0}1]").0, Unexpected { expected, found: '\u{a0}' });
    }

    #[test]
    fn strings_are_unescaped_as_go_does() {
        let node = parse(r#""a\n\u00e9\ud83d\ude00\ud800x\/""#).expect("valid");
        assert_eq!(node.as_str(), Some("a\né😀\u{fffd}x/"));
    }

    #[test]
    fn depth_is_bounded() {
        let deep = |n: usize| "[".repeat(n) + &"]".repeat(n);
        assert!(parse(&deep(MAX_DEPTH + 1)).is_ok());
        assert!(parse(&deep(MAX_JSON_DEPTH)).is_ok());
        let fault = parse(&deep(MAX_JSON_DEPTH + 1)).expect_err("too deep");
        assert_eq!(fault.kind, LoadErrorKind::TooDeep(MAX_JSON_DEPTH));
        assert_eq!(fault.span.start as usize, MAX_JSON_DEPTH);
        assert!(parse(&"[{\"a\":".repeat(1_000_000)).is_err());
        // What is passed over is held to the grammar.
        let inner = |text: &str| "[".repeat(MAX_DEPTH) + text + &"]".repeat(MAX_DEPTH);
        for text in ["[]", "{}", "[1, {\"a\": [2]}, []]", "{\"a\": {}, \"b\": [null]}"] {
            assert!(parse(&inner(text)).is_ok(), "{text}");
        }
        for text in ["[1,]", "[1 2]", "{\"a\"}", "{a: 1}", "[}", "{\"a\": 1]", "[tru]", "[\"x]"] {
            assert!(parse(&inner(text)).is_err(), "{text}");
        }
    }
}
