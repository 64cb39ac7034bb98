//! The profiles that a change touches.

use super::find::{Found, Version, changed};
use super::overlays;
use super::{FileChange, Repository, Trouble};

/// Finds the profiles that a change touches: those of the changed files, and those that extend
/// one of these.
///
/// # Errors
/// [`Trouble`]
pub fn pairs(repository: &dyn Repository, changes: &[FileChange]) -> Result<Found, Trouble> {
    let mut found = changed(repository, changes)?;
    // An untouched file of a document says the same: moved alone.
    if !found.pairs.is_empty() {
        found.pairs.extend(overlays::above(repository, changes)?);
    }
    found.pairs.sort_by_cached_key(|pair| pair.version().map(Version::path));
    Ok(found)
}
