//! Where text goes: colours, the pager, progress, and how wide the screen is.

pub(super) mod color;
pub(super) mod output;
pub(super) mod pager;
pub(super) mod progress;
pub(super) mod screen;
