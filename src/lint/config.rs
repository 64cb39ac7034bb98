//! `sdiff.toml`: which findings are accepted and why, how bad each lint is, and the gate.

mod date;
mod glob;

pub use date::Date;

use super::finding::{Finding, Severity};
use super::rules;
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

#[derive(Clone, Debug, Default, Deserialize)]
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
    /// Those that are accepted.
    pub accepted: Vec<Finding>,
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

    fn is_for(&self, finding: &Finding, profile: &str) -> bool {
        let is_rule = self
            .rule
            .as_ref()
            .is_some_and(|rule| rule.get_ref() == finding.lint || *rule.get_ref() == finding.id);
        is_rule
            && finding.lint != "acceptance"
            && self.syscall.as_ref().is_none_or(|syscall| *syscall == finding.subject)
            && self.profile.as_ref().is_none_or(|pattern| glob::matches(pattern, profile))
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
        for mut finding in findings {
            let severity = self.severity.iter().find(|(rule, _)| rule.get_ref() == finding.lint);
            match severity.map(|(_, severity)| *severity) {
                Some(SeverityOrOff::Off) => continue,
                Some(SeverityOrOff::Info) => finding.severity = Severity::Info,
                Some(SeverityOrOff::Warning) => finding.severity = Severity::Warning,
                Some(SeverityOrOff::Error) => finding.severity = Severity::Error,
                None => {}
            }
            let mut accepted = false;
            for (place, acceptance) in self.accept.iter().enumerate() {
                if acceptance.is_for(&finding, profile) {
                    used.push(place);
                    accepted |= acceptance.expires.is_none_or(|date| today <= date);
                }
            }
            match accepted {
                true => judged.accepted.push(finding),
                false => judged.findings.push(finding),
            }
        }
        judged
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
                Some(date) if date < today => findings.push(rules::expired(acceptance, date)),
                _ if !used.contains(&place) => findings.push(rules::unused(acceptance)),
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
