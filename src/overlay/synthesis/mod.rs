//! Rules for a function, proved.
//!
//! Takes a [`Goal`](goal::Goal): the answers that are wanted, and profiles whose rules can say them;
//! gives a profile that was built again and has these answers ([`Merged`](realise::Merged)), as a base
//! and edits of it. Knows nothing of how the goal came about, nor of texts.

pub(in crate::overlay) mod conditions;
pub(in crate::overlay) mod goal;
mod meaning;
pub(in crate::overlay) mod multiplexed;
pub(in crate::overlay) mod plan;
pub(in crate::overlay) mod realise;
pub(in crate::overlay) mod synth;
mod ways;
mod widths;
