//! The model: a seccomp profile as its file says it, before any engine reads a meaning into it.
//!
//! Everything that some engine reads is here, with its place in the file; which of it counts is
//! decided in [`crate::semantics`].

mod action;
mod args;
mod canonical;
mod capability;
mod environment;
mod generation;
mod kernel;
mod write;

pub use action::{Action, ActionName};
pub use args::{ArgCmp, Op};
pub use canonical::normalize;
pub use capability::{CAPABILITY_COUNT, Capability};
pub use environment::Environment;
pub use generation::Generation;
pub use kernel::KernelVersion;
pub use write::to_json;

/// A stretch of the source text: byte offsets, the end excluded. A value that was never in a
/// text (a generated rule) has the default, empty span at 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

/// A value and where the file says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Spanned<T> {
    /// What is said.
    pub value: T,
    /// Where.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value with its place.
    pub fn new(value: T, span: Span) -> Self {
        Spanned { value, span }
    }

    /// A value that no file holds.
    pub fn bare(value: T) -> Self {
        Spanned { value, span: Span::default() }
    }
}

/// The kinds of file that hold a profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// Docker's JSON, in the form with `names` or the old one with a `name` per entry.
    #[default]
    Docker,
    /// containers-common's dialect of it: `errno`, `defaultErrno` are read.
    ContainersCommon,
    /// The `linux.seccomp` object of an OCI runtime `config.json`.
    Oci,
    /// The Kubernetes Security Profiles Operator's `SeccompProfile` (its `spec`).
    Operator,
}

/// A profile as its file says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// What kind of file it came from.
    pub format: Format,
    /// Which generation of its engine reads it.
    pub generation: Generation,
    /// `extends`: the layers below, the base first. No engine reads it.
    pub extends: Vec<Spanned<String>>,
    /// `strategy`: how this layer is put over them. No engine reads it.
    pub strategy: Option<Spanned<String>>,
    /// `defaultAction`; empty or absent is `None`.
    pub default_action: Option<Spanned<ActionName>>,
    /// `defaultErrnoRet`.
    pub default_errno_ret: Option<Spanned<u64>>,
    /// `defaultErrno` (containers-common): a name or a decimal number, not yet looked up.
    pub default_errno: Option<Spanned<String>>,
    /// `architectures`, as written.
    pub architectures: Vec<Spanned<String>>,
    /// `archMap`, in the order of the file.
    pub arch_map: Vec<ArchMapEntry>,
    /// `flags`, as written.
    pub flags: Vec<Spanned<String>>,
    /// `listenerPath`.
    pub listener_path: Option<String>,
    /// `listenerMetadata`.
    pub listener_metadata: Option<String>,
    /// `syscalls`, in the order of the file.
    pub rules: Vec<Rule>,
}

impl Profile {
    /// All but the rules, which are the most of it.
    pub fn without_rules(&self) -> Profile {
        Profile {
            format: self.format,
            generation: self.generation,
            extends: self.extends.clone(),
            strategy: self.strategy.clone(),
            default_action: self.default_action.clone(),
            default_errno_ret: self.default_errno_ret.clone(),
            default_errno: self.default_errno.clone(),
            architectures: self.architectures.clone(),
            arch_map: self.arch_map.clone(),
            flags: self.flags.clone(),
            listener_path: self.listener_path.clone(),
            listener_metadata: self.listener_metadata.clone(),
            rules: Vec::new(),
        }
    }
}

/// An entry of `archMap`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArchMapEntry {
    /// `architecture`, as written.
    pub architecture: Spanned<String>,
    /// `subArchitectures`, as written.
    pub sub_architectures: Vec<Spanned<String>>,
}

/// An entry of `syscalls`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The whole entry.
    pub span: Span,
    /// The old single `name`; empty is `None`.
    pub name: Option<Spanned<String>>,
    /// `names`.
    pub names: Vec<Spanned<String>>,
    /// `action`.
    pub action: Spanned<ActionName>,
    /// `errnoRet`.
    pub errno_ret: Option<Spanned<u64>>,
    /// `errno` (containers-common): a name or a decimal number, not yet looked up.
    pub errno: Option<Spanned<String>>,
    /// `args`.
    pub args: Vec<ArgCmp>,
    /// `comment`; it means nothing.
    pub comment: Option<String>,
    /// `includes`: all of it must hold.
    pub includes: Filter,
    /// `excludes`: none of it may hold.
    pub excludes: Filter,
}

impl Rule {
    /// The same for other names, without the comment.
    pub fn with_names(&self, names: Vec<Spanned<String>>) -> Rule {
        Rule {
            span: self.span,
            name: None,
            names,
            action: self.action.clone(),
            errno_ret: self.errno_ret.clone(),
            errno: self.errno.clone(),
            args: self.args.clone(),
            comment: None,
            includes: self.includes.clone(),
            excludes: self.excludes.clone(),
        }
    }
}

/// What `includes` or `excludes` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Tokens of hosts, as written.
    pub arches: Vec<Spanned<String>>,
    /// Capabilities, as written.
    pub caps: Vec<Spanned<String>>,
    /// `minKernel`, as written: an empty string is kept, `null` and absence are `None`.
    pub min_kernel: Option<Spanned<String>>,
}

impl Filter {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.arches.is_empty() && self.caps.is_empty() && self.min_kernel.is_none()
    }
}
