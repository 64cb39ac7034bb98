//! Profiles among the values of a document, and what they are called.

use super::base64::{PACKED, decode, has_base64, of_url, unpacked};
use super::place::{Place, first_of};
use super::{Found, Said, WORD};
use crate::load::known::fields::has_profile_field;
use crate::load::values::tree::{Node, Parsed, Value};
use crate::profile::Span;
use std::borrow::Cow;

/// Keys that say nothing of what they hold.
const PLAIN: [&str; 15] = [
    "data",
    "stringData",
    "binaryData",
    "spec",
    "config",
    "storage",
    "files",
    "contents",
    "content",
    "source",
    "inline",
    "local",
    "value",
    "items",
    "resource",
];

/// What an item of a list is called by.
const NAMES: [&str; 4] = ["path", "name", "key", "filename"];

/// Finds the profiles of a text that stands in so many strings of other files.
pub(super) type Find = for<'t> fn(&'t str, &mut Found<'t>, usize) -> Parsed<()>;

pub(super) struct Walker<'w, 't> {
    /// The outer file.
    pub text: &'t str,
    pub found: &'w mut Found<'t>,
    /// `configmap/web`, where there is an object.
    pub object: String,
    /// The keys, and names of items.
    pub path: Vec<String>,
    /// In how many strings of other files this one stands.
    pub depth: usize,
    /// Reads a file in a string.
    pub find: Find,
}

/// Files in strings of files deeper than this are named.
const MAX_DEPTH: usize = 3;

