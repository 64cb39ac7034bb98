//! The rules of each system call to decisions, as runc adds them and libseccomp compiles them.
//!
//! It takes resolved rules and gives a decision for each call and ABI. It never knows engines, nor what
//! numbers without a name get.

pub(super) mod added;
pub(super) mod classes;
pub(super) mod compiler;
pub(super) mod entries;
pub(super) mod groups;
pub(super) mod lists;
pub(super) mod names;
pub(super) mod programs;
pub(super) mod reuse;
pub(super) mod sharing;
pub(super) mod unloaded;
