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
//!
//! JSON is decoded as Go's `encoding/json` does it, which every engine uses: keys match without
//! regard to case, the last of a duplicated key wins, unknown fields are ignored. Each of these
//! gives a [`Warning`]. One thing is stricter: bytes that are no UTF-8 are an error, where Go
//! would silently put U+FFFD.
//!
//! What every engine refuses is an error, with the same cause. What only some engines refuse
//! loads, and is judged where the engine is known.

mod check;
mod decode;
mod error;
pub(crate) mod excerpt;
mod json;
mod locate;
mod names;
mod near;
mod open;
mod relative;
mod source;
mod tree;
mod warning;
mod yaml;

use crate::baseline::Release;
use crate::profile::{Format, Profile, Span};
pub(crate) use near::nearest as nearest_of;
pub(crate) use open::meant_baseline;
pub(crate) use relative::{beside_revision, revision_of};
use tree::Fault;
pub(crate) use tree::{Node, Value, same_folded};
use warning::Warnings;

pub use error::{JsonError, LoadError, LoadErrorKind};
pub use open::{FILTER_WORD, load};
pub use relative::{NeighbourError, Neighbours, Surroundings, beside};
pub use source::{Position, Source, SourceKind};
pub use tree::{MAX_BYTES, MAX_DEPTH, MAX_NAMES, MAX_RULES, MAX_VALUES};
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
}

/// Reads a profile. `name` is what messages call it.
///
/// # Errors
/// [`LoadError`] for what is no profile, what every engine refuses, and what exceeds a limit.
pub fn parse(name: &str, bytes: &[u8], options: &LoadOptions) -> Result<Loaded, LoadError> {
    parse_as(name, SourceKind::Memory, bytes, options)
}

/// The values of a JSON text with their places; none where it is no JSON.
pub(crate) fn nodes(text: &str) -> Option<Node<'_>> {
    json::parse(text).ok()
}

/// Reads a built-in baseline.
pub(crate) fn parse_baseline(
    name: &str,
    release: &'static Release,
    options: &LoadOptions,
) -> Result<Loaded, LoadError> {
    let loaded = parse_as(name, SourceKind::Baseline, release.text().as_bytes(), options)?;
    Ok(Loaded { baseline: Some(release), ..loaded })
}

/// Reads a profile that came from such a place.
pub(crate) fn parse_as(
    name: &str,
    kind: SourceKind,
    bytes: &[u8],
    options: &LoadOptions,
) -> Result<Loaded, LoadError> {
    if bytes.len() > MAX_BYTES {
        return Err(LoadError::whole(name, LoadErrorKind::TooLarge(MAX_BYTES)));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let text = String::from_utf8_lossy(bytes);
            let start = error.valid_up_to() as u32;
            let span = Span { start, end: start + '\u{fffd}'.len_utf8() as u32 };
            let source = Source::new(name, kind, &text);
            return Err(LoadError::at(&source, Fault { kind: LoadErrorKind::NotUtf8, span }));
        }
    };
    let source = Source::new(name, kind, text);
    let mut warnings = Warnings::default();
    let profile = locate::decode(text, options, &mut warnings)
        .and_then(|(raw, format)| check::profile(raw, format, &mut warnings))
        .map_err(|fault| LoadError::at(&source, *fault))?;
    Ok(Loaded { source, profile, warnings: warnings.finish(), baseline: None })
}
