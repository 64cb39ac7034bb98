//! What layers are, and what they are together.
//!
//! Takes profiles as layers ([`Layer`](layer::Layer)); gives, for each host, ABI and system call, the
//! matches of one layer and the definition of what several are together ([`target`]). Knows nothing
//! of rules that say so, nor of texts.

pub(in crate::overlay) mod error;
pub(in crate::overlay) mod layer;
pub(in crate::overlay) mod source;
pub(in crate::overlay) mod target;
mod terms;
