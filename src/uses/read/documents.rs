//! The documents of a YAML or JSON text, one bad one beside others included.

use super::super::Unread;
use super::{Tree, json, lift, outline, span};
use crate::load;

/// Of a file with more documents than this the rest is left out, and named.
const MAX_DOCUMENTS: usize = 20_000;

/// A file with more values than this is read by its lines.
const MAX_VALUES: usize = 400_000;

/// Reads what can be read.
pub(in crate::uses) fn read(text: &str, offset: usize, unread: &mut Vec<Unread>) -> Vec<Tree> {
    if text.trim_start().starts_with(['{', '[']) && !text.trim_start().starts_with("{{") {
        let strict = json::strict(text);
        if let Some(node) = load::nodes(&strict) {
            return vec![lift(&node, offset)];
        }
    }
    let mut trees = Vec::new();
    let mut values = MAX_VALUES;
    for (count, (start, piece)) in pieces(text).into_iter().enumerate() {
        if count == MAX_DOCUMENTS {
            unread.push(Unread {
                why: format!("more than {MAX_DOCUMENTS} documents: the rest is not read"),
                place: span(offset + start, offset + start),
            });
            break;
        }
        if piece.trim().is_empty() {
            continue;
        }
        match load::yaml_nodes(piece, values) {
            Ok(nodes) => {
                for node in &nodes {
                    let tree = lift(node, offset + start);
                    values = values.saturating_sub(count_of(&tree));
                    trees.push(tree);
                }
            }
            Err((why, at)) => {
                let is_template = piece.contains("{{") || piece.contains("{%");
                if !is_template {
                    let at = offset + start + at.start as usize;
                    let why = format!("not all of the YAML can be read ({why}): read by its lines");
                    unread.push(Unread { why, place: span(at, at) });
                }
                trees.push(outline::read(piece, offset + start));
            }
        }
    }
    trees
}

/// The documents with where they begin.
fn pieces(text: &str) -> Vec<(usize, &str)> {
    let mut starts = vec![0];
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.strip_prefix("---").is_some_and(|rest| {
            rest.trim_start_matches([' ', '\t']) != rest || rest.trim().is_empty()
        }) && at > 0
        {
            starts.push(at);
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().copied().zip(ends).map(|(a, b)| (a, text.get(a..b).unwrap_or(""))).collect()
}

fn count_of(node: &crate::load::Node) -> usize {
    use crate::load::Value;
    match &node.value {
        Value::Array(items) => 1 + items.iter().map(count_of).sum::<usize>(),
        Value::Object(members) => 1 + members.iter().map(|m| count_of(&m.value)).sum::<usize>(),
        _ => 1,
    }
}
