//! The documents of a text, each read by itself: one that is no YAML hides no other.

use super::place::Place;
use super::walk::Walker;
use super::{Found, blocks, could_hold, heredocs};
use crate::load::error::LoadErrorKind;
use crate::load::values::tree::{MAX_VALUES, Node, Parsed, Value};
use crate::load::values::{hcl, json, yaml};

pub(super) fn find<'t>(text: &'t str, found: &mut Found<'t>, depth: usize) -> Parsed<()> {
    let is_json = text.trim_start().starts_with(['{', '[']) && !text.trim_start().starts_with("{{");
    if is_json && let Ok(root) = json::parse(text) {
        return walk(text, root, found, depth);
    }
    if heredocs::is_hcl(text) {
        return walk(text, hcl::read(text), found, depth);
    }
    let mut left = MAX_VALUES;
    for (start, piece) in documents(text) {
        if !could_hold(piece) && !piece.contains("seccomp") {
            continue;
        }
        match yaml::parse_lenient(piece, left) {
            // Words alone are no YAML to whoever wrote them.
            Ok(nodes) if nodes.iter().all(|node| matches!(node.value, Value::String(_))) => {
                heredocs::find(piece, start, found)?;
            }
            Ok(nodes) => {
                for node in nodes {
                    left = left.saturating_sub(count(&node));
                    let node = Place::Behind(start as u32).lookup(piece).moved_node(node);
                    walk(text, node, found, depth)?;
                }
            }
            Err(fault) => {
                // Aliases that grow without end are not followed a second time.
                if let LoadErrorKind::TooManyValues(_) = fault.kind {
                    left = 0;
                }
                blocks::find(piece, start, found)?;
                heredocs::find(piece, start, found)?;
            }
        }
    }
    Ok(())
}

fn walk<'t>(text: &'t str, node: Node<'t>, found: &mut Found<'t>, depth: usize) -> Parsed<()> {
    let (object, path) = (String::new(), Vec::new());
    Walker { text, found, object, path, depth, find }.walk(node)
}

fn count(node: &Node) -> usize {
    match &node.value {
        Value::Array(items) => 1 + items.iter().map(count).sum::<usize>(),
        Value::Object(members) => 1 + members.iter().map(|m| count(&m.value)).sum::<usize>(),
        _ => 1,
    }
}

/// Each document with where it begins.
fn documents(text: &str) -> Vec<(usize, &str)> {
    let mut starts = vec![0];
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let is_mark = line.strip_prefix("---").is_some_and(|rest| {
            rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_whitespace())
        });
        if is_mark && at > 0 {
            starts.push(at);
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().copied().zip(ends).map(|(a, b)| (a, text.get(a..b).unwrap_or(""))).collect()
}
