//! A text to values with places: JSON as Go reads it, YAML, HCL, and bytes that are no UTF-8.
//!
//! It takes a text and gives a tree, or the place at which it is none. It never knows of profiles.

pub(crate) mod hcl;
pub(super) mod json;
pub(crate) mod lines;
pub(super) mod tree;
pub(super) mod utf8;
pub(super) mod yaml;
