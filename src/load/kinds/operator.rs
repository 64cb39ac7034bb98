//! The Security Profiles Operator's objects: which of them is meant, and what they stand on.
//!
//! `baseProfileName` names another `SeccompProfile` of the cluster, whose rules the operator puts
//! before the object's own (`resolveSyscallsForProfile` in
//! `internal/pkg/daemon/seccompprofile/seccompprofile.go`; of the base `syscalls` alone count). The
//! base is looked for in the file itself and in the files beside it.

use crate::load::LoadOptions;
use crate::load::decode::{Decoder, Dialect, RawProfile, RawRule};
use crate::load::error::LoadErrorKind;
use crate::load::known::fields;
use crate::load::siblings::Siblings;
use crate::load::values::tree::{MAX_PROFILES, MAX_VALUES, Node, Parsed, Value, fault};
use crate::load::values::{json, yaml};
use crate::load::warning::{WarningKind, Warnings};
use crate::profile::{Format, Span, Spanned};

/// So many bases can lie below each other; with one more the operator gives up (its `maxLevel`).
pub const MAX_BASES: usize = 14;

/// The API group of the operator's objects; versions are `v1alpha1`, `v1beta1` and `v1`.
const GROUP: &str = "security-profiles-operator.x-k8s.io/";

/// The base is an artifact in a registry (the operator's `OCIProfilePrefix`).
const REGISTRY: &str = "oci://";

/// The one `SeccompProfile` among the documents, or the one that the user chose.
pub(in crate::load) fn profile(
    documents: &[Node],
    options: &LoadOptions,
    siblings: &dyn Siblings,
    warnings: &mut Warnings,
) -> Parsed<(RawProfile, Format)> {
    let found = Found::among(documents)?;
    let profiles = &found.own[..];
    let named: Vec<String> = profiles
        .iter()
        .enumerate()
        .map(|(at, profile)| name(profile).unwrap_or(&(at + 1).to_string()).to_owned())
        .collect();
    let chosen = match (&options.document, profiles) {
        (None, [only]) => *only,
        (_, []) => return no_profile(documents, &found, options, siblings, warnings),
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
    for (api, span) in &found.others {
        warnings.add(*span, || WarningKind::OtherGroup(api.clone()));
    }
    let mut raw = spec(chosen, warnings)?;
    let mut resolver = Resolver { own: profiles, siblings, names: Vec::new() };
    resolver.names.extend(name(chosen).map(str::to_owned));
    resolver.join(&mut raw, namespace(chosen), warnings)?;
    Ok((raw, Format::Operator))
}

/// The `SeccompProfile`s of some documents.
#[derive(Default)]
struct Found<'n, 'a> {
    /// The operator's.
    own: Vec<&'n Node<'a>>,
    /// Those of other API groups, which mean something else: the group and its place.
    others: Vec<(String, Span)>,
}

impl<'n, 'a> Found<'n, 'a> {
    fn among(documents: &'n [Node<'a>]) -> Parsed<Found<'n, 'a>> {
        let mut found = Found::default();
        documents.iter().try_for_each(|document| found.add(document, 0))?;
        Ok(found)
    }

    /// Every `SeccompProfile` in a document, those in a `List` included.
    fn add(&mut self, node: &'n Node<'a>, depth: usize) -> Parsed<()> {
        let items = node.get("items").map(|items| &items.value);
        match (node.get("kind").and_then(Node::as_str), items) {
            (Some("SeccompProfile"), _) => {
                let span = Span { end: node.span.start, ..node.span };
                if self.own.len() + self.others.len() >= MAX_PROFILES {
                    return fault(LoadErrorKind::TooManyProfiles(MAX_PROFILES), span);
                }
                match node.get("apiVersion").map(|api| (api.as_str(), api.span)) {
                    Some((Some(api), span)) if !api.starts_with(GROUP) => {
                        self.others.push((api.to_owned(), span));
                    }
                    _ => self.own.push(node),
                }
                Ok(())
            }
            (Some(kind), Some(Value::Array(items))) if kind.ends_with("List") && depth < 4 => {
                items.iter().try_for_each(|item| self.add(item, depth + 1))
            }
            _ => Ok(()),
        }
    }
}

