//! Comments in a merge for git. They mean nothing, so that a merge of meanings knows nothing of
//! them; but someone wrote them.

use sdiff::profile::{Profile, Rule, Spanned, normalize, to_json};

/// Gives a merged profile, which has the comments of ours, what theirs changed in comments.
///
/// # Errors
/// Where both sides changed one comment differently, or it has no one place.
pub(super) fn carry(
    mut merged: Profile,
    [base, ours, theirs]: [&Profile; 3],
) -> Result<Profile, String> {
    let keys: Vec<String> = merged.rules.iter().map(key).collect();
    for rule in &theirs.rules {
        let key = key(rule);
        let text = comment(rule);
        let [before, own, other] = [base, ours, theirs].map(|profile| alike(profile, &key));
        if before.contains(&text) || own.contains(&text) {
            continue;
        }
        let places: Vec<usize> = (0..keys.len()).filter(|at| keys.get(*at) == Some(&key)).collect();
        let [at] = places[..] else {
            if text.is_empty() || places.is_empty() && !before.is_empty() {
                continue; // the rule is gone, and its comment with it
            }
            return Err(format!("a comment has no one place: {}\n", text.escape_debug()));
        };
        let Some(target) = merged.rules.get_mut(at) else { continue };
        let one = |texts: &[&str]| match texts {
            [] => Some(String::new()),
            [one] => Some((*one).to_owned()),
            _ => None,
        };
        let (Some(before), Some(own), Some(_)) = (one(&before), one(&own), one(&other)) else {
            return Err(format!("a comment has no one place: {}\n", text.escape_debug()));
        };
        if own != before {
            return Err(format!("both sides changed a comment: {}\n", before.escape_debug()));
        }
        target.comment = (!text.is_empty()).then(|| text.to_owned());
    }
    Ok(merged)
}

/// The comments of the rules with that key.
fn alike<'p>(profile: &'p Profile, of: &str) -> Vec<&'p str> {
    profile.rules.iter().filter(|rule| key(rule) == of).map(comment).collect()
}

fn comment(rule: &Rule) -> &str {
    rule.comment.as_deref().unwrap_or_default()
}

/// A rule without its names and its comment.
fn key(rule: &Rule) -> String {
    let names = vec![Spanned::bare("read".to_owned())];
    let alone = Rule { name: None, names, comment: None, ..rule.clone() };
    to_json(&normalize(&Profile { rules: vec![alone], ..Profile::default() }))
}
