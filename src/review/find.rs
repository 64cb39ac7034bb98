//! Which profiles a change touches, and which old one belongs to which new one.

use super::side::{Beside, ReadBytes, View};
use super::{File, FileChange, FileKind, Repository, Side, Trouble};
use crate::load::{
    Inside, LoadErrorKind, LoadOptions, NO_CONDITION, SourceKind, could_be_profile, could_hold,
    has, inside, is_data, is_profile, parse_as,
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
    /// A hash: of its normal form, where one that is gone is looked for, if it can be read; of one inside
    /// another file of its text.
    form: Option<u64>,
    /// Whether it stands inside a file that is something else.
    is_held: bool,
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
        let stem = |name| str::split_once(name, '.').map_or(name, |(stem, _)| stem);
        match &self.document {
            Some(document) if self.is_held => stem(document.rsplit('/').next().unwrap_or(document)),
            Some(document) => document,
            None => stem(name),
        }
    }
}

impl Pair {
    /// The version that stands for it: the new one, if there is one.
    pub fn version(&self) -> Option<&Version> {
        self.new.as_ref().or(self.old.as_ref())
    }

    /// Whether a file says something else, and of the profile inside it the same.
    fn is_untouched(&self) -> bool {
        matches!((&self.old, &self.new), (Some(old), Some(new))
            if old.is_held && new.is_held && old.form == new.form)
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

/// The profiles in one changed file.
#[derive(Clone, Debug, Default)]
pub(super) struct InFile {
    old: Vec<Version>,
    new: Vec<Version>,
    /// What was not looked at: sentences.
    notes: Vec<String>,
}

/// Finds the profiles in a changed file, of which `bytes` are the content on both sides.
///
/// A file is looked into if its bytes could be a profile's, whatever its name. What was a profile
/// and is one no more is found as well.
///
/// # Errors
/// [`Trouble`]
pub(super) fn in_file(
    repository: &dyn Repository,
    change: &FileChange,
    [was, is]: [&ReadBytes; 2],
) -> Result<InFile, Trouble> {
    let mut notes = Vec::new();
    for file in [&change.old, &change.new].into_iter().flatten() {
        if file.kind == FileKind::Submodule {
            notes.push(format!("{} is a submodule: not looked into", file.path));
        }
    }
    notes.dedup();
    let versions = |side, file: &Option<File>, bytes, is_expected| match file {
        Some(file) => versions_of(&View::new(repository, side), file, bytes, is_expected),
        None => Vec::new(),
    };
    let mut new = versions(Side::New, &change.new, is, false);
    let old = versions(Side::Old, &change.old, was, !new.is_empty());
    if new.is_empty() && !old.is_empty() {
        new = versions(Side::New, &change.new, is, true);
    }
    if let Some(file) = &change.new {
        if old.is_empty() && new.is_empty() {
            notes.extend(unseen(&View::new(repository, Side::New), file, is)?);
        }
        notes.extend(unread_inside(file, is));
    }
    Ok(InFile { old, new, notes })
}

/// Pairs the profiles of changed files.
///
/// Of what is gone and what has come, those with one normal form are pairs, and then those with one
/// name.
///
/// # Errors
/// [`Trouble`]
pub(super) fn changed<'f>(
    repository: &dyn Repository,
    files: impl Iterator<Item = &'f InFile>,
) -> Result<Found, Trouble> {
    let mut found = Found::default();
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    for InFile { old, new, notes } in files {
        found.notes.extend(notes.iter().cloned());
        let (mut old, mut new) = (old.clone(), new.clone());
        if let ([_], [_]) = (&old[..], &new[..]) {
            found.pairs.extend(old.pop().map(|old| Pair::of(Some(old), new.pop())));
            continue;
        }
        let (was, is) = (old.clone(), new.clone());
        for version in old {
            match new.iter().position(|new| new.document == version.document) {
                Some(at) => found.pairs.push(Pair::of(Some(version), Some(new.remove(at)))),
                None => match unconditional(&version, &is) {
                    Some(new) => found.pairs.push(Pair::of(Some(version), Some(new))),
                    None => gone.push(version),
                },
            }
        }
        for version in new {
            match unconditional(&version, &was) {
                Some(old) => found.pairs.push(Pair::of(Some(old), Some(version))),
                None => come.push(version),
            }
        }
    }
    if !gone.is_empty() && !come.is_empty() {
        for (side, versions) in [(Side::Old, &mut gone), (Side::New, &mut come)] {
            let view = View::new(repository, side);
            for version in versions.iter_mut().filter(|version| !version.is_held) {
                version.form = form(&view, version)?;
            }
        }
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
    found.pairs.retain(|pair| !pair.is_untouched());
    Ok(found)
}

/// Of a template's text under no condition the one that has none on the other side.
fn unconditional(version: &Version, others: &[Version]) -> Option<Version> {
    let name = version.document.as_deref()?.strip_suffix(NO_CONDITION)?;
    others.iter().find(|other| other.document.as_deref() == Some(name)).cloned()
}

/// A hash of the normal form of a profile that can be read.
fn form(view: &View, version: &Version) -> Result<Option<u64>, Trouble> {
    let loaded = view.checked(view.load(&version.file, version.document.as_deref()))?;
    Ok(loaded.ok().map(|loaded| {
        let mut hasher = FxHasher::default();
        to_json(&normalize(&loaded.profile)).hash(&mut hasher);
        hasher.finish()
    }))
}

/// What could be a profile inside a file, and is not read.
fn unread_inside(file: &File, bytes: &ReadBytes) -> Vec<String> {
    let Ok(bytes) = bytes else { return Vec::new() };
    if file.kind != FileKind::Regular || !is_data(&file.path) {
        return Vec::new();
    }
    let text = String::from_utf8_lossy(bytes);
    let line = |span: crate::profile::Span| {
        1 + text.get(..span.start as usize).unwrap_or("").matches('\n').count()
    };
    let inside = match has(bytes, b"seccomp") || could_hold(&text) {
        true => inside(&text),
        false => Inside::default(),
    };
    let note = |(why, span): (String, _)| format!("{}:{}: {why}", file.path, line(span));
    inside.unread.into_iter().map(note).collect()
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
    let bytes = view.checked(view.bytes(file))?;
    Ok(versions_of(view, file, &bytes, is_expected))
}

/// The same of a file whose content is known.
fn versions_of(view: &View, file: &File, bytes: &ReadBytes, is_expected: bool) -> Vec<Version> {
    if file.kind == FileKind::Submodule {
        return Vec::new();
    }
    let one = |document, form| Version { file: file.clone(), document, form, is_held: false };
    let Ok(bytes) = bytes else {
        let is_named = file.path.to_ascii_lowercase().contains("seccomp");
        return if is_expected || is_named { vec![one(None, None)] } else { Vec::new() };
    };
    if !is_expected && !could_be_profile(&file.path, bytes) {
        return Vec::new();
    }
    let held = || -> Vec<Version> {
        let known = inside(&String::from_utf8_lossy(bytes)).profiles.into_iter();
        known.map(|(name, form)| Version { is_held: true, ..one(Some(name), Some(form)) }).collect()
    };
    let siblings = Beside { view, path: &file.path };
    let read = parse_as("", SourceKind::Memory, bytes, &LoadOptions::default(), &siblings);
    let error = match read {
        Ok(loaded) if loaded.source.is_held() => return held(),
        Ok(loaded) => {
            let is_there = is_expected || is_profile(&file.path, bytes, &loaded.profile);
            return if is_there { vec![one(None, None)] } else { Vec::new() };
        }
        Err(error) => error,
    };
    match error.kind() {
        LoadErrorKind::SeveralProfiles(names) => {
            let held = held();
            let is_held =
                |name: &&String| held.iter().any(|one| one.document.as_ref() == Some(*name));
            let own = names.iter().filter(|name| !is_held(name));
            let own = own.map(|name| one(Some(name.clone()), None));
            own.collect::<Vec<_>>().into_iter().chain(held).collect()
        }
        // Something else, or something else by now.
        LoadErrorKind::NotAProfile(_)
        | LoadErrorKind::OtherFile { .. }
        | LoadErrorKind::NoSeccomp
        | LoadErrorKind::NoSuchProfile { .. } => Vec::new(),
        // It is told of as what it is.
        LoadErrorKind::OtherGroup(_) if !is_expected => Vec::new(),
        // It stands inside, and cannot be read.
        _ if !held().is_empty() => held(),
        _ if is_expected || (is_data(&file.path) && has(bytes, b"SCMP_ACT_")) => {
            vec![one(None, None)]
        }
        _ => Vec::new(),
    }
}

/// What keeps a file from being looked into, if it could be a profile by its name.
fn unseen(view: &View, file: &File, bytes: &ReadBytes) -> Result<Option<String>, Trouble> {
    if file.kind != FileKind::Regular || !is_data(&file.path) {
        return Ok(None);
    }
    Ok(match bytes {
        Err(LoadErrorKind::TooLarge(_)) => {
            Some(format!("{} is larger than 16 MiB: not looked into", file.path))
        }
        Ok(bytes) if bytes.starts_with(b"version https://git-lfs") => {
            Some(format!("{} is kept by Git LFS: not looked into", file.path))
        }
        Ok(bytes) if has(bytes, b"SeccompProfile") => {
            let siblings = Beside { view, path: &file.path };
            let options = LoadOptions::default();
            let read = parse_as("", SourceKind::Memory, bytes, &options, &siblings);
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
