//! Changes of the text that mend a finding, for editors.
//!
//! Only what a finding says in words is offered: the name that was meant, a name that does nothing
//! taken out, the normal form. Where two things could be meant, each is a mend of its own.

use super::finding::Finding;
use crate::load::{JsonError, LoadError, LoadErrorKind, Loaded, Source};
use crate::profile::{Format, Profile, Span, normalize, to_json};
use crate::syscall;

/// One way to mend a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mend {
    /// What it does, in a few words.
    pub title: String,
    /// The stretch of the text that is replaced.
    pub span: Span,
    /// What stands there then.
    pub text: String,
}

/// The ways to mend what was found in a profile, the best first; none where a person has to decide.
pub fn mends(loaded: &Loaded, finding: &Finding) -> Vec<Mend> {
    if finding.lint == "not-normal" {
        return in_normal_form(loaded).into_iter().collect();
    }
    let (source, Some(span)) = (&loaded.source, finding.span) else { return Vec::new() };
    match finding.lint {
        "unknown-syscall" => syscall::nearest(&finding.subject)
            .into_iter()
            .filter_map(|meant| replaced(source, span, &finding.subject, meant))
            .collect(),
        "unknown-capability" | "unknown-host" | "unknown-architecture" | "unknown-field" => {
            let warning = loaded.warnings.iter().find(|warning| warning.span == span);
            warning
                .and_then(|warning| warning.meant())
                .and_then(|meant| replaced(source, span, &finding.subject, meant))
                .into_iter()
                .collect()
        }
        // What the decision engine has shown to do nothing can go without a change of any answer.
        "redundant" | "equals-default" | "absent-syscall" | "no-effect" => {
            without(source, &loaded.profile, span, &finding.subject).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// The ways to mend a profile that no engine loads.
pub fn mends_of_refusal(error: &LoadError) -> Vec<Mend> {
    let (Some(source), Some(span)) = (error.source(), error.span()) else { return Vec::new() };
    let mend = match error.kind() {
        LoadErrorKind::UnknownAction { name, nearest: Some(meant) }
        | LoadErrorKind::UnknownOperator { name, nearest: Some(meant) }
        | LoadErrorKind::UnknownArchitecture { name, nearest: Some(meant) } => {
            replaced(source, span, name, meant)
        }
        LoadErrorKind::Json(JsonError::TrailingComma) => comma(source, span),
        _ => None,
    };
    mend.into_iter().collect()
}

/// A word in a stretch of the text replaced: where it stands there as it is, once.
fn replaced(source: &Source, span: Span, word: &str, by: &str) -> Option<Mend> {
    let text = source.text.get(span.start as usize..span.end as usize)?;
    let at = text.find(word).filter(|_| !word.is_empty())?;
    if text.rfind(word) != Some(at) {
        return None;
    }
    let start = span.start + at as u32;
    let span = Span { start, end: start + word.len() as u32 };
    Some(Mend { title: format!("Write `{by}`"), span, text: by.to_owned() })
}

fn comma(source: &Source, span: Span) -> Option<Mend> {
    let rest = source.text.get(span.start as usize..)?;
    let span = Span { start: span.start, end: span.start + 1 };
    rest.starts_with(',').then(|| Mend {
        title: "Remove the comma".to_owned(),
        span,
        text: String::new(),
    })
}

/// A name taken out of the JSON list of a rule that has more of them.
fn without(source: &Source, profile: &Profile, span: Span, name: &str) -> Option<Mend> {
    let rule = profile.rules.iter().find(|rule| rule.names.iter().any(|name| name.span == span))?;
    if rule.names.len() < 2 {
        return None;
    }
    let text = &*source.text;
    let before = text.get(..span.start as usize)?;
    let after = text.get(span.end as usize..)?;
    let inside = text.get(span.start as usize..span.end as usize)?;
    if !(inside.starts_with('"') && inside.ends_with('"') && inside.len() > 1) {
        return None;
    }
    let (start, end) = match after.trim_start().strip_prefix(',') {
        // With the comma and the space behind it, up to the next name.
        Some(rest) => (span.start as usize, text.len() - rest.trim_start().len()),
        // The last name goes with the comma before it.
        None => (before.trim_end().strip_suffix(',')?.len(), span.end as usize),
    };
    let span = Span { start: start as u32, end: end as u32 };
    Some(Mend { title: format!("Remove `{name}` here"), span, text: String::new() })
}

fn in_normal_form(loaded: &Loaded) -> Option<Mend> {
    let text = &loaded.source.text;
    let is_whole = matches!(loaded.profile.format, Format::Docker | Format::ContainersCommon)
        && text.trim_start().starts_with('{')
        && loaded.source.is_file()
        && !loaded.source.is_held();
    is_whole.then(|| Mend {
        title: "Write the profile in its normal form, without comments".to_owned(),
        span: Span { start: 0, end: text.len() as u32 },
        text: to_json(&normalize(&loaded.profile)),
    })
}
