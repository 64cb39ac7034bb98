//! Where bytes come from: a path, standard input, a revision of git, a built-in default, and what lies
//! beside a file.
//!
//! It takes what a user wrote and gives bytes with a name. This room alone of the loader reads files; what
//! the bytes say it leaves to its parent.

pub(super) mod built_in;
pub(super) mod folder;
pub(super) mod limited;
pub(super) mod open;
pub(super) mod relative;
pub(super) mod steady;
