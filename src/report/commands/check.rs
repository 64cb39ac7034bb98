//! What the lints found, as text and as JSON.

use crate::lint::{Finding, Severity};
use crate::load::excerpt::{Level, render, visible};
use crate::load::{Source, SourceKind};
use crate::page::{Ink, Layout, Page, fold};
use crate::phrase::{action_text, call_text};
use crate::report::text::summary::{self, Line};
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

/// For a terminal: the count, and each finding with the line that it is about.
pub fn check_text(profiles: &[Checked], layout: impl Into<Layout>) -> String {
    let layout = layout.into();
    let layout = &Layout { width: Some(layout.columns()), ..layout };
    let verdict = fold(&verdict(profiles, layout), layout.columns());
    if layout.is_summary {
        let mut page = Page::new(layout);
        summary::show(&mut page, &kinds(profiles));
        return verdict + &page.finish();
    }
    let mut text = verdict.clone();
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
            text.push('\n');
            one(&mut text, profile, finding, is_shared.then_some(names), layout);
        }
    }
    if text.lines().count() > layout.lines() {
        text.push('\n');
        text += &verdict;
    }
    text
}

/// `1 error, 2 warnings, 1 accepted`
fn verdict(profiles: &[Checked], layout: &Layout) -> String {
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
    let ink = match (count(Severity::Error), count(Severity::Warning)) {
        (0, 0) => Ink::Stricter,
        (0, _) => Ink::Warning,
        _ => Ink::Weaker,
    };
    layout.paint().text(ink, &words.join(", ")) + "\n"
}

/// A line a lint, the worst first.
fn kinds<'a>(profiles: &'a [Checked]) -> Vec<Line<'a>> {
    let mut lines: Vec<(Severity, Line)> = Vec::new();
    for finding in profiles.iter().flat_map(|profile| profile.findings) {
        let at = lines.iter().position(|(severity, line)| {
            (*severity, line.kind) == (finding.severity, finding.lint)
        });
        let at = at.unwrap_or_else(|| {
            let (marker, ink) = match finding.severity {
                Severity::Error => ("x", Ink::Weaker),
                Severity::Warning => ("!", Ink::Warning),
                Severity::Info => ("·", Ink::Note),
            };
            let line = Line { marker, ink, kind: finding.lint, subjects: Vec::new(), count: 0 };
            lines.push((finding.severity, line));
            lines.len() - 1
        });
        let line = &mut lines[at].1;
        line.count += 1;
        let subject = visible(&finding.subject);
        if !subject.is_empty() && !line.subjects.contains(&subject) {
            line.subjects.push(subject);
        }
    }
    lines.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
    lines.into_iter().map(|(_, line)| line).collect()
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
fn in_files(names: &[&str], is_verbose: bool) -> String {
    let most = if is_verbose { usize::MAX } else { NAMED };
    let named: Vec<String> = names.iter().take(most).map(|name| visible(name)).collect();
    let left = names.len().saturating_sub(most);
    let more = if left > 0 { format!(" and {left} more") } else { String::new() };
    format!("in {} files: {}{more}", names.len(), named.join(", "))
}

fn one(
    text: &mut String,
    profile: &Checked,
    finding: &Finding,
    names: Option<&[&str]>,
    layout: &Layout,
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
    *text += &render(level, &message, place, Some(&finding.help), layout);
    if let Some((source, other)) = profile.source.zip(finding.other) {
        let position = source.position(other.start);
        let name = visible(&source.name);
        let path = source.path().filter(|_| source.kind == SourceKind::File);
        let place = format!("{name}:{}:{}", position.line, position.column);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "    see  {}", layout.linked(path, &place));
    }
    if let Some(proof) = &finding.witness {
        *text += &fold(&format!("  proof: {proof}\n"), layout.columns());
    }
    if let Some(names) = names {
        *text += &fold(&format!("    {}\n", in_files(names, layout.is_verbose)), layout.columns());
    }
    if layout.is_verbose {
        let _ = writeln!(text, "  id: {}", finding.id);
    }
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
