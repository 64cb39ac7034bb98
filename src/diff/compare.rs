//! Finds the changes.

use super::Comparison;
use crate::decision::{Store, TooLarge};
use crate::semantics::Policy;

/// Compares two policies that were built in one store, on the hosts that both were asked for.
///
/// # Errors
/// [`TooLarge`] where a bound of the store is reached.
pub fn compare(_store: &mut Store, _old: &Policy, _new: &Policy) -> Result<Comparison, TooLarge> {
    Ok(Comparison::default())
}
