//! All states, read once.

use super::state::{Known, State};
use super::table;
use std::sync::LazyLock;

/// All of them.
pub(super) static KNOWN: LazyLock<Known> = LazyLock::new(table::read);

/// All states, by product; the oldest of a product first.
pub fn states() -> &'static [State] {
    &KNOWN.states
}
