//! Where in a file the profile is, and in which words it speaks.

use super::inspect::{self, Container};
use super::{operator, other, surroundings};
use crate::load::LoadOptions;
use crate::load::decode::{self, Decoder, Dialect, RawProfile};
use crate::load::error::LoadErrorKind;
use crate::load::held;
use crate::load::known::fields::has_profile_field;
use crate::load::siblings::Siblings;
use crate::load::values::tree::{Node, Parsed, Value, fault, same_folded};
use crate::load::values::{json, yaml};
use crate::load::warning::Warnings;
use crate::profile::{Environment, Format, Span};
use crate::syscall::Abi;

/// What is in a text.
pub(in crate::load) enum Decoded {
    /// A profile, and what the file says of its container.
    Profile(Box<RawProfile>, Format, Environment),
    /// A profile inside a file that is something else.
    Held(Box<RawProfile>, Format),
    /// A container with whatever profile it has.
    Container(Box<Container>),
}

/// Reads a text up to the decoded profile. What is none is told by what it is, if that is known.
pub(in crate::load) fn decode(
    text: &str,
    options: &LoadOptions,
    siblings: &dyn Siblings,
    warnings: &mut Warnings,
) -> Parsed<Decoded> {
    let read = decode_text(text, options, siblings, warnings);
    let read = match options.format {
        None => or_held(text, read, options, warnings),
        Some(_) => read,
    };
    read.map_err(|fault| match fault.kind {
        LoadErrorKind::Json(_)
        | LoadErrorKind::Yaml(_)
        | LoadErrorKind::UnsupportedYaml(_)
        | LoadErrorKind::DuplicateYamlKey(_)
        | LoadErrorKind::NotAProfile(_) => other::recognise(text).map_or(fault, Box::new),
        _ => fault,
    })
}

/// What was read, or where that is no profile the one inside it.
fn or_held(
    text: &str,
    read: Parsed<Decoded>,
    options: &LoadOptions,
    warnings: &mut Warnings,
) -> Parsed<Decoded> {
    use LoadErrorKind as K;
    let wanted = options.document.as_deref();
    let is_data = text.trim_start().starts_with(['{', '[']);
    let is_open = match &read {
        Ok(Decoded::Profile(_, Format::Operator, _)) => wanted.is_none(),
        Ok(_) => false,
        // A script, or what is written in a language of its own.
        Err(fault) if matches!(fault.kind, K::Json(_)) => !is_data,
        Err(fault) => matches!(
            fault.kind,
            K::NotAProfile(_)
                | K::OtherFile { .. }
                | K::Yaml(_)
                | K::Template
                | K::UnsupportedYaml(_)
                | K::DuplicateYamlKey(_)
                | K::TooManyValues(_)
                | K::SeveralProfiles(_)
                | K::NoSuchProfile { .. }
        ),
    };
    if !is_open || !held::could_hold(text) {
        return read;
    }
    let found = held::find(text)?;
    let mut names = found.names();
    if names.is_empty() {
        return read;
    }
    let by_number = || wanted?.parse::<usize>().ok()?.checked_sub(1);
    let chosen = match (&read, wanted) {
        (_, Some(wanted)) if names.iter().any(|name| name == wanted) => {
            names.iter().position(|name| name == wanted)
        }
        (Err(fault), None) if !matches!(fault.kind, K::SeveralProfiles(_)) => {
            (names.len() == 1).then_some(0)
        }
        (Err(fault), Some(_)) if !matches!(fault.kind, K::NoSuchProfile { .. }) => by_number(),
        _ => None,
    };
    if let Some(held) = chosen.and_then(|at| found.profiles.get(at)) {
        return held.with_root(|root| match detect(root)? {
            Format::Oci => Ok(Decoded::Held(Box::new(oci(root, warnings)?), Format::Oci)),
            Format::Operator => {
                let message = "an object in a string of another one".to_owned();
                fault(K::NotAProfile(message), root.span)
            }
            format => Ok(Decoded::Held(Box::new(of_engine(root, warnings)?), format)),
        });
    }
    let others = match &read {
        Ok(_) => vec!["1".to_owned()],
        Err(fault) => match &fault.kind {
            K::SeveralProfiles(names) | K::NoSuchProfile { names, .. } => names.clone(),
            _ => Vec::new(),
        },
    };
    names.splice(0..0, others);
    match wanted {
        Some(wanted) => {
            fault(K::NoSuchProfile { wanted: wanted.to_owned(), names }, Span::default())
        }
        None => fault(K::SeveralProfiles(names), Span::default()),
    }
}