fn name<'n>(profile: &'n Node) -> Option<&'n str> {
    profile.get("metadata")?.get("name")?.as_str()
}

fn namespace<'n>(profile: &'n Node) -> Option<&'n str> {
    profile.get("metadata")?.get("namespace")?.as_str()
}

/// The operator's objects in a text: the name of each, its number in the file, and its namespace.
pub(crate) fn objects(text: &str) -> Vec<(String, String, Option<String>)> {
    let documents = match text.trim_start().starts_with('{') {
        true => json::parse(text).map(|root| vec![root]),
        false => yaml::parse_lenient(text, MAX_VALUES),
    };
    let documents = documents.unwrap_or_default();
    let found = Found::among(&documents).unwrap_or_default();
    let named = |(at, profile): (usize, &&Node)| {
        let name = name(profile).unwrap_or_default().to_owned();
        (name, (at + 1).to_string(), namespace(profile).map(str::to_owned))
    };
    found.own.iter().enumerate().map(named).collect()
}

fn spec(profile: &Node, warnings: &mut Warnings) -> Parsed<RawProfile> {
    let Some(spec) = profile.get("spec") else {
        let message = "this SeccompProfile has no `spec`".to_owned();
        let span = Span { end: profile.span.start, ..profile.span };
        return fault(LoadErrorKind::NotAProfile(message), span);
    };
    let mut raw = RawProfile::default();
    Decoder::new(Dialect::Operator, warnings).profile(spec, &mut raw)?;
    Ok(raw)
}

struct Resolver<'r, 'n, 'a> {
    own: &'r [&'n Node<'a>],
    siblings: &'r dyn Siblings,
    /// The profiles so far, by name.
    names: Vec<String>,
}

impl Resolver<'_, '_, '_> {
    /// Puts the rules of all bases before those of the profile.
    fn join(
        &mut self,
        raw: &mut RawProfile,
        namespace: Option<&str>,
        warnings: &mut Warnings,
    ) -> Parsed<()> {
        let Some(first) = raw.base.clone() else { return Ok(()) };
        // What another file is at fault for is told where this one names it.
        let place = first.span;
        let mut next = Some(first);
        while let Some(base) = next {
            if base.value.starts_with(REGISTRY) {
                return fault(LoadErrorKind::BaseInRegistry(base.value), place);
            }
            let is_cycle = self.names.contains(&base.value);
            self.names.push(base.value.clone());
            if is_cycle {
                return fault(LoadErrorKind::BaseCycle(self.names.clone()), place);
            }
            if self.names.len() > MAX_BASES + 1 {
                return fault(LoadErrorKind::BaseTooDeep(MAX_BASES), place);
            }
            let below = self.find(&base.value, namespace, place, warnings)?;
            let above = std::mem::replace(&mut raw.rules, below.rules);
            raw.rules.extend(above);
            next = below.base;
        }
        // As the operator writes it: libseccomp takes the rules in that order.
        for rule in &mut raw.rules {
            rule.names.sort_by(|a, b| a.value.cmp(&b.value));
        }
        raw.rules.sort_by_key(|rule| rule.action.as_ref().map(|action| action.value.clone()));
        Ok(())
    }

    /// The profile of that name: in this file, or else beside it.
    fn find(
        &self,
        wanted: &str,
        namespace: Option<&str>,
        place: Span,
        warnings: &mut Warnings,
    ) -> Parsed<RawProfile> {
        match matching(self.own, wanted, namespace)[..] {
            [] => {}
            [only] => return spec(only, warnings),
            _ => {
                let places = vec!["this file, more than once".to_owned()];
                let kind = LoadErrorKind::SeveralBases { name: wanted.to_owned(), places };
                return fault(kind, place);
            }
        }
        let texts = match self.siblings.texts(wanted) {
            Ok(texts) => texts,
            Err(kind) => return fault(kind, place),
        };
        let (mut found, mut unread) = (Vec::new(), Vec::new());
        for (file, text) in &texts {
            match beside(text, wanted, namespace, place) {
                Ok(profiles) => found.extend(profiles.into_iter().map(|raw| (file, raw))),
                Err(why) => unread.push(format!("{file} ({why})")),
            }
        }
        match (found.pop(), found.is_empty()) {
            (Some((_, raw)), true) => Ok(raw),
            (Some((last, _)), false) => {
                let mut places: Vec<String> =
                    found.iter().map(|(file, _)| (*file).clone()).collect();
                places.push(last.clone());
                fault(LoadErrorKind::SeveralBases { name: wanted.to_owned(), places }, place)
            }
            (None, _) => {
                fault(LoadErrorKind::BaseNotFound { name: wanted.to_owned(), unread }, place)
            }
        }
    }
}

