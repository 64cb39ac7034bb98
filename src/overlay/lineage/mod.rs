//! Where a profile came from.
//!
//! Takes a profile and what [`crate::origin`] says of it; gives what the profile changed against its
//! origin and what happened there since, or the default that is nearest in what calls get. Knows nothing of rebases.

pub(in crate::overlay) mod nearest;
pub(in crate::overlay) mod since;
