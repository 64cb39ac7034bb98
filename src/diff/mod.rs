//! What differs between two policies, call by call, each with a proof.
//!
//! [`compare`] finds every call that gets another action, in whatever environment, and gathers
//! what has one cause into one [`Change`]. Whether that is bad is for the reader of
//! [`Change::kind`] and [`Change::severity`] to say.

mod agree;
mod change;
mod compare;
mod comparison;
mod describe;
mod distance;
mod gather;
mod hints;
mod judge;
mod kind;
mod pieces;
mod place;
mod settings;
mod tell;
mod witness;

pub use agree::{agreement, differing};
pub use change::{Change, Effect, Opened, Subject};
pub use compare::compare;
pub(crate) use compare::sketch;
pub use comparison::{Comparison, NotCompared};
pub use distance::distance;
pub use hints::{Hints, hints};
pub use judge::ID_PREFIX;
pub use kind::{Direction, Kind, Severity};
pub use place::Place;
pub use settings::{Setting, SettingChange, Under};
pub use witness::Witness;
