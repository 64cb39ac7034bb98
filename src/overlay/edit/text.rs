//! A profile's own text with the smallest edits that make it say something else.
//!
//! What the text says and what it shall say are compared as values. Only where these differ is it
//! touched: what no engine reads, the order of members, indentation and line ends stay.

use super::style::{Style, indent_of};
use crate::load::{Loaded, Node, Value as Written, WarningKind, nodes, same_folded};
use crate::profile::{Profile, Span, to_json};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

/// A text that says `before`, edited to say `after`; `places` has the place in `before` of each
/// rule of `after` that was there.
///
/// None where the text is no JSON in Docker's form, or says a field that changes twice. The caller
/// has to read what comes out: this knows JSON, and not what a profile means.
pub fn edited(
    text: &str,
    before: &Profile,
    after: &Profile,
    places: &[Option<usize>],
) -> Option<String> {
    let root = nodes(text)?;
    let value = |profile: &Profile| serde_json::from_str::<Value>(&to_json(profile)).ok();
    let (was, is) = (value(before)?, value(after)?);
    let editor = Editor { text, style: Style::of(text, &root), places };
    let new = editor.value(&root, &was, &is, "", Some(""))?;
    let (head, tail) = (text.get(..root.span.start as usize)?, text.get(root.span.end as usize..)?);
    Some(format!("{head}{new}{tail}"))
}

/// The members of a JSON text that no engine reads: their keys and values.
pub fn unread(loaded: &Loaded) -> Vec<(String, Value)> {
    let unknown = loaded.warnings.iter().filter_map(|warning| match warning.kind {
        WarningKind::UnknownField { .. } => Some(warning.span),
        _ => None,
    });
    let unknown: HashSet<Span> = unknown.collect();
    let mut found = Vec::new();
    // Of a text that is something else most is no profile's.
    if loaded.source.is_held() {
        return found;
    }
    if let Some(root) = nodes(&loaded.source.text) {
        collect(&loaded.source.text, &root, &unknown, &mut found);
    }
    found
}

fn collect(text: &str, node: &Node, unknown: &HashSet<Span>, into: &mut Vec<(String, Value)>) {
    if let Written::Array(items) = &node.value {
        items.iter().for_each(|item| collect(text, item, unknown, into));
    }
    for member in node.members() {
        let Span { start, end } = member.value.span;
        let value = text.get(start as usize..end as usize).unwrap_or_default();
        match unknown.contains(&member.key_span) {
            true => {
                let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
                into.push((member.key.clone().into_owned(), value));
            }
            false => collect(text, &member.value, unknown, into),
        }
    }
}

struct Editor<'a> {
    text: &'a str,
    style: Style,
    places: &'a [Option<usize>],
}

/// An item of an array or a member of an object, after the edit.
enum Piece<'v> {
    /// One that was there, with its text now.
    Old(usize, String),
    New(Option<&'v str>, &'v Value),
}

