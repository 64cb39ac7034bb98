//! What may stand in a file: fields, names, and which known one is nearest to an unknown one.
//!
//! It takes a word and says whether it is one. It never knows where the word stood.

pub(super) mod fields;
pub(super) mod names;
