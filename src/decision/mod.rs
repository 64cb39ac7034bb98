//! The exact engine: decisions as reduced, ordered diagrams.
//!
//! A [`Decision`] is a function from the [bits](var) of an environment and of six arguments to a
//! leaf; a [`Set`] is one whose leaves are *in* and *out*. Both live in a [`Store`], in which
//! every function has exactly one form: two are equal when their handles are.
//!
//! Nothing here knows what an action is: leaves are numbers.

mod adopt;
mod build;
mod cut;
mod fold;
mod handle;
mod meter;
mod store;
pub mod var;
mod witness;
pub mod words;

pub(crate) use adopt::Adoption;
pub use build::Compare;
pub use handle::{Decision, Leaf, Set};
pub use meter::{Bound, Limits, Memory, Meter, Part, Stage, TooLarge};
pub use store::Store;
pub use witness::Assignment;

#[cfg(test)]
mod tests;
