//! Where in a file the profile is, and in which words it speaks.

use super::decode::{self, Decoder, Dialect, RawProfile};
use super::error::LoadErrorKind;
use super::tree::{Node, Parsed, Value, fault, same_folded};
use super::warning::Warnings;
use super::{LoadOptions, json, yaml};
use crate::profile::{Format, Span};

/// Reads a text up to the decoded profile.
pub(super) fn decode(
    text: &str,
    options: &LoadOptions,
    warnings: &mut Warnings,
) -> Parsed<(RawProfile, Format)> {
    let start = match text.find(|c: char| !c.is_ascii_whitespace()) {
        Some(start) => start as u32,
        None => return fault(LoadErrorKind::Empty, Span::default()),
    };
    if text.starts_with('\u{feff}') {
        return fault(LoadErrorKind::ByteOrderMark, Span { start: 0, end: 3 });
    }
    if looks_like_yaml(text.get(start as usize..).unwrap_or(""), options.format) {
        let documents = yaml::parse(text)?;
        return operator(&documents, options, warnings);
    }
    let root = json::parse(text)?;
    let format = match options.format {
        Some(format) => format,
        None => detect(&root)?,
    };
    match format {
        Format::Operator => operator(std::slice::from_ref(&root), options, warnings),
        Format::Oci => Ok((oci(&root, warnings)?, format)),
        Format::Docker | Format::ContainersCommon => {
            let mut raw = RawProfile::default();
            Decoder::new(Dialect::Docker, warnings).profile(&root, &mut raw)?;
            Ok((raw, format))
        }
    }
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
            let word = first.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
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
    if members.is_empty() || members.iter().any(|member| decode::is_profile_field(&member.key)) {
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
        let bare = root.members().iter().any(|member| decode::is_profile_field(&member.key));
        if bare {
            let mut raw = RawProfile::default();
            decoder.profile(root, &mut raw)?;
            return Ok(raw);
        }
        let span = Span { end: root.span.start + 1, ..root.span };
        return fault(LoadErrorKind::NoSeccomp, span);
    };
    Ok(raw)
}

/// The one `SeccompProfile` among the documents, or the one that the user chose.
fn operator(
    documents: &[Node],
    options: &LoadOptions,
    warnings: &mut Warnings,
) -> Parsed<(RawProfile, Format)> {
    let mut profiles = Vec::new();
    for document in documents {
        collect_profiles(document, &mut profiles, 0);
    }
    let named: Vec<String> = profiles
        .iter()
        .enumerate()
        .map(|(at, profile)| profile_name(profile).unwrap_or(&(at + 1).to_string()).to_owned())
        .collect();
    let chosen = match (&options.document, profiles.as_slice()) {
        (None, [only]) => *only,
        (_, []) => return no_profile(documents, options, warnings),
        (None, [_, second, ..]) => {
            let span = Span { end: second.span.start, ..second.span };
            return fault(LoadErrorKind::SeveralProfiles(named), span);
        }
        (Some(wanted), profiles) => {
            let by_name = named.iter().position(|name| name == wanted);
            let by_number = || wanted.parse::<usize>().ok()?.checked_sub(1);
            match by_name.or_else(by_number).and_then(|at| profiles.get(at)) {
                Some(profile) => *profile,
                None => {
                    let wanted = wanted.clone();
                    let kind = LoadErrorKind::NoSuchProfile { wanted, names: named };
                    return fault(kind, Span::default());
                }
            }
        }
    };
    let Some(spec) = chosen.get("spec") else {
        let message = "this SeccompProfile has no `spec`".to_owned();
        let span = Span { end: chosen.span.start, ..chosen.span };
        return fault(LoadErrorKind::NotAProfile(message), span);
    };
    let mut raw = RawProfile::default();
    Decoder::new(Dialect::Operator, warnings).profile(spec, &mut raw)?;
    Ok((raw, Format::Operator))
}

/// Every `SeccompProfile` in a document, those in a `List` included.
fn collect_profiles<'n, 'a>(node: &'n Node<'a>, into: &mut Vec<&'n Node<'a>>, depth: usize) {
    match (node.get("kind").and_then(Node::as_str), node.get("items").map(|items| &items.value)) {
        (Some("SeccompProfile"), _) => into.push(node),
        (Some(kind), Some(Value::Array(items))) if kind.ends_with("List") && depth < 4 => {
            items.iter().for_each(|item| collect_profiles(item, into, depth + 1));
        }
        _ => {}
    }
}

fn profile_name<'n>(profile: &'n Node) -> Option<&'n str> {
    profile.get("metadata")?.get("name")?.as_str()
}

/// No document is a `SeccompProfile`: says what they are. A bare `spec` is read where the user
/// says that it is the operator's.
fn no_profile(
    documents: &[Node],
    options: &LoadOptions,
    warnings: &mut Warnings,
) -> Parsed<(RawProfile, Format)> {
    let bare = |node: &&Node| node.members().iter().any(|m| decode::is_profile_field(&m.key));
    let span = documents.first().map_or(Span::default(), |node| node.span);
    let span = Span { end: span.start, ..span };
    if let Some(spec) = documents.iter().find(bare) {
        if options.format == Some(Format::Operator) {
            let mut raw = RawProfile::default();
            Decoder::new(Dialect::Operator, warnings).profile(spec, &mut raw)?;
            return Ok((raw, Format::Operator));
        }
        let message = "YAML with a profile's fields, but no `kind: SeccompProfile` with a `spec`; \
                       Docker and Podman read JSON alone";
        return fault(LoadErrorKind::NotAProfile(message.to_owned()), span);
    }
    let mut kinds: Vec<&str> =
        documents.iter().filter_map(|node| node.get("kind")?.as_str()).collect();
    kinds.dedup();
    kinds.truncate(5);
    let mut message = match kinds.is_empty() {
        true => "YAML without a SeccompProfile".to_owned(),
        false => format!("no SeccompProfile, but {}", kinds.join(", ")),
    };
    if let Some(key) = documents.iter().find_map(embedded_profile) {
        message += &format!("; extract its `{key}`, which looks like one");
    }
    fault(LoadErrorKind::NotAProfile(message), span)
}

/// The key of a `ConfigMap` whose text looks like a profile.
fn embedded_profile<'n>(node: &'n Node) -> Option<&'n str> {
    let data = node.get("data")?.members().iter();
    let profile = |text: &str| text.contains("\"defaultAction\"");
    data.into_iter().find(|m| m.value.as_str().is_some_and(profile)).map(|m| &*m.key)
}
