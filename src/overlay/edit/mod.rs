//! A file's own text, edited.
//!
//! Takes a text and a profile that was proved; gives the text with few edits, or a patch of it. Knows
//! nothing of what rules mean.

pub(in crate::overlay) mod apply;
pub(in crate::overlay) mod patch;
pub(in crate::overlay) mod place;
mod style;
pub(in crate::overlay) mod text;
