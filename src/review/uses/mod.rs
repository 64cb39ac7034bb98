//! What a change does to the uses of profiles: which container gets which one.
//!
//! Uses are read by [`crate::uses`] on both sides of every changed file and paired by what they are
//! called. Of each pair the old and the new function are built and compared, like profiles are: the
//! engine's default, no filter at all, or the file that is named, as the repository has it on that
//! side. What cannot be resolved is named, and judged as far as every case comes to the same.

mod compare;
mod entry;
mod guard;
mod pairs;
mod profile;
mod silent;

use super::judge::Question;
use super::side::View;
use super::{FileChange, FileKind, Repository, Side, Trouble};
use crate::load::LoadErrorKind;
use crate::report::account::{Entry, Level, SeenUse};
use crate::uses::{Found, could_speak, find};

/// What is to be said of uses.
#[derive(Clone, Debug, Default)]
pub struct Uses {
    /// A file each.
    pub entries: Vec<Entry>,
    /// How bad the findings are that are only counted in a long entry, and which rule each is a case of.
    pub cut: Vec<(Level, &'static str)>,
    /// Every use that was looked at in a changed file.
    pub seen: Vec<SeenUse>,
    /// What was not read: sentences.
    pub notes: Vec<String>,
}

/// A file that says something of uses, on one side.
struct Read {
    path: String,
    text: String,
    found: Found,
}

/// A changed file, on both sides.
struct Changed {
    old: Option<Read>,
    new: Option<Read>,
}

/// A path and the text there.
type Named = (String, String);

/// So many parts of files that were not read are told.
const NOTES: usize = 20;

/// Judges the uses in the changed files.
///
/// # Errors
/// [`Trouble`]
pub fn uses(
    repository: &dyn Repository,
    changes: &[FileChange],
    question: &Question,
) -> Result<Uses, Trouble> {
    let mut changed = Vec::new();
    let mut uses = Uses::default();
    for change in changes {
        let mut read = |side, file: &Option<super::File>| match file {
            Some(file) if file.kind == FileKind::Regular => {
                let text = text(&View::new(repository, side), file)?;
                Ok(text.unwrap_or_else(|why| {
                    if side == Side::New {
                        let path = &file.path;
                        uses.notes
                            .push(format!("{path}: {why}: uses of profiles were not looked for."));
                    }
                    None
                }))
            }
            _ => Ok(None),
        };
        let (old, new) = (read(Side::Old, &change.old)?, read(Side::New, &change.new)?);
        let speaks =
            |text: &Option<Named>| text.as_ref().is_some_and(|(_, text)| could_speak(text));
        if !speaks(&old) && !speaks(&new) {
            continue;
        }
        let found = |text: Option<Named>| {
            text.map(|(path, text)| {
                let found = find(&path, &text);
                Read { path, text, found }
            })
        };
        changed.push(Changed { old: found(old), new: found(new) });
    }
    for read in changed.iter().filter_map(|changed| changed.new.as_ref()) {
        // What is no use at all is not missed.
        let is_about = !read.found.uses.is_empty() || !read.found.guards.is_empty();
        for unread in read.found.unread.iter().filter(|_| is_about) {
            let before = read.text.get(..unread.place.start as usize).unwrap_or("");
            let line = 1 + before.matches('\n').count();
            uses.notes.push(format!("{}:{line}: {}.", read.path, unread.why));
        }
    }
    if uses.notes.len() > NOTES {
        let left = uses.notes.len() - NOTES;
        uses.notes.truncate(NOTES);
        uses.notes.push(format!("{left} more parts of files could not be read as they are."));
    }
    let mut judge = compare::Judge::new(repository, question);
    let files = pairs::pairs(&changed);
    for file in files {
        entry::entry(&mut judge, file, &mut uses)?;
    }
    for changed in &changed {
        let Some(read) = changed.new.as_ref().or(changed.old.as_ref()) else { continue };
        let is_told = uses.entries.iter().any(|entry| entry.path == read.path)
            || uses.seen.iter().any(|seen| seen.path == read.path && seen.verdict != "same");
        if !is_told {
            silent::entry(&judge, changed, &mut uses);
        }
    }
    uses.entries.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(uses)
}

/// A file's path and text, none of what is no text; or why it cannot be had.
fn text(view: &View, file: &super::File) -> Result<Result<Option<Named>, LoadErrorKind>, Trouble> {
    let read = view.checked(view.bytes(file))?;
    Ok(read.map(|bytes| {
        // What is no text says nothing.
        let is_text = !bytes.iter().take(8000).any(|byte| *byte == 0);
        is_text.then(|| (file.path.clone(), String::from_utf8_lossy(&bytes).into_owned()))
    }))
}
