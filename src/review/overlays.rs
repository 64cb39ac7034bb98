//! Profiles whose own text is the same, while what they extend, or have as a base, is not.

use super::find::{Pair, versions};
use super::side::View;
use super::{File, FileChange, Repository, Side, Trouble};
use crate::load::{LoadErrorKind, Loaded, Neighbours};
use crate::overlay::MAX_LAYERS;
use crate::report::account::Status;
use std::collections::BTreeSet;

/// The overlays over changed files that are not changed themselves.
pub(super) fn above(
    repository: &dyn Repository,
    changes: &[&FileChange],
) -> Result<Vec<Pair>, Trouble> {
    let files = |change: &FileChange| [change.old.clone(), change.new.clone()];
    let changed: BTreeSet<String> =
        changes.iter().copied().flat_map(files).flatten().map(|file| file.path).collect();
    let mut pairs = Vec::new();
    for file in repository.overlays(Side::New)? {
        if changed.contains(&file.path) {
            continue;
        }
        let mut is_above = false;
        for side in [Side::Old, Side::New] {
            is_above |= reaches(&View::new(repository, side), &file, &changed)?;
        }
        if !is_above {
            continue;
        }
        let of = |side| versions(&View::new(repository, side), &file, false);
        for (old, new) in of(Side::Old)?.into_iter().zip(of(Side::New)?) {
            pairs.push(Pair { old: Some(old), new: Some(new), status: Status::BaseChanged });
        }
    }
    Ok(pairs)
}

/// Whether what a file stands on, over whatever files, is changed.
fn reaches(view: &View, file: &File, changed: &BTreeSet<String>) -> Result<bool, Trouble> {
    let mut waiting: Vec<Loaded> = Vec::new();
    match view.checked(view.load(file, None))? {
        Ok(loaded) => waiting.push(loaded),
        Err(error) => {
            if let LoadErrorKind::SeveralProfiles(names) = error.kind() {
                for name in names {
                    waiting.extend(view.checked(view.load(file, Some(name)))?);
                }
            }
        }
    }
    let mut opened = 0;
    while let Some(loaded) = waiting.pop() {
        for extended in &loaded.profile.extends {
            opened += 1;
            let below = view.checked(view.open(&loaded.source, &extended.value))?;
            if opened <= MAX_LAYERS {
                waiting.extend(below);
            }
        }
    }
    Ok(view.seen.borrow().iter().any(|path| changed.contains(path)))
}
