//! The profiles that a change touches.

use super::find::{Found, Version, changed};
use super::look::Looked;
use super::overlays;
use super::{FileChange, Repository, Trouble};

/// Finds the profiles that a change touches: those of the changed files, and those that extend
/// one of these.
///
/// # Errors
/// [`Trouble`]
pub fn pairs(repository: &dyn Repository, looked: &[Looked]) -> Result<Found, Trouble> {
    let mut found = changed(repository, looked.iter().map(|looked| &looked.profiles))?;
    // An untouched file of a document says the same: moved alone.
    if !found.pairs.is_empty() {
        let changes: Vec<&FileChange> = looked.iter().map(|looked| &looked.change).collect();
        found.pairs.extend(overlays::above(repository, &changes)?);
    }
    found.pairs.sort_by_cached_key(|pair| pair.version().map(Version::path));
    Ok(found)
}
