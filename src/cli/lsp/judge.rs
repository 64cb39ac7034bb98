//! A document to diagnostics, as `check` judges a file.

use super::document::{Document, Told};
use crate::cli::arguments::config::{Configured, today};
use crate::cli::arguments::options::{Question, Reading};
use crate::cli::failure::Failure;
use crate::cli::look::check::found;
use crate::fleet;
use crate::lint::{self, Config, Finding, Mend, Severity};
use crate::load::{self, LoadError, LoadOptions, Loaded, Source};
use crate::overlay;
use crate::profile::Span;
use lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location,
    NumberOrString, Range,
};
use std::path::PathBuf;
use std::str::FromStr;

/// Where the page about a lint is.
const PAGE: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/lints.md#");

/// How profiles in an editor are read.
pub(super) const READING: Reading =
    Reading { input_format: None, allow_outside: false, verbose: false };

/// The profiles in a document, each as it loads.
pub(super) fn profiles(document: &Document) -> Vec<Result<Loaded, LoadError>> {
    let (path, bytes) = (&*document.path, document.text.as_bytes());
    let named = fleet::profiles_in(path, bytes).into_iter();
    named
        .map(|document| {
            load::parse_at(path, bytes, &LoadOptions { document, ..LoadOptions::default() })
        })
        .collect()
}

/// The question to a document, with the settings that count for it.
pub(super) fn question(
    document: &Document,
    asked: &Question,
    roots: &[PathBuf],
) -> Result<Question, Failure> {
    let mut question = asked.clone();
    if !question.config.is_said() {
        question.config = Configured::at(document.settings(roots));
    }
    question.settle()?;
    Ok(question.of(&document.path))
}

/// What a profile in a document resolves to.
pub(super) fn resolve(loaded: Loaded) -> Result<Loaded, Failure> {
    Ok(overlay::resolve(loaded, &READING.neighbours())?)
}

/// Everything that is to be said of a document; nothing of one that holds no profile.
pub(super) fn judge(document: &Document, asked: &Question, roots: &[PathBuf]) -> Vec<Told> {
    if document.name() == "sdiff.toml" {
        return of_settings(document);
    }
    let profiles = profiles(document);
    if profiles.is_empty() {
        return Vec::new();
    }
    let question = match question(document, asked, roots) {
        Ok(question) => question,
        Err(failure) => return vec![trouble(document, &failure)],
    };
    let path = question.config.path_of(&document.path);
    if question.file().exclude().has_named(&path) {
        return Vec::new();
    }
    profiles.into_iter().flat_map(|loaded| one(document, loaded, &question, &path)).collect()
}

fn one(
    document: &Document,
    loaded: Result<Loaded, LoadError>,
    question: &Question,
    path: &str,
) -> Vec<Told> {
    let judged =
        |findings| question.file().judge(path, findings, today(), &mut Vec::new()).findings;
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(error) => {
            let Some(finding) = lint::refused(&error) else {
                return vec![trouble(document, &Failure::Load(error))];
            };
            let mends = lint::mends_of_refusal(&error);
            let Some(source) = error.source() else { return Vec::new() };
            let found = judged(vec![finding]).into_iter();
            return found.map(|found| told(document, source, &found, mends.clone())).collect();
        }
    };
    match found::of_profile(&document.path, &loaded, question, &READING, &resolve) {
        Err(failure) => vec![trouble(document, &failure)],
        Ok(found) => judged(found.findings)
            .into_iter()
            .map(|finding| {
                let mends = lint::mends(&loaded, &finding);
                told(document, &loaded.source, &finding, mends)
            })
            .collect(),
    }
}

fn told(document: &Document, source: &Source, finding: &Finding, mends: Vec<Mend>) -> Told {
    let range = |span| document.lines.range_of(&document.text, source, span);
    let mut message = finding.message.clone();
    if !finding.help.is_empty() {
        message += &format!("\nhelp: {}", finding.help);
    }
    if let Some(proof) = &finding.witness {
        message += &format!("\nproof: {proof}");
    }
    let other = finding.other.map(|span| DiagnosticRelatedInformation {
        location: Location { uri: document.uri.clone(), range: range(Some(span)) },
        message: "what it is about as well".to_owned(),
    });
    let diagnostic = Diagnostic {
        range: range(finding.span),
        severity: Some(match finding.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
            Severity::Info => DiagnosticSeverity::INFORMATION,
        }),
        code: Some(NumberOrString::String(finding.lint.to_owned())),
        code_description: lsp_types::Uri::from_str(&format!("{PAGE}{}", finding.lint))
            .ok()
            .map(|href| CodeDescription { href }),
        related_information: other.map(|other| vec![other]),
        ..diagnostic(message)
    };
    // A text in a string is another one than what the editor shows.
    let is_whole = *source.text == *document.text;
    let mends = mends.into_iter().filter(|_| is_whole);
    let mends = mends.map(|mend| {
        let range = Range {
            start: document.lines.position(&document.text, mend.span.start as usize),
            end: document.lines.position(&document.text, mend.span.end as usize),
        };
        (mend.title, range, mend.text)
    });
    Told { diagnostic, mends: mends.collect() }
}

fn diagnostic(message: String) -> Diagnostic {
    Diagnostic {
        severity: Some(DiagnosticSeverity::ERROR),
        source: Some("sdiff".to_owned()),
        message,
        ..Diagnostic::default()
    }
}

/// A profile that cannot be judged, where that is known to be.
fn trouble(document: &Document, failure: &Failure) -> Told {
    let (message, help, place) = match failure {
        Failure::Load(error) => {
            (error.kind().to_string(), error.help(), error.source().zip(error.span()))
        }
        Failure::Extends(error) => (error.message(), error.help(), error.place()),
        Failure::Meaning(error, source) => {
            let place = error.span.map(|span| (&**source, span));
            (error.to_string(), error.help().map(str::to_owned), place)
        }
        failure => {
            let text = failure.render(false);
            (text.trim_end().trim_start_matches("error: ").to_owned(), None, None)
        }
    };
    let help = help.map_or(String::new(), |help| format!("\nhelp: {help}"));
    let range = match place {
        Some((source, span)) => document.lines.range_of(&document.text, source, Some(span)),
        None => document.lines.range(&document.text, Span { start: 0, end: 0 }),
    };
    let message = format!("this profile cannot be judged: {message}{help}");
    Told { diagnostic: Diagnostic { range, ..diagnostic(message) }, mends: Vec::new() }
}

/// What is wrong with a team's settings.
fn of_settings(document: &Document) -> Vec<Told> {
    let Err(error) = Config::parse(&document.text) else { return Vec::new() };
    let line = error.line.unwrap_or(1) as u32 - 1;
    let at = |character| lsp_types::Position { line, character };
    let end = document.lines.offset(&document.text, at(u32::MAX)).unwrap_or(document.text.len());
    let end = document.lines.position(&document.text, end);
    let range = Range { start: at(0).min(end), end };
    vec![Told {
        diagnostic: Diagnostic { range, ..diagnostic(error.to_string()) },
        mends: Vec::new(),
    }]
}
