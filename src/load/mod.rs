//! From bytes to a [`Profile`], with the place of every rule and name.
//!
//! [`parse`] does no I/O; [`load`] also finds the bytes: a path, `-`, `REV:path` in a git
//! repository or a built-in baseline. Formats are told apart by what is in the file:
//!
//! | in the file | [`Format`] |
//! |---|---|
//! | a JSON object with `defaultAction`, `syscalls`, ... | Docker's |
//! | the same with an `errno` or `defaultErrno` | containers-common's |
//! | a JSON object with `linux`, `process` or `ociVersion` | an OCI runtime's `config.json` |
//! | YAML or JSON with `kind: SeccompProfile` | the Security Profiles Operator's |
//! | YAML or JSON with a profile in one of its strings or mappings: a `ConfigMap`, a `Secret`, a machine's configuration | that profile's own |
//! | JSON with a `HostConfig`, or an array of such | what `docker inspect` prints of containers: the profile that each has |
//!
//! JSON is decoded as Go's `encoding/json` does it, which every engine uses: keys match without
//! regard to case, the last of a duplicated key wins, unknown fields are ignored. Each of these
//! gives a [`Warning`], and so do bytes inside strings that are no UTF-8, which Go reads as U+FFFD.
//! Arrays and objects can lie as deep as Go lets them, though nothing is read below [`MAX_DEPTH`].
//!
//! What every engine refuses is an error, with the same cause. What only some engines refuse
//! loads, and is judged where the engine is known.

mod bytes;
mod check;
mod content;
mod decode;
mod engine;
mod error;
pub(crate) mod excerpt;
mod held;
mod kinds;
mod known;
mod placed;
mod siblings;
mod source;
mod values;
mod warning;

use crate::baseline::Release;
use crate::profile::{Environment, Format, Profile};
use bytes::built_in;
pub(crate) use bytes::built_in::parse_baseline;
pub(crate) use bytes::open::meant_baseline;
pub(crate) use bytes::relative::{beside_revision, revision_of};
pub(crate) use content::{could_be_profile, has, is_profile};
pub(crate) use held::{Inside, MARKS, NO_CONDITION, could_hold, inside, is_called};
use kinds::inspect::{self, Container, Given};
use kinds::locate::{self, Decoded};
pub(crate) use kinds::operator::objects as operator_objects;
use kinds::other;
pub(crate) use siblings::{NoSiblings, Siblings, is_data, text_with};
pub(crate) use values::hcl;
pub(crate) use values::lines::Lines;
pub(crate) use values::tree::{Member, Node, Value, same_folded};
use values::{json, utf8, yaml};
use warning::Warnings;

pub use bytes::open::{FilterWord, load, near_baseline, near_file};
pub use bytes::relative::{NeighbourError, Neighbours, Surroundings, beside};
pub use bytes::steady::{Content, read_steady};
pub use error::{JsonError, LoadError, LoadErrorKind};
pub use kinds::operator::MAX_BASES;
pub use siblings::MAX_SIBLINGS;
pub use source::{Position, Source, SourceKind};
pub use values::tree::{
    MAX_BYTES, MAX_DEPTH, MAX_JSON_DEPTH, MAX_NAMES, MAX_PROFILES, MAX_RULES, MAX_VALUES,
};
pub use warning::{Warning, WarningKind};

/// How to read a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadOptions {
    /// The format, where it is not to be told by the content.
    pub format: Option<Format>,
    /// Which `SeccompProfile` of a file with several: its `metadata.name`, or its number from 1.
    pub document: Option<String>,
}

/// A profile with the text that it came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The text.
    pub source: Source,
    /// What it says.
    pub profile: Profile,
    /// What in it means nothing, in the order of the file.
    pub warnings: Vec<Warning>,
    /// The release whose baseline it is.
    pub baseline: Option<&'static Release>,
    /// What the file says of the container.
    pub environment: Environment,
    /// How the profile came about, where the file does not hold it: sentences.
    pub notes: Vec<String>,
}

/// Reads a profile. `name` is what messages call it.
///
/// # Errors
/// [`LoadError`] for what is no profile, what every engine refuses, and what exceeds a limit.
pub fn parse(name: &str, bytes: &[u8], options: &LoadOptions) -> Result<Loaded, LoadError> {
    parse_as(name, SourceKind::Memory, bytes, options, &NoSiblings)
}

