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
//!
//! `layers` holds what layers are, `synthesis` finds the rules for a function, `edit` brings them into
//! a file's own text; [`fn@merge`], [`overlay`], [`fixed`] and [`resolve`] are the questions that stand on
//! these, and so do `rebase` and `lineage`. Each room uses those before it alone.

mod edit;
mod extends;
mod fixed;
mod layers;
mod lineage;
mod merge;
mod minimal;
mod rebase;
mod recover;
mod synthesis;
mod vectors;

pub use edit::apply::apply;
pub use edit::patch::{PatchError, patch};
#[doc(hidden)]
pub use edit::place::{body, in_place};
#[doc(hidden)]
pub use edit::text::{edited, unread};
pub use extends::{
    ExtendsError, ExtendsErrorKind, MAX_CHAIN, MAX_LAYERS, check_defaults, joined, layers,
    merge_loaded, resolve, strategy_of,
};
pub use fixed::{FixedError, Hangs, fixed, operator_yaml};
pub use layers::error::OverlayError;
pub use layers::layer::Layer;
pub use layers::target::Strategy;
pub use lineage::nearest::{Age, Near, ReadAs, nearest};
pub use lineage::since::{History, Lineage, Since, lineage, origin_of};
pub use merge::merge;
pub use minimal::{EXACT, overlay};
pub use rebase::conflict::{Conflict, ConflictAbout, Favor};
pub use rebase::doubt::{Doubt, DoubtAbout, Given};
pub use rebase::kind::{Kind, same};
pub use rebase::overlays::rebase_overlays;
pub use rebase::three_way::{Rebased, rebase, rebase_from_any};
pub use recover::{Recovered, recover};
pub use synthesis::multiplexed::Multiplexed;
pub use synthesis::plan::Edits;
pub use synthesis::realise::Merged;
pub use vectors::{Vector, alone, vectors};
