//! What a file means by the name of another.

use super::limited::{exists, git};
use super::open::{load_file, load_revision};
use crate::baseline;
use crate::load::{
    LoadError, LoadErrorKind, LoadOptions, Loaded, Source, SourceKind, load, meant_baseline,
};
use std::path::{Component, Path, PathBuf};

/// Where files find each other: the file system, a revision of a repository.
pub trait Neighbours {
    /// One name for one file, however it is reached.
    fn identity(&self, source: &Source) -> String;

    /// Loads what a file means by a name: a built-in baseline, a path relative to its folder, or
    /// `REV:path` in the repository that holds the file.
    ///
    /// # Errors
    /// [`NeighbourError`]
    fn open(&self, from: &Source, name: &str) -> Result<Loaded, NeighbourError>;
}

/// Why a file that another one names is not to be had.
#[derive(Debug)]
#[allow(missing_docs)] // the fields are named for what they hold
pub enum NeighbourError {
    /// It does not load.
    Load(LoadError),
    /// It is outside the repository or the working folder.
    Outside { path: String, root: String },
    /// A relative path has no meaning there.
    NoFolder,
}

impl From<LoadError> for NeighbourError {
    fn from(error: LoadError) -> NeighbourError {
        NeighbourError::Load(error)
    }
}

/// A layer is what its own content says it is, whatever the user said of the first file.
const OPTIONS: LoadOptions = LoadOptions { format: None, document: None };

/// The file system, and git for files of a revision.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// What no path may leave.
    root: Option<PathBuf>,
}

impl Surroundings {
    /// Within the repository around the working folder, or within that folder.
    pub fn within_repository() -> Surroundings {
        Surroundings { root: root() }
    }

    /// Wherever the user may read.
    pub fn anywhere() -> Surroundings {
        Surroundings { root: None }
    }

    /// Whether something may be read, as far as it is there.
    fn allows(&self, place: &Path) -> Result<(), NeighbourError> {
        match (&self.root, place.canonicalize()) {
            (Some(root), Ok(real)) if !real.starts_with(root) => {
                Err(outside(&place.display().to_string(), &root.display().to_string()))
            }
            _ => Ok(()),
        }
    }
}

impl Neighbours for Surroundings {
    fn identity(&self, source: &Source) -> String {
        match source.kind {
            SourceKind::File => std::fs::canonicalize(&*source.name)
                .map_or_else(|_| source.name.to_string(), |path| path.display().to_string()),
            SourceKind::Git => match in_repository(source) {
                Some((revision, path)) => format!("{revision}:{path}"),
                None => source.name.to_string(),
            },
            _ => source.name.to_string(),
        }
    }

    fn open(&self, from: &Source, name: &str) -> Result<Loaded, NeighbourError> {
        if baseline::is_spec(name) {
            return Ok(load(name, &OPTIONS)?);
        }
        let folder = match from.kind {
            SourceKind::File => Path::new(&*from.name).parent().unwrap_or(Path::new("")),
            SourceKind::Stdin | SourceKind::Memory | SourceKind::Filter => Path::new(""),
            SourceKind::Git => return in_revision(from, name),
            SourceKind::Baseline => return Err(NeighbourError::NoFolder),
        };
        let place = folder.join(name);
        let shown = place.display().to_string();
        if !exists(&shown)
            && let Some((revision, path)) = revision_of(name)
        {
            self.allows(if folder == Path::new("") { Path::new(".") } else { folder })?;
            let repository = Some(folder).filter(|folder| *folder != Path::new(""));
            let file =
                if path.starts_with('.') { prefix(repository) + "file" } else { String::new() };
            let path = beside_revision(&file, path);
            let path = path.ok_or_else(|| outside(name, "the repository"))?;
            return Ok(load_revision(&format!("{revision}:{path}"), &OPTIONS, repository)?);
        }
        // Of `FILE#NAME` it is about the file.
        let document = shown.rsplit_once('#').filter(|_| !exists(&shown));
        self.allows(document.map_or(&place, |(file, _)| Path::new(file)))?;
        Ok(load_file(&shown, &OPTIONS).map_err(|error| meant(error, name))?)
    }
}

