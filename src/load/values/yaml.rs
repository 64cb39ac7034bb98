//! YAML to the same values as JSON, by the scanner of `saphyr-parser`.
//!
//! Scalars have the types of YAML's core schema. Aliases are expanded, within the bounds that
//! hold for any file; a key that appears twice and merge keys are errors.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::tree::{MAX_DEPTH, MAX_VALUES, Member, Node, Parsed, Value, fault};
use crate::load::error::LoadErrorKind;
use crate::profile::Span;

const COMPLEX_KEYS: LoadErrorKind = LoadErrorKind::UnsupportedYaml("complex keys");

/// Reads every document of the text.
pub(in crate::load) fn parse(text: &str) -> Parsed<Vec<Node<'_>>> {
    read(text, Builder { limit: MAX_VALUES, ..Builder::default() })
}

/// Reads every document as other programs than engines do, for which merge keys are no error: what
/// `<<` brings along stands before the mapping's own keys. Of a key that appears twice both are there.
pub(in crate::load) fn parse_lenient(text: &str, limit: usize) -> Parsed<Vec<Node<'_>>> {
    read(text, Builder { limit, is_lenient: true, ..Builder::default() })
}

fn read<'a>(text: &'a str, mut builder: Builder<'a>) -> Parsed<Vec<Node<'a>>> {
    let offsets = Offsets::new(text);
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => {
                let start = offsets.byte(span.start.index());
                let span = Span { start, end: offsets.byte(span.end.index()) };
                // `{{ .Values.x }}` is a mapping whose key is a mapping.
                builder.event(event, span).map_err(|mut fault| {
                    if text.contains("{{") && fault.kind == COMPLEX_KEYS {
                        fault.kind = LoadErrorKind::Template;
                    }
                    fault
                })?;
            }
            Err(error) => {
                let at = offsets.byte(error.marker().index());
                let kind = match text.contains("{{") {
                    true => LoadErrorKind::Template,
                    false => LoadErrorKind::Yaml(error.info().to_owned()),
                };
                return fault(kind, Span { start: at, end: at });
            }
        }
    }
    Ok(builder.documents)
}

/// The scanner counts characters, spans count bytes.
struct Offsets {
    /// The byte of every character; empty where the text is ASCII.
    bytes: Vec<u32>,
    len: u32,
}

impl Offsets {
    fn new(text: &str) -> Offsets {
        let bytes = match text.is_ascii() {
            true => Vec::new(),
            false => text.char_indices().map(|(at, _)| at as u32).collect(),
        };
        Offsets { bytes, len: text.len() as u32 }
    }

    fn byte(&self, character: usize) -> u32 {
        match self.bytes.is_empty() {
            true => (character as u32).min(self.len),
            false => self.bytes.get(character).copied().unwrap_or(self.len),
        }
    }
}

/// A collection that is not closed yet.
struct Open<'a> {
    node: Node<'a>,
    anchor: usize,
    /// The key that waits for its value.
    key: Option<(Cow<'a, str>, Span)>,
    keys: HashSet<Cow<'a, str>>,
}

#[derive(Default)]
struct Builder<'a> {
    documents: Vec<Node<'a>>,
    open: Vec<Open<'a>>,
    anchors: HashMap<usize, Node<'a>>,
    values: usize,
    /// With more values than this it is refused.
    limit: usize,
    /// Whether merge keys are followed, and keys that appear twice are none of its business.
    is_lenient: bool,
}

