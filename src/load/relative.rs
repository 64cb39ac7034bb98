//! What a file means by the name of another.

use super::{LoadError, LoadOptions, Loaded, Source, SourceKind, load};
use crate::baseline;
use std::path::{Component, Path, PathBuf};

/// Where files find each other: the file system, a revision of a repository.
pub trait Neighbours {
    /// One name for one file, however it is reached.
    fn identity(&self, source: &Source) -> String;

    /// Loads what a file means by a name: a built-in baseline, or a path relative to its folder.
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
}

impl Neighbours for Surroundings {
    fn identity(&self, source: &Source) -> String {
        match source.kind {
            SourceKind::File => std::fs::canonicalize(&*source.name)
                .map_or_else(|_| source.name.to_string(), |path| path.display().to_string()),
            _ => source.name.to_string(),
        }
    }

    fn open(&self, from: &Source, name: &str) -> Result<Loaded, NeighbourError> {
        if baseline::is_spec(name) {
            return Ok(load(name, &OPTIONS)?);
        }
        let folder = match from.kind {
            SourceKind::File => Path::new(&*from.name).parent().map(Path::to_owned),
            SourceKind::Stdin | SourceKind::Memory => Some(PathBuf::new()),
            SourceKind::Git => return in_revision(&from.name, name),
            SourceKind::Baseline => None,
        };
        let place = folder.ok_or(NeighbourError::NoFolder)?.join(name);
        if let (Some(root), Ok(real)) = (&self.root, place.canonicalize())
            && !real.starts_with(root)
        {
            return Err(outside(&place.display().to_string(), &root.display().to_string()));
        }
        Ok(load(&place.display().to_string(), &OPTIONS)?)
    }
}

/// A path that a file of a revision names, in the same revision. git follows no symbolic link.
fn in_revision(from: &str, name: &str) -> Result<Loaded, NeighbourError> {
    let (revision, file) = from.split_once(':').ok_or(NeighbourError::NoFolder)?;
    let path = beside(file, name).ok_or_else(|| outside(name, "the repository"))?;
    // git takes a path that starts with a dot relative to the working folder.
    let dot = if file.starts_with("./") && !path.starts_with("../") { "./" } else { "" };
    Ok(load(&format!("{revision}:{dot}{path}"), &OPTIONS)?)
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
            // What is above the working folder, git knows.
            ("..", None | Some(&"..")) if file.starts_with("../") => parts.push(".."),
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
