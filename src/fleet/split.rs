//! Standard input cut into the objects that it holds: JSON values one behind the other, and of a list its
//! items, so that a cluster's Pods are no larger at once than one of them.

use crate::load::MAX_BYTES;
use memchr::{memchr_iter, memchr2};
use std::collections::VecDeque;
use std::io::{self, BufRead};

/// A piece of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// So many lines end before it begins.
    pub lines: u32,
    /// What it is.
    pub body: Body,
}

/// What a piece is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// An object; of a `List` or an array one of its items.
    Object(Vec<u8>),
    /// The stream ends inside of it.
    Torn,
    /// What is no JSON, up to the next value; items of a list that are no objects.
    Other,
    /// An object that is larger than any profile ([`MAX_BYTES`]): its bytes are not kept.
    Large,
}

/// The pieces of a stream, in its order. No more is held of it than one of them.
#[derive(Debug)]
pub struct Pieces<R> {
    from: R,
    /// How many lines ended.
    lines: u32,
    value: Option<Value>,
    /// Whether it is in the middle of what is no JSON.
    is_other: bool,
    ready: VecDeque<Piece>,
    is_done: bool,
}

impl<R: BufRead> Pieces<R> {
    /// Those of a stream.
    pub fn new(from: R) -> Pieces<R> {
        let ready = VecDeque::new();
        Pieces { from, lines: 0, value: None, is_other: false, ready, is_done: false }
    }

    /// Takes in what is there; how much that was.
    fn fill(&mut self) -> io::Result<usize> {
        let chunk = loop {
            match self.from.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => break outcome?,
            }
        };
        let mut lines = Ends { chunk, lines: self.lines, from: 0 };
        let mut at = 0;
        while at < chunk.len() {
            if let Some(value) = &mut self.value {
                at = value.take(at, &mut lines, &mut self.ready);
                if value.depth == 0 {
                    self.value = None;
                }
                continue;
            }
            let byte = chunk[at];
            if matches!(byte, b'{' | b'[') {
                // It is taken with what follows.
                self.value = Some(Value::new(byte == b'[', lines.before(at)));
                self.is_other = false;
                continue;
            }
            if !byte.is_ascii_whitespace() && !self.is_other {
                self.is_other = true;
                self.ready.push_back(Piece { lines: lines.before(at), body: Body::Other });
            }
            at += 1;
        }
        self.lines = lines.before(chunk.len());
        let length = chunk.len();
        self.from.consume(length);
        Ok(length)
    }
}

impl<R: BufRead> Iterator for Pieces<R> {
    type Item = io::Result<Piece>;

    fn next(&mut self) -> Option<io::Result<Piece>> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Some(Ok(piece));
            }
            if self.is_done {
                return None;
            }
            let outcome = self.fill();
            if matches!(outcome, Ok(1..)) {
                continue;
            }
            self.is_done = true;
            let torn = self.value.take().map(|value| value.item.unwrap_or(value.lines));
            self.ready.extend(torn.map(|lines| Piece { lines, body: Body::Torn }));
            if let Err(error) = outcome {
                return Some(Err(error));
            }
        }
    }
}

/// The ends of lines in a chunk.
struct Ends<'c> {
    chunk: &'c [u8],
    lines: u32,
    from: usize,
}

impl Ends<'_> {
    /// How many lines end before a place, which is behind the last one that was asked for.
    fn before(&mut self, at: usize) -> u32 {
        let more = memchr_iter(b'\n', &self.chunk[self.from..at]).count();
        self.lines = self.lines.saturating_add(u32::try_from(more).unwrap_or(u32::MAX));
        self.from = at;
        self.lines
    }
}

/// A value as far as it was read.
#[derive(Debug)]
struct Value {
    is_array: bool,
    /// So many lines end before it.
    lines: u32,
    depth: usize,
    /// The last string of the object itself, as far as it is not too long for `items`.
    key: Vec<u8>,
    in_items: bool,
    is_list: bool,
    in_string: bool,
    is_escaped: bool,
    /// So many lines end before the item that is being read.
    item: Option<u32>,
    /// Whether it had an item, so that the value itself is none.
    has_items: bool,
    /// So many lines end before the first item that is no object.
    bare: Option<u32>,
    /// The bytes of the item, else those of the value.
    kept: Vec<u8>,
    is_large: bool,
}

