//! Profiles in blocks of what is no YAML yet: charts' templates.
//!
//! A template's conditions hang on values that are not known here. Such a profile is read twice: as
//! if every condition held, and as if none did ([`NO_CONDITION`]). What a template prints into it stays
//! as it is, and cannot be read.

use super::place::{Place, first_of};
use super::{Found, NO_CONDITION, Said, WORD};
use crate::load::values::tree::Parsed;
use crate::profile::Span;
use std::borrow::Cow;

/// The profiles in the blocks of a document that begins there.
pub(super) fn find<'t>(text: &'t str, start: usize, found: &mut Found<'t>) -> Parsed<()> {
    let object = object(text);
    let mut at = 0;
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        at += line.len();
        let Some((indent, key)) = head(line) else { continue };
        let from = at;
        while let Some(next) = lines.peek() {
            let content = next.trim();
            let is_action = content.starts_with("{{") || content.starts_with("{%");
            if !content.is_empty() && !is_action && indent_of(next) <= indent {
                break;
            }
            at += next.len();
            lines.next();
        }
        let block = text.get(from..at).unwrap_or("").trim_end();
        if !block.contains(WORD) {
            continue;
        }
        let every = rendered(block, true);
        if !every.trim_start().starts_with('{') {
            continue;
        }
        let none = rendered(block, false);
        let name = [object.as_str(), key].join("/");
        let name = name.trim_start_matches('/').to_owned();
        let begin = (start + from) as u32;
        let span = first_of(Span { start: begin, end: begin + 1 });
        let is_open = none != every;
        found.add(name.clone(), Said::Text(Cow::Owned(every), Place::Behind(begin)), span)?;
        if is_open {
            let said = Said::Text(Cow::Owned(none), Place::Behind(begin));
            found.add(format!("{name}{NO_CONDITION}"), said, span)?;
        }
    }
    Ok(())
}

/// A line that begins a block: its indent and its key.
fn head(line: &str) -> Option<(usize, &str)> {
    let (key, style) = line.trim_end().rsplit_once(": ")?;
    let is_block = style.trim().starts_with(['|', '>'])
        && style.trim().chars().skip(1).all(|c| matches!(c, '-' | '+' | '0'..='9'));
    let key = key.trim_start().trim_start_matches("- ").trim().trim_matches(['"', '\'']);
    (is_block && !key.is_empty()).then(|| (indent_of(line), key))
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// `configmap/*-seccomp`: the first kind, and the name below the first `metadata`.
fn object(text: &str) -> String {
    let value = |line: &str, key: &str| line.strip_prefix(key).map(|rest| rest.trim().to_owned());
    let kind = text.lines().find_map(|line| value(line, "kind:")).unwrap_or_default();
    let mut about = text.lines().skip_while(|line| !line.starts_with("metadata:")).skip(1);
    let name = about.find_map(|line| value(line.trim_start(), "name:")).unwrap_or_default();
    let mut shown = String::new();
    let mut rest = name.as_str();
    while let Some((before, after)) = rest.split_once("{{") {
        shown += before;
        shown.push('*');
        rest = after.split_once("}}").map_or("", |(_, rest)| rest);
    }
    shown += rest;
    match (kind.is_empty(), shown.trim_matches(['"', '\''])) {
        (true, _) | (_, "") => String::new(),
        (false, name) => format!("{}/{name}", kind.to_ascii_lowercase()),
    }
}

/// The text with white space for what decides, and for what is left out: with every condition true or
/// with none. Bytes stay where they are.
fn rendered(text: &str, is_true: bool) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut blank = |from: usize, to: usize| {
        for byte in bytes.get_mut(from..to).unwrap_or_default() {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    };
    // Of each condition that is open whether its part is out.
    let mut open: Vec<bool> = Vec::new();
    let mut at = 0;
    while let Some((start, end, words)) = action(text, at) {
        if open.iter().any(|is_out| *is_out) {
            blank(at, start);
        }
        let first = words.split_whitespace().next().unwrap_or("");
        let is_out = open.iter().any(|is_out| *is_out);
        match first {
            "if" | "with" | "range" | "for" | "unless" => {
                blank(start, end);
                open.push(!is_true);
            }
            "else" | "elif" | "elsif" => {
                blank(start, end);
                // Of several parts the first is in, or the last.
                if let Some(part) = open.last_mut() {
                    *part = is_true || words.contains("if") || first != "else";
                }
            }
            "end" | "endif" | "endfor" => {
                blank(start, end);
                open.pop();
            }
            _ if is_out || words.starts_with("/*") || words.starts_with('$') || first == "set" => {
                blank(start, end);
            }
            _ => {}
        }
        at = end;
    }
    if open.iter().any(|is_out| *is_out) {
        blank(at, text.len());
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// The next action: where it is, and its words.
fn action(text: &str, from: usize) -> Option<(usize, usize, &str)> {
    let rest = text.get(from..)?;
    let start = [rest.find("{{"), rest.find("{%")].into_iter().flatten().min()?;
    let close = if rest.get(start..)?.starts_with("{%") { "%}" } else { "}}" };
    let end = start + 2 + rest.get(start + 2..)?.find(close)? + 2;
    let words = rest.get(start + 2..end - 2)?.trim_matches(['-', '~']).trim();
    Some((from + start, from + end, words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_both_ways() {
        let text = "a{{- if .x }}b{{ else if .y }}c{{ else }}d{{ end }}e{{/* f */}}{{ .g }}";
        let words = |is_true| rendered(text, is_true).split_whitespace().collect::<String>();
        assert_eq!(words(true), "abe{{.g}}");
        assert_eq!(words(false), "ade{{.g}}");
        assert_eq!(rendered(text, true).len(), text.len());
        let nested = "{% if a %}b{% if c %}d{% endif %}{% endif %}e";
        assert_eq!(rendered(nested, false).trim(), "e");
    }
}
