//! Which engine a loaded profile is meant for.

use super::Loaded;
use crate::machine::Engine;

impl Engine {
    /// The engine that a profile is meant for: a built-in default for its own, a file for the one of
    /// its format.
    pub fn of_loaded(loaded: &Loaded) -> Engine {
        match loaded.baseline {
            Some(release) => Engine::of_product(release.product),
            None => Engine::of(loaded.profile.format),
        }
    }
}
