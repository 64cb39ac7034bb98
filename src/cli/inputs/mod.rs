//! What arguments name: profiles, filters of processes, recordings.

pub(super) mod believed;
pub(super) mod filters;
pub(super) mod profiles;
pub(super) mod recordings;
