//! Which profiles a change touches, and which old one belongs to which new one.

use super::side::{Beside, View};
use super::{File, FileChange, FileKind, Repository, Side, Trouble};
use crate::load::{
    LoadErrorKind, LoadOptions, SourceKind, could_be_profile, has, is_data, is_profile, parse_as,
};
use crate::profile::{normalize, to_json};
use crate::report::account::Status;
use rustc_hash::FxHasher;
use std::hash::{Hash, Hasher};

/// A profile of one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The file that holds it.
    pub file: File,
    /// Its name, where the file holds several.
    pub document: Option<String>,
    /// A hash of its normal form, if it can be read.
    form: Option<u64>,
}

/// A profile before and after; at least one of the two is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Before.
    pub old: Option<Version>,
    /// After.
    pub new: Option<Version>,
    /// What became of it.
    pub status: Status,
}

/// What a change touches.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The profiles, by path.
    pub pairs: Vec<Pair>,
    /// What was not looked at: sentences.
    pub notes: Vec<String>,
}

impl Version {
    /// The path, with `#NAME` for one of several.
    pub fn path(&self) -> String {
        match &self.document {
            Some(document) => format!("{}#{document}", self.file.path),
            None => self.file.path.clone(),
        }
    }

    /// What it is called, whatever the folder and the format.
    fn stem(&self) -> &str {
        let name = self.file.path.rsplit('/').next().unwrap_or_default();
        let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
        self.document.as_deref().unwrap_or(stem)
    }
}

impl Pair {
    /// The version that stands for it: the new one, if there is one.
    pub fn version(&self) -> Option<&Version> {
        self.new.as_ref().or(self.old.as_ref())
    }

    fn of(old: Option<Version>, new: Option<Version>) -> Pair {
        let status = match (&old, &new) {
            (None, _) => Status::Added,
            (_, None) => Status::Deleted,
            (Some(old), Some(new)) if old.path() != new.path() => Status::Renamed,
            _ => Status::Changed,
        };
        Pair { old, new, status }
    }
}

/// Finds the profiles of changed files.
///
/// A file is looked into if its bytes could be a profile's, whatever its name. What was a profile
/// and is one no more is found as well. Of what is gone and what has come, those with one normal
/// form are pairs, and then those with one name.
///
/// # Errors
/// [`Trouble`]
pub(super) fn changed(
    repository: &dyn Repository,
    changes: &[FileChange],
) -> Result<Found, Trouble> {
    let mut found = Found::default();
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    for change in changes {
        for file in [&change.old, &change.new].into_iter().flatten() {
            if file.kind == FileKind::Submodule {
                let note = format!("{} is a submodule: not looked into", file.path);
                if !found.notes.contains(&note) {
                    found.notes.push(note);
                }
            }
        }
        let versions = |side, file: &Option<File>, is_expected| match file {
            Some(file) => versions(&View::new(repository, side), file, is_expected),
            None => Ok(Vec::new()),
        };
        let mut new = versions(Side::New, &change.new, false)?;
        let mut old = versions(Side::Old, &change.old, !new.is_empty())?;
        if new.is_empty() && !old.is_empty() {
            new = versions(Side::New, &change.new, true)?;
        }
        if let (Some(file), [], []) = (&change.new, &old[..], &new[..]) {
            found.notes.extend(unseen(&View::new(repository, Side::New), file)?);
        }
        if let ([_], [_]) = (&old[..], &new[..]) {
            found.pairs.extend(old.pop().map(|old| Pair::of(Some(old), new.pop())));
            continue;
        }
        for version in old {
            match new.iter().position(|new| new.document == version.document) {
                Some(at) => found.pairs.push(Pair::of(Some(version), Some(new.remove(at)))),
                None => gone.push(version),
            }
        }
        come.append(&mut new);
    }
    for is_pair in
        [(|a, b| a.form.is_some() && a.form == b.form) as fn(&Version, &Version) -> bool, |a, b| {
            a.stem() == b.stem()
        }]
    {
        let mut left = Vec::new();
        for old in gone {
            match come.iter().position(|new| is_pair(&old, new)) {
                Some(at) => found.pairs.push(Pair::of(Some(old), Some(come.remove(at)))),
                None => left.push(old),
            }
        }
        gone = left;
    }
    found.pairs.extend(gone.into_iter().map(|old| Pair::of(Some(old), None)));
    found.pairs.extend(come.into_iter().map(|new| Pair::of(None, Some(new))));
    Ok(found)
}

