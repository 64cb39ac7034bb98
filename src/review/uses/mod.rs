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
use super::side::ReadBytes;
use super::{File, FileChange, FileKind, Repository, Trouble};
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
#[derive(Clone, Debug)]
struct Read {
    path: String,
    text: String,
    found: Found,
}

/// A changed file, on both sides.
#[derive(Clone, Debug)]
struct Changed {
    old: Option<Read>,
    new: Option<Read>,
}

/// A path and the text there.
type Named = (String, String);

/// So many parts of files that were not read are told.
const NOTES: usize = 20;

/// What a changed file says of uses.
#[derive(Clone, Debug, Default)]
pub(super) struct Spoken {
    /// None where neither side says something.
    changed: Option<Changed>,
    /// Why its new side was not read.
    note: Option<String>,
}

/// Reads what a changed file, of which `bytes` are the content on both sides, says of uses.
pub(super) fn spoken(change: &FileChange, [was, is]: [&ReadBytes; 2]) -> Spoken {
    let is_file = |file: &&File| file.kind == FileKind::Regular;
    let (old_file, new_file) =
        (change.old.as_ref().filter(is_file), change.new.as_ref().filter(is_file));
    let note = new_file
        .zip(is.as_ref().err())
        .map(|(file, why)| format!("{}: {why}: uses of profiles were not looked for.", file.path));
    let (old, new) = (text(old_file, was), text(new_file, is));
    let speaks = |text: &Option<Named>| text.as_ref().is_some_and(|(_, text)| could_speak(text));
    if !speaks(&old) && !speaks(&new) {
        return Spoken { changed: None, note };
    }
    let found = |text: Option<Named>| {
        text.map(|(path, text)| {
            let found = find(&path, &text);
            Read { path, text, found }
        })
    };
    Spoken { changed: Some(Changed { old: found(old), new: found(new) }), note }
}

/// Judges the uses in the changed files.
///
/// # Errors
/// [`Trouble`]
pub(super) fn judged(
    repository: &dyn Repository,
    files: impl Iterator<Item = Spoken>,
    question: &Question,
) -> Result<Uses, Trouble> {
    let mut changed = Vec::new();
    let mut uses = Uses::default();
    for Spoken { changed: said, note } in files {
        changed.extend(said);
        uses.notes.extend(note);
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

/// A file's path and text, none of what is no text or cannot be had.
fn text(file: Option<&File>, bytes: &ReadBytes) -> Option<Named> {
    let (file, bytes) = (file?, bytes.as_ref().ok()?);
    // What is no text says nothing.
    let is_text = !bytes.iter().take(8000).any(|byte| *byte == 0);
    is_text.then(|| (file.path.clone(), String::from_utf8_lossy(bytes).into_owned()))
}
