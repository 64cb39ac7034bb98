//! `sdiff.toml`: which findings are accepted and why, how bad each lint is, the gate, what is asked of
//! profiles, and what must hold of them.

mod glob;
mod list;
mod news;
mod outdated;
mod paths;
mod requirement;
mod said;

pub use paths::Paths;
pub use requirement::Requirement;
pub use said::{Defaults, OfProfiles};

use crate::baseline::Date;

use super::finding::{Finding, Severity};
use super::rules;
use crate::diff::ID_PREFIX;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// The file, as it is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    accept: Vec<Acceptance>,
    #[serde(default)]
    severity: BTreeMap<Spanned<String>, SeverityOrOff>,
    #[serde(default)]
    gate: Gate,
    #[serde(default)]
    defaults: said::WrittenDefaults,
    #[serde(default)]
    profile: Vec<said::WrittenProfile>,
    exclude: Option<list::List>,
    #[serde(default)]
    require: Vec<requirement::Written>,
}

/// The file, as read.
#[derive(Clone, Debug, Default)]
pub struct Config {
    accept: Vec<Acceptance>,
    severity: BTreeMap<Spanned<String>, SeverityOrOff>,
    gate: Gate,
    defaults: Defaults,
    profiles: Vec<OfProfiles>,
    exclude: Paths,
    requirements: Vec<Requirement>,
}

/// What is wrong, and at which byte of the text.
struct Fault {
    message: String,
    at: Option<usize>,
}

fn fault_at(message: String, at: usize) -> Fault {
    Fault { message, at: Some(at) }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Gate {
    check: Option<Severity>,
}

/// How a reason begins that is still to be given.
pub const UNFINISHED: &str = "TODO";

/// A finding that somebody has looked at.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// A lint, or a finding's whole id.
    rule: Option<Spanned<String>>,
    /// A change's id, for comparisons.
    change: Option<Spanned<String>>,
    profile: Option<String>,
    syscall: Option<String>,
    reason: String,
    expires: Option<Date>,
    #[serde(skip)]
    line: usize,
}

/// What could be accepted: a lint's finding, or a change.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The lint or the kind of change.
    pub rule: &'a str,
    /// The finding's or the change's id.
    pub id: &'a str,
    /// What it is about.
    pub syscall: &'a str,
}

/// How bad a lint's findings are, or that they are not wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // the variants are the words of the file
pub enum SeverityOrOff {
    Off,
    Info,
    Warning,
    Error,
}

/// What is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConfigError {
    /// In words.
    pub message: String,
    /// The line, from 1.
    pub line: Option<usize>,
}

/// Findings with the acceptances applied.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// Those that stay, with the severity that the configuration gives.
    pub findings: Vec<Finding>,
    /// Those that are accepted, each with the reason.
    pub accepted: Vec<(Finding, String)>,
}

/// An id as 0.1 wrote it: its digits are those of the change, so that one that still fits still counts.
fn without_prefix(id: &str) -> &str {
    id.strip_prefix(ID_PREFIX).unwrap_or(id)
}

impl Acceptance {
    /// Its line in the file.
    pub fn line(&self) -> usize {
        self.line
    }

    /// What is accepted: a lint, a finding's id, or a change's id.
    pub fn rule(&self) -> &str {
        let id = self.rule.as_ref().or(self.change.as_ref());
        id.map_or("", |id| id.get_ref().as_str())
    }

    /// Why.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Whether nobody has said why yet.
    fn is_unfinished(&self) -> bool {
        self.reason.trim_start().starts_with(UNFINISHED)
    }

    fn is_for(&self, what: &Subject, profile: &str) -> bool {
        let is = |id: &Option<Spanned<String>>, known: &[&str]| {
            id.as_ref().is_some_and(|id| known.contains(&id.get_ref().as_str()))
        };
        let is_change = self
            .change
            .as_ref()
            .is_some_and(|id| without_prefix(id.get_ref()) == without_prefix(what.id));
        (is(&self.rule, &[what.rule, what.id]) || is_change)
            && what.rule != "acceptance"
            && self.syscall.as_ref().is_none_or(|syscall| syscall == what.syscall)
            && self.profile.as_ref().is_none_or(|pattern| glob::matches(pattern, profile))
    }

    /// Checks what it says, and notes its line.
    fn settle(&mut self, line_of: &dyn Fn(usize) -> usize) -> Result<(), Fault> {
        let Some(id) = self.rule.as_ref().xor(self.change.as_ref()) else {
            let message = "an acceptance names either a `rule` or a `change`".to_owned();
            return Err(Fault { message, at: self.rule.as_ref().map(|rule| rule.span().start) });
        };
        let at = id.span().start;
        self.line = line_of(at);
        if self.reason.trim().is_empty() {
            return Err(fault_at("an acceptance needs a `reason`".to_owned(), at));
        }
        if self.rule.is_none() {
            return Ok(());
        }
        if id.get_ref() == REQUIREMENT {
            let message = "what is required is accepted only by the whole id of a finding";
            return Err(fault_at(message.to_owned(), at));
        }
        // A finding's id begins with the lint's.
        let is_of = |lint: &&super::Lint| id.get_ref().starts_with(&format!("{}-", lint.id));
        if !rules::ALL.iter().any(is_of) {
            check_rule(id.get_ref()).map_err(|message| fault_at(message, at))?;
        }
        Ok(())
    }

