//! Lines of `key = value` under `[section]`: units of systemd, quadlets, `containers.conf`.

use super::span;
use crate::profile::Span;

/// A line.
pub(in crate::uses) struct Entry {
    /// The section, without brackets.
    pub section: String,
    pub key: String,
    /// Without what surrounds it; a list in brackets may go over several lines.
    pub value: String,
    pub place: Span,
    /// Where the value begins.
    pub value_start: usize,
}

/// Every line; one that ends in a backslash goes on, and a list that is open.
pub(in crate::uses) fn read(text: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut section = String::new();
    let mut lines = text.split_inclusive('\n');
    let mut at = 0;
    while let Some(line) = lines.next() {
        let start = at;
        at += line.len();
        let content = line.trim();
        if content.is_empty() || content.starts_with(['#', ';']) {
            continue;
        }
        if content.starts_with('[') && content.ends_with(']') {
            section = content.trim_matches(['[', ']']).trim().to_owned();
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let value_start = start + key.len() + 1;
        let mut value = value.to_owned();
        let is_open = |value: &str| {
            let value = value.trim_end();
            value.ends_with('\\')
                || (value.trim_start().starts_with('[')
                    && value.matches('[').count() > value.matches(']').count())
        };
        while is_open(&value)
            && let Some(next) = lines.next()
        {
            at += next.len();
            // Comments within are no part of it.
            match next.trim_start().starts_with(['#', ';']) {
                true => value.extend(std::iter::repeat_n(' ', next.len())),
                false => value.push_str(next),
            }
        }
        entries.push(Entry {
            section: section.clone(),
            key: key.trim().to_owned(),
            place: span(start + (line.len() - line.trim_start().len()), at),
            value: value.trim_end().to_owned(),
            value_start,
        });
    }
    entries
}

/// A value of TOML without quotes and comment.
pub(in crate::uses) fn bare(value: &str) -> &str {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote) {
            return inner.split(quote).next().unwrap_or(inner);
        }
    }
    value.split(" #").next().unwrap_or(value).trim()
}

/// The strings of a list in brackets.
pub(in crate::uses) fn list(value: &str) -> Vec<String> {
    let inner = value.trim().trim_start_matches('[').trim_end_matches(']');
    let items = inner.split([',', '\n']).map(str::trim).filter(|item| !item.starts_with('#'));
    items.map(|item| bare(item).to_owned()).filter(|item| !item.is_empty()).collect()
}
