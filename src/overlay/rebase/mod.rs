//! Three-way: what was changed against one profile, done again to a newer one.
//!
//! Takes three layers, whole profiles or overlays (or several that can be the first of them); gives a profile that was
//! proved, or conflicts, and what hangs on which of several was the first. Knows nothing of where that was found.

mod calls;
pub(in crate::overlay) mod conflict;
pub(in crate::overlay) mod doubt;
mod filter;
pub(in crate::overlay) mod kind;
pub(in crate::overlay) mod overlays;
pub(in crate::overlay) mod three_way;
