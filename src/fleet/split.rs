//! Standard input cut into the objects that it holds: JSON values one behind the other, and of a list its
//! items, so that a cluster's Pods are no larger at once than one of them.

use std::ops::Range;

/// A piece of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// An object; of a `List` or an array one of its items.
    Object(Range<usize>),
    /// The stream ends inside of the object that begins there.
    Torn(usize),
    /// What is no JSON, up to the next value.
    Other(Range<usize>),
}

/// The pieces of a text, in its order.
pub fn pieces(bytes: &[u8]) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(skip) = bytes[at..].iter().position(|byte| !byte.is_ascii_whitespace()) {
        at += skip;
        if !matches!(bytes[at], b'{' | b'[') {
            let next = bytes[at..].iter().position(|byte| matches!(byte, b'{' | b'['));
            let end = next.map_or(bytes.len(), |next| at + next);
            found.push(Piece::Other(at..end));
            at = end;
            continue;
        }
        at = value(bytes, at, &mut found);
    }
    found
}

/// Reads the value that begins there; where it ends.
fn value(bytes: &[u8], start: usize, found: &mut Vec<Piece>) -> usize {
    let is_array = bytes[start] == b'[';
    // Items are those of the array itself, or of the member `items` of the object.
    let mut items: Vec<Range<usize>> = Vec::new();
    let (mut depth, mut at, mut item) = (0_usize, start, None);
    let (mut key, mut in_items, mut is_list) = (0..0, false, false);
    let level = if is_array { 1 } else { 2 };
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                let Some(end) = string(bytes, at) else { break };
                if depth == 1 && !is_array {
                    key = at + 1..end;
                }
                at = end;
            }
            b'{' | b'[' => {
                depth += 1;
                if depth == 2 && !is_array {
                    in_items = bytes[at] == b'[' && &bytes[key.clone()] == b"items";
                    is_list |= in_items;
                }
                if depth == level + 1 && (is_array || in_items) {
                    item = Some(at);
                }
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == level
                    && let Some(from) = item.take()
                {
                    items.push(from..at + 1);
                }
                if depth == 0 {
                    match (is_array || is_list) && !items.is_empty() {
                        true => found.extend(items.into_iter().map(Piece::Object)),
                        false => found.push(Piece::Object(start..at + 1)),
                    }
                    return at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    found.extend(items.into_iter().map(Piece::Object));
    found.push(Piece::Torn(item.unwrap_or(start)));
    bytes.len()
}

/// Where a string ends that begins there: at its closing quote.
fn string(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        let shown = |piece| match piece {
            Piece::Object(range) => text[range].to_owned(),
            Piece::Torn(at) => format!("torn {at}"),
            Piece::Other(range) => format!("other {}", &text[range]),
        };
        pieces(text.as_bytes()).into_iter().map(shown).collect()
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
        assert_eq!(texts(""), Vec::<String>::new());
        assert_eq!(texts("{\"items\":[]}"), ["{\"items\":[]}"]);
        assert_eq!(texts("oops {\"a\":1}"), ["other oops ", "{\"a\":1}"]);
    }

    #[test]
    fn what_is_torn_is_told_and_what_is_whole_stays() {
        assert_eq!(texts("{\"a\":1}{\"b\":"), ["{\"a\":1}", "torn 7"]);
        assert_eq!(texts("{\"items\":[{\"a\":1},{\"b\":\"x"), ["{\"a\":1}", "torn 18"]);
        assert_eq!(texts("[{\"a\":1},"), ["{\"a\":1}", "torn 0"]);
    }
}
