//! What a change of a repository does to the seccomp profiles in it.
//!
//! `look` reads one changed file; `pairs` finds in these the profiles that a change touches, by
//! content and not by name, and pairs the old with the new; `judge` says of one pair what it lets
//! through and what the lints newly find.
//! Files come from a [`Repository`], so that nothing here knows git.

mod find;
mod judge;
mod look;
mod overlays;
mod pairs;
mod required;
mod side;
mod uses;
mod verdict;

pub use find::{Found, Pair, Version};
pub use judge::{Question, judge, unneeded};
pub use look::{Looked, look, uses};
pub use pairs::pairs;
pub use uses::Uses;
pub use verdict::{Gate, account};

use crate::lint::{Config, ConfigError};
use crate::load::{Source, SourceKind};
use crate::report::account::{Entry, Item, Level, Region, Status, bare};
use std::fmt;

/// Before the change, or after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Side {
    Old,
    New,
}

/// What a path holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A file.
    Regular,
    /// A symbolic link: its content is where it leads.
    Link,
    /// A commit of another repository.
    Submodule,
}

/// A file of one side.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct File {
    /// Its path from the root of the repository, with slashes.
    pub path: String,
    /// Names its content: git's blob.
    pub id: String,
    /// What it is.
    pub kind: FileKind,
}

/// A content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// All of it.
    Bytes(Vec<u8>),
    /// More than [`MAX_BYTES`](crate::load::MAX_BYTES).
    TooLarge,
}

/// A file that is added, removed, or has another content or path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// What it was, if it was there.
    pub old: Option<File>,
    /// What it is, if it is there.
    pub new: Option<File>,
}

/// A repository that does not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Trouble(pub String);

/// Where files come from.
pub trait Repository {
    /// What lies at a path.
    ///
    /// # Errors
    /// [`Trouble`]
    fn find(&self, side: Side, path: &str) -> Result<Option<File>, Trouble>;

    /// What lies at a path in another revision, by a name from a file of that side: `HEAD` is what
    /// it would be if the side were checked out.
    ///
    /// # Errors
    /// [`Trouble`], also where there is no such revision.
    fn find_at(&self, side: Side, revision: &str, path: &str) -> Result<Option<File>, Trouble>;

    /// A content.
    ///
    /// # Errors
    /// [`Trouble`]
    fn read(&self, id: &str) -> Result<Content, Trouble>;

    /// The files in a folder, without those in its folders; the path is empty for the root.
    ///
    /// # Errors
    /// [`Trouble`]
    fn folder(&self, side: Side, path: &str) -> Result<Vec<File>, Trouble>;

    /// The files that could stand on others: JSON and YAML with the word `extends` or
    /// `baseProfileName`.
    ///
    /// # Errors
    /// [`Trouble`]
    fn overlays(&self, side: Side) -> Result<Vec<File>, Trouble>;

    /// The files of that name, in whatever folder.
    ///
    /// # Errors
    /// [`Trouble`]
    fn ending(&self, side: Side, name: &str) -> Result<Vec<File>, Trouble>;

    /// The YAML and JSON files that hold a word.
    ///
    /// # Errors
    /// [`Trouble`]
    fn holding(&self, side: Side, word: &str) -> Result<Vec<File>, Trouble>;

    /// What messages call a side before the path: `1a2b3c4:` or nothing.
    fn prefix(&self, side: Side) -> &str;
}

/// The path of the configuration.
pub const CONFIG: &str = "sdiff.toml";

/// The configuration of the old side, at that path in the repository: a change cannot approve itself.
/// Nothing where there is none.
///
/// # Errors
/// [`ConfigTrouble`]
pub fn config(repository: &dyn Repository, path: &str) -> Result<Option<Config>, ConfigTrouble> {
    let Some(file) = repository.find(Side::Old, path)? else { return Ok(None) };
    let text = text(repository, &file)?;
    let wrong = |error| {
        let path = format!("{}{path}", repository.prefix(Side::Old));
        ConfigTrouble::Wrong { path, error }
    };
    Config::parse(&text).map(Some).map_err(wrong)
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum ConfigTrouble {
    #[error(transparent)]
    Repository(#[from] Trouble),
    #[error(
        "{}{}: {error}\n  help: the settings from before the change count; `--no-config` reviews without them",
        .path.escape_debug(), line_text(.error)
    )]
    Wrong { path: String, error: ConfigError },
}

fn line_text(error: &ConfigError) -> String {
    error.line.map_or(String::new(), |line| format!(":{line}"))
}

fn text(repository: &dyn Repository, file: &File) -> Result<String, Trouble> {
    match (file.kind, repository.read(&file.id)?) {
        (FileKind::Regular, Content::Bytes(bytes)) => {
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        }
        _ => Err(Trouble(format!("{} is no text", file.path.escape_debug()))),
    }
}

/// What is to be said of a change of the configuration itself, if it is changed.
///
/// # Errors
/// [`Trouble`]
pub fn config_entry(
    repository: &dyn Repository,
    changes: &[FileChange],
    path: &str,
) -> Result<Option<Entry>, Trouble> {
    let is_it = |file: &Option<File>| file.as_ref().is_some_and(|file| file.path == path);
    let Some(change) = changes.iter().find(|change| is_it(&change.old) || is_it(&change.new))
    else {
        return Ok(None);
    };
    let read = |file: &Option<File>| match file {
        Some(file) if file.path == path => text(repository, file).map(Some),
        _ => Ok(None),
    };
    let (old, new) = (read(&change.old)?, read(&change.new)?);
    let parsed =
        |text: &Option<String>| text.as_deref().map_or(Ok(Config::default()), Config::parse);
    let source = |side, text: &Option<String>| {
        let name = format!("{}{path}", repository.prefix(side));
        text.as_deref().map(|text| Source::new(&name, SourceKind::Memory, text))
    };
    let mut item = bare("config-changed".to_owned(), "config-changed", Level::Warning, "warning");
    path.clone_into(&mut item.subject);
    let line = match parsed(&new) {
        Err(error) => {
            item.level = Level::Error;
            item.message = format!("{path} cannot be read any more: {error}");
            error.line
        }
        Ok(after) => {
            let before = parsed(&old).unwrap_or_default();
            let (said, line) = after.news_against(&before);
            item.message = match said.is_empty() {
                true => format!("{path} is edited; it says what it did"),
                false => format!("{path} is edited: {}", said.join("; ")),
            };
            line
        }
    };
    item.help = Some("this review goes by the old one; the next goes by the new one".to_owned());
    item.place = line.and_then(|line| u32::try_from(line).ok()).map(|line| Region {
        line,
        column: 1,
        end_line: line,
        end_column: 1,
    });
    let status = match (&old, &new) {
        (None, _) => Status::Added,
        (_, None) => Status::Deleted,
        _ => Status::Changed,
    };
    Ok(Some(Entry {
        path: path.to_owned(),
        file: new.is_some().then(|| path.to_owned()),
        status,
        against: String::new(),
        sentence: item.message.clone(),
        items: vec![filled(item)],
        accepted: Vec::new(),
        notes: Vec::new(),
        old: source(Side::Old, &old),
        new: source(Side::New, &new),
        own: None,
        table: None,
        told: None,
    }))
}

/// An item whose JSON says what the item does.
fn filled(mut item: Item) -> Item {
    item.data = serde_json::json!({
        "id": item.id,
        "kind": item.rule,
        "severity": item.severity,
        "subject": item.subject,
        "message": item.message,
        "help": item.help,
    });
    item
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Side::Old => "old",
            Side::New => "new",
        })
    }
}