    /// In words, for whoever reads that it was added.
    fn words(&self) -> String {
        let of = |name: &str, value: &Option<String>| {
            value.as_ref().map_or(String::new(), |value| format!(", {name} {value}"))
        };
        let syscall = of("for", &self.syscall) + &of("in", &self.profile);
        let until = self.expires.map_or(String::new(), |date| format!(", until {date}"));
        format!("{}{syscall}{until} (\"{}\")", self.rule(), self.reason)
    }
}

impl Config {
    /// Reads the text of a `sdiff.toml`.
    ///
    /// # Errors
    /// What is no TOML, has unknown fields, or names a lint, a call or an engine that there is not.
    pub fn parse(text: &str) -> Result<Config, ConfigError> {
        // Of thousands of settings each has a line: where each line begins is looked for once.
        let starts: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
        let line_of = |at: usize| 1 + starts.partition_point(|&start| start < at);
        Config::read(text, &line_of)
            .map_err(|Fault { message, at }| ConfigError { message, line: at.map(line_of) })
    }

    fn read(text: &str, line_of: &dyn Fn(usize) -> usize) -> Result<Config, Fault> {
        let written: Written = toml::from_str(text).map_err(|error| Fault {
            message: spelled(error.message()),
            at: error.span().map(|span| span.start),
        })?;
        for rule in written.severity.keys() {
            let at = rule.span().start;
            check_rule(rule.get_ref()).map_err(|message| fault_at(message, at))?;
            if rule.get_ref() == REQUIREMENT {
                let message = "what is required is no matter of severity: change the `[[require]]`";
                return Err(fault_at(message.to_owned(), at));
            }
        }
        let mut accept = written.accept;
        for acceptance in &mut accept {
            acceptance.settle(line_of)?;
        }
        let profiles = written.profile.into_iter().map(|profile| profile.read(line_of));
        let requirements = written.require.into_iter().map(|require| require.read(line_of));
        Ok(Config {
            accept,
            severity: written.severity,
            gate: written.gate,
            defaults: written.defaults.read()?,
            profiles: profiles.collect::<Result<_, _>>()?,
            exclude: Paths::read(written.exclude.as_ref(), line_of)?,
            requirements: requirements.collect::<Result<_, _>>()?,
        })
    }

    /// What is asked of every profile, where nothing else is said.
    pub fn defaults(&self) -> &Defaults {
        &self.defaults
    }

    /// What is said of a profile: of each thing the last that is said.
    pub fn of_profile(&self, path: &str) -> OfProfiles {
        let mut said = OfProfiles::default();
        for one in self.profiles.iter().filter(|one| one.paths.has(path)) {
            said.engine = one.engine.or(said.engine);
            said.capabilities = one.capabilities.or(said.capabilities);
            said.base = one.base.clone().or(said.base);
            said.purpose = one.purpose.clone().or(said.purpose);
        }
        said
    }

    /// Whether anything is said of some profiles alone.
    pub fn has_profiles(&self) -> bool {
        !self.profiles.is_empty()
    }

    /// The profiles that are passed over.
    pub fn exclude(&self) -> &Paths {
        &self.exclude
    }

    /// What must hold of profiles.
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// What must hold of a profile.
    pub fn required_of(&self, path: &str) -> Vec<&Requirement> {
        self.requirements.iter().filter(|requirement| requirement.paths.has(path)).collect()
    }