impl<'t> Walker<'_, 't> {
    /// A value that is no profile itself.
    pub fn walk(&mut self, node: Node<'t>) -> Parsed<()> {
        match node.value {
            Value::String(text) => self.string(text, node.span),
            Value::Array(items) => {
                for (at, item) in items.into_iter().enumerate() {
                    let name = NAMES.iter().find_map(|name| item.get(name)?.as_str());
                    self.path.push(name.map_or((at + 1).to_string(), str::to_owned));
                    self.member(item)?;
                    self.path.pop();
                }
                Ok(())
            }
            Value::Object(members) => {
                let node = Node { value: Value::Object(members), span: node.span };
                let kind = node.get("kind").and_then(Node::as_str).unwrap_or("").to_owned();
                // Those are read as what they are.
                if kind == "SeccompProfile" {
                    if self.depth > 0 {
                        let why = "a SeccompProfile in a string of another file: not looked into";
                        self.found.unread.push((why.to_owned(), first_of(node.span)));
                    }
                    return Ok(());
                }
                let name = node.get("metadata").and_then(|about| about.get("name")?.as_str());
                let outer = name.filter(|_| !kind.is_empty()).map(|name| {
                    let object = format!("{}/{name}", kind.to_ascii_lowercase());
                    let path = std::mem::take(&mut self.path);
                    (std::mem::replace(&mut self.object, object), path)
                });
                // What a block of HCL is called.
                let label = node.get("").and_then(Node::as_str).map(str::to_owned);
                let is_labelled = label.is_some();
                self.path.extend(label);
                let Value::Object(members) = node.value else { return Ok(()) };
                for member in members {
                    self.path.push(member.key.into_owned());
                    self.member(member.value)?;
                    self.path.pop();
                }
                if is_labelled {
                    self.path.pop();
                }
                if let Some((object, path)) = outer {
                    (self.object, self.path) = (object, path);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A value that could be a profile.
    fn member(&mut self, node: Node<'t>) -> Parsed<()> {
        let action = node.get("defaultAction").and_then(Node::as_str);
        if action.is_some_and(|action| action.starts_with(WORD)) && has_profile_field(&node) {
            let (name, span) = (self.name(), node.span);
            return self.found.add(name, Said::Values(node), span);
        }
        self.walk(node)
    }

    fn string(&mut self, text: Cow<'t, str>, span: Span) -> Parsed<()> {
        let is_json = |text: &str| text.trim_start().starts_with('{') && text.contains(WORD);
        let name = self.name();
        if is_json(&text) {
            let raw = self.text.get(span.start as usize..span.end as usize).unwrap_or("");
            let said = match raw.starts_with('|') {
                // Of a block the lines are the text.
                true => {
                    let skip = raw.find('\n').map_or(raw.len(), |end| end + 1);
                    let lines = raw.get(skip..).unwrap_or("");
                    let count = text.trim_end().split('\n').count();
                    let len: usize = lines.split_inclusive('\n').take(count).map(str::len).sum();
                    let lines = lines.get(..len).unwrap_or("").trim_end();
                    Said::Text(Cow::Borrowed(lines), Place::Behind(span.start + skip as u32))
                }
                false => Said::Text(text, Place::Scalar(raw.to_owned(), span.start)),
            };
            return self.found.add(name, said, span);
        }
        if text.contains('\n') && text.contains(':') && super::could_hold(&text) {
            return self.nested(&text, &name, span);
        }
        let is_named = self.path.iter().any(|key| key.to_ascii_lowercase().contains("seccomp"));
        let is_url = text.trim_start().starts_with("data:");
        let place = first_of(span);
        let is_packed = text.trim_start().starts_with(PACKED);
        if !is_url && !has_base64(&text) && !is_named && !is_packed {
            return Ok(());
        }
        let bytes = if is_url { of_url(&text) } else { decode(&text) };
        let is_binary = is_url
            || has_base64(&text)
            || self.path.iter().any(|key| key == "binaryData")
            || (self.object.starts_with("secret/") && self.path.iter().any(|key| key == "data"));
        match bytes {
            Some(bytes) => {
                let bytes = match bytes.starts_with(&[0x1f, 0x8b]) {
                    true => unpacked(&bytes, &mut self.found.budget),
                    false => Some(bytes),
                };
                let Some(bytes) = bytes else {
                    let why = format!(
                        "{name} is packed (gzip), and broken or too large: not looked into"
                    );
                    self.found.unread.push((why, place));
                    return Ok(());
                };
                let said = String::from_utf8_lossy(&bytes);
                if is_json(&said) {
                    let said = Said::Text(Cow::Owned(said.into_owned()), Place::At(place));
                    return self.found.add(name, said, span);
                }
                if said.contains('\n') && super::could_hold(&said) {
                    return self.nested(&said, &name, span);
                }
            }
            None if is_binary && is_named || has_base64(&text) => {
                let why = format!("{name} should be base64 and is not: not looked into");
                self.found.unread.push((why, place));
            }
            None => {}
        }
        Ok(())
    }

    /// The profiles of a file that stands in a string; all of them are at the string's place.
    fn nested(&mut self, text: &str, name: &str, span: Span) -> Parsed<()> {
        let place = first_of(span);
        if self.depth >= MAX_DEPTH {
            let why = format!("{name} holds files in files in files: not looked into");
            self.found.unread.push((why, place));
            return Ok(());
        }
        let mut inner = Found::new(self.found.budget);
        (self.find)(text, &mut inner, self.depth + 1)?;
        self.found.budget = inner.budget;
        for held in inner.profiles {
            let said = match held.said {
                Said::Text(text, _) => text.into_owned(),
                Said::Values(node) => json_of(&node).to_string(),
            };
            let said = Said::Text(Cow::Owned(said), Place::At(place));
            self.found.add(format!("{name}/{}", held.name), said, span)?;
        }
        let unread = inner.unread.into_iter();
        self.found.unread.extend(unread.map(|(why, _)| (format!("{name}: {why}"), place)));
        Ok(())
    }

    /// `configmap/web/seccomp.json`
    fn name(&self) -> String {
        let keys = self.path.iter().map(|key| key.trim_matches('/'));
        let telling: Vec<&str> = keys.clone().filter(|key| !PLAIN.contains(key)).collect();
        let keys = if telling.is_empty() { keys.collect() } else { telling };
        let object = Some(self.object.as_str()).filter(|object| !object.is_empty());
        object.into_iter().chain(keys).collect::<Vec<_>>().join("/")
    }
}

/// The same values as JSON.
fn json_of(node: &Node) -> serde_json::Value {
    use serde_json::Value as Json;
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Number(text) => serde_json::from_str(text).unwrap_or(Json::Null),
        Value::String(text) => Json::String(text.clone().into_owned()),
        Value::Array(items) => items.iter().map(json_of).collect(),
        Value::Object(members) => Json::Object(
            members.iter().map(|m| (m.key.clone().into_owned(), json_of(&m.value))).collect(),
        ),
    }
}
