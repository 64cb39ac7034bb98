//! What the program says of itself: topics, examples, completions.

pub(super) mod completion;
pub(super) mod examples;
pub(super) mod topics;
