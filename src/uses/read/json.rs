//! JSON with what programs let pass in it: comments, commas at the end, variables without quotes.

/// The text as JSON alone, byte for byte: comments and commas too many are blank, a variable that
/// stands for a value is a string of its own words.
pub(super) fn strict(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let blank = |bytes: &mut [u8], from: usize, to: usize| {
        for byte in bytes.get_mut(from..to).into_iter().flatten() {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    };
    let mut at = 0;
    let mut comma = None;
    while let Some(&byte) = bytes.get(at) {
        let next = bytes.get(at + 1).copied();
        let until = |mark: &str, from: usize| {
            text.get(from..).and_then(|rest| rest.find(mark)).map_or(text.len(), |end| from + end)
        };
        match (byte, next) {
            (b'"', _) => {
                at += 1;
                while bytes.get(at).is_some_and(|byte| *byte != b'"') {
                    at += if bytes.get(at) == Some(&b'\\') { 2 } else { 1 };
                }
                comma = None;
            }
            (b'/', Some(b'/')) => {
                let end = until("\n", at);
                blank(&mut bytes, at, end);
                at = end;
                continue;
            }
            (b'/', Some(b'*')) => {
                let end = (until("*/", at) + 2).min(text.len());
                blank(&mut bytes, at, end);
                at = end;
                continue;
            }
            (b'{', Some(b'%' | b'#')) => {
                let close = if next == Some(b'%') { "%}" } else { "#}" };
                let end = (until(close, at) + 2).min(text.len());
                blank(&mut bytes, at, end);
                at = end;
                continue;
            }
            (b'$', Some(b'{')) | (b'{', Some(b'{')) => {
                let close = if byte == b'$' { "}" } else { "}}" };
                let end = (until(close, at) + close.len()).min(text.len());
                for inner in bytes.get_mut(at..end).into_iter().flatten() {
                    if matches!(inner, b'"' | b'\\' | b'\n') {
                        *inner = b' ';
                    }
                }
                // Still open to whoever looks: it begins with the dollar of a variable.
                if let Some([a, b, .., z]) = bytes.get_mut(at..end) {
                    (*a, *b, *z) = (b'"', b'$', b'"');
                }
                comma = None;
                at = end;
                continue;
            }
            (b',', _) => comma = Some(at),
            (b']' | b'}', _) => {
                if let Some(at) = comma.take() {
                    blank(&mut bytes, at, at + 1);
                }
            }
            (b' ' | b'\t' | b'\n' | b'\r', _) => {}
            _ => comma = None,
        }
        at += 1;
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}
