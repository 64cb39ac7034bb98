//! What a reviewer reads.

pub mod phrase;
