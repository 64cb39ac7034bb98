//! Plain lists of names or numbers: one a line, with commas, as JSON or YAML, with counts
//! (`sort | uniq -c`) and comments.

use crate::recording::context::{Context, Kind};
use crate::recording::entry::{AbiHint, Entry, Which};
use crate::recording::words;

pub(super) fn line(text: &str, context: &mut Context) -> Option<Kind> {
    let text = text.trim().trim_start_matches('\u{feff}');
    let text = text.split(['#']).next().unwrap_or(text);
    let text = text.split("//").next().unwrap_or(text).trim();
    if text.is_empty() || is_frame(text) {
        return Some(Kind::None);
    }
    let text = text.strip_prefix("- ").unwrap_or(text).trim_start_matches("* ");
    // `names: [read, write]`
    let text = match text.split_once(':') {
        Some((key, list)) if is_key(key) => list,
        _ => text,
    };
    if text.trim().is_empty() {
        return Some(Kind::None);
    }
    let parts: Vec<&str> = text
        .split([',', ' ', '\t', '[', ']', ';'])
        .map(|word| word.trim_matches(['"', '\'', '`', '{', '}']))
        .filter(|word| !word.is_empty())
        .collect();
    if parts.is_empty() {
        return Some(Kind::None);
    }
    // `openat 12`, `12 openat`: not numbers of calls.
    if let [a, b] = parts[..]
        && !text.contains([',', '[', ';'])
    {
        let pair = match (words::call(a), words::call(b)) {
            (Some(call), None) => b.parse().ok().map(|count| (call, count)),
            (None, Some(call)) => a.parse().ok().map(|count| (call, count)),
            _ => None,
        };
        if let Some(((which, abi), count)) = pair {
            // No call was made no time: that is its number.
            if let (Which::Call(syscall), 0) = (&which, count) {
                let abi = words::by_pair(*syscall, 0);
                return Some(context.emit(Entry { abi, ..Entry::new(which) }));
            }
            return Some(context.emit(Entry { count, abi, ..Entry::new(which) }));
        }
    }
    let number = |word: &str| {
        let number = match word.strip_prefix("0x") {
            Some(hex) => i64::from_str_radix(hex, 16).ok()?,
            None => word.parse().ok()?,
        };
        (0..100_000).contains(&number).then_some((Which::Number(number), AbiHint::Unknown))
    };
    let calls: Option<Vec<_>> =
        parts.iter().map(|word| words::call(word).or_else(|| number(word))).collect();
    for (which, abi) in calls? {
        context.emit(Entry { abi, ..Entry::new(which) });
    }
    Some(Kind::Calls)
}

/// What lists in JSON and YAML, and profiles, have around the names.
fn is_frame(text: &str) -> bool {
    text == "---" || text == "----" || text.bytes().all(|b| b"[]{},;\"'` ".contains(&b))
}

/// A key of a list of calls.
fn is_key(key: &str) -> bool {
    let key = key.trim().trim_matches(['"', '\'']);
    ["names", "syscalls", "calls", "name", "syscall"].contains(&key)
}
