//! What the lints found, as text and as JSON.

use crate::lint::{Finding, Severity};
use crate::load::Source;
use crate::load::excerpt::{Level, render, visible};
use crate::phrase::{action_text, call_text};
use rustc_hash::FxHashMap;
use serde_json::{Value, json};
use std::fmt::Write;

/// The version of the JSON report: it changes with every change that a reader has to know of.
pub const CHECK_JSON_VERSION: u32 = 1;

/// The findings of one profile.
#[derive(Clone, Debug)]
pub struct Checked<'a> {
    /// What the user called it.
    pub name: &'a str,
    /// Its text; none for findings that are about no profile.
    pub source: Option<&'a Source>,
    /// In the order of the file.
    pub findings: &'a [Finding],
    /// Those that are accepted, each with the reason.
    pub accepted: &'a [(Finding, String)],
}

/// For a terminal: each finding with the line that it is about, and a count at the end.
pub fn check_text(profiles: &[Checked], color: bool) -> String {
    let mut text = String::new();
    let mut shared: FxHashMap<Same, Vec<&str>> = FxHashMap::default();
    for profile in profiles {
        for finding in profile.findings {
            let names = shared.entry(same(finding)).or_default();
            if names.last() != Some(&profile.name) {
                names.push(profile.name);
            }
        }
    }
    for profile in profiles {
        for finding in profile.findings {
            // What many files have is shown in the first of them.
            let names = shared.get(&same(finding)).map_or(&[][..], Vec::as_slice);
            let is_shared = names.len() >= MANY;
            if is_shared && names.first() != Some(&profile.name) {
                continue;
            }
            one(&mut text, profile, finding, is_shared.then_some(names), color);
        }
    }
    let count = |severity| {
        let findings = profiles.iter().flat_map(|profile| profile.findings);
        findings.filter(|finding| finding.severity == severity).count()
    };
    let mut words = Vec::new();
    for (severity, one, more) in [
        (Severity::Error, "error", "errors"),
        (Severity::Warning, "warning", "warnings"),
        (Severity::Info, "info", "infos"),
    ] {
        match count(severity) {
            0 => {}
            1 => words.push(format!("1 {one}")),
            count => words.push(format!("{count} {more}")),
        }
    }
    let accepted: usize = profiles.iter().map(|profile| profile.accepted.len()).sum();
    if accepted > 0 {
        words.push(format!("{accepted} accepted"));
    }
    if words.is_empty() {
        words.push("nothing found".to_owned());
    }
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{}", words.join(", "));
    text
}

/// A finding that so many files have is shown once.
const MANY: usize = 3;

/// So many of them are named.
const NAMED: usize = 5;

/// What makes findings of several files one.
type Same<'a> = (&'static str, Severity, &'a str, &'a str, &'a str);

fn same(finding: &Finding) -> Same<'_> {
    (finding.lint, finding.severity, &finding.subject, &finding.message, &finding.help)
}

/// `in 214 files: a.json, b.json and 212 more`
fn in_files(names: &[&str]) -> String {
    let named: Vec<String> = names.iter().take(NAMED).map(|name| visible(name)).collect();
    let left = names.len().saturating_sub(NAMED);
    let more = if left > 0 { format!(" and {left} more") } else { String::new() };
    format!("in {} files: {}{more}", names.len(), named.join(", "))
}

fn one(
    text: &mut String,
    profile: &Checked,
    finding: &Finding,
    names: Option<&[&str]>,
    color: bool,
) {
    let level = match finding.severity {
        Severity::Error => Level::Error,
        Severity::Warning => Level::Warning,
        Severity::Info => Level::Info,
    };
    let message = match finding.span {
        Some(_) => format!("{} [{}]", finding.message, finding.lint),
        None => format!("{}: {} [{}]", profile.name, finding.message, finding.lint),
    };
    let place = profile.source.zip(finding.span);
    *text += &render(level, &message, place, Some(&finding.help), color);
    if let Some((source, other)) = profile.source.zip(finding.other) {
        let position = source.position(other.start);
        let name = visible(&source.name);
        let _ = writeln!(text, "    see  {name}:{}:{}", position.line, position.column);
    }
    if let Some(proof) = &finding.witness {
        let _ = writeln!(text, "  proof: {proof}");
    }
    if let Some(names) = names {
        let _ = writeln!(text, "    {}", in_files(names));
    }
    text.push('\n');
}

/// For programs: described by `docs/check.schema.json`.
pub fn check_json(profiles: &[Checked]) -> String {
    let profiles: Vec<Value> = profiles
        .iter()
        .map(|profile| {
            let findings: Vec<Value> =
                profile.findings.iter().map(|f| finding_json(profile.source, f)).collect();
            json!({ "profile": profile.name, "accepted": profile.accepted.len(), "findings": findings })
        })
        .collect();
    let report = json!({ "version": CHECK_JSON_VERSION, "profiles": profiles });
    format!("{report:#}\n")
}

pub(in crate::report) fn finding_json(source: Option<&Source>, finding: &Finding) -> Value {
    let place = |span: Option<crate::profile::Span>| {
        let (source, span) = source.zip(span)?;
        let position = source.position(span.start);
        Some(json!({ "line": position.line, "column": position.column }))
    };
    let proof = finding.witness.as_ref().map(|proof| {
        let names: Vec<&str> = proof.point.capability_list().map(|c| c.name()).collect();
        json!({
            "call": call_text(proof.syscall, proof.place.abi, &proof.point.args),
            "host": proof.place.host.name(),
            "abi": proof.place.abi.name(),
            "syscall": proof.syscall.name(),
            "args": proof.point.args,
            "capabilities": names,
            "kernel": proof.point.kernel.to_string(),
            "engine": proof.engine.map(|engine| engine.name()),
            "action": action_text(proof.action),
        })
    });
    json!({
        "id": finding.id,
        "lint": finding.lint,
        "severity": finding.severity.name(),
        "subject": finding.subject,
        "message": finding.message,
        "help": finding.help,
        "place": place(finding.span),
        "other": place(finding.other),
        "proof": proof,
    })
}