/// The values of every document of a YAML text, merge keys followed.
///
/// # Errors
/// In words, and where.
pub(crate) fn yaml_nodes(
    text: &str,
    limit: usize,
) -> Result<Vec<Node<'_>>, (String, crate::profile::Span)> {
    yaml::parse_lenient(text, limit).map_err(|fault| (fault.kind.to_string(), fault.span))
}

/// The values of a JSON text with their places; none where it is no JSON.
pub(crate) fn nodes(text: &str) -> Option<Node<'_>> {
    json::parse(text).ok()
}

/// Reads the bytes of a file at a path, be they not written yet: what it names beside itself is looked
/// for in its folder.
///
/// # Errors
/// As [`parse`].
pub fn parse_at(path: &str, bytes: &[u8], options: &LoadOptions) -> Result<Loaded, LoadError> {
    parse_as(path, SourceKind::File, bytes, options, &bytes::folder::Folder(path))
}

/// Reads a profile that came from such a place.
pub(crate) fn parse_as(
    name: &str,
    kind: SourceKind,
    bytes: &[u8],
    options: &LoadOptions,
    siblings: &dyn Siblings,
) -> Result<Loaded, LoadError> {
    if bytes.len() > MAX_BYTES {
        return Err(LoadError::whole(name, LoadErrorKind::TooLarge(MAX_BYTES)));
    }
    let (text, replaced) = utf8::replaced(bytes);
    let text = &*text;
    let source = Source::new(name, kind, text);
    let mut warnings = Warnings::default();
    if let Some(&span) = replaced.first() {
        let is_json = text.trim_start().starts_with('{');
        let is_other = other::of_bytes(bytes);
        if !is_json || is_other.is_some() {
            let kind = is_other.unwrap_or(LoadErrorKind::NotUtf8);
            return Err(LoadError::at(&source, kind, span));
        }
        warnings.add(span, || WarningKind::NotUtf8);
    }
    let read = locate::decode(text, options, siblings, &mut warnings);
    let read = read.map_err(|fault| utf8::named(fault, &replaced)).and_then(|read| {
        Ok(match read {
            Decoded::Profile(raw, format, environment) => {
                Ok((check::profile(*raw, format, &mut warnings)?, environment, false))
            }
            Decoded::Held(raw, format) => {
                let profile = check::profile(*raw, format, &mut warnings)?;
                Ok((profile, Environment::default(), true))
            }
            Decoded::Container(container) => Err(container),
        })
    });
    match read.map_err(|fault| LoadError::at(&source, fault.kind, fault.span))? {
        Ok((profile, environment, is_held)) => {
            let source = if is_held { source.holding() } else { source };
            let (warnings, notes) = (warnings.finish(), Vec::new());
            Ok(Loaded { source, profile, warnings, baseline: None, environment, notes })
        }
        Err(container) => of_container(source, *container),
    }
}

/// The profile that a container has.
fn of_container(source: Source, container: Container) -> Result<Loaded, LoadError> {
    let Container { name, engine, profile, environment } = container;
    let who = name.map_or("the container".to_owned(), |name| format!("the container `{name}`"));
    match profile {
        Given::Text { text, span, skip } => {
            let shown = format!("{}#{}", source.name, who.trim_start_matches("the container "));
            let inner = source.inside(&shown.replace('`', ""), &text, span, skip);
            let format = match engine {
                inspect::Engine::Docker => Format::Docker,
                inspect::Engine::Podman => Format::ContainersCommon,
            };
            let mut warnings = Warnings::default();
            let profile = locate::json_profile(&text, &mut warnings)
                .and_then(|raw| check::profile(raw, format, &mut warnings))
                .map_err(|fault| LoadError::at(&inner, fault.kind, fault.span))?;
            Ok(Loaded {
                source: inner.named(&source.name),
                profile,
                warnings: warnings.finish(),
                baseline: None,
                environment,
                notes: Vec::new(),
            })
        }
        Given::Default => {
            let product = match engine {
                inspect::Engine::Docker => "docker",
                inspect::Engine::Podman => "podman",
            };
            let mut loaded = built_in::load(product)?;
            let release = loaded.baseline.map_or(product.to_owned(), ToString::to_string);
            loaded.source = loaded.source.named(&source.name);
            loaded.environment = environment;
            loaded.notes.push(format!(
                "{who} is given no profile: it has its engine's default, taken as that of {release}"
            ));
            Ok(loaded)
        }
        Given::Off(why) => Ok(Loaded {
            source,
            profile: Profile::default(),
            warnings: Vec::new(),
            baseline: None,
            environment,
            notes: vec![format!("{who} runs without a seccomp filter: {why}")],
        }),
    }
}
