//! Makefiles: recipes with the variables that stand in the same file filled in.

use super::span;
use crate::profile::Span;
use std::collections::HashMap;

/// More than this a recipe does not grow when variables are filled in.
const MAX_RECIPE: usize = 64 << 10;

/// A target's recipe.
pub(in crate::uses) struct Recipe {
    pub target: String,
    /// Its commands, with variables filled in that are set to plain text.
    pub text: String,
    pub place: Span,
}

type Variables = HashMap<String, String>;

/// The recipes that hold any of the words. A target with variables of its own and no recipe is told
/// with the recipes of what it stands on, since these see its variables.
pub(in crate::uses) fn recipes(text: &str) -> Vec<Recipe> {
    let mut all = Variables::new();
    let mut own: HashMap<String, Variables> = HashMap::new();
    let mut needs: HashMap<String, Vec<String>> = HashMap::new();
    let mut bodies: Vec<(String, String, Span)> = Vec::new();
    let mut targets: Vec<String> = Vec::new();
    let mut at = 0;
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let start = at;
        at += line.len();
        let mut whole = line.to_owned();
        while whole.trim_end_matches(['\n', '\r']).ends_with('\\')
            && let Some(next) = lines.next()
        {
            at += next.len();
            whole.push_str(next);
        }
        if whole.starts_with('\t') {
            let place = span(start, at);
            for target in &targets {
                match bodies.last_mut().filter(|(of, ..)| of == target && targets.len() == 1) {
                    Some((_, body, known)) => {
                        body.push_str(&whole);
                        known.end = place.end;
                    }
                    None => bodies.push((target.clone(), whole.clone(), place)),
                }
            }
            continue;
        }
        let joined = whole.replace("\\\n", " ");
        let content = joined.split(" #").next().unwrap_or("").trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if let Some((name, value)) = assignment(content) {
            let is_kept = content.contains("?=") && all.contains_key(&name);
            match (is_kept, content.contains("+=")) {
                (true, _) => {}
                (_, true) => {
                    let known = all.entry(name).or_default();
                    *known = format!("{known} {value}");
                }
                _ => drop(all.insert(name, value)),
            }
            continue;
        }
        let Some((left, right)) = content.split_once(':') else { continue };
        let names: Vec<String> = left.split_whitespace().map(str::to_owned).collect();
        match assignment(right.trim()) {
            Some((name, value)) => {
                for target in names {
                    own.entry(target).or_default().insert(name.clone(), value.clone());
                }
            }
            None => {
                for target in &names {
                    let words = right.split_whitespace().map(str::to_owned);
                    needs.entry(target.clone()).or_default().extend(words);
                }
                targets = names;
            }
        }
    }
    let none = Variables::new();
    let filled = |target: &str, body: &str| {
        let own = own.get(target).unwrap_or(&none);
        fill(body, &|name| own.get(name).or_else(|| all.get(name)).cloned())
    };
    let mut recipes = Vec::new();
    for (target, body, place) in &bodies {
        recipes.push(Recipe { target: target.clone(), text: filled(target, body), place: *place });
    }
    let mut with_own: Vec<&String> = own.keys().collect();
    with_own.sort();
    for target in with_own {
        let is_bare = bodies.iter().all(|(of, ..)| of != target);
        for need in needs.get(target).into_iter().flatten().filter(|_| is_bare) {
            for (_, body, place) in bodies.iter().filter(|(of, ..)| of == need) {
                let text = filled(target, body);
                recipes.push(Recipe { target: target.clone(), text, place: *place });
            }
        }
    }
    recipes
}

/// `NAME = value`, `NAME ?= value`, `NAME := value`, `NAME += value`.
fn assignment(line: &str) -> Option<(String, String)> {
    let (left, value) = line.split_once('=')?;
    let name = left.trim_end_matches([':', '?', '+', '!']).trim();
    let name = name.strip_prefix("export ").unwrap_or(name).trim();
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let is_one = !name.is_empty() && name.chars().all(is_name);
    is_one.then(|| (name.to_owned(), value.trim().to_owned()))
}

/// The text with `$(NAME)` filled in, as far as it is known; `$$` is the shell's dollar.
fn fill(text: &str, known: &dyn Fn(&str) -> Option<String>) -> String {
    let mut filled = text.to_owned();
    for _ in 0..8 {
        let mut out = String::new();
        let mut rest = filled.as_str();
        let mut has_changed = false;
        while let Some(at) = rest.find('$') {
            out.push_str(rest.get(..at).unwrap_or(""));
            let tail = rest.get(at..).unwrap_or("");
            let close = match tail.as_bytes().get(1) {
                Some(b'(') => ')',
                Some(b'{') => '}',
                Some(b'$') => {
                    out.push_str("$$");
                    rest = tail.get(2..).unwrap_or("");
                    continue;
                }
                _ => {
                    out.push('$');
                    rest = tail.get(1..).unwrap_or("");
                    continue;
                }
            };
            let end = tail.find(close).unwrap_or(tail.len() - 1);
            let value = tail.get(2..end).and_then(known);
            has_changed |= value.is_some();
            match value {
                Some(value) => out.push_str(&value),
                None => out.push_str(tail.get(..=end).unwrap_or("")),
            }
            rest = tail.get(end + 1..).unwrap_or("");
        }
        out.push_str(rest);
        filled = out;
        if !has_changed || filled.len() > MAX_RECIPE {
            break;
        }
    }
    filled.replace("$$", "$")
}
