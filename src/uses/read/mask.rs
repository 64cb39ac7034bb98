//! Actions of templates, Go's and Jinja's, so that what is around them can be read.

/// What stands for every byte of an action that prints something.
pub(super) const MARK: u8 = 1;

/// The text with every action masked, byte for byte: one that prints is marked, one that decides or
/// remarks is blank. Ends of lines stay.
pub(super) fn mask(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut at = 0;
    while let Some((start, close)) = next(text, at) {
        let end = text.get(start + 2..).and_then(|rest| rest.find(close));
        let end = end.map_or(text.len(), |found| start + 2 + found + 2);
        let with = if is_silent(text.get(start..end).unwrap_or("")) { b' ' } else { MARK };
        for byte in bytes.get_mut(start..end).into_iter().flatten() {
            if *byte != b'\n' {
                *byte = with;
            }
        }
        at = end;
    }
    // Whole actions are masked: no character is cut.
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn next(text: &str, from: usize) -> Option<(usize, &'static str)> {
    let rest = text.as_bytes().get(from..)?;
    let at = rest.windows(2).position(|two| matches!(two, b"{{" | b"{%" | b"{#"))?;
    let close = match rest.get(at + 1) {
        Some(b'{') => "}}",
        Some(b'%') => "%}",
        _ => "#}",
    };
    Some((from + at, close))
}

/// Whether an action prints nothing by itself.
fn is_silent(action: &str) -> bool {
    if !action.starts_with("{{") {
        return true;
    }
    let inner = action.trim_start_matches("{{").trim_start_matches('-').trim_start();
    let word = inner.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
    let words = ["if", "else", "end", "range", "with", "define", "block", "fail"];
    words.contains(&word)
        || inner.starts_with("/*")
        || (inner.starts_with('$') && (inner.contains(":=") || inner.contains(" = ")))
}
