//! Commands that make a profile of others: layers, rebases, and what a filter says.

pub(super) mod extends;
pub(super) mod learn;
pub(super) mod lineage;
pub(super) mod merge;
pub(super) mod rebase;
pub(super) mod recover;
pub(super) mod vectors;
