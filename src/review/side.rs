//! One side of a change: profiles and what they extend, from a repository.

use super::{Content, File, FileKind, Repository, Side, Trouble};
use crate::baseline;
use crate::load::{
    LoadError, LoadErrorKind, LoadOptions, Loaded, MAX_BYTES, MAX_SIBLINGS, NeighbourError,
    Neighbours, NoSiblings, Siblings, Source, SourceKind, beside, beside_revision, is_data, load,
    meant_baseline, parse_as, revision_of, text_with,
};
use std::cell::RefCell;

/// How many symbolic links lead to a file.
const MAX_LINKS: usize = 8;

/// The bytes of a file, or why it has none.
pub(super) type ReadBytes = Result<Vec<u8>, LoadErrorKind>;

/// A side of a repository.
pub(super) struct View<'a> {
    pub repository: &'a dyn Repository,
    pub side: Side,
    /// Trouble with the repository, which is none of a profile.
    trouble: RefCell<Option<Trouble>>,
    /// The paths that were asked for.
    pub seen: RefCell<Vec<String>>,
}

impl<'a> View<'a> {
    pub fn new(repository: &'a dyn Repository, side: Side) -> View<'a> {
        View { repository, side, trouble: RefCell::default(), seen: RefCell::default() }
    }

    /// Reports trouble that came up in between.
    pub fn checked<T>(&self, value: T) -> Result<T, Trouble> {
        match self.trouble.borrow_mut().take() {
            Some(trouble) => Err(trouble),
            None => Ok(value),
        }
    }

    fn asked<T>(&self, answer: Result<T, Trouble>) -> Result<T, LoadErrorKind> {
        answer.map_err(|trouble| {
            let message = trouble.0.clone();
            *self.trouble.borrow_mut() = Some(trouble);
            LoadErrorKind::Git(message)
        })
    }

    /// The bytes of a file; of a symbolic link those of the file within the repository to which
    /// it leads.
    pub fn bytes(&self, file: &File) -> ReadBytes {
        let mut file = file.clone();
        for _ in 0..=MAX_LINKS {
            self.seen.borrow_mut().push(file.path.clone());
            let content = match file.kind {
                FileKind::Submodule => {
                    return Err(LoadErrorKind::NotFound { baseline: None, near: None });
                }
                FileKind::Regular | FileKind::Link => self.asked(self.repository.read(&file.id))?,
            };
            let bytes = match content {
                Content::Bytes(bytes) => bytes,
                Content::TooLarge => return Err(LoadErrorKind::TooLarge(MAX_BYTES)),
            };
            if file.kind == FileKind::Regular {
                return Ok(bytes);
            }
            let target = String::from_utf8_lossy(&bytes).into_owned();
            let leads = |what: &str| {
                LoadErrorKind::Unreadable(format!("a symbolic link to `{target}`, {what}"))
            };
            let path =
                beside(&file.path, &target).ok_or_else(|| leads("outside the repository"))?;
            let found = self.asked(self.repository.find(self.side, &path))?;
            file = found.ok_or_else(|| leads("where nothing is"))?;
        }
        Err(LoadErrorKind::Unreadable("symbolic links that lead to each other".to_owned()))
    }

    /// What messages call a path.
    pub fn name(&self, path: &str) -> String {
        format!("{}{path}", self.repository.prefix(self.side))
    }

    /// A profile as its file says it.
    pub fn load(&self, file: &File, document: Option<&str>) -> Result<Loaded, LoadError> {
        let name = self.name(&file.path);
        let bytes = self.bytes(file).map_err(|kind| LoadError::whole(&name, kind))?;
        let options = LoadOptions { format: None, document: document.map(str::to_owned) };
        let siblings = Beside { view: self, path: &file.path };
        parse_as(&name, SourceKind::Memory, &bytes, &options, &siblings)
    }

    /// A profile of another revision, for which a file says `said`.
    fn load_at(&self, revision: &str, path: &str, said: &str) -> Result<Loaded, LoadError> {
        let name = format!("{revision}:{path}");
        let error = |kind| LoadError::whole(&name, kind);
        // An unknown revision is no trouble of the repository.
        let found = self.repository.find_at(self.side, revision, path);
        let found = found.map_err(|Trouble(message)| error(LoadErrorKind::Git(message)))?;
        let file = found.ok_or_else(|| error(absent(said)))?;
        if file.kind != FileKind::Regular {
            let message = "in another revision links are not followed".to_owned();
            return Err(error(LoadErrorKind::Unreadable(message)));
        }
        match self.asked(self.repository.read(&file.id)).map_err(error)? {
            Content::Bytes(bytes) => {
                parse_as(&name, SourceKind::Git, &bytes, &LoadOptions::default(), &NoSiblings)
            }
            Content::TooLarge => Err(error(LoadErrorKind::TooLarge(MAX_BYTES))),
        }
    }
}

/// What is beside a file of a side.
pub(super) struct Beside<'v, 'a> {
    pub view: &'v View<'a>,
    pub path: &'v str,
}

impl Siblings for Beside<'_, '_> {
    fn texts(&self, word: &str) -> Result<Vec<(String, String)>, LoadErrorKind> {
        let View { repository, side, .. } = *self.view;
        let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let files = self.view.asked(repository.folder(side, folder))?;
        let could_be = |file: &File| {
            file.kind == FileKind::Regular && file.path != self.path && is_data(&file.path)
        };
        let files: Vec<File> = files.into_iter().filter(could_be).collect();
        if files.len() > MAX_SIBLINGS {
            return Err(LoadErrorKind::TooManySiblings(MAX_SIBLINGS));
        }
        let mut texts = Vec::new();
        for file in files {
            if let Content::Bytes(bytes) = self.view.asked(repository.read(&file.id))?
                && let Some(text) = text_with(bytes, word)
            {
                self.view.seen.borrow_mut().push(file.path.clone());
                texts.push((self.view.name(&file.path), text));
            }
        }
        Ok(texts)
    }
}

impl Neighbours for View<'_> {
    fn identity(&self, source: &Source) -> String {
        source.name.to_string()
    }

    fn open(&self, from: &Source, name: &str) -> Result<Loaded, NeighbourError> {
        if baseline::is_spec(name) {
            return Ok(load(name, &LoadOptions::default())?);
        }
        let (own, file) = match (from.kind, from.name.split_once(':')) {
            (SourceKind::Git, Some((revision, file))) => (Some(revision), file),
            _ => {
                let prefix = self.repository.prefix(self.side);
                (None, from.name.strip_prefix(prefix).unwrap_or(&from.name))
            }
        };
        let (revision, path) = match revision_of(name) {
            // The side is its own head.
            Some(("HEAD" | "@", path)) => (None, beside_revision(file, path)),
            Some((revision, path)) => (Some(revision), beside_revision(file, path)),
            None => (own, beside(file, name)),
        };
        let Some(path) = path else {
            let root = "the repository".to_owned();
            return Err(NeighbourError::Outside { path: name.to_owned(), root });
        };
        if let Some(revision) = revision {
            return Ok(self.load_at(revision, &path, name)?);
        }
        let error = |kind| NeighbourError::Load(LoadError::whole(&self.name(&path), kind));
        self.seen.borrow_mut().push(path.clone());
        let found = self.asked(self.repository.find(self.side, &path)).map_err(error)?;
        let found = found.ok_or_else(|| error(absent(name)))?;
        Ok(self.load(&found, None)?)
    }
}

/// There is nothing where a file says that something is.
fn absent(name: &str) -> LoadErrorKind {
    LoadErrorKind::NotFound { baseline: meant_baseline(name), near: None }
}
