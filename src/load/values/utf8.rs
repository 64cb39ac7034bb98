//! Bytes that are no UTF-8, as Go's decoder of JSON takes them.

use super::tree::Fault;
use crate::load::error::LoadErrorKind;
use crate::profile::Span;
use std::borrow::Cow;

/// The text with U+FFFD for each byte that is none of UTF-8, and where these stand in it.
pub(in crate::load) fn replaced(bytes: &[u8]) -> (Cow<'_, str>, Vec<Span>) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (Cow::Borrowed(text), Vec::new());
    }
    let (mut text, mut spans) = (String::with_capacity(bytes.len()), Vec::new());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for _ in chunk.invalid() {
            let start = text.len() as u32;
            text.push(char::REPLACEMENT_CHARACTER);
            spans.push(Span { start, end: text.len() as u32 });
        }
    }
    (Cow::Owned(text), spans)
}

/// Outside a string such a byte is what is wrong, whatever the grammar wants there.
pub(in crate::load) fn named(fault: Box<Fault>, replaced: &[Span]) -> Box<Fault> {
    let at = replaced.binary_search_by_key(&fault.span.start, |span| span.start);
    match at.ok().and_then(|at| replaced.get(at)) {
        Some(&span) => Box::new(Fault { kind: LoadErrorKind::NotUtf8, span }),
        None => fault,
    }
}
