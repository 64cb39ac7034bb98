//! Where in the outer file a byte of a text inside stands.

use crate::load::values::tree::{Member, Node, Value};
use crate::profile::Span;

/// How the text stands in the outer file.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// As it is, behind so many bytes.
    Behind(u32),
    /// In a scalar with these words, which begin there: quotes, escapes and indents come between.
    Scalar(String, u32),
    /// In another form: all of it is there.
    At(Span),
}

/// A [`Place`] with what it takes to look a byte up.
pub(super) enum Lookup {
    Behind(u32),
    /// Of each byte.
    Bytes(Vec<u32>),
    At(Span),
}

impl Place {
    pub fn lookup(&self, text: &str) -> Lookup {
        match self {
            Place::Behind(start) => Lookup::Behind(*start),
            Place::At(span) => Lookup::At(*span),
            Place::Scalar(raw, start) => Lookup::Bytes(aligned(text, raw, *start)),
        }
    }
}

impl Lookup {
    pub fn moved(&self, span: Span) -> Span {
        match self {
            Lookup::Behind(start) => Span { start: span.start + start, end: span.end + start },
            Lookup::At(all) => *all,
            Lookup::Bytes(bytes) => {
                let at = |offset: u32| bytes.get(offset as usize).or(bytes.last()).copied();
                let start = at(span.start).unwrap_or(0);
                // The end is behind the last byte that belongs to it.
                let end = at(span.end.max(1) - 1).map_or(start, |last| last + 1);
                Span { start, end: end.max(start) }
            }
        }
    }

    pub fn moved_node<'a>(&self, node: Node<'a>) -> Node<'a> {
        let value = match node.value {
            Value::Array(items) => {
                Value::Array(items.into_iter().map(|item| self.moved_node(item)).collect())
            }
            Value::Object(members) => {
                let moved = |member: Member<'a>| Member {
                    key: member.key,
                    key_span: self.moved(member.key_span),
                    value: self.moved_node(member.value),
                };
                Value::Object(members.into_iter().map(moved).collect())
            }
            other => other,
        };
        Node { value, span: self.moved(node.span) }
    }
}

/// Of each byte of a scalar's text where it stands in the scalar's words: what the words have more
/// (indents, ends of lines, backslashes, doubled quotes) is passed over.
fn aligned(text: &str, raw: &str, start: u32) -> Vec<u32> {
    /// An escape is not longer than this.
    const ESCAPE: usize = 12;
    let raw = raw.as_bytes();
    let mut places = Vec::with_capacity(text.len() + 1);
    let mut at = 0;
    for byte in text.bytes() {
        if !byte.is_ascii_whitespace() {
            let mut next = at;
            while raw.get(next).is_some_and(u8::is_ascii_whitespace) {
                next += 1;
            }
            let last = (next + ESCAPE).min(raw.len());
            let found =
                raw.get(next..last).and_then(|near| near.iter().position(|one| *one == byte));
            // A text that says it in other words stays where it was last told.
            at = found.map_or(at, |found| next + found);
        }
        places.push(start + at.min(raw.len()) as u32);
        let is_it = raw.get(at) == Some(&byte);
        at += usize::from(is_it && !byte.is_ascii_whitespace());
    }
    places.push(start + at.min(raw.len()) as u32);
    places
}

/// The first byte of a place that goes over lines.
pub(super) fn first_of(span: Span) -> Span {
    Span { end: span.end.min(span.start + 1), ..span }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_indents_are_passed_over() {
        for (text, raw) in [
            ("{\"ab\": [\n1, 22]}", r#""{\"ab\": [\n1, 22]}""#),
            ("{\"ab\": [ 1, 22]}", "'{\"ab\": [\n      1,\n    22]}'"),
        ] {
            let lookup = Place::Scalar(raw.to_owned(), 100).lookup(text);
            for part in ["ab", "1", "22"] {
                let start = text.find(part).unwrap() as u32;
                let span = lookup.moved(Span { start, end: start + part.len() as u32 });
                let range = span.start as usize - 100..span.end as usize - 100;
                assert_eq!(&raw[range], part, "{raw}");
            }
        }
    }
}
