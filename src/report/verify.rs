//! Whether filters are what a profile says.

mod json;
mod text;

pub use json::{VERIFY_JSON_VERSION, verify_json};
pub use text::verify_text;

use super::phrase;
use super::{Report, Side};
use crate::decision::words::{Description, describe};
use crate::decision::{Set, TooLarge};
use crate::diff::{Comparison, Kind};
use crate::load::Loaded;
use crate::semantics::{Machine, Policy};
use crate::verify::Verified;

/// The answer, and what it is shown with.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The answer.
    pub verified: &'a Verified,
    /// In what environments each of its machines fits: see [`environments`].
    pub environments: &'a Environments,
    /// The profile.
    pub profile: &'a Loaded,
    /// What stands for the filters.
    pub filters: &'a Loaded,
    /// The files of the filters, the oldest first.
    pub files: &'a [String],
    /// The profile's policy in one environment and what differs there, where they are not equal.
    pub different: Option<(&'a Policy, &'a Comparison)>,
}

/// The environments of an answer, in words; empty for all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environments {
    /// Of the machine that was asked about.
    pub asked: String,
    /// Of each machine elsewhere.
    pub elsewhere: Vec<String>,
    /// Of the filter that fits alone.
    pub alone: Option<String>,
}

/// How many clauses an environment is told in.
const CLAUSES: usize = 4;

/// In what environments the machines of an answer fit.
///
/// # Errors
/// [`TooLarge`] where a bound of the store is reached.
pub fn environments(verified: &mut Verified) -> Result<Environments, TooLarge> {
    let mut words = |set: Set| {
        let description = describe(&mut verified.store, set, 64, CLAUSES)?;
        Ok(environment(&description))
    };
    let asked = words(verified.equal)?;
    let elsewhere = verified.elsewhere.iter().map(|fit| words(fit.environments));
    let elsewhere = elsewhere.collect::<Result<_, _>>()?;
    let alone = verified.alone.map(|(_, fit)| words(fit.environments)).transpose()?;
    Ok(Environments { asked, elsewhere, alone })
}

fn environment(description: &Description) -> String {
    let mut texts: Vec<String> = Vec::new();
    for clause in &description.clauses {
        texts.push(phrase::clause_environment(clause));
    }
    if description.rest.is_some() {
        texts.push("in further environments".to_owned());
    } else if texts.is_empty() {
        texts.push("never".to_owned());
    }
    texts.join("; or ")
}

/// `docker with runc 1.3.6 and libseccomp 2.6.1`.
pub fn machine(machine: Machine) -> String {
    let Machine { engine, runtime, library } = machine;
    format!("{} with {runtime} and libseccomp {library}", engine.name())
}

impl<'a> Shown<'a> {
    /// What differs as the report of a diff: from the profile to the filters.
    fn report(&self) -> Option<Report<'a>> {
        let (policy, comparison) = self.different?;
        Some(Report {
            old: Side { loaded: self.profile, policy },
            new: Side { loaded: self.filters, policy: &self.verified.filter },
            comparison,
            only: &Kind::ALL,
            hints: None,
            accepted: &[],
        })
    }
}
