//! Commands for repositories: a review of a change, and what git itself calls.

pub(super) mod comments;
pub(super) mod git_diff;
pub(super) mod merge_driver;
pub(super) mod merge_sides;
pub(super) mod review;
