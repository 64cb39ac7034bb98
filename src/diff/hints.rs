//! Why a change of the text changed nothing: what of it does nothing.

use crate::idle::{Idle, is_same, rules_without_effect};
use crate::profile::{Profile, Rule};
use crate::semantics::{SemanticsError, Settings};

/// What one profile says, to no effect, and the other does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// What the old profile alone says.
    pub old: Vec<Idle>,
    /// What the new profile alone says.
    pub new: Vec<Idle>,
}

/// Finds what of a change does nothing, for two profiles with one function.
///
/// # Errors
/// [`SemanticsError`] where one of them has no meaning.
pub fn hints(
    old: (&Profile, &Settings),
    new: (&Profile, &Settings),
) -> Result<Hints, SemanticsError> {
    let alone = |(profile, settings): (&Profile, &Settings), other: &Profile| {
        let idle = rules_without_effect(profile, settings)?.names;
        let is_new = |idle: &Idle| {
            let rule = &profile.rules[idle.rule];
            !other.rules.iter().any(|other| names(other, &idle.name.value) && is_same(other, rule))
        };
        Ok(idle.into_iter().filter(is_new).collect())
    };
    Ok(Hints { old: alone(old, new.0)?, new: alone(new, old.0)? })
}

fn names(rule: &Rule, name: &str) -> bool {
    rule.name.iter().chain(&rule.names).any(|known| known.value == name)
}