/// The profiles of that name. A profile without a namespace is put into any.
fn matching<'n, 'a>(
    profiles: &[&'n Node<'a>],
    wanted: &str,
    namespace: Option<&str>,
) -> Vec<&'n Node<'a>> {
    let is_it = |profile: &&&Node| {
        let is_there = match (namespace, self::namespace(profile)) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        };
        is_there && name(profile) == Some(wanted)
    };
    profiles.iter().filter(is_it).copied().collect()
}

/// The profiles of that name in the text of another file, with all places where this one names it;
/// or why that text cannot be read.
fn beside(
    text: &str,
    wanted: &str,
    namespace: Option<&str>,
    place: Span,
) -> Result<Vec<RawProfile>, LoadErrorKind> {
    let read = || -> Parsed<Vec<RawProfile>> {
        let documents = match text.trim_start().starts_with('{') {
            true => vec![json::parse(text)?],
            false => yaml::parse(text)?,
        };
        let found = Found::among(&documents)?;
        let profiles = matching(&found.own, wanted, namespace).into_iter();
        // Its warnings are told to who looks at that file.
        let specs = profiles.map(|profile| spec(profile, &mut Warnings::default()));
        specs.map(|raw| raw.map(|raw| at(raw, place))).collect()
    };
    read().map_err(|fault| fault.kind)
}

/// The same with every place elsewhere.
fn at(raw: RawProfile, place: Span) -> RawProfile {
    fn moved<T>(spanned: Option<Spanned<T>>, place: Span) -> Option<Spanned<T>> {
        spanned.map(|spanned| Spanned::new(spanned.value, place))
    }
    let rules = raw.rules.into_iter().map(|rule| RawRule {
        span: place,
        names: rule.names.into_iter().map(|name| Spanned::new(name.value, place)).collect(),
        action: moved(rule.action, place),
        errno_ret: moved(rule.errno_ret, place),
        args: rule.args.into_iter().map(|arg| arg.at(place)).collect(),
        ..RawRule::default()
    });
    RawProfile { rules: rules.collect(), base: moved(raw.base, place), ..RawProfile::default() }
}

/// No document is a `SeccompProfile`: says what they are. A bare `spec` is read where the user
/// says that it is the operator's.
fn no_profile(
    documents: &[Node],
    found: &Found,
    options: &LoadOptions,
    siblings: &dyn Siblings,
    warnings: &mut Warnings,
) -> Parsed<(RawProfile, Format)> {
    if let Some((api, span)) = found.others.first() {
        return fault(LoadErrorKind::OtherGroup(api.clone()), *span);
    }
    let bare = |node: &&Node| node.members().iter().any(|m| fields::is_profile_field(&m.key));
    let span = documents.first().map_or(Span::default(), |node| node.span);
    let span = Span { end: span.start, ..span };
    if let Some(spec) = documents.iter().find(bare) {
        if options.format == Some(Format::Operator) {
            let mut raw = RawProfile::default();
            Decoder::new(Dialect::Operator, warnings).profile(spec, &mut raw)?;
            let mut resolver = Resolver { own: &found.own, siblings, names: Vec::new() };
            resolver.join(&mut raw, None, warnings)?;
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