fn decode_text(
    text: &str,
    options: &LoadOptions,
    siblings: &dyn Siblings,
    warnings: &mut Warnings,
) -> Parsed<Decoded> {
    let start = match text.find(|c: char| !c.is_ascii_whitespace()) {
        Some(start) => start as u32,
        None => return fault(LoadErrorKind::Empty, Span::default()),
    };
    if text.starts_with('\u{feff}') {
        return fault(LoadErrorKind::ByteOrderMark, Span { start: 0, end: 3 });
    }
    let alone = |(raw, format)| Decoded::Profile(Box::new(raw), format, Environment::default());
    if looks_like_yaml(text.get(start as usize..).unwrap_or(""), options.format) {
        let documents = yaml::parse(text)?;
        return operator::profile(&documents, options, siblings, warnings).map(alone);
    }
    let root = json::parse(text)?;
    if options.format.is_none() && inspect::is_inspection(&root) {
        return Ok(Decoded::Container(Box::new(inspect::container(&root, options)?)));
    }
    let format = match options.format {
        Some(format) => format,
        None => detect(&root)?,
    };
    match format {
        Format::Operator => {
            let documents = std::slice::from_ref(&root);
            operator::profile(documents, options, siblings, warnings).map(alone)
        }
        Format::Oci => {
            let raw = oci(&root, warnings)?;
            let abis = raw.architectures.iter().map(|name| Abi::from_oci_name(&name.value));
            let abis: Vec<Abi> = abis.flatten().collect();
            // Of architectures that are not known, the host is not known either.
            let known = if abis.len() == raw.architectures.len() { &abis[..] } else { &[] };
            let environment = surroundings::of_bundle(&root, known)?;
            Ok(Decoded::Profile(Box::new(raw), format, environment))
        }
        Format::Docker | Format::ContainersCommon => {
            Ok(alone((of_engine(&root, warnings)?, format)))
        }
    }
}

/// Reads a JSON text that an engine was given as a profile.
pub(in crate::load) fn json_profile(text: &str, warnings: &mut Warnings) -> Parsed<RawProfile> {
    of_engine(&json::parse(text)?, warnings)
}

fn of_engine(root: &Node, warnings: &mut Warnings) -> Parsed<RawProfile> {
    let mut raw = RawProfile::default();
    Decoder::new(Dialect::Docker, warnings).profile(root, &mut raw)?;
    Ok(raw)
}

/// JSON is YAML, nearly: what starts as JSON is read as JSON, for its stricter grammar and
/// better errors, and so is everything that the user calls JSON.
fn looks_like_yaml(text: &str, format: Option<Format>) -> bool {
    let braces = text.starts_with("{{");
    let json_start = text.starts_with(['{', '[', '"', '\'']) && !braces;
    match format {
        Some(Format::Operator) => !json_start,
        Some(_) => false,
        None => {
            let first = text.lines().find(|line| !line.starts_with('#') && !line.trim().is_empty());
            let first = first.unwrap_or("").trim_start();
            let word = first
                .split(|c: char| !c.is_ascii_alphanumeric() && !"_-./".contains(c))
                .next()
                .unwrap_or("");
            let key =
                !word.is_empty() && first.get(word.len()..).is_some_and(|r| r.starts_with(':'));
            !json_start && (braces || key || first.starts_with(['-', '%']))
        }
    }
}

fn detect(root: &Node) -> Parsed<Format> {
    let members = match &root.value {
        Value::Object(members) => members,
        // To Go this is a profile without a word.
        Value::Null => return Ok(Format::Docker),
        _ => {
            let message = format!("{} at the top, expected an object", root.what());
            return fault(LoadErrorKind::NotAProfile(message), root.span);
        }
    };
    let has = |field: &str| members.iter().any(|member| same_folded(&member.key, field));
    if members.is_empty() || has_profile_field(root) {
        let common = decode::is_containers_common(root);
        return Ok(if common { Format::ContainersCommon } else { Format::Docker });
    }
    if has("kind") && has("apiVersion") {
        return Ok(Format::Operator);
    }
    if ["linux", "ociVersion", "process"].into_iter().any(has) {
        return Ok(Format::Oci);
    }
    let keys: Vec<_> = members.iter().take(3).map(|member| format!("`{}`", member.key)).collect();
    let message = format!("none of its fields ({}, ...) is a profile's", keys.join(", "));
    fault(LoadErrorKind::NotAProfile(message), Span { end: root.span.start + 1, ..root.span })
}

/// `linux.seccomp` of a runtime's `config.json`. As in Go, a later `null` takes it back, and a
/// later object is merged into it.
fn oci(root: &Node, warnings: &mut Warnings) -> Parsed<RawProfile> {
    let mut raw: Option<RawProfile> = None;
    let mut decoder = Decoder::new(Dialect::Oci, warnings);
    for linux in root.members().iter().filter(|member| same_folded(&member.key, "linux")) {
        match &linux.value.value {
            Value::Null => raw = None,
            Value::Object(members) => {
                for member in members.iter().filter(|m| same_folded(&m.key, "seccomp")) {
                    match member.value.value {
                        Value::Null => raw = None,
                        _ => decoder.profile(&member.value, raw.get_or_insert_default())?,
                    }
                }
            }
            _ => {
                let found = linux.value.what();
                let kind = LoadErrorKind::Type { field: "linux", expected: "an object", found };
                return fault(kind, linux.value.span);
            }
        }
    }
    let Some(raw) = raw else {
        if has_profile_field(root) {
            let mut raw = RawProfile::default();
            decoder.profile(root, &mut raw)?;
            return Ok(raw);
        }
        let span = Span { end: root.span.start + 1, ..root.span };
        return fault(LoadErrorKind::NoSeccomp, span);
    };
    Ok(raw)
}
