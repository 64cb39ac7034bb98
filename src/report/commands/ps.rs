//! The processes of a machine, by what they hold.

mod json;
mod text;

pub use super::ps::json::{PS_JSON_VERSION, ps_json};
pub use super::ps::text::ps_text;

use crate::diff::{Comparison, Kind, Subject};
use crate::live::{Group, Survey};
use crate::verify::Nearest;

/// All that was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The processes.
    pub survey: Survey,
    /// What is known of each group of it, in its order.
    pub judged: Vec<Judged>,
}

/// What is known of the filters of a group.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// The hash of their function (`sdiff fingerprint`), where there are any.
    pub fingerprint: Option<String>,
    /// What they are or are nearest to, with its name.
    pub nearest: Option<(String, Nearest)>,
    /// What they let through that today's default does not.
    pub beyond: Option<Beyond>,
}

/// What is let through beyond a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beyond {
    /// Its name.
    pub profile: String,
    /// What it is about, and how it changed: nothing at all of it was let through, or less.
    pub subjects: Vec<(String, Kind)>,
}

impl Beyond {
    /// Of a comparison from the profile to the filters.
    pub fn of(profile: String, comparison: &Comparison) -> Beyond {
        let weaker = comparison.changes.iter().filter(|change| change.kind.is_weaker());
        let subjects = weaker.map(|change| (subject(change.subject), change.kind)).collect();
        Beyond { profile, subjects }
    }
}

fn subject(subject: Subject) -> String {
    match subject {
        Subject::Syscall(call) => call.name().to_owned(),
        Subject::Default => "calls that no rule answers".to_owned(),
        Subject::Abi(abi) => format!("programs of {}", abi.name()),
        Subject::Boundary => "calls above runc's boundary".to_owned(),
    }
}

impl Found {
    /// Groups that hold filters, with what is known of each.
    fn filtered(&self) -> impl Iterator<Item = (&Group, &Judged)> {
        let all = self.survey.groups.iter().zip(&self.judged);
        all.filter(|(group, _)| !group.stack.is_empty())
    }
}

#[cfg(test)]
mod tests;
