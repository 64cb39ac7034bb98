//! What loads, and is still worth a word.

use super::excerpt;
use super::known::{fields, names};
use super::source::{Position, Source};
use crate::page::Layout;
use crate::profile::Span;
use crate::syscall::nearest_of;

/// Something in a profile that the runtime passes over without a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What it is.
    pub kind: WarningKind,
    /// Where in the file.
    pub span: Span,
}

/// Kinds of warnings.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WarningKind {
    /// A field that no engine reads.
    UnknownField {
        /// The key as written.
        key: String,
        /// The fields that could have been meant.
        known: &'static [&'static str],
    },
    /// A key that appears again; the later one counts.
    DuplicateKey(&'static str),
    /// A key that is the field's name but for its case.
    FoldedKey {
        /// The key as written.
        key: String,
        /// The field that Go takes it for.
        field: &'static str,
    },
    /// A name that is no system call: the rule does nothing for it.
    UnknownSyscall(String),
    /// A capability that Linux does not have.
    UnknownCapability(String),
    /// An `arches` token that is no host's.
    UnknownHost(String),
    /// An architecture in `archMap` that runc does not know.
    UnknownArchitecture(String),
    /// A `SeccompProfile` of another API group beside the operator's, which is not read.
    OtherGroup(String),
    /// A version of containers-common under the name that Podman's own releases have now; what it
    /// is called today.
    RenamedBaseline(String),
    /// Bytes in a string that are no UTF-8.
    NotUtf8,
    /// More warnings than are kept.
    More(usize),
}

/// How many warnings of one file are kept.
const MAX_WARNINGS: usize = 1000;

impl Warning {
    /// What is wrong, in a line.
    pub fn message(&self) -> String {
        match &self.kind {
            WarningKind::UnknownField { key, .. } => format!("unknown field `{key}` is ignored"),
            WarningKind::DuplicateKey(field) => {
                format!("`{field}` appears again in this object: the later one counts")
            }
            WarningKind::FoldedKey { key, field } => {
                format!("`{key}` is read as `{field}`: keys match without regard to case")
            }
            WarningKind::UnknownSyscall(name) => {
                format!("`{name}` is not a system call: the rule does nothing for it")
            }
            WarningKind::UnknownCapability(name) => {
                format!("`{name}` is not a capability: no container has it")
            }
            WarningKind::UnknownHost(name) => format!("`{name}` is no host's name in `arches`"),
            WarningKind::UnknownArchitecture(name) => format!("unknown architecture `{name}`"),
            WarningKind::OtherGroup(group) => format!(
                "this `SeccompProfile` is of `{group}`, not of the Security Profiles Operator: it is \
                 not read"
            ),
            WarningKind::RenamedBaseline(name) => format!(
                "`podman@...` means Podman's own releases now, and 0.x is of containers-common: \
                 this is `{name}`"
            ),
            WarningKind::NotUtf8 => {
                "the file is not UTF-8: engines read U+FFFD for each such byte in a string"
                    .to_owned()
            }
            WarningKind::More(count) => format!("{count} more warnings are not shown"),
        }
    }

    /// What to do about it, if that is known.
    pub fn help(&self) -> Option<String> {
        match &self.kind {
            WarningKind::UnknownField { key, known } if fields::docker_alone_reads(key, known) => {
                Some("only Docker and Podman read it".to_owned())
            }
            WarningKind::NotUtf8 => Some("save the file as UTF-8".to_owned()),
            WarningKind::RenamedBaseline(name) => Some(format!("write `{name}`")),
            WarningKind::FoldedKey { .. } => None,
            _ => self.meant().map(|meant| format!("did you mean `{meant}`?")),
        }
    }

    /// The word that was meant, if one is near enough to be said.
    pub fn meant(&self) -> Option<&'static str> {
        match &self.kind {
            // A leading `_` or `$` marks a remark, not a typing mistake.
            WarningKind::UnknownField { key, .. } if key.starts_with(['_', '$']) => None,
            WarningKind::UnknownField { key, known } if fields::docker_alone_reads(key, known) => {
                None
            }
            WarningKind::UnknownField { key, known } => nearest_of(key, known.iter().copied()),
            WarningKind::FoldedKey { field, .. } => Some(field),
            WarningKind::UnknownSyscall(name) => names::nearest_syscall(name),
            WarningKind::UnknownCapability(name) => names::nearest_capability(name),
            WarningKind::UnknownHost(name) => names::nearest_host(name),
            WarningKind::UnknownArchitecture(name) => names::nearest_architecture(name),
            _ => None,
        }
    }

    /// Where in the file.
    pub fn position(&self, source: &Source) -> Position {
        source.position(self.span.start)
    }

    /// The warning over several lines, with the line of the file underlined.
    pub fn render(&self, source: &Source, layout: impl Into<Layout>) -> String {
        // A name is not in the file.
        let is_in_file = !matches!(self.kind, WarningKind::RenamedBaseline(_));
        let place = is_in_file.then_some((source, self.span));
        let (message, help) = (self.message(), self.help());
        excerpt::render(excerpt::Level::Warning, &message, place, help.as_deref(), &layout.into())
    }
}

/// The warnings of one file, up to a bound.
#[derive(Debug, Default)]
pub(super) struct Warnings {
    kept: Vec<Warning>,
    left: usize,
}

impl Warnings {
    pub fn add(&mut self, span: Span, kind: impl FnOnce() -> WarningKind) {
        match self.kept.len() < MAX_WARNINGS {
            true => self.kept.push(Warning { kind: kind(), span }),
            false => self.left += 1,
        }
    }

    /// All of them in the order of the file.
    pub fn finish(mut self) -> Vec<Warning> {
        self.kept.sort_by_key(|warning| warning.span);
        if self.left > 0 {
            self.kept.push(Warning { kind: WarningKind::More(self.left), span: Span::default() });
        }
        self.kept
    }
}
