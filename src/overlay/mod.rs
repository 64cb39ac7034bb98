//! Layers of profiles: what they are together, as one profile that is proved to be it.
//!
//! Layers are ordered, the base first. The *match* of a layer is the action that its rules give a
//! call, or none where only its default action would answer; a [`Strategy`] says which of the
//! layers' matches counts. [`merge`] builds that function for every host, ABI, environment, system
//! call and argument, finds rules for it, builds the function of these again, and returns them if
//! the two are equal.
//!
//! runc's `ENOSYS` stub is no layer's: the result has its own, for the names that it holds.
//! What belongs to a profile as a whole (default action, architectures, flags, the listener) is
//! the base's, but for [`Strategy::Union`] and [`Strategy::Stack`], which join default actions and
//! the ABIs of the filters.

mod apply;
mod conditions;
mod edit;
mod error;
mod extends;
mod fixed;
mod kind;
mod layer;
mod lineage;
mod meaning;
mod merge;
mod minimal;
mod multiplexed;
mod nearest;
mod patch;
mod place;
mod plan;
mod realise;
mod rebase;
mod source;
mod style;
mod synth;
mod target;
mod ways;
mod widths;

pub use apply::apply;
pub use edit::{edited, unread};
pub use error::OverlayError;
pub use extends::{
    ExtendsError, ExtendsErrorKind, MAX_CHAIN, MAX_LAYERS, check_defaults, joined, layers,
    merge_loaded, resolve, strategy_of,
};
pub use fixed::{FixedError, Hangs, fixed, operator_yaml};
pub use kind::{Kind, rebase_overlays, same};
pub use layer::Layer;
pub use lineage::{Lineage, Since, lineage};
pub use merge::merge;
pub use minimal::overlay;
pub use multiplexed::Multiplexed;
pub use nearest::{Age, Near, ReadAs, nearest};
pub use patch::{PatchError, patch};
pub use place::{body, in_place};
pub use plan::Edits;
pub use realise::Merged;
pub use rebase::{Conflict, ConflictAbout, Favor, Rebased, rebase};
pub use target::Strategy;
