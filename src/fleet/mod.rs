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

mod ask;
mod beyond;
mod facts;
mod judge;
mod judged;
mod origin;
mod plan;
mod read;
mod report;
mod row;
mod split;
mod team;

pub use ask::{Question, QuestionError, What};
pub use judge::{Judge, Options};
pub use read::{File, Siblings, is_archive, profiles_in};
pub use report::{Fleet, Gate, Group, Level, Member};
pub use row::{
    Asked, Beyond, Breach, Confinement, Facts, Left, LeftKind, Origin, Plan, ProfileRow, Proof,
    Row, Scope, Unread, UseRow, Way,
};
pub use split::{Body, Piece, Pieces};
pub use team::Team;

/// Calls that the table of every report is about, beside those that are known to be dangerous.
pub const WATCHED: [&str; 2] = ["socket(AF_ALG)", "socket(AF_VSOCK)"];
