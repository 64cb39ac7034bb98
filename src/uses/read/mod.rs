//! Texts of many formats to one kind of values with places.
//!
//! Nothing here refuses a file: what strict readers refuse, a template above all, is read by its
//! lines ([`outline`]), and what stays open is marked by its own words.

pub(super) mod documents;
pub(super) mod ini;
mod json;
pub(super) mod make;
mod mask;
mod outline;
pub(super) mod shell;

use crate::load::{Member, Node, Value};
use crate::profile::Span;
use std::borrow::Cow;

/// A value that owns its text.
pub(super) type Tree = Node<'static>;

/// A place of so many bytes.
pub(super) fn span(start: usize, end: usize) -> Span {
    Span { start: start as u32, end: end as u32 }
}

/// Values nested deeper than this are left out: nothing that starts a container needs it.
const MAX_DEPTH: usize = 100;

/// The same with its own text, behind so many bytes.
pub(super) fn lift(node: &Node, offset: usize) -> Tree {
    lift_at(node, offset, 0)
}

fn lift_at(node: &Node, offset: usize, depth: usize) -> Tree {
    let moved = |at: Span| span(at.start as usize + offset, at.end as usize + offset);
    let own = |text: &Cow<str>| Cow::Owned(text.clone().into_owned());
    let lift = |node: &Node, offset| lift_at(node, offset, depth + 1);
    let value = match &node.value {
        _ if depth > MAX_DEPTH => Value::Null,
        Value::Null => Value::Null,
        Value::Bool(value) => Value::Bool(*value),
        Value::Number(text) => Value::Number(own(text)),
        Value::String(text) => Value::String(own(text)),
        Value::Array(items) => Value::Array(items.iter().map(|item| lift(item, offset)).collect()),
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|member| Member {
                    key: own(&member.key),
                    key_span: moved(member.key_span),
                    value: lift(&member.value, offset),
                })
                .collect(),
        ),
    };
    Node { value, span: moved(node.span) }
}

/// A string at a place.
pub(super) fn string(text: &str, place: Span) -> Tree {
    Node { value: Value::String(Cow::Owned(text.to_owned())), span: place }
}

/// A plain scalar as YAML, HCL and INI files have it.
pub(super) fn plain(text: &str, place: Span) -> Tree {
    let value = match text {
        "" | "~" | "null" => Value::Null,
        "true" | "True" => Value::Bool(true),
        "false" | "False" => Value::Bool(false),
        _ => return string(text, place),
    };
    Node { value, span: place }
}

/// Whether a text says what another one decides: a variable, a template's action.
pub(super) fn is_open(text: &str) -> bool {
    ["{{", "{%", "${", "$(", "%%", "<%"].iter().any(|mark| text.contains(mark))
        || text.starts_with('$')
        || text.contains("/$")
        || text.contains("=$")
        || text.contains(":$")
}
