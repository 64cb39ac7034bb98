//! Three-way: what was changed against one profile, done again to a newer one.
//!
//! Takes three layers, whole profiles or overlays; gives a profile that was proved, or conflicts. Knows
//! nothing of where the first of the three was found.

pub(in crate::overlay) mod kind;
pub(in crate::overlay) mod overlays;
pub(in crate::overlay) mod three_way;
