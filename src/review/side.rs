//! One side of a change: profiles and what they extend, from a repository.

use super::{Content, File, FileKind, Repository, Side, Trouble};
use crate::baseline;
use crate::load::{
    LoadError, LoadErrorKind, LoadOptions, Loaded, MAX_BYTES, NeighbourError, Neighbours, Source,
    beside, load, parse,
};
use std::cell::RefCell;

/// How many symbolic links lead to a file.
const MAX_LINKS: usize = 8;

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
    pub fn bytes(&self, file: &File) -> Result<Vec<u8>, LoadErrorKind> {
        let mut file = file.clone();
        for _ in 0..=MAX_LINKS {
            self.seen.borrow_mut().push(file.path.clone());
            let content = match file.kind {
                FileKind::Submodule => return Err(LoadErrorKind::NotFound { baseline: None }),
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
        parse(&name, &bytes, &options)
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
        let file = from.name.strip_prefix(self.repository.prefix(self.side)).unwrap_or(&from.name);
        let root = || "the repository".to_owned();
        let Some(path) = beside(file, name) else {
            return Err(NeighbourError::Outside { path: name.to_owned(), root: root() });
        };
        let error = |kind| NeighbourError::Load(LoadError::whole(&self.name(&path), kind));
        self.seen.borrow_mut().push(path.clone());
        let found = self.asked(self.repository.find(self.side, &path)).map_err(error)?;
        let found = found.ok_or_else(|| error(LoadErrorKind::NotFound { baseline: None }))?;
        Ok(self.load(&found, None)?)
    }
}
