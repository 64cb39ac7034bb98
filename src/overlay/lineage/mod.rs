//! Where a profile came from.
//!
//! Takes a profile and the built-in defaults; gives the nearest of them, what the profile changed there,
//! and what happened there since. Knows nothing of rebases.

pub(in crate::overlay) mod nearest;
pub(in crate::overlay) mod since;
