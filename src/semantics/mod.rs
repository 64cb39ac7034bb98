//! SEMANTICS.
pub mod libseccomp;
