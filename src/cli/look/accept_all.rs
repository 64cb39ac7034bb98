//! `sdiff check --accept-all`: what there is today, accepted until somebody says why.

use crate::cli::arguments::config::Configured;
use crate::cli::failure::Failure;
use crate::cli::terminal::output;
use crate::lint::{Config, Finding, UNFINISHED};
use std::fmt::Write;

/// Adds an acceptance of each finding in its profile to the settings, whose own text stays.
pub(super) fn accept_all(
    config: &Configured,
    findings: &[(String, &Finding)],
) -> Result<(), Failure> {
    let (path, name) = (config.path(), config.path().display());
    if findings.is_empty() {
        return output::to_stdout(&format!("nothing to accept: {name} stays as it is\n"));
    }
    let old = config.text()?.unwrap_or_default();
    let mut text = String::new();
    let quoted = |text: &str| toml::Value::from(text).to_string();
    for (profile, finding) in findings {
        // A comment ends with its line.
        let message = finding.message.replace(char::is_control, " ");
        let (rule, profile) = (quoted(&finding.id), quoted(profile));
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "\n# {}: {message}\n[[accept]]\nrule = {rule}\nprofile = {profile}\n\
             reason = \"{UNFINISHED}: why may it stay?\"\n",
            finding.severity
        );
    }
    let mut new = old.clone();
    if !new.is_empty() && !new.ends_with('\n') {
        new.push('\n');
    }
    new += if new.is_empty() { text.trim_start() } else { &text };
    if old.contains("\r\n") {
        new = new.replace("\r\n", "\n").replace('\n', "\r\n");
    }
    Config::parse(&new).map_err(|error| {
        let why = format!("acceptances cannot be added to {name}, which stays as it is: {error}");
        Failure::Usage(why)
    })?;
    output::to(Some(path), &new)?;
    let count = match findings.len() {
        1 => "1 finding is accepted".to_owned(),
        count => format!("{count} findings are accepted"),
    };
    output::to_stdout(&format!("{count} in {name}: write why in place of {UNFINISHED}\n"))
}
