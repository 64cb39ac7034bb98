//! What must hold of profiles: a `[[require]]`.

use super::list::List;
use super::paths::Paths;
use super::{Fault, fault_at};
use crate::call::Call;
use serde::Deserialize;
use toml::Spanned;

/// As it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    paths: Option<List>,
    #[serde(default)]
    blocked: Vec<Spanned<String>>,
    #[serde(default)]
    allowed: Vec<Spanned<String>>,
    within: Option<Spanned<String>>,
    reason: Spanned<String>,
}

/// What must hold of the profiles at some paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Of which profiles.
    pub paths: Paths,
    /// Sets of calls of which none may be let through.
    pub blocked: Vec<Call>,
    /// Sets of calls of which every one must be let through.
    pub allowed: Vec<Call>,
    /// A profile that no more may be let through than by: a built-in one, or a file's path from the
    /// folder of `sdiff.toml`.
    pub within: Option<String>,
    /// Why.
    pub reason: String,
    /// Its line in the file.
    pub line: usize,
}

impl Written {
    pub fn read(self, line_of: &dyn Fn(usize) -> usize) -> Result<Requirement, Fault> {
        let at = self.reason.span().start;
        let calls = |list: &[Spanned<String>]| -> Result<Vec<Call>, Fault> {
            let call = |text: &Spanned<String>| {
                Call::parse_anywhere(text.get_ref())
                    .map_err(|error| fault_at(error.to_string(), text.span().start))
            };
            list.iter().map(call).collect()
        };
        let (blocked, allowed) = (calls(&self.blocked)?, calls(&self.allowed)?);
        if blocked.is_empty() && allowed.is_empty() && self.within.is_none() {
            let message = "a requirement says what is `blocked`, `allowed`, or `within` which \
                           profile to stay";
            return Err(fault_at(message.to_owned(), at));
        }
        if let Some(within) = &self.within
            && within.get_ref().trim().is_empty()
        {
            return Err(fault_at("`within` names no profile".to_owned(), within.span().start));
        }
        if self.reason.get_ref().trim().is_empty() {
            return Err(fault_at("a requirement needs a `reason`".to_owned(), at));
        }
        let line = self.blocked.iter().chain(&self.allowed).chain(&self.within);
        let line = line.map(|word| word.span().start).chain([at]).min().unwrap_or(at);
        Ok(Requirement {
            paths: Paths::read(self.paths.as_ref(), line_of)?,
            blocked,
            allowed,
            within: self.within.map(Spanned::into_inner),
            reason: self.reason.into_inner(),
            line: line_of(line),
        })
    }
}

impl Requirement {
    /// In words, for whoever reads that it was added or is gone.
    pub(super) fn words(&self) -> String {
        let list = |word: &str, calls: &[Call]| {
            let texts: Vec<&str> = calls.iter().map(Call::text).collect();
            (!texts.is_empty()).then(|| format!("{word} {}", texts.join(", ")))
        };
        let within = self.within.as_ref().map(|name| format!("within {name}"));
        let parts = [list("blocked", &self.blocked), list("allowed", &self.allowed), within];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        let paths: Vec<&str> = self.paths.patterns().iter().map(|(text, _)| &**text).collect();
        let paths = if paths.is_empty() { "every profile".to_owned() } else { paths.join(", ") };
        format!("{} of {paths} (\"{}\")", parts.join(" and "), self.reason)
    }
}