/// The profiles in a file. Where one is expected, what cannot be read is one as well.
pub(super) fn versions(
    view: &View,
    file: &File,
    is_expected: bool,
) -> Result<Vec<Version>, Trouble> {
    if file.kind == FileKind::Submodule {
        return Ok(Vec::new());
    }
    let one = |document, form| Version { file: file.clone(), document, form };
    let bytes = match view.checked(view.bytes(file))? {
        Ok(bytes) => bytes,
        Err(_) => {
            let is_named = file.path.to_ascii_lowercase().contains("seccomp");
            return Ok(if is_expected || is_named { vec![one(None, None)] } else { Vec::new() });
        }
    };
    if !is_expected && !could_be_profile(&file.path, &bytes) {
        return Ok(Vec::new());
    }
    let form = |document: Option<&str>| {
        let options = LoadOptions { format: None, document: document.map(str::to_owned) };
        let siblings = Beside { view, path: &file.path };
        parse_as("", SourceKind::Memory, &bytes, &options, &siblings).map(|loaded| {
            let mut hasher = FxHasher::default();
            to_json(&normalize(&loaded.profile)).hash(&mut hasher);
            (hasher.finish(), is_profile(&file.path, &bytes, &loaded.profile))
        })
    };
    let error = match form(None) {
        Ok((form, is_profile)) => {
            let is_there = is_expected || is_profile;
            return Ok(if is_there { vec![one(None, Some(form))] } else { Vec::new() });
        }
        Err(error) => error,
    };
    Ok(match error.kind() {
        LoadErrorKind::SeveralProfiles(names) => {
            let documents = names.iter();
            let form = |name: &String| form(Some(name)).ok().map(|(form, _)| form);
            documents.map(|name| one(Some(name.clone()), form(name))).collect()
        }
        // Something else, or something else by now.
        LoadErrorKind::NotAProfile(_)
        | LoadErrorKind::OtherFile { .. }
        | LoadErrorKind::NoSeccomp
        | LoadErrorKind::NoSuchProfile { .. } => Vec::new(),
        // It is told of as what it is.
        LoadErrorKind::OtherGroup(_) if !is_expected => Vec::new(),
        _ if is_expected || (is_data(&file.path) && has(&bytes, b"SCMP_ACT_")) => {
            vec![one(None, None)]
        }
        _ => Vec::new(),
    })
}

/// What keeps a file from being looked into, if it could be a profile by its name.
fn unseen(view: &View, file: &File) -> Result<Option<String>, Trouble> {
    if file.kind != FileKind::Regular || !is_data(&file.path) {
        return Ok(None);
    }
    Ok(match view.checked(view.bytes(file))? {
        Err(LoadErrorKind::TooLarge(_)) => {
            Some(format!("{} is larger than 16 MiB: not looked into", file.path))
        }
        Ok(bytes) if bytes.starts_with(b"version https://git-lfs") => {
            Some(format!("{} is kept by Git LFS: not looked into", file.path))
        }
        Ok(bytes) if has(&bytes, b"SeccompProfile") => {
            let siblings = Beside { view, path: &file.path };
            let options = LoadOptions::default();
            let read = parse_as("", SourceKind::Memory, &bytes, &options, &siblings);
            match view.checked(read)?.map_err(|error| error.kind().clone()) {
                Err(LoadErrorKind::OtherGroup(group)) => Some(format!(
                    "{} holds a SeccompProfile of `{group}`, not of the Security Profiles \
                     Operator: not looked into",
                    file.path
                )),
                _ => None,
            }
        }
        _ => None,
    })
}
