//! Why layers do not become one profile.

use crate::decision::TooLarge;
use crate::semantics::SemanticsError;
use crate::syscall::{Abi, Host, Syscall};

/// Why layers do not become one profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the fields are named for what they hold
#[non_exhaustive]
pub enum OverlayError {
    /// There is nothing to merge.
    #[error("no layers to merge")]
    NoLayers,
    /// A layer that no runtime loads.
    #[error("{error}")]
    Meaning { layer: usize, error: Box<SemanticsError> },
    /// There is no host on which every layer can be loaded.
    #[error("there is no host on which every layer can be loaded")]
    NoHost,
    /// A bound of the decision engine.
    #[error("`{}` is too complex to merge: {bound}", syscall.name())]
    TooLarge { syscall: Syscall, bound: TooLarge },
    /// A bound of the decision engine.
    #[error("the layers are too complex to merge: {0}")]
    Whole(#[from] TooLarge),
    /// More rules than anyone could review.
    #[error("`{}` would need more than {limit} rules: its conditions overlap in too many ways", syscall.name())]
    TooManyRules { syscall: Syscall, limit: usize },
    /// Rules mean one thing to 64-bit and another to 32-bit programs, and the layers ask for a
    /// third.
    #[error("`{}` has no rules that do what the layers say for 64-bit and 32-bit programs alike on {host}", syscall.name())]
    NotOneText { syscall: Syscall, host: Host },
    /// The layers ask for ABIs that no profile can list.
    #[error("no profile can list the ABIs of the layers' filters on {host}")]
    Architectures { host: Host },
    /// A difference that no overlay can make.
    #[error("no overlay can do it: {0} would have to change, which belongs to the base")]
    NotAnOverlay(&'static str),
    /// The result was built again and is not what the definition says.
    #[error("the merged profile is not what its layers define: `{}` on {host} ({abi}); nothing is written", syscall.name())]
    NotProved { syscall: Syscall, host: Host, abi: Abi },
    /// The result was read again and is no profile.
    #[error("the merged profile cannot be read: {0}; nothing is written")]
    Unreadable(String),
    /// The result was built again and no runtime loads it.
    #[error("the merged profile does not load: {0}; nothing is written")]
    Refused(Box<SemanticsError>),
}
