//! How a JSON text is laid out, and new values in that layout.

use crate::load::{Node, Value as Written};
use serde_json::Value;
use std::collections::BTreeMap;

/// The layout of a text.
pub(in crate::overlay) struct Style {
    /// What ends a line.
    line: &'static str,
    /// What a level is indented by.
    unit: String,
    /// What stands behind a key.
    colon: String,
    /// What stands between two values in one line.
    pub comma: &'static str,
    /// What stands within the braces of an object in one line.
    pad: String,
    /// Of each kind of value, how many have a line an item, and how many stand in one.
    counts: BTreeMap<Kind, (usize, usize)>,
}

/// Values that are laid out alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Whole,
    Rules,
    Rule,
    Conditions,
    Condition,
    Filter,
    Entry,
    List,
}

impl Kind {
    fn of(key: &str, is_item: bool) -> Kind {
        match (key, is_item) {
            ("", _) => Kind::Whole,
            ("syscalls" | "archMap", false) => Kind::Rules,
            ("syscalls", true) => Kind::Rule,
            ("args", false) => Kind::Conditions,
            ("args", true) => Kind::Condition,
            ("includes" | "excludes", _) => Kind::Filter,
            ("archMap", true) => Kind::Entry,
            _ => Kind::List,
        }
    }
}

impl Style {
    /// The layout of a text with that value.
    pub fn of(text: &str, root: &Node) -> Style {
        let mut style = Style {
            line: if text.contains("\r\n") { "\r\n" } else { "\n" },
            unit: "\t".to_owned(),
            colon: ": ".to_owned(),
            comma: ", ",
            pad: String::new(),
            counts: BTreeMap::new(),
        };
        if let Some(first) = root.members().first() {
            let between = |from: u32, to: u32| text.get(from as usize..to as usize);
            let lead = between(root.span.start + 1, first.key_span.start).unwrap_or_default();
            if let Some(unit) = indent_of(lead) {
                style.unit = unit.to_owned();
            }
            let colon = between(first.key_span.end, first.value.span.start).unwrap_or(": ");
            style.colon = colon.to_owned();
            style.comma = if colon.ends_with(' ') { ", " } else { "," };
        }
        style.see(text, root, "", false);
        style
    }

    fn see(&mut self, text: &str, node: &Node, key: &str, is_item: bool) {
        let first = match &node.value {
            Written::Object(members) => members.first().map(|member| member.key_span.start),
            Written::Array(items) => items.first().map(|item| item.span.start),
            _ => None,
        };
        let Some(first) = first else { return };
        let lead = text.get(node.span.start as usize + 1..first as usize).unwrap_or_default();
        let (lines, one_line) = self.counts.entry(Kind::of(key, is_item)).or_default();
        match lead.contains('\n') {
            true => *lines += 1,
            false => *one_line += 1,
        }
        match &node.value {
            Written::Object(members) => {
                if !lead.contains('\n') && !lead.is_empty() {
                    self.pad = lead.to_owned();
                }
                members.iter().for_each(|m| self.see(text, &m.value, &m.key, false));
            }
            Written::Array(items) => items.iter().for_each(|i| self.see(text, i, key, true)),
            _ => {}
        }
    }

    fn has_lines(&self, kind: Kind) -> bool {
        let known = self.counts.get(&kind).or_else(|| self.counts.get(&Kind::List));
        known.is_none_or(|(lines, one_line)| lines >= one_line)
    }

    /// A value. `indent` is that of the line on which it begins; none within a line.
    pub fn render(&self, value: &Value, key: &str, is_item: bool, indent: Option<&str>) -> String {
        let indent = indent.filter(|_| self.has_lines(Kind::of(key, is_item)));
        let inner = indent.map(|indent| format!("{indent}{}", self.unit));
        let inner = inner.as_deref();
        let (brackets, parts): (_, Vec<String>) = match value {
            Value::Array(items) => {
                let item = |item: &Value| self.render(item, key, true, inner);
                (["[", "]"], items.iter().map(item).collect())
            }
            Value::Object(members) => {
                let member = |(key, value): (&String, &Value)| self.member(key, value, inner);
                (["{", "}"], members.iter().map(member).collect())
            }
            scalar => return scalar.to_string(),
        };
        let [open, close] = brackets;
        let pad = if value.is_object() { &*self.pad } else { "" };
        match (parts.is_empty(), indent, inner) {
            (true, ..) => format!("{open}{close}"),
            (_, Some(indent), Some(inner)) => {
                let line = self.line;
                let parts = parts.join(&format!(",{line}{inner}"));
                format!("{open}{line}{inner}{parts}{line}{indent}{close}")
            }
            _ => format!("{open}{pad}{}{pad}{close}", parts.join(self.comma)),
        }
    }

    /// A key with its value.
    pub fn member(&self, key: &str, value: &Value, indent: Option<&str>) -> String {
        format!("{}{}{}", Value::from(key), self.colon, self.render(value, key, false, indent))
    }
}

/// What a line begins with after such a space; none where the space has no line end.
pub(in crate::overlay) fn indent_of(space: &str) -> Option<&str> {
    space.rsplit_once('\n').map(|(_, indent)| indent)
}
