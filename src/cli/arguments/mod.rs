//! Options that several commands share, and what a team's settings say where they are silent.

pub(super) mod config;
pub(super) mod faces;
pub(super) mod implied;
pub(super) mod options;