/// The member that holds a list's items.
const ITEMS: &[u8] = b"items";

impl Value {
    fn new(is_array: bool, lines: u32) -> Value {
        Value {
            is_array,
            lines,
            depth: 0,
            key: Vec::new(),
            in_items: false,
            is_list: false,
            in_string: false,
            is_escaped: false,
            item: None,
            has_items: false,
            bare: None,
            kept: Vec::new(),
            is_large: false,
        }
    }

    /// Takes the chunk in from a place on; where it, or the value, ends.
    fn take(&mut self, from: usize, lines: &mut Ends, ready: &mut VecDeque<Piece>) -> usize {
        let chunk = lines.chunk;
        // Items are those of the array itself, or of the member `items` of the object.
        let level = if self.is_array { 1 } else { 2 };
        let (mut at, mut mark) = (from, from);
        while at < chunk.len() {
            if self.in_string {
                at = self.string(chunk, at);
                continue;
            }
            let is_between = self.depth == level && (self.is_array || self.in_items);
            let is_bare = |byte: u8| !matches!(byte, b'{' | b'[' | b'}' | b']' | b',');
            if is_between
                && self.bare.is_none()
                && is_bare(chunk[at])
                && !chunk[at].is_ascii_whitespace()
            {
                self.bare = Some(lines.before(at));
            }
            match chunk[at] {
                b'"' => {
                    self.in_string = true;
                    self.key.clear();
                }
                b'{' | b'[' => {
                    self.depth += 1;
                    if self.depth == 2 && !self.is_array {
                        self.in_items = chunk[at] == b'[' && self.key == ITEMS;
                        self.is_list |= self.in_items;
                    }
                    if self.depth == level + 1 && (self.is_array || self.in_items) {
                        self.item = Some(lines.before(at));
                        (self.kept, self.is_large, mark) = (Vec::new(), false, at);
                    }
                }
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    let item = if self.depth == level { self.item.take() } else { None };
                    if let Some(before) = item {
                        self.has_items = true;
                        self.keep(&chunk[mark..=at]);
                        ready.push_back(self.piece(before));
                    }
                    if self.depth == 0 {
                        if !self.has_items {
                            self.keep(&chunk[mark..=at]);
                            ready.push_back(self.piece(self.lines));
                        } else if let Some(lines) = self.bare {
                            ready.push_back(Piece { lines, body: Body::Other });
                        }
                        return at + 1;
                    }
                }
                _ => {}
            }
            at += 1;
        }
        // What is between a list's items is not needed.
        if self.item.is_some() || !self.has_items {
            self.keep(&chunk[mark..]);
        }
        at
    }

    /// Takes a string in; where it or the chunk ends.
    fn string(&mut self, chunk: &[u8], at: usize) -> usize {
        if self.is_escaped {
            self.is_escaped = false;
            return at + 1;
        }
        let end = memchr2(b'"', b'\\', &chunk[at..]).map_or(chunk.len(), |more| at + more);
        if self.depth == 1 && !self.is_array {
            let room = (ITEMS.len() + 1).saturating_sub(self.key.len());
            self.key.extend(chunk[at..end].iter().take(room));
        }
        match chunk.get(end) {
            Some(b'"') => self.in_string = false,
            Some(_) => {
                self.is_escaped = true;
                self.key.push(b'\\');
            }
            None => return end,
        }
        end + 1
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.is_large || self.kept.len() + bytes.len() > MAX_BYTES {
            (self.kept, self.is_large) = (Vec::new(), true);
        } else {
            self.kept.extend(bytes);
        }
    }

    fn piece(&mut self, lines: u32) -> Piece {
        let (kept, is_large) = (std::mem::take(&mut self.kept), self.is_large);
        self.is_large = false;
        Piece { lines, body: if is_large { Body::Large } else { Body::Object(kept) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufReader, Read};

    /// The pieces, however the stream is cut.
    fn texts(text: &str) -> Vec<String> {
        let of = |size: usize| {
            let stream = BufReader::with_capacity(size, text.as_bytes());
            let shown = |piece: io::Result<Piece>| {
                let Piece { lines, body } = piece.expect("a text can be read");
                match body {
                    Body::Object(bytes) => String::from_utf8(bytes).expect("UTF-8"),
                    Body::Torn => format!("torn {lines}"),
                    Body::Other => format!("other {lines}"),
                    Body::Large => format!("large {lines}"),
                }
            };
            Pieces::new(stream).map(shown).collect::<Vec<_>>()
        };
        let whole = of(1 << 16);
        for size in 1..9 {
            assert_eq!(of(size), whole, "{text} in chunks of {size}");
        }
        whole
    }

    #[test]
    fn values_and_items_of_lists() {
        assert_eq!(texts("{\"a\":1}\n{\"b\":\"}\"} "), ["{\"a\":1}", "{\"b\":\"}\"}"]);
        assert_eq!(texts("[{\"a\":[{}]},{}]"), ["{\"a\":[{}]}", "{}"]);
        let list = r#"{"kind":"List","items":[{"kind":"Pod"},{"x":"\"]}"}],"metadata":{}}"#;
        assert_eq!(texts(list), [r#"{"kind":"Pod"}"#, r#"{"x":"\"]}"}"#]);
        // A Pod's own items are no list of it.
        let pod = r#"{"kind":"Pod","spec":{"items":[{"key":"a"}]}}"#;
        assert_eq!(texts(pod), [pod]);
        for one in ["{\"items\":[]}", "{\"\\items\":[{}]}", "{\"itemss\":[{}]}", "[1,2]"] {
            assert_eq!(texts(one), [one]);
        }
        assert_eq!(texts("[{\"a\":1},\n\"b\", 2]"), ["{\"a\":1}", "other 1"]);
        assert_eq!(texts("{\"items\":[null,{\"a\":[1]}],\"x\":[1]}"), ["{\"a\":[1]}", "other 0"]);
        assert_eq!(texts(""), Vec::<String>::new());
        assert_eq!(texts("\n oops\nmore {\"a\":1}"), ["other 1", "{\"a\":1}"]);
    }

    #[test]
    fn what_is_torn_is_told_and_what_is_whole_stays() {
        assert_eq!(texts("{\"a\":1}\n{\"b\":"), ["{\"a\":1}", "torn 1"]);
        assert_eq!(texts("{\"items\":[\n{\"a\":1},\n{\"b\":\"x"), ["{\"a\":1}", "torn 2"]);
        assert_eq!(texts("[{\"a\":1},\n"), ["{\"a\":1}", "torn 0"]);
    }

    #[test]
    fn what_is_too_large_is_told_and_what_is_behind_it_stays() {
        let large = io::repeat(b'x').take(MAX_BYTES as u64);
        let list = b"{\"items\":[{\"a\":1},\n{\"b\":\"".chain(large);
        let stream = list.chain(&b"\"},{\"c\":3}]}\n[1]"[..]);
        let pieces: Vec<Piece> =
            Pieces::new(BufReader::new(stream)).map(|piece| piece.expect("a piece")).collect();
        let object = |lines, text: &str| Piece { lines, body: Body::Object(text.into()) };
        let large = Piece { lines: 1, body: Body::Large };
        assert_eq!(
            pieces,
            [object(0, "{\"a\":1}"), large, object(1, "{\"c\":3}"), object(2, "[1]")]
        );
    }

    #[test]
    fn an_error_is_told_and_what_came_before_stays() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("gone"))
            }
        }
        let stream = BufReader::new(b"{\"a\":1}{".chain(Broken));
        let pieces: Vec<String> = Pieces::new(stream)
            .map(|piece| piece.map_or_else(|error| error.to_string(), |_| "piece".to_owned()))
            .collect();
        assert_eq!(pieces, ["piece", "gone", "piece"]);
    }
}
