//! Where the rules of a result stand, so that a text has to be edited in few places: a rule that
//! says something else stays where it was, and a file with a `name` an entry stays one.

use crate::overlay::synthesis::realise::Merged;
use crate::profile::{Profile, Rule, Span, Spanned, normalize, to_json};
use std::collections::BTreeSet;

/// The result of a merge over a base, with the place in the base of each rule that was there. The
/// base is as its file has it; the merge was given it with each `name` as `names`.
///
/// None where the rules of the two are not the same ones.
pub fn in_place(base: &Profile, merged: &Merged) -> Option<(Profile, Vec<Option<usize>>)> {
    if base.rules.len() != merged.base.rules.len() {
        return None;
    }
    let (profile, places) = merged.edits.placed(&merged.base);
    let mut rules: Vec<(Option<usize>, Rule)> = places.into_iter().zip(profile.rules).collect();
    stay(&merged.base, &mut rules);
    let is_old = |rule: &Rule| rule.name.is_some() && rule.names.is_empty();
    if base.rules.iter().any(is_old) {
        rules = with_single_names(base, rules, is_old);
    }
    let (places, rules) = rules.into_iter().unzip();
    Some((Profile { rules, ..profile }, places))
}

/// Puts a new rule in the place of a gone one with the same names.
fn stay(base: &Profile, rules: &mut Vec<(Option<usize>, Rule)>) {
    let names =
        |rule: &Rule| rule.names.iter().map(|n| n.value.clone()).collect::<BTreeSet<String>>();
    let known: BTreeSet<usize> = rules.iter().filter_map(|(place, _)| *place).collect();
    for (at, gone) in base.rules.iter().enumerate().filter(|(at, _)| !known.contains(at)) {
        let wanted = names(gone);
        let is_it =
            |(place, rule): &(Option<usize>, Rule)| place.is_none() && names(rule) == wanted;
        let Some(from) = rules.iter().position(is_it).filter(|_| !wanted.is_empty()) else {
            continue;
        };
        let (_, rule) = rules.remove(from);
        let comment = rule.comment.or_else(|| gone.comment.clone());
        let rule = Rule { comment, names: gone.names.clone(), ..rule };
        let behind = |(place, _): &(Option<usize>, Rule)| place.is_none_or(|place| place > at);
        let to = rules.iter().position(behind).unwrap_or(rules.len());
        rules.insert(to, (Some(at), rule));
    }
}

/// Rules with a name each, where the base has it so.
fn with_single_names(
    base: &Profile,
    rules: Vec<(Option<usize>, Rule)>,
    is_old: impl Fn(&Rule) -> bool,
) -> Vec<(Option<usize>, Rule)> {
    let all_old = base.rules.iter().all(&is_old);
    let mut out: Vec<(Option<usize>, Rule)> = Vec::new();
    let mut added: Vec<(usize, Spanned<String>, Rule)> = Vec::new();
    for (place, rule) in rules {
        let old = place.and_then(|at| base.rules.get(at)).filter(|rule| is_old(rule));
        let own = old.and_then(|old| old.name.clone());
        if own.is_none() && !(place.is_none() && all_old) {
            out.push((place, rule));
            continue;
        }
        for name in &rule.names {
            match &own {
                Some(own) if own.value == name.value => {
                    out.push((
                        place,
                        Rule { name: Some(own.clone()), names: Vec::new(), ..rule.clone() },
                    ));
                }
                _ => added.push((out.len(), name.clone(), rule.clone())),
            }
        }
    }
    for (moved, (from, name, rule)) in added.into_iter().enumerate() {
        let body = body(&rule);
        let from = (from + moved).min(out.len());
        let goes_before = |(_, other): &(Option<usize>, Rule)| {
            other.name.as_ref().is_none_or(|other| other.value > name.value)
                || self::body(other) != body
        };
        let to = out.iter().skip(from).position(goes_before).map_or(out.len(), |to| from + to);
        let comment = None;
        out.insert(to, (None, Rule { name: Some(name), names: Vec::new(), comment, ..rule }));
    }
    out
}

/// What a rule says besides its names and its comment, as one text for all that say it.
pub fn body(rule: &Rule) -> String {
    let names = vec![Spanned::bare("read".to_owned())];
    let alone = Rule { name: None, names, comment: None, span: Span::default(), ..rule.clone() };
    to_json(&normalize(&Profile { rules: vec![alone], ..Profile::default() }))
}
