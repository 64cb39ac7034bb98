//! Thousands of profiles judged, and told in one report.
//!
//! Judging is a map and the report an associative reduce, so that it does not matter how many machines
//! judge, and in which order their rows come together:
//!
//! ```text
//! file ─ read ─▶ profiles, uses ─ Judge ─▶ Row (facts alone) ─ Fleet::add, Fleet::merge ─▶ groups
//! ```
//!
//! A [`Row`] holds facts and no path of the machine. Profiles of one fingerprint are one [`Group`], whatever
//! their texts. This room knows no file system.

mod judging;
mod read;
mod report;
mod row;
mod split;

pub use judging::ask::{Question, QuestionError, What};
pub use judging::judge::{Judge, Options};
pub use judging::team::Team;
pub use read::{File, Siblings, is_archive, profiles_in};
pub use report::{Fleet, Gate, Group, Level, Member};
pub use row::{
    Asked, Beyond, Breach, Confinement, Facts, Left, LeftKind, Origin, Plan, ProfileRow, Proof,
    Row, Scope, Unread, UseRow, Way,
};
pub use split::{Body, Piece, Pieces};

/// Calls that the table of every report is about, beside those that are known to be dangerous.
pub const WATCHED: [&str; 2] = ["socket(AF_ALG)", "socket(AF_VSOCK)"];
