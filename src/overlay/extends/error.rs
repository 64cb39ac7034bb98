//! Why a file does not become what it extends.

use crate::load::excerpt::{self, Level, visible};
use crate::load::{LoadError, Position, Source};
use crate::overlay::{OverlayError, Strategy};
use crate::page::Layout;
use crate::profile::Span;
use crate::syscall::nearest_of;
use std::fmt;
use std::path::Path;

/// How many files deep layers can lie.
pub const MAX_CHAIN: usize = 16;

/// How many layers a profile can have, those of its layers included.
pub const MAX_LAYERS: usize = 64;

/// Why a file does not become what it extends: what is wrong, where, and the files that lead there.
///
/// `Display` is one line; [`render`](ExtendsError::render) adds the line of the file.
#[derive(Clone, Debug, thiserror::Error)]
pub struct ExtendsError(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    kind: ExtendsErrorKind,
    name: String,
    place: Option<(Source, Span)>,
    chain: Vec<String>,
}

/// What is wrong.
#[derive(Clone, Debug, thiserror::Error)]
#[allow(missing_docs)] // the fields are named for what they hold
#[non_exhaustive]
pub enum ExtendsErrorKind {
    /// A layer does not load.
    #[error("{0}")]
    Load(LoadError),
    /// A file extends itself.
    #[error("a profile extends itself")]
    Cycle,
    /// More layers than [`MAX_CHAIN`].
    #[error("profiles extend each other more than {MAX_CHAIN} files deep")]
    TooDeep,
    /// More layers than [`MAX_LAYERS`].
    #[error("a profile has more than {MAX_LAYERS} layers")]
    TooMany,
    /// A layer outside the repository or the working folder.
    #[error("`{path}` is outside {root}")]
    Outside { path: String, root: String },
    /// A file that cannot say what it extends, because it has no folder.
    #[error("it extends `{spec}`, and a relative path has no meaning there")]
    NoFolder { spec: String },
    /// Standard input, which is no file's to ask for.
    #[error("a profile cannot extend standard input (`{0}`)")]
    StandardInput(String),
    /// The empty string.
    #[error("an empty string names no profile to extend")]
    Empty,
    /// An unknown `strategy`.
    #[error("unknown strategy `{0}`")]
    Strategy(String),
    /// An overlay where a base has to be.
    #[error(
        "rules without a `defaultAction` are an overlay, and there is no base below it: what calls \
         get that no rule names is not said"
    )]
    NoBase,
    /// An overlay where default actions count.
    #[error(
        "rules without a `defaultAction` are an overlay, and `{}` counts the default action of \
         every layer", .0.name()
    )]
    NoDefault(Strategy),
    /// The layers do not become one.
    #[error("{0}")]
    Merge(OverlayError),
}

impl ExtendsError {
    pub(super) fn new(
        kind: ExtendsErrorKind,
        source: &Source,
        span: Option<Span>,
        chain: &[String],
    ) -> ExtendsError {
        ExtendsError(Box::new(Inner {
            kind,
            name: source.name.to_string(),
            place: span.map(|span| (source.clone(), span)),
            chain: chain.to_vec(),
        }))
    }

    /// What is wrong.
    pub fn kind(&self) -> &ExtendsErrorKind {
        &self.0.kind
    }

    /// The files that lead there, the first given first.
    pub fn chain(&self) -> &[String] {
        &self.0.chain
    }

    /// What to do about it, if that is known.
    pub fn help(&self) -> Option<String> {
        use ExtendsErrorKind as K;
        Some(match self.kind() {
            K::Load(error) => return error.help(),
            // A revision has nothing outside.
            K::Outside { root, .. } if !Path::new(root).is_absolute() => return None,
            K::Outside { .. } => "--allow-outside takes it all the same".to_owned(),
            K::StandardInput(name) => format!(
                "leave `extends` out and give the base on the command line: `sdiff merge --base \
                 {name} OVERLAY`; a file of that name is `./{name}`"
            ),
            K::Empty => "it extends `default`, `docker@VERSION`, a path or REV:PATH".to_owned(),
            K::Strategy(found) => match nearest_of(found, Strategy::ALL.map(Strategy::name)) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => "it is override, replace, union or stack".to_owned(),
            },
            K::NoBase => {
                "`sdiff merge --base default FILE`, or `\"extends\": \"default\"` in the file"
                    .to_owned()
            }
            K::NoDefault(Strategy::Union) => {
                "`\"defaultAction\": \"SCMP_ACT_KILL_PROCESS\"` adds nothing to what the other \
                 layers let through"
                    .to_owned()
            }
            K::NoDefault(_) => {
                "`\"defaultAction\": \"SCMP_ACT_ALLOW\"` takes nothing from what the other layers \
                 let through"
                    .to_owned()
            }
            _ => return None,
        })
    }

    /// Where it is wrong, if it is one place.
    pub fn place(&self) -> Option<(&Source, Span)> {
        self.0.place.as_ref().map(|(source, span)| (source, *span))
    }

    /// What is wrong in words, with the files that lead there.
    pub fn message(&self) -> String {
        let Inner { kind, chain, .. } = &*self.0;
        let shown = chain.join(" → ");
        match kind {
            ExtendsErrorKind::Cycle | ExtendsErrorKind::TooDeep => format!("{kind}: {shown}"),
            // The place says as much as a chain of one.
            _ if chain.len() < 2 => kind.to_string(),
            _ => format!("{kind} (extended by {shown})"),
        }
    }

    /// The error over several lines, with the line of the file underlined; in colour for a
    /// terminal. Control characters of the file are shown, never passed on.
    pub fn render(&self, layout: impl Into<Layout>) -> String {
        let layout = layout.into();
        if let ExtendsErrorKind::Load(error) = self.kind()
            && (error.position().is_some() || self.0.place.is_none())
        {
            // It has a place of its own.
            let chain = match self.chain() {
                [] => String::new(),
                chain => format!("  extended by {}\n", visible(&chain.join(" → "))),
            };
            return error.render(&layout) + &chain;
        }
        let place = self.place();
        let message = match place {
            Some(_) => self.message(),
            None => format!("{}: {}", self.0.name, self.message()),
        };
        excerpt::render(Level::Error, &message, place, self.help().as_deref(), &layout)
    }
}

impl fmt::Display for ExtendsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", visible(&self.0.name))?;
        if let Some((source, span)) = self.place() {
            let Position { line, column } = source.position(span.start);
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", visible(&self.message()))
    }
}
