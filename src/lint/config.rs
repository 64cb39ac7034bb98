//! `sdiff.toml`: which findings are accepted and why, how bad each lint is, and the gate.

mod glob;
mod outdated;

use crate::baseline::Date;

use super::finding::{Finding, Severity};
use super::rules;
use crate::diff::ID_PREFIX;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// The file, as read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    #[serde(default)]
    accept: Vec<Acceptance>,
    #[serde(default)]
    severity: BTreeMap<Spanned<String>, SeverityOrOff>,
    #[serde(default)]
    gate: Gate,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Gate {
    check: Option<Severity>,
}

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
    /// What is no TOML, has unknown fields, or names a lint that there is not.
    pub fn parse(text: &str) -> Result<Config, ConfigError> {
        let line_of = |at: usize| 1 + text.get(..at).unwrap_or(text).matches('\n').count();
        let fault =
            |message: String, at: Option<usize>| ConfigError { message, line: at.map(line_of) };
        let mut config: Config = toml::from_str(text).map_err(|error| {
            fault(error.message().to_owned(), error.span().map(|span| span.start))
        })?;
        for rule in config.severity.keys() {
            check_rule(rule.get_ref())
                .map_err(|message| fault(message, Some(rule.span().start)))?;
        }
        for acceptance in &mut config.accept {
            let id = acceptance.rule.as_ref().xor(acceptance.change.as_ref());
            let Some(id) = id else {
                let message = "an acceptance names either a `rule` or a `change`".to_owned();
                let at = acceptance.rule.as_ref().map(|rule| rule.span().start);
                return Err(fault(message, at));
            };
            acceptance.line = line_of(id.span().start);
            if acceptance.reason.trim().is_empty() {
                return Err(fault(
                    "an acceptance needs a `reason`".to_owned(),
                    Some(id.span().start),
                ));
            }
            if acceptance.rule.is_some() {
                // A finding's id begins with the lint's.
                let is_known = rules::ALL
                    .iter()
                    .any(|lint| id.get_ref().starts_with(&format!("{}-", lint.id)));
                if !is_known {
                    check_rule(id.get_ref())
                        .map_err(|message| fault(message, Some(id.span().start)))?;
                }
            }
        }
        Ok(config)
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

    /// What the file says that another one did not, in sentences, and the first line of an
    /// acceptance that is new.
    pub fn news_against(&self, old: &Config) -> (Vec<String>, Option<usize>) {
        let missing = |from: &Config, of: &Config| -> Vec<(String, usize)> {
            let mut known: Vec<String> = of.accept.iter().map(Acceptance::words).collect();
            let mut missing = Vec::new();
            for acceptance in &from.accept {
                let words = acceptance.words();
                match known.iter().position(|known| *known == words) {
                    Some(at) => drop(known.swap_remove(at)),
                    None => missing.push((words, acceptance.line)),
                }
            }
            missing
        };
        let (added, removed) = (missing(self, old), missing(old, self));
        let mut said: Vec<String> =
            added.iter().map(|(words, _)| format!("it accepts {words}")).collect();
        said.extend(removed.iter().map(|(words, _)| format!("it no longer accepts {words}")));
        let rules = self.severity.keys().chain(old.severity.keys()).map(|rule| rule.get_ref());
        let rules: std::collections::BTreeSet<&String> = rules.collect();
        for rule in rules {
            let of = |config: &Config| {
                let found = config.severity.iter().find(|(known, _)| known.get_ref() == rule);
                found.map(|(_, severity)| *severity)
            };
            if of(self) != of(old) {
                said.push(format!("it gives {rule} another severity"));
            }
        }
        if self.gate != old.gate {
            said.push("it moves the gate".to_owned());
        }
        (said, added.first().map(|(_, line)| *line))
    }

    /// The findings about the acceptances themselves, once every profile is judged.
    pub fn leftovers(&self, today: Date, used: &[usize]) -> Vec<Finding> {
        let mut findings = Vec::new();
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

fn check_rule(id: &str) -> Result<(), String> {
    if rules::ALL.iter().any(|lint| lint.id == id) {
        return Ok(());
    }
    let near = crate::load::nearest_of(id, rules::ALL.iter().map(|lint| lint.id));
    let help = near.map_or("`sdiff check --rules` lists them".to_owned(), |near| {
        format!("did you mean `{near}`?")
    });
    Err(format!("there is no lint `{id}`: {help}"))
}
