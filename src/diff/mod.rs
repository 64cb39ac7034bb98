//! What differs between two policies, call by call, each with a proof.
//!
//! [`compare`] finds every call that gets another action, in whatever environment, and gathers
//! what has one cause into one [`Change`]. Whether that is bad is for the reader of
//! [`Change::kind`] and [`Change::severity`] to say.

mod agree;
mod changes;
mod compare;
mod distance;
mod finding;
mod hints;

pub use agree::{agreement, differing};
pub use changes::change::{Change, Effect, Opened, Subject};
pub use changes::comparison::{Comparison, NotCompared};
pub use changes::judge::ID_PREFIX;
pub use changes::kind::{Direction, Kind, Severity};
pub use changes::place::Place;
pub use changes::settings::{Setting, SettingChange, Under};
pub use changes::witness::Witness;
pub use compare::compare;
pub(crate) use compare::sketch;
pub use distance::distance;
pub use hints::{Hints, hints};