    /// The patterns of `[[profile]]`, `[[require]]` and `exclude` that fit none of these paths, each
    /// with its line.
    pub fn idle_patterns<'a>(&'a self, paths: &[&str]) -> Vec<(&'a str, usize)> {
        let of = self.profiles.iter().map(|profile| &profile.paths);
        let of = of.chain(self.requirements.iter().map(|requirement| &requirement.paths));
        let mut idle: Vec<_> = of.chain([&self.exclude]).flat_map(|of| of.idle(paths)).collect();
        idle.sort_by_key(|(_, line)| *line);
        idle
    }

    /// From which severity on the gate of `sdiff check` fails, if the file says so.
    pub fn gate(&self) -> Option<Severity> {
        self.gate.check
    }

    /// Applies severities and acceptances to the findings of one profile. `used` notes by their
    /// place which acceptances were needed.
    pub fn judge(
        &self,
        profile: &str,
        findings: Vec<Finding>,
        today: Date,
        used: &mut Vec<usize>,
    ) -> Judged {
        let mut judged = Judged::default();
        for finding in self.adjusted(findings) {
            let what = Subject { rule: finding.lint, id: &finding.id, syscall: &finding.subject };
            match self.acceptance(what, profile, today, used) {
                Some(acceptance) => {
                    judged.accepted.push((finding, acceptance.reason().to_owned()));
                }
                None => judged.findings.push(finding),
            }
        }
        judged
    }

    /// Findings with the severities that the file gives their lints, without those of lints that
    /// are off.
    pub fn adjusted(&self, mut findings: Vec<Finding>) -> Vec<Finding> {
        findings.retain_mut(|finding| {
            let severity = self.severity.iter().find(|(rule, _)| rule.get_ref() == finding.lint);
            finding.severity = match severity.map(|(_, severity)| *severity) {
                Some(SeverityOrOff::Off) => return false,
                Some(SeverityOrOff::Info) => Severity::Info,
                Some(SeverityOrOff::Warning) => Severity::Warning,
                Some(SeverityOrOff::Error) => Severity::Error,
                None => finding.severity,
            };
            true
        });
        findings
    }

    /// The acceptance that holds for a finding or a change, if there is one. `used` notes by their
    /// place which acceptances speak of it, those that have expired included.
    pub fn acceptance(
        &self,
        what: Subject,
        profile: &str,
        today: Date,
        used: &mut Vec<usize>,
    ) -> Option<&Acceptance> {
        let mut found = None;
        for (place, acceptance) in self.accept.iter().enumerate() {
            if acceptance.is_for(&what, profile) {
                used.push(place);
                if found.is_none() && acceptance.expires.is_none_or(|date| today <= date) {
                    found = Some(acceptance);
                }
            }
        }
        found
    }

    /// The acceptances of those places that have expired.
    pub fn expired(&self, used: &[usize], today: Date) -> Vec<&Acceptance> {
        let accept = self.accept.iter().enumerate();
        let is_over = |date: Date| date < today;
        let expired = accept.filter(|(place, acceptance)| {
            used.contains(place) && acceptance.expires.is_some_and(is_over)
        });
        expired.map(|(_, acceptance)| acceptance).collect()
    }

    /// The acceptances of changes that none of these profiles needs, though they are for one of
    /// them.
    pub fn unneeded_changes(&self, used: &[usize], profiles: &[&str]) -> Vec<&Acceptance> {
        let accept = self.accept.iter().enumerate();
        let is_unneeded = |(place, acceptance): &(usize, &Acceptance)| {
            let mut profiles = profiles.iter();
            let is_for = |pattern: &String| profiles.any(|path| glob::matches(pattern, path));
            acceptance.change.is_some()
                && !used.contains(place)
                && acceptance.profile.as_ref().is_some_and(is_for)
        };
        accept.filter(is_unneeded).map(|(_, acceptance)| acceptance).collect()
    }

    /// The acceptances of changes that fit none of those found, each with the id that the change
    /// of that kind and call has now: an id hangs on what the calls get.
    pub fn moved_changes<'a>(
        &'a self,
        used: &[usize],
        profile: &str,
        found: &[&'a str],
    ) -> Vec<(&'a Acceptance, &'a str)> {
        let stem = |id: &'a str| without_prefix(id).rsplit_once('-').map(|(stem, _)| stem);
        let accept = self.accept.iter().enumerate().filter(|(place, _)| !used.contains(place));
        let moved = accept.filter_map(|(_, acceptance)| {
            if acceptance.profile.as_ref().is_some_and(|of| !glob::matches(of, profile)) {
                return None;
            }
            let own = stem(acceptance.change.as_ref()?.get_ref())?;
            let id = found.iter().find(|id| stem(id) == Some(own))?;
            Some((acceptance, *id))
        });
        moved.collect()
    }

    /// The findings about the acceptances themselves, once every profile is judged.
    pub fn leftovers(&self, today: Date, used: &[usize]) -> Vec<Finding> {
        let mut findings = Vec::new();
        let is_open = |acceptance: &&Acceptance| acceptance.is_unfinished();
        let open: Vec<&Acceptance> = self.accept.iter().filter(is_open).collect();
        findings.extend(outdated::unfinished(&open));
        for (place, acceptance) in self.accept.iter().enumerate() {
            // Those of changes are not for `check` to judge.
            if acceptance.rule.is_none() {
                continue;
            }
            match acceptance.expires {
                Some(date) if date < today => findings.push(outdated::expired(acceptance, date)),
                _ if !used.contains(&place) => findings.push(outdated::unused(acceptance)),
                _ => {}
            }
        }
        findings
    }
}

/// The lint whose findings are a team's own rules.
const REQUIREMENT: &str = rules::requirement_broken::LINT.id;

/// What the reader of TOML says, with the nearest of the keys that it knows.
fn spelled(message: &str) -> String {
    let mut words = message.split('`').skip(1).step_by(2);
    let near = match (message.starts_with("unknown field"), words.next()) {
        (true, Some(word)) => crate::syscall::nearest_of(word, words),
        _ => None,
    };
    near.map_or_else(|| message.to_owned(), |near| format!("{message}: did you mean `{near}`?"))
}

fn check_rule(id: &str) -> Result<(), String> {
    if rules::ALL.iter().any(|lint| lint.id == id) {
        return Ok(());
    }
    let near = crate::syscall::nearest_of(id, rules::ALL.iter().map(|lint| lint.id));
    let help = near.map_or("`sdiff check --rules` lists them".to_owned(), |near| {
        format!("did you mean `{near}`?")
    });
    Err(format!("there is no lint `{id}`: {help}"))
}