impl Editor<'_> {
    /// The text of a value. `indent` is that of the line on which it begins; none within a line.
    fn value(
        &self,
        node: &Node,
        was: &Value,
        is: &Value,
        key: &str,
        indent: Option<&str>,
    ) -> Option<String> {
        match (&node.value, was, is) {
            _ if was == is => Some(self.raw(node.span)?.to_owned()),
            (Written::Object(_), Value::Object(was), Value::Object(is)) => {
                self.object(node, was, is, indent)
            }
            (Written::Array(items), Value::Array(was), Value::Array(is))
                if items.len() == was.len() && !items.is_empty() && !is.is_empty() =>
            {
                self.array(node.span, items, [was, is], key)
            }
            _ => Some(self.style.render(is, key, false, indent)),
        }
    }

    fn object(
        &self,
        node: &Node,
        was: &Map<String, Value>,
        is: &Map<String, Value>,
        indent: Option<&str>,
    ) -> Option<String> {
        let members = node.members();
        let span = |at: usize| {
            let member = members.get(at)?;
            Some(Span { start: member.key_span.start, end: member.value.span.end })
        };
        let spans: Vec<Span> = (0..members.len()).filter_map(span).collect();
        let inner = self.inner(node.span, &spans);
        let mut pieces: Vec<(&str, Piece)> = Vec::new();
        for (at, member) in members.iter().enumerate() {
            let mut fields = is.keys().chain(was.keys());
            let field = fields.find(|field| same_folded(&member.key, field));
            let field = field.map_or(&*member.key, String::as_str);
            let (old, new) = (was.get(field), is.get(field));
            if old == new {
                pieces.push((field, Piece::Old(at, self.raw(*spans.get(at)?)?.to_owned())));
                continue;
            }
            if pieces.iter().any(|(other, _)| *other == field) {
                return None;
            }
            let Some(new) = new else { continue };
            // What says nothing, `[]` or null, was no value.
            let value = match old {
                Some(old) => self.value(&member.value, old, new, field, inner.as_deref())?,
                None => self.style.render(new, field, false, inner.as_deref()),
            };
            let before = Span { start: member.key_span.start, end: member.value.span.start };
            pieces.push((field, Piece::Old(at, format!("{}{value}", self.raw(before)?))));
        }
        let mut previous = None;
        for (field, new) in is {
            if !pieces.iter().any(|(other, _)| other == field) {
                let behind = pieces.iter().position(|(other, _)| Some(*other) == previous);
                let piece = (field.as_str(), Piece::New(Some(field), new));
                pieces.insert(behind.map_or(0, |at| at + 1), piece);
            }
            previous = Some(field.as_str());
        }
        if spans.is_empty() {
            return Some(self.style.render(&Value::Object(is.clone()), "", false, indent));
        }
        let pieces: Vec<Piece> = pieces.into_iter().map(|(_, piece)| piece).collect();
        self.sequence(node.span, &spans, &pieces, "")
    }

    fn array(
        &self,
        span: Span,
        items: &[Node],
        [was, is]: [&[Value]; 2],
        key: &str,
    ) -> Option<String> {
        let spans: Vec<Span> = items.iter().map(|item| item.span).collect();
        let inner = self.inner(span, &spans);
        let in_place = if key == "names" { in_place(was, is) } else { is.to_vec() };
        let is = &in_place[..];
        let places = match key {
            "syscalls" => self.places.to_vec(),
            // Conditions that change keep their places.
            _ if was.len() == is.len() && is.iter().all(Value::is_object) => {
                (0..is.len()).map(Some).collect()
            }
            _ => aligned(was, is),
        };
        if places.len() != is.len() || !places.iter().flatten().is_sorted_by(|a, b| a < b) {
            return None;
        }
        let mut pieces = Vec::with_capacity(is.len());
        for (place, new) in places.into_iter().zip(is) {
            pieces.push(match place {
                Some(at) => {
                    let (item, old) = (items.get(at)?, was.get(at)?);
                    Piece::Old(at, self.value(item, old, new, key, inner.as_deref())?)
                }
                None => Piece::New(None, new),
            });
        }
        self.sequence(span, &spans, &pieces, key)
    }

    /// Items between their brackets: what was there keeps the space around it, what is new gets
    /// that which is the most usual.
    fn sequence(&self, span: Span, items: &[Span], pieces: &[Piece], key: &str) -> Option<String> {
        let usual = self.gap(span, items)?;
        let indent = indent_of(&usual);
        let between = |after: usize| {
            let (from, to) = (items.get(after)?.end, items.get(after + 1)?.start);
            self.raw(Span { start: from, end: to })
        };
        let mut out = self.raw(Span { start: span.start, end: items.first()?.start })?.to_owned();
        let mut previous: Option<&Piece> = None;
        for piece in pieces {
            let gap = match (previous, piece) {
                (None, _) => "",
                (Some(Piece::Old(a, _)), Piece::Old(b, _)) if a + 1 != *b => {
                    let around = [between(*a)?, between(*b - 1)?];
                    around.into_iter().find(|gap| gap.contains('\n')).unwrap_or(around[0])
                }
                (Some(_), Piece::Old(b, _)) if *b > 0 => between(*b - 1)?,
                _ => &usual,
            };
            out.push_str(gap);
            match piece {
                Piece::Old(_, text) => out.push_str(text),
                Piece::New(Some(key), value) => {
                    out.push_str(&self.style.member(key, value, indent))
                }
                Piece::New(None, value) => {
                    out.push_str(&self.style.render(value, key, true, indent));
                }
            }
            previous = Some(piece);
        }
        if pieces.is_empty() {
            out.truncate(1);
        }
        let from = if pieces.is_empty() { span.end - 1 } else { items.last()?.end };
        out.push_str(self.raw(Span { start: from, end: span.end })?);
        Some(out)
    }

    /// The indent of the items; none where they stand in one line.
    fn inner(&self, span: Span, items: &[Span]) -> Option<String> {
        indent_of(&self.gap(span, items)?).map(str::to_owned)
    }

    /// What most often stands between two items, or could.
    fn gap(&self, span: Span, items: &[Span]) -> Option<String> {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for pair in items.windows(2) {
            let [a, b] = pair else { continue };
            *counts.entry(self.raw(Span { start: a.end, end: b.start })?).or_default() += 1;
        }
        if let Some((gap, _)) = counts.into_iter().max_by_key(|(gap, count)| (*count, *gap)) {
            return Some(gap.to_owned());
        }
        let lead = self.raw(Span { start: span.start + 1, end: items.first()?.start })?;
        Some(match lead.contains('\n') {
            true => format!(",{lead}"),
            false => self.style.comma.to_owned(),
        })
    }

    fn raw(&self, span: Span) -> Option<&str> {
        self.text.get(span.start as usize..span.end as usize)
    }
}

/// A sorted list in the order of the one that was there: what is new comes behind what it follows in
/// the sorted one.
fn in_place(was: &[Value], is: &[Value]) -> Vec<Value> {
    let (before, after): (HashSet<&Value>, HashSet<&Value>) =
        (was.iter().collect(), is.iter().collect());
    let mut new: HashMap<Option<&Value>, Vec<Value>> = HashMap::new();
    let mut previous = None;
    for item in is {
        match before.contains(item) {
            true => previous = Some(item),
            false => new.entry(previous).or_default().push(item.clone()),
        }
    }
    let mut list = new.remove(&None).unwrap_or_default();
    for item in was.iter().filter(|item| after.contains(item)) {
        list.push(item.clone());
        list.extend(new.remove(&Some(item)).unwrap_or_default());
    }
    list
}

/// Where the items of a list were, in their order.
fn aligned(was: &[Value], is: &[Value]) -> Vec<Option<usize>> {
    let mut known: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, item) in was.iter().enumerate() {
        known.entry(item.to_string()).or_default().push(at);
    }
    let mut next = 0;
    let place = |item: &Value| {
        let at = known.get(&item.to_string())?.iter().copied().find(|at| *at >= next)?;
        next = at + 1;
        Some(at)
    };
    is.iter().map(place).collect()
}

#[cfg(test)]
mod tests;
