//! What a team's settings say of single profiles.

use crate::fleet::row::Breach;
use crate::load::Loaded;
use crate::semantics::{Engine, Settings};

/// A team's settings, as far as they are about some profiles and not about all. Paths are those by which
/// files were found, with `#NAME` for one of several in a file.
pub trait Team: std::fmt::Debug + Send + Sync {
    /// Whether anything is said of a profile at that path.
    fn concerns(&self, path: &str) -> bool;

    /// Who reads it and what is asked of it, where that is not what is asked of all.
    fn asked(&self, path: &str) -> Option<(Option<Engine>, Settings)>;

    /// What it is required to be and is not.
    ///
    /// # Errors
    /// In words, where there is no answer.
    fn broken(&self, path: &str, loaded: &Loaded) -> Result<Vec<Breach>, String>;
}
