//! Comments in a merge for git. They mean nothing, so that a merge of meanings knows nothing of
//! them; but someone wrote them.

use crate::overlay::body;
use crate::profile::{Profile, Rule};
use std::collections::BTreeSet;

/// Gives a merged profile, which has the comments of ours, what theirs changed in comments.
///
/// # Errors
/// Where both sides changed one comment differently, or it has no one place.
pub(in crate::cli) fn carry(
    mut merged: Profile,
    [base, ours, theirs]: [&Profile; 3],
) -> Result<Profile, String> {
    let keys: Vec<String> = merged.rules.iter().map(body).collect();
    let sides =
        [base, ours].map(|side| (&side.rules, side.rules.iter().map(body).collect::<Vec<_>>()));
    for rule in &theirs.rules {
        let text = comment(rule);
        let [before, own] = sides.each_ref().map(|(rules, keys)| texts(rules, keys, rule));
        if before.contains(&text) || own.contains(&text) {
            continue;
        }
        let no_place = || format!("a comment has no one place: {}\n", text.escape_debug());
        let is_known = base.rules.iter().any(|rule| comment(rule) == text);
        let places = alike(&merged.rules, &keys, rule);
        let [at] = places[..] else {
            // The rule is gone or says something else now, and nobody wrote a word on that.
            if text.is_empty() || is_known || places.is_empty() && !before.is_empty() {
                continue;
            }
            return Err(no_place());
        };
        let Some(target) = merged.rules.get_mut(at) else { continue };
        if before.is_empty() && is_known && !comment(target).is_empty() {
            continue; // ours has the word on it
        }
        let one = |texts: &[&str]| match texts {
            [] => Some(String::new()),
            [one] => Some((*one).to_owned()),
            _ => None,
        };
        let (before, own) = (one(&before).ok_or_else(no_place)?, one(&own).ok_or_else(no_place)?);
        if own != before {
            return Err(format!("both sides changed a comment: {}\n", before.escape_debug()));
        }
        target.comment = (!text.is_empty()).then(|| text.to_owned());
    }
    Ok(merged)
}

/// The comments of the rules that stand for a rule in another version.
fn texts<'p>(rules: &'p [Rule], keys: &[String], of: &Rule) -> Vec<&'p str> {
    let rule = |at: usize| rules.get(at);
    alike(rules, keys, of).into_iter().filter_map(rule).map(comment).collect()
}

/// The rules that say the same; of several, those with the most of its names.
fn alike(rules: &[Rule], keys: &[String], of: &Rule) -> Vec<usize> {
    let wanted = body(of);
    let names = |rule: &Rule| -> BTreeSet<String> {
        rule.name.iter().chain(&rule.names).map(|name| name.value.clone()).collect()
    };
    let own = names(of);
    let same = rules.iter().zip(keys).enumerate().filter(|(_, (_, key))| **key == wanted);
    let found: Vec<(usize, usize)> =
        same.map(|(at, (rule, _))| (at, names(rule).intersection(&own).count())).collect();
    let most = found.iter().map(|(_, count)| *count).max();
    found.into_iter().filter(|(_, count)| Some(*count) == most).map(|(at, _)| at).collect()
}

fn comment(rule: &Rule) -> &str {
    rule.comment.as_deref().unwrap_or_default()
}