/// What a file of a revision names, in the same revision or in another one of its repository. git
/// follows no symbolic link.
fn in_revision(from: &Source, name: &str) -> Result<Loaded, NeighbourError> {
    let (own, file) = in_repository(from).ok_or(NeighbourError::NoFolder)?;
    let (revision, path) = match revision_of(name) {
        Some((revision, path)) => (revision, beside_revision(&file, path)),
        None => (own, beside(&file, name)),
    };
    let path = path.ok_or_else(|| outside(name, "the repository"))?;
    let spec = format!("{revision}:{path}");
    let loaded = load_revision(&spec, &OPTIONS, from.repository.as_deref());
    Ok(loaded.map_err(|error| meant(error, name))?)
}

/// An error that says which built-in baseline was meant, perhaps.
fn meant(error: LoadError, name: &str) -> LoadError {
    let is_absent = matches!(error.kind(), LoadErrorKind::NotFound { .. } | LoadErrorKind::Git(_));
    match meant_baseline(name) {
        Some(baseline) if is_absent => {
            let baseline = Some(baseline);
            LoadError::whole(error.name(), LoadErrorKind::NotFound { baseline, near: None })
        }
        _ => error,
    }
}

/// The revision of a source, and its path from the root of the repository: git takes a path that
/// starts with a dot relative to the working folder.
fn in_repository(source: &Source) -> Option<(&str, String)> {
    let (revision, path) = source.name.split_once(':')?;
    match path.starts_with("./") || path.starts_with("../") {
        true => {
            let file = prefix(source.repository.as_deref()) + "file";
            Some((revision, beside(&file, path)?))
        }
        false => Some((revision, path.to_owned())),
    }
}

/// The path of a folder from the root of its repository, with a slash behind it.
fn prefix(folder: Option<&Path>) -> String {
    let output = git(folder).args(["rev-parse", "--show-prefix"]).output();
    let output = output.ok().filter(|output| output.status.success());
    let prefix = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    prefix.unwrap_or_default().trim_end_matches('\n').to_owned()
}

/// The parts of a name in a profile that is `REV:path`. What starts with a dash would be an option
/// to git, and what starts as a path is one: `./a:b.json`.
pub(crate) fn revision_of(name: &str) -> Option<(&str, &str)> {
    let (revision, path) = name.split_once(':')?;
    let is_path = revision.is_empty()
        || revision.starts_with(['-', '.', '/', '\\'])
        || Path::new(name).is_absolute();
    (!is_path && !path.is_empty()).then_some((revision, path))
}

/// The path in `REV:path` as a file of the repository means it: relative to that file if it starts
/// with a dot, else to the root, as git has it.
pub(crate) fn beside_revision(file: &str, path: &str) -> Option<String> {
    let is_relative = path.starts_with("./") || path.starts_with("../");
    beside(if is_relative { file } else { "" }, path)
}

fn outside(path: &str, root: &str) -> NeighbourError {
    NeighbourError::Outside { path: path.to_owned(), root: root.to_owned() }
}

/// The path that a file names, as seen from where that file's own path is seen from, with slashes
/// on every system. None for what would leave the folder of all, and for absolute paths.
///
/// ```
/// # use sdiff::load::beside;
/// assert_eq!(beside("seccomp/mine.json", "base.json").as_deref(), Some("seccomp/base.json"));
/// assert_eq!(beside("seccomp/mine.json", "../b/./c.json").as_deref(), Some("b/c.json"));
/// assert_eq!(beside("seccomp/mine.json", "../../out.json"), None);
/// assert_eq!(beside("seccomp/mine.json", "/etc/passwd"), None);
/// ```
pub fn beside(file: &str, name: &str) -> Option<String> {
    let is_absolute = |part| matches!(part, Component::RootDir | Component::Prefix(_));
    if name.starts_with('/') || Path::new(name).components().any(is_absolute) {
        return None;
    }
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(name.split('/')) {
        match (part, parts.last()) {
            ("" | ".", _) => {}
            ("..", _) => {
                parts.pop()?;
            }
            (part, _) => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// The repository around the working folder, or that folder.
fn root() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?.canonicalize().ok()?;
    let repository = here.ancestors().find(|folder| folder.join(".git").exists());
    Some(repository.unwrap_or(&here).to_owned())
}