impl<'a> Builder<'a> {
    fn event(&mut self, event: Event<'a>, span: Span) -> Parsed<()> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let node = Node { value: scalar(text, style), span };
                self.count(1, span)?;
                self.anchor(anchor, &node)?;
                self.add(node)
            }
            Event::SequenceStart(anchor, _) => self.begin(Value::Array(Vec::new()), anchor, span),
            Event::MappingStart(anchor, _) => self.begin(Value::Object(Vec::new()), anchor, span),
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(mut open) = self.open.pop() else { return Ok(()) };
                open.node.span.end = open.node.span.end.max(last_end(&open.node)).max(span.start);
                if let Value::Object(_) = open.node.value {
                    open.node.span.end = last_end(&open.node);
                }
                if self.is_lenient {
                    merge(&mut open.node.value);
                }
                self.anchor(open.anchor, &open.node)?;
                self.add(open.node)
            }
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor) else {
                    return fault(LoadErrorKind::Yaml("unknown anchor".into()), span);
                };
                // Counted before it is copied: nested aliases grow exponentially.
                let (values, depth) = size(node);
                if self.open.len() + depth > MAX_DEPTH {
                    return fault(LoadErrorKind::TooDeep(MAX_DEPTH), span);
                }
                let node = node.clone();
                self.count(values, span)?;
                self.add(Node { span, ..node })
            }
            Event::DocumentStart(_) => {
                self.anchors.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, value: Value<'a>, anchor: usize, span: Span) -> Parsed<()> {
        self.count(1, span)?;
        if self.open.len() >= MAX_DEPTH {
            return fault(LoadErrorKind::TooDeep(MAX_DEPTH), span);
        }
        let node = Node { value, span };
        self.open.push(Open { node, anchor, key: None, keys: HashSet::new() });
        Ok(())
    }

    /// Puts a finished value where it belongs.
    fn add(&mut self, node: Node<'a>) -> Parsed<()> {
        let Some(open) = self.open.last_mut() else {
            self.documents.push(node);
            return Ok(());
        };
        match &mut open.node.value {
            Value::Array(items) => items.push(node),
            Value::Object(members) => match open.key.take() {
                Some((key, key_span)) => members.push(Member { key, key_span, value: node }),
                None => {
                    let key = match node.value {
                        Value::String(text) | Value::Number(text) => text,
                        Value::Null => Cow::Borrowed("null"),
                        _ => {
                            return fault(COMPLEX_KEYS, node.span);
                        }
                    };
                    if key == "<<" && !self.is_lenient {
                        return fault(LoadErrorKind::UnsupportedYaml("merge keys"), node.span);
                    }
                    if !open.keys.insert(key.clone()) && !self.is_lenient {
                        let kind = LoadErrorKind::DuplicateYamlKey(key.into_owned());
                        return fault(kind, node.span);
                    }
                    open.key = Some((key, node.span));
                }
            },
            _ => {}
        }
        Ok(())
    }

    /// Keeps an anchored value; its copy counts as values of its own.
    fn anchor(&mut self, anchor: usize, node: &Node<'a>) -> Parsed<()> {
        if anchor > 0 {
            self.count(size(node).0, node.span)?;
            self.anchors.insert(anchor, node.clone());
        }
        Ok(())
    }

    fn count(&mut self, values: usize, span: Span) -> Parsed<()> {
        self.values = self.values.saturating_add(values);
        match self.values > self.limit {
            true => fault(LoadErrorKind::TooManyValues(self.limit), span),
            false => Ok(()),
        }
    }
}

/// Puts what merge keys bring along before a mapping's own members; the last of a key counts.
fn merge(value: &mut Value) {
    let Value::Object(members) = value else { return };
    let (merged, own): (Vec<Member>, Vec<Member>) =
        std::mem::take(members).into_iter().partition(|member| member.key == "<<");
    for member in merged {
        match member.value.value {
            Value::Object(below) => members.splice(0..0, below).for_each(drop),
            // The first of several wins.
            Value::Array(all) => {
                for one in all {
                    if let Value::Object(below) = one.value {
                        members.splice(0..0, below).for_each(drop);
                    }
                }
            }
            _ => {}
        }
    }
    members.extend(own);
}

/// How many values a value holds and how deep they are nested.
fn size(node: &Node) -> (usize, usize) {
    let add = |(sum, deepest): (usize, usize), (values, depth): (usize, usize)| {
        (sum + values, deepest.max(depth + 1))
    };
    match &node.value {
        Value::Array(items) => items.iter().map(size).fold((1, 1), add),
        Value::Object(members) => members.iter().map(|m| size(&m.value)).fold((1, 1), add),
        _ => (1, 0),
    }
}

/// Where the last value inside ends: the scanner reports a block's end at the next token.
fn last_end(node: &Node) -> u32 {
    let last = match &node.value {
        Value::Array(items) => items.last(),
        Value::Object(members) => members.last().map(|member| &member.value),
        _ => None,
    };
    last.map_or(node.span.end, |last| last.span.end)
}

fn scalar(text: Cow<'_, str>, style: ScalarStyle) -> Value<'_> {
    if style != ScalarStyle::Plain {
        return Value::String(text);
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(&text);
    match &*text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if digits.starts_with(|c: char| c.is_ascii_digit()) => number(text),
        _ => Value::String(text),
    }
}

/// A plain scalar that starts with a digit: a number in decimal, as JSON would write it, or a
/// string (`3com`).
fn number(text: Cow<'_, str>) -> Value<'_> {
    let based = match text.get(..2) {
        Some("0x") => text.get(2..).map(|digits| u64::from_str_radix(digits, 16)),
        Some("0o") => text.get(2..).map(|digits| u64::from_str_radix(digits, 8)),
        _ => None,
    };
    match based {
        Some(Ok(value)) => Value::Number(Cow::Owned(value.to_string())),
        _ if text.parse::<f64>().is_ok() => Value::Number(text),
        _ => Value::String(text),
    }
}
