//! Why a profile did not load.

use std::fmt;

use super::excerpt;
use super::source::{Position, Source};
use crate::page::Layout;
use crate::profile::Span;

/// A profile that did not load: what is wrong, in which file and where.
///
/// `Display` is one line; [`render`](LoadError::render) adds the line of the file.
#[derive(Clone, Debug, thiserror::Error)]
pub struct LoadError(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    name: String,
    kind: LoadErrorKind,
    place: Option<(Source, Span)>,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadErrorKind {
    /// There is no such file.
    #[error("no such file")]
    NotFound {
        /// The built-in baseline that was meant, perhaps.
        baseline: Option<String>,
        /// The file with nearly that name in its folder.
        near: Option<String>,
    },
    /// It names filters of the kernel: [`FilterWord`](super::FilterWord).
    #[error("it names a filter, which is not taken in the place of a profile here")]
    Filter,
    /// The operating system refuses to read it.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// git does not give the file at that revision.
    #[error("git cannot read it: {0}")]
    Git(String),
    /// No built-in baseline has that name.
    #[error("no built-in baseline `{spec}`")]
    UnknownBaseline {
        /// What was asked for.
        spec: String,
        /// Releases that are near to it.
        near: Vec<String>,
    },
    /// A version that upstream took back.
    #[error("no built-in baseline `{spec}`: upstream retracted it, and nobody ships it")]
    RetractedBaseline {
        /// What was asked for.
        spec: String,
        /// Releases that are near to it.
        near: Vec<String>,
    },

    /// The file exceeds [`MAX_BYTES`](super::MAX_BYTES).
    #[error("the file is larger than the limit of {} MiB", .0 >> 20)]
    TooLarge(usize),
    /// Values are nested deeper than [`MAX_JSON_DEPTH`](super::MAX_JSON_DEPTH), or in YAML
    /// [`MAX_DEPTH`](super::MAX_DEPTH).
    #[error("nested deeper than the limit of {0} levels")]
    TooDeep(usize),
    /// The file exceeds [`MAX_VALUES`](super::MAX_VALUES).
    #[error("the file holds more than the limit of {0} values")]
    TooManyValues(usize),
    /// The profile exceeds [`MAX_RULES`](super::MAX_RULES).
    #[error("the profile holds more than the limit of {0} rules")]
    TooManyRules(usize),
    /// The profile exceeds [`MAX_NAMES`](super::MAX_NAMES).
    #[error("the rules hold more than the limit of {0} names and conditions")]
    TooManyNames(usize),

    /// Bytes that are no UTF-8, outside the strings of a JSON text.
    #[error("not UTF-8")]
    NotUtf8,
    /// The text starts with a byte order mark.
    #[error("the file starts with a byte order mark")]
    ByteOrderMark,
    /// There is nothing but white space.
    #[error("the file is empty")]
    Empty,
    /// The text is no JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// The text is no YAML.
    #[error("not valid YAML: {0}")]
    Yaml(String),
    /// A YAML mapping holds a key twice.
    #[error("the key `{0}` appears twice in this mapping")]
    DuplicateYamlKey(String),
    /// Something of YAML that is not read.
    #[error("{0} are not supported in YAML")]
    UnsupportedYaml(&'static str),

    /// A value of the wrong type.
    #[error("`{field}` must be {expected}: cannot unmarshal {found} into it")]
    Type {
        /// The field.
        field: &'static str,
        /// What it takes.
        expected: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// A number that is no unsigned 64-bit integer.
    #[error("`{field}` must be a whole number from 0 to 2^64-1: cannot unmarshal {found} into it")]
    Number {
        /// The field.
        field: &'static str,
        /// What is there.
        found: String,
    },
    /// An action that runc does not know.
    #[error("unknown action `{name}`")]
    UnknownAction {
        /// What is there.
        name: String,
        /// The nearest action.
        nearest: Option<&'static str>,
    },
    /// A rule without an action.
    #[error("this rule has no action")]
    NoAction,
    /// An operator that runc does not know.
    #[error("unknown operator `{name}`")]
    UnknownOperator {
        /// What is there.
        name: String,
        /// The nearest operator.
        nearest: Option<&'static str>,
    },
    /// A condition without an operator.
    #[error("this condition has no operator")]
    NoOperator,
    /// An entry of `architectures` that runc does not know.
    #[error("unknown architecture `{name}`")]
    UnknownArchitecture {
        /// What is there.
        name: String,
        /// The nearest architecture.
        nearest: Option<&'static str>,
    },
    /// A condition on an argument that no system call has.
    #[error("a system call has the arguments 0 to 5, not {0}")]
    IndexTooLarge(u64),

    /// An OCI `config.json` without a profile.
    #[error("this OCI config.json has no `linux.seccomp`")]
    NoSeccomp,
    /// The file is something else.
    #[error("not a seccomp profile: {0}")]
    NotAProfile(String),
    /// A YAML file with several profiles.
    #[error("the file holds {} profiles", .0.len())]
    SeveralProfiles(Vec<String>),
    /// A YAML file without the profile that was asked for.
    #[error("the file holds no profile `{wanted}`")]
    NoSuchProfile {
        /// What was asked for.
        wanted: String,
        /// What there is.
        names: Vec<String>,
    },
    /// More objects in a file than [`MAX_PROFILES`](super::MAX_PROFILES), or a thousand containers.
    #[error("the file holds more than the limit of {0} profiles")]
    TooManyProfiles(usize),
    /// A `SeccompProfile` that is not the operator's.
    #[error(
        "this `SeccompProfile` is of `{0}`, not of the Security Profiles Operator \
         (`security-profiles-operator.x-k8s.io`): it means something else"
    )]
    OtherGroup(String),
    /// A base that is not there.
    #[error("no `SeccompProfile` is called `{name}`, in this file or beside it")]
    BaseNotFound {
        /// What it is called.
        name: String,
        /// Files beside it that name it and cannot be read, each with the reason.
        unread: Vec<String>,
    },
    /// Several profiles have the name of a base.
    #[error("several `SeccompProfile`s are called `{name}`: in {}", .places.join(", "))]
    SeveralBases {
        /// What they are called.
        name: String,
        /// Where they are.
        places: Vec<String>,
    },
    /// A base that is an artifact in a registry.
    #[error("the base `{0}` is in a registry, which is not asked: its rules are not known here")]
    BaseInRegistry(String),
    /// A profile that stands on itself.
    #[error("a profile is its own base: {}", .0.join(" → "))]
    BaseCycle(Vec<String>),
    /// More bases below each other than [`MAX_BASES`](super::MAX_BASES).
    #[error("bases lie more than {0} profiles deep: there the operator gives up")]
    BaseTooDeep(usize),
    /// A folder with more files than [`MAX_SIBLINGS`](super::MAX_SIBLINGS).
    #[error("the base is looked for beside the file, and there are more than {0} files")]
    TooManySiblings(usize),

    /// A capability that Linux does not have.
    #[error("unknown capability `{name}`")]
    UnknownCapability {
        /// What is there.
        name: String,
        /// The nearest capability.
        nearest: Option<&'static str>,
    },
    /// A container whose profile is named by a path, and is not in the text.
    #[error("the container's profile is the file `{}`, which is not in this text", excerpt::visible(.0))]
    ProfileByPath(String),

    /// A file of another program, or what a profile is mistaken for.
    #[error("this is {what}: {why}")]
    OtherFile {
        /// What it is.
        what: &'static str,
        /// Why it is not read, or what to do.
        why: &'static str,
    },
    /// Text before the profile.
    #[error("there is text before the profile, which begins in line {line}")]
    TextBefore {
        /// Where the profile begins; the first line is 1.
        line: u32,
    },

    /// A template that is to be rendered first.
    #[error("this is a Helm template, not YAML")]
    Template,
}

/// Where a text leaves JSON's grammar.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// `//` or `/*` or `#`.
    #[error("JSON has no comments, and Docker refuses them")]
    Comment,
    /// A comma before a closing bracket.
    #[error("JSON has no trailing commas, and Docker refuses them")]
    TrailingComma,
    /// A string in single quotes.
    #[error("JSON strings stand in double quotes")]
    SingleQuotes,
    /// A key without quotes.
    #[error("JSON keys stand in double quotes")]
    UnquotedKey,
    /// No comma between two values.
    #[error("a comma is missing between two values")]
    MissingComma,
    /// Something behind the value.
    #[error("there is more text behind the end of the JSON value")]
    MoreText,
    /// The text ends too early.
    #[error("the file ends too early: expected {0}")]
    Unfinished(&'static str),
    /// A string without its end on the same line.
    #[error("this string has no closing quote")]
    UnclosedString,
    /// A raw control character in a string.
    #[error("a control character in a string must be escaped")]
    ControlCharacter,
    /// A backslash followed by the wrong thing.
    #[error("unknown escape in a string")]
    BadEscape,
    /// Digits and points that form no number.
    #[error("not a JSON number")]
    BadNumber,
    /// `True`, `None`, `undefined`, ...
    #[error("unknown word: JSON has `null`, `true` and `false`")]
    UnknownWord,
    /// Anything else.
    #[error("expected {expected}, found `{found}`")]
    Unexpected {
        /// What may stand here.
        expected: &'static str,
        /// What does.
        found: char,
    },
}

impl LoadError {
    /// An error about the whole of a file.
    pub(crate) fn whole(name: &str, kind: LoadErrorKind) -> LoadError {
        LoadError(Box::new(Inner { name: name.to_owned(), kind, place: None }))
    }

    pub(super) fn at(source: &Source, kind: LoadErrorKind, span: Span) -> LoadError {
        let place = Some((source.clone(), span));
        LoadError(Box::new(Inner { name: source.name.to_string(), kind, place }))
    }

    /// What is wrong.
    pub fn kind(&self) -> &LoadErrorKind {
        &self.0.kind
    }

    /// The name of the file.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Where in the file, if it is one place.
    pub fn position(&self) -> Option<Position> {
        self.0.place.as_ref().map(|(source, span)| source.position(span.start))
    }

    /// Where in the file, in bytes.
    pub fn span(&self) -> Option<Span> {
        self.0.place.as_ref().map(|(_, span)| *span)
    }

    /// The text, if it could be read.
    pub fn source(&self) -> Option<&Source> {
        self.0.place.as_ref().map(|(source, _)| source)
    }

    /// Of a text that stands in a string of a file: that file and where in it the error is.
    pub fn outside(&self) -> Option<(&Source, Position)> {
        self.0.place.as_ref().and_then(|(source, span)| source.outside(span.start))
    }

    /// What to do about it, if that is known.
    pub fn help(&self) -> Option<String> {
        self.0.kind.help()
    }

    /// The error over several lines, with the line of the file underlined; in colour for a
    /// terminal. Control characters of the file are shown, never passed on.
    pub fn render(&self, layout: impl Into<Layout>) -> String {
        let layout = layout.into();
        let place = self.0.place.as_ref().map(|(source, span)| (source, *span));
        let mut message = self.0.kind.to_string();
        if place.is_none() {
            message = format!("{}: {message}", self.0.name);
        }
        if let Some((outer, Position { line, column })) = self.outside() {
            let name = &outer.name;
            message = format!("{message} (in the text at {name}:{line}:{column})");
        }
        excerpt::render(excerpt::Level::Error, &message, place, self.help().as_deref(), &layout)
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some((outer, at)), Some(inner)) = (self.outside(), self.position()) {
            write!(f, "{}:{}:{}: ", excerpt::visible(&outer.name), at.line, at.column)?;
            write!(f, "in line {} of the text there: ", inner.line)?;
            return write!(f, "{}", excerpt::visible(&self.0.kind.to_string()));
        }
        write!(f, "{}", excerpt::visible(&self.0.name))?;
        if let Some(Position { line, column }) = self.position() {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", excerpt::visible(&self.0.kind.to_string()))
    }
}

impl LoadErrorKind {
    fn help(&self) -> Option<String> {
        use LoadErrorKind as K;
        let did_you_mean = |nearest: &Option<&'static str>, all: &str| match nearest {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("known are {all}"),
        };
        Some(match self {
            K::Filter => {
                "`diff`, `verify`, `disasm` and `fingerprint` take filters (bpf:FILE, pid:N, \
                 container:NAME, self); a file of that name is given with `./` before it"
                    .to_owned()
            }
            K::NotFound { near: Some(near), .. } => format!("did you mean `{near}`?"),
            K::NotFound { baseline, .. } => {
                let name = baseline.as_ref()?;
                format!("did you mean the built-in baseline? write `{name}`")
            }
            K::UnknownBaseline { near, .. } if near.is_empty() => {
                "`default`, `docker@VERSION`, `podman@VERSION`, `profiles@VERSION`: \
                 `sdiff baselines` lists them"
                    .to_owned()
            }
            K::UnknownBaseline { near, .. } | K::RetractedBaseline { near, .. } => {
                format!("near it are {}; `sdiff baselines` lists all", quoted(near))
            }
            K::ByteOrderMark => "remove its first three bytes: Docker refuses the file".to_owned(),
            K::NotUtf8 => {
                "save the file as UTF-8; Docker takes such bytes inside strings of JSON alone, for \
                 U+FFFD"
                    .to_owned()
            }
            K::Empty => "`{}` is the profile without rules: it turns seccomp off".to_owned(),
            K::Json(JsonError::Comment) => {
                "a rule's \"comment\" field is the place for remarks".to_owned()
            }
            K::Json(JsonError::TrailingComma) => "remove this comma".to_owned(),
            K::UnknownAction { nearest, .. } => did_you_mean(
                nearest,
                "SCMP_ACT_ALLOW, _LOG, _TRACE, _NOTIFY, _ERRNO, _TRAP, _KILL_THREAD, _KILL_PROCESS",
            ),
            K::UnknownOperator { nearest, .. } => {
                did_you_mean(nearest, "SCMP_CMP_NE, _LT, _LE, _EQ, _GE, _GT, _MASKED_EQ")
            }
            K::UnknownArchitecture { nearest, .. } => {
                did_you_mean(nearest, "SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64, ...")
            }
            K::UnknownCapability { nearest: None, .. } => return None,
            K::UnknownCapability { nearest, .. } => did_you_mean(nearest, ""),
            K::ProfileByPath(_) => {
                "give that file itself, and the container's capabilities with `--caps`".to_owned()
            }
            K::TextBefore { .. } => {
                "every engine refuses the file: remove what stands before the `{`".to_owned()
            }
            K::NoAction => "every engine refuses it: add an \"action\"".to_owned(),
            K::NoOperator => "every engine refuses it: add an \"op\"".to_owned(),
            K::NoSeccomp => "a container without it runs without a seccomp filter".to_owned(),
            K::SeveralProfiles(names) => {
                let first = names.first().map_or("name", |name| name);
                format!("choose one as `FILE#{first}`; there are {}", quoted(names))
            }
            K::NoSuchProfile { names, .. } => format!("there are {}", quoted(names)),
            K::OtherGroup(group) if group.contains("kubescape") => {
                "Kubescape's objects hold a profile for each container under `spec.containers`: \
                 extract its `spec` as a JSON file"
                    .to_owned()
            }
            K::BaseNotFound { unread, .. } if !unread.is_empty() => {
                format!("not read: {}", unread.join(", "))
            }
            K::BaseNotFound { .. } => {
                "put the base into the same file, or beside it as .yaml, .yml or .json".to_owned()
            }
            K::SeveralBases { .. } => {
                "in a cluster there is one of a name: leave the others out".to_owned()
            }
            K::BaseInRegistry(_) => {
                "pull it as a `SeccompProfile`, put that beside the file, and name it here"
                    .to_owned()
            }
            K::TooManyProfiles(_) | K::TooManySiblings(_) => "split them into folders".to_owned(),
            K::Template => "render it first: `helm template . | sdiff ...`".to_owned(),
            K::UnsupportedYaml(_) => "write the fields out".to_owned(),
            _ => return None,
        })
    }
}

/// At most a dozen names, in backquotes.
fn quoted(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(12).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > shown.len() { ", ..." } else { "" };
    shown.join(", ") + more
}
