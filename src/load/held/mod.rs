//! Profiles that stand inside other files: strings of a `ConfigMap` or a `Secret`, values of a
//! machine's configuration, `data:` URLs of Ignition.
//!
//! A profile is a string that holds JSON with an action, as it is or in base64, a here-document of a
//! script or of Terraform, or a mapping with a `defaultAction`. Its name is that of the object and the key, as `kubectl` writes it:
//! `configmap/web/seccomp.json`. Its places are those of the outer file. What is packed by gzip is
//! unpacked, and a file in a string of another one is read once more. What should be base64 and is none
//! is named.

mod base64;
mod blocks;
mod heredocs;
mod place;
mod text;
mod walk;

use super::error::LoadErrorKind;
use super::values::json;
use super::values::tree::{MAX_BYTES, MAX_PROFILES, Node, Parsed, Value, fault};
use crate::profile::Span;
pub(super) use base64::has_base64;
use place::Place;
use rustc_hash::FxHasher;
use std::borrow::Cow;
use std::hash::{Hash, Hasher};

/// The word that every profile has.
const WORD: &str = "SCMP_ACT_";

/// Words of which a file has one that holds a profile: as it is, and in base64.
pub(crate) const MARKS: [&str; 5] =
    [WORD, base64::WORDS[0], base64::WORDS[1], base64::WORDS[2], base64::PACKED];

/// What a name ends with where the text is that of a template of which no condition holds.
pub(crate) const NO_CONDITION: &str = " (where no condition holds)";

/// A profile inside another file.
pub(super) struct Held<'t> {
    /// What it is called: `configmap/web/seccomp.json`.
    pub name: String,
    said: Said<'t>,
}

enum Said<'t> {
    /// JSON in a string.
    Text(Cow<'t, str>, Place),
    /// Values of the outer file.
    Values(Node<'t>),
}

/// What a text holds.
pub(super) struct Found<'t> {
    pub profiles: Vec<Held<'t>>,
    /// What could be a profile and is not read: why, and where.
    pub unread: Vec<(String, Span)>,
    /// How many bytes may still be unpacked.
    budget: usize,
}

impl<'t> Found<'t> {
    /// Nothing yet.
    fn new(budget: usize) -> Found<'t> {
        Found { profiles: Vec::new(), unread: Vec::new(), budget }
    }

    fn add(&mut self, name: String, said: Said<'t>, span: Span) -> Parsed<()> {
        if self.profiles.len() >= MAX_PROFILES {
            return fault(LoadErrorKind::TooManyProfiles(MAX_PROFILES), place::first_of(span));
        }
        let count = self.profiles.iter().filter(|held| is_numbered(&held.name, &name)).count();
        let name = if count == 0 { name } else { format!("{name} ({})", count + 1) };
        self.profiles.push(Held { name, said });
        Ok(())
    }

    /// The names of all.
    pub fn names(&self) -> Vec<String> {
        self.profiles.iter().map(|held| held.name.clone()).collect()
    }
}

/// Whether a name is this one, or this one with a number.
fn is_numbered(known: &str, name: &str) -> bool {
    let rest = known.strip_prefix(name);
    rest.is_some_and(|rest| rest.is_empty() || (rest.starts_with(" (") && rest.ends_with(')')))
        && !known.ends_with(NO_CONDITION)
}

impl Held<'_> {
    /// Its values, with places in the outer file.
    pub fn with_root<T>(&self, read: impl FnOnce(&Node) -> Parsed<T>) -> Parsed<T> {
        let closed = |node: &Node| match variable(node) {
            Some(span) => fault(LoadErrorKind::Template, span),
            None => Ok(()),
        };
        match &self.said {
            Said::Values(node) => {
                closed(node)?;
                read(node)
            }
            Said::Text(text, place) => {
                let places = place.lookup(text);
                let root = json::parse(text).map_err(|mut fault| {
                    fault.span = places.moved(fault.span);
                    if ["{{", "{%", "${", "%{"].iter().any(|mark| text.contains(mark)) {
                        fault.kind = LoadErrorKind::Template;
                    }
                    fault
                })?;
                let node = places.moved_node(root);
                closed(&node)?;
                read(&node)
            }
        }
    }

    /// A hash of its text, whatever of it can be read.
    fn hash(&self, outer: &str) -> u64 {
        let mut hasher = FxHasher::default();
        match &self.said {
            Said::Text(text, _) => text.hash(&mut hasher),
            Said::Values(node) => {
                let range = node.span.start as usize..node.span.end as usize;
                outer.get(range).unwrap_or("").hash(&mut hasher);
            }
        }
        hasher.finish()
    }
}

/// Where a variable stands that is filled in elsewhere: no name and no action has such words.
fn variable(node: &Node) -> Option<Span> {
    match &node.value {
        Value::String(text) => (text.contains("${") || text.contains("%{")).then_some(node.span),
        Value::Array(items) => items.iter().find_map(variable),
        Value::Object(members) => members
            .iter()
            .filter(|member| member.key != "comment")
            .find_map(|member| variable(&member.value)),
        _ => None,
    }
}

/// Whether a text could hold a profile inside.
pub(crate) fn could_hold(text: &str) -> bool {
    // What is packed does not show its words.
    text.contains(WORD) || has_base64(text) || text.contains(base64::PACKED)
}

/// What a text holds; nothing where it is a profile itself.
pub(super) fn find(text: &str) -> Parsed<Found<'_>> {
    let mut found = Found::new(MAX_BYTES);
    if could_hold(text) || text.contains("seccomp") {
        text::find(text, &mut found, 0)?;
    }
    Ok(found)
}

/// What stands inside a text, for who does not read it yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inside {
    /// The profiles: the name of each, and a hash of its text.
    pub profiles: Vec<(String, u64)>,
    /// What could be one and is not read: why, and where.
    pub unread: Vec<(String, Span)>,
}

/// The profiles inside a text, by name.
pub(crate) fn inside(text: &str) -> Inside {
    match find(text) {
        Ok(found) => Inside {
            profiles: found
                .profiles
                .iter()
                .map(|held| (held.name.clone(), held.hash(text)))
                .collect(),
            unread: found.unread,
        },
        Err(fault) => {
            Inside { profiles: Vec::new(), unread: vec![(fault.kind.to_string(), fault.span)] }
        }
    }
}

/// Whether a path ends as a name does: `profiles/seccomp.json` is `configmap/web/seccomp.json`.
pub(crate) fn is_called(name: &str, path: &str) -> bool {
    let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    last(name) == last(path)
}
