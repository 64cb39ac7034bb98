//! Whether filters are what a profile says.

mod json;
mod text;

pub use super::verify::json::{VERIFY_JSON_VERSION, verify_json};
pub use super::verify::text::verify_text;

use crate::decision::words::{Description, describe};
use crate::decision::{Set, TooLarge};
use crate::diff::{Comparison, Kind};
use crate::load::Loaded;
use crate::load::excerpt::visible;
use crate::phrase;
use crate::report::{Report, Side};
use crate::semantics::{Machine, Policy};
use crate::verify::{Reason, Verified, reasons};

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
    /// The same of the nearest machine, where that is another one.
    pub nearest: Option<(&'a Policy, &'a Comparison)>,
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

/// `as containerd reads it: archMap and includes ignored`; nothing where it changes nothing.
fn reason(reason: &Reason) -> Option<String> {
    let quoted = |names: &[&str]| {
        let shown: Vec<String> = names.iter().take(MOST_NAMES).map(|n| format!("`{n}`")).collect();
        let more = names.len().saturating_sub(MOST_NAMES);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        shown.join(", ") + &more
    };
    let counted = |names: &[&str]| match names.len() {
        1 => "1 name".to_owned(),
        count => format!("{count} names"),
    };
    let said =
        |list: &[&str], what: &str| (!list.is_empty()).then(|| format!("{} {what}", quoted(list)));
    let (title, parts) = match reason {
        Reason::Engine { engine, ignored, read } => (
            format!("as {} reads it", engine.name()),
            vec![said(ignored, "ignored"), said(read, "read")],
        ),
        Reason::Runtime { runtime, what } => {
            (format!("loaded by {runtime}"), what.iter().cloned().map(Some).collect())
        }
        Reason::Library { library, unknown, known } => {
            let part = |names: &[&str], what: &str| {
                let words = || format!("{} {what} ({})", counted(names), quoted(names));
                (!names.is_empty()).then(words)
            };
            (
                format!("built with libseccomp {library}"),
                vec![part(unknown, "unknown"), part(known, "known")],
            )
        }
    };
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| format!("{title}: {}", parts.join("; ")))
}

/// How many names a reason gives.
const MOST_NAMES: usize = 5;

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

    /// What is left on the nearest machine.
    fn left(&self) -> Option<Report<'a>> {
        let (policy, comparison) = self.nearest?;
        let filters = &self.verified.nearest.as_ref()?.policy;
        Some(Report {
            old: Side { loaded: self.profile, policy },
            new: Side { loaded: self.filters, policy: filters },
            comparison,
            only: &Kind::ALL,
            hints: None,
            accepted: &[],
        })
    }

    /// Why another machine makes other filters of the profile, a sentence each.
    fn reasons(&self, other: Machine) -> Vec<String> {
        let asked = self.verified.settings.machine;
        reasons(&self.profile.profile, asked, other).iter().filter_map(reason).collect()
    }

    /// The filters of the process besides the one that is the profile.
    fn besides(&self, at: usize) -> Option<String> {
        let name = |at: &usize| self.files.get(*at).map(|file| visible(file));
        let above: Vec<String> = (at + 1..self.files.len()).filter_map(|at| name(&at)).collect();
        let below: Vec<String> = (0..at).filter_map(|at| name(&at)).collect();
        let words = |names: &[String], place: &str| {
            let (a, its) =
                if names.len() == 1 { ("a filter", "its") } else { ("filters", "their") };
            (!names.is_empty()).then(|| format!("{a} of {its} own {place}: {}", names.join(", ")))
        };
        let both = [words(&above, "on top"), words(&below, "below")];
        let both: Vec<String> = both.into_iter().flatten().collect();
        (!both.is_empty()).then(|| both.join("; "))
    }
}
