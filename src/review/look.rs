//! What is read of one changed file: all that hangs on no other file, so that many can be read side by
//! side.

use super::find::{InFile, in_file};
use super::judge::Question;
use super::side::{ReadBytes, View};
use super::uses::{Spoken, Uses, judged, spoken};
use super::{File, FileChange, FileKind, Repository, Side, Trouble};
use crate::load::LoadErrorKind;

/// A changed file that was looked at.
#[derive(Clone, Debug)]
pub struct Looked {
    /// Which.
    pub change: FileChange,
    pub(super) profiles: InFile,
    uses: Spoken,
}

/// Looks at a changed file: which profiles are in it, and what it says of uses.
///
/// # Errors
/// [`Trouble`]
pub fn look(repository: &dyn Repository, change: &FileChange) -> Result<Looked, Trouble> {
    let is = bytes(repository, Side::New, change.new.as_ref())?;
    let was = bytes(repository, Side::Old, change.old.as_ref())?;
    let profiles = in_file(repository, change, [&was, &is])?;
    let uses = spoken(change, [&was, &is]);
    Ok(Looked { change: change.clone(), profiles, uses })
}

/// The bytes of a side; a submodule has none.
fn bytes(
    repository: &dyn Repository,
    side: Side,
    file: Option<&File>,
) -> Result<ReadBytes, Trouble> {
    let view = View::new(repository, side);
    match file.filter(|file| file.kind != FileKind::Submodule) {
        Some(file) => view.checked(view.bytes(file)),
        None => Ok(Err(LoadErrorKind::NotFound { baseline: None, near: None })),
    }
}

/// Judges the uses in changed files.
///
/// # Errors
/// [`Trouble`]
pub fn uses(
    repository: &dyn Repository,
    looked: Vec<Looked>,
    question: &Question,
) -> Result<Uses, Trouble> {
    judged(repository, looked.into_iter().map(|looked| looked.uses), question)
}
