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
    /// Who reads two profiles that are compared, where nothing else is said: a built-in default its
    /// own engine, and a file the one that its dialect speaks for, else that of the default beside it,
    /// else that of the other file, else Docker.
    pub fn of_both(old: &Loaded, new: &Loaded) -> [Engine; 2] {
        let speaks = |loaded: &Loaded| {
            let engine = Engine::of_loaded(loaded);
            (loaded.baseline.is_some() || engine != Engine::Docker).then_some(engine)
        };
        let side = |own: &Loaded, other: &Loaded| {
            let (own_engine, other_engine) = (speaks(own), speaks(other));
            match (own_engine, other_engine) {
                // CRI-O reads Podman's dialect.
                (Some(own_engine), Some(other_engine))
                    if own.baseline.is_none() && own_engine.reads_as(other_engine) =>
                {
                    other_engine
                }
                (own_engine, other_engine) => own_engine.or(other_engine).unwrap_or(Engine::Docker),
            }
        };
        [side(old, new), side(new, old)]
    }
}
