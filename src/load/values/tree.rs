//! What the JSON and the YAML parser both give: values with their places.

use std::borrow::Cow;

use crate::load::error::LoadErrorKind;
use crate::profile::Span;

/// A file longer than this is refused: 16 MiB.
pub const MAX_BYTES: usize = 16 << 20;
/// Arrays and objects nested deeper than this are not looked into, and in YAML are refused. A profile
/// needs 6 levels, an OCI `config.json` 8.
pub const MAX_DEPTH: usize = 64;
/// JSON nested deeper than this is refused, as Go does (`maxNestingDepth` in
/// `encoding/json/scanner.go`).
pub const MAX_JSON_DEPTH: usize = 10_000;
/// A file with more profiles than this is refused, `SeccompProfile`s or others.
pub const MAX_PROFILES: usize = 250;

/// A file with more values than this is refused; YAML aliases count as what they stand for.
pub const MAX_VALUES: usize = 2_000_000;
/// A profile with more entries in `syscalls` than this is refused.
pub const MAX_RULES: usize = 100_000;
/// A profile whose rules hold more names or conditions than this is refused.
pub const MAX_NAMES: usize = 1_000_000;

/// What is wrong and where.
#[derive(Debug)]
pub(in crate::load) struct Fault {
    pub kind: LoadErrorKind,
    pub span: Span,
}

pub(in crate::load) type Parsed<T> = Result<T, Box<Fault>>;

pub(in crate::load) fn fault<T>(kind: LoadErrorKind, span: Span) -> Parsed<T> {
    Err(Box::new(Fault { kind, span }))
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node<'a> {
    pub value: Value<'a>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    /// As written: every consumer wants integers, which it reads itself.
    Number(Cow<'a, str>),
    String(Cow<'a, str>),
    Array(Vec<Node<'a>>),
    /// In the order of the file, duplicates included.
    Object(Vec<Member<'a>>),
}

#[derive(Clone, Debug)]
pub(crate) struct Member<'a> {
    pub key: Cow<'a, str>,
    pub key_span: Span,
    pub value: Node<'a>,
}

impl<'a> Node<'a> {
    /// The kind of value, with its article, for messages.
    pub fn what(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
        }
    }

    /// The members, none where it is no object.
    pub fn members(&self) -> &[Member<'a>] {
        match &self.value {
            Value::Object(members) => members,
            _ => &[],
        }
    }

    /// The last member of that name, by exact match.
    pub fn get(&self, key: &str) -> Option<&Node<'a>> {
        self.members().iter().rev().find(|m| m.key == key).map(|m| &m.value)
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }
}

/// Whether two keys are the same to Go's `encoding/json`: without regard to case, the Kelvin
/// sign and the long s included (`encoding/json/fold.go`).
pub(crate) fn same_folded(key: &str, field: &str) -> bool {
    let fold = |c: char| match c {
        '\u{212a}' => 'k',
        '\u{17f}' => 's',
        _ => c.to_ascii_lowercase(),
    };
    key.chars().map(fold).eq(field.chars().map(fold))
}
