//! Which files there are, and what is in them: all that a fleet asks of the file system.

use crate::cli::arguments::options::Question;
use crate::cli::failure::Failure;
use crate::cli::terminal::progress::Bar;
use crate::fleet::{File, Judge, Left, LeftKind, Row, Siblings, Unread, is_archive};
use crate::load::{Content, read_steady};
use rayon::prelude::*;
use std::collections::{BTreeSet, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

/// Something to be judged, or what is known without looking.
#[derive(Clone, Debug)]
pub(in crate::cli) enum Input {
    /// A file.
    File { path: PathBuf, name: String, is_named: bool },
    /// Standard input, which is read when it is its turn.
    Stream,
    /// An object on standard input, which begins behind so many lines.
    Object { bytes: Vec<u8>, name: String, lines: u32 },
    /// A row.
    Known(Row),
}

impl Input {
    /// How many bytes it holds.
    pub fn held(&self) -> usize {
        if let Input::Object { bytes, .. } = self { bytes.len() } else { 0 }
    }
}

/// All that is named, each once, in one order.
pub(in crate::cli) fn inputs(
    paths: &[OsString],
    list: Option<&Path>,
    root: Option<&Path>,
) -> Result<Vec<Input>, Failure> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for path in paths {
        if path == "-" {
            found.push(Input::Stream);
        } else {
            named((Path::new(path), true), root, &mut found, &mut seen);
        }
    }
    if let Some(list) = list {
        let bytes = if list == Path::new("-") {
            let mut bytes = Vec::new();
            io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
        } else {
            fs::read(list)
        };
        let bytes = bytes.map_err(|error| {
            Failure::Usage(format!(
                "cannot read {}: {error}",
                list.display().to_string().escape_debug()
            ))
        })?;
        for name in bytes.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
            // A list is what some tool found, and not what somebody says is a profile.
            named((Path::new(&os(name)), false), root, &mut found, &mut seen);
        }
    }
    Ok(found)
}

/// What a team's settings pass over is told, and not judged.
pub(in crate::cli) fn without_excluded(inputs: Vec<Input>, question: &Question) -> Vec<Input> {
    let exclude = question.file().exclude();
    let is_out = |path: &Path| {
        path.to_str().is_some_and(|path| exclude.has_named(&question.config.path_of(path)))
    };
    let judged = |input| match input {
        Input::File { path, name, .. } if is_out(&path) => {
            Input::Known(left(LeftKind::Excluded, name))
        }
        input => input,
    };
    inputs.into_iter().map(judged).collect()
}

#[cfg(unix)]
fn os(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStrExt;
    OsStr::from_bytes(bytes).to_owned()
}

#[cfg(not(unix))]
fn os(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// A path that somebody named: a file, or a folder with all that is in it.
fn named(
    (given, is_named): (&Path, bool),
    root: Option<&Path>,
    found: &mut Vec<Input>,
    seen: &mut HashSet<PathBuf>,
) {
    let name = |path: &Path| shown(path, given, root);
    match fs::metadata(given) {
        Ok(known) if known.is_dir() => {}
        Ok(_) => {
            if seen.insert(given.to_owned()) {
                found.push(Input::File { path: given.to_owned(), name: name(given), is_named });
            }
            return;
        }
        Err(error) => {
            found.push(Input::Known(trouble(&name(given), error.to_string())));
            return;
        }
    }
    let mut folders = vec![given.to_owned()];
    while let Some(folder) = folders.pop() {
        let mut entries = Vec::new();
        match fs::read_dir(&folder) {
            Ok(all) => {
                for entry in all {
                    match entry {
                        Ok(entry) => entries.push(entry),
                        Err(error) => {
                            found.push(Input::Known(trouble(&name(&folder), error.to_string())))
                        }
                    }
                }
            }
            Err(error) => {
                let why = format!("the folder cannot be read: {error}");
                found.push(Input::Known(trouble(&name(&folder), why)));
                continue;
            }
        }
        entries.sort_by_key(|entry| entry.file_name());
        let mut below = Vec::new();
        for entry in entries {
            let path = entry.path();
            let kind = entry.file_type();
            let is_link = kind.as_ref().is_ok_and(|kind| kind.is_symlink());
            // What a link leads to counts, unless that is a folder: links can go in circles.
            let kind = match is_link {
                true => fs::metadata(&path).map(|known| known.file_type()),
                false => kind,
            };
            match kind {
                Ok(kind) if kind.is_dir() && is_link => {
                    found.push(Input::Known(left(LeftKind::Links, name(&path))));
                }
                Ok(kind) if kind.is_dir() => {
                    if entry.file_name() != ".git" {
                        below.push(path);
                    }
                }
                Ok(kind) if kind.is_file() => {
                    if seen.insert(path.clone()) {
                        found.push(Input::File { name: name(&path), path, is_named: false });
                    }
                }
                Ok(_) => found.push(Input::Known(left(LeftKind::Special, name(&path)))),
                Err(error) => found.push(Input::Known(trouble(&name(&path), error.to_string()))),
            }
        }
        folders.extend(below.into_iter().rev());
    }
}

/// A name without the machine's folders: relative to the root, or as it was given; of what lies outside
/// of the working folder, from the name of the folder that was given on.
fn shown(path: &Path, given: &Path, root: Option<&Path>) -> String {
    let below = |root: &Path| {
        let rest = path.strip_prefix(root).ok()?;
        (rest != Path::new("")).then(|| rest.to_owned())
    };
    let is_plain = |path: &Path| {
        path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
    };
    let relative = match root {
        Some(root) => below(root),
        None if is_plain(path) => Some(path.to_owned()),
        None => std::env::current_dir().ok().and_then(|folder| below(&folder)),
    };
    let relative = relative.unwrap_or_else(|| {
        let rest = path.strip_prefix(given).unwrap_or(Path::new(""));
        let own = given.file_name().map_or_else(PathBuf::new, PathBuf::from);
        if rest == Path::new("") { own } else { own.join(rest) }
    });
    let parts = relative.components().filter_map(|part| match part {
        Component::Normal(part) => Some(text_of(part)),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// A name as text; bytes that are none as `\xNN`, so that two names stay two.
fn text_of(name: &OsStr) -> String {
    if let Some(text) = name.to_str() {
        return text.to_owned();
    }
    let mut text = String::new();
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        text += chunk.valid();
        for byte in chunk.invalid() {
            text += &format!("\\x{byte:02x}");
        }
    }
    text
}

pub(super) fn trouble(name: &str, why: String) -> Row {
    Row::Unread(Unread { name: name.to_owned(), line: None, column: None, why, trouble: true })
}

fn left(kind: LeftKind, name: String) -> Row {
    Row::Left(Left { kind, count: 1, names: BTreeSet::from([name]) })
}

/// The rows of all of them, in their order.
pub(super) fn judged(judge: &Judge, inputs: &[Input], neighbours: Siblings, bar: &Bar) -> Vec<Row> {
    let rows = inputs.par_iter().map(|input| {
        let rows = match input {
            Input::Known(row) => vec![row.clone()],
            Input::File { path, name, is_named } => file(judge, path, name, *is_named, neighbours),
            // It was cut into its objects before.
            Input::Stream => Vec::new(),
            Input::Object { bytes, name, lines } => {
                let file = File { name, path: None, bytes, is_named: true };
                let rows = judge.file(file, neighbours);
                rows.into_iter().map(|row| row.behind(*lines)).collect()
            }
        };
        bar.add(1);
        rows
    });
    rows.collect::<Vec<_>>().into_iter().flatten().collect()
}

/// What is in a file that could be a profile's; none of what is not looked into.
pub(in crate::cli) fn bytes(path: &Path, name: &str) -> Result<Option<Vec<u8>>, String> {
    if is_archive(name, &[]) {
        return Ok(None);
    }
    match read_steady(path) {
        Ok(Content::Bytes(bytes)) if !is_archive(name, &bytes) => Ok(Some(bytes)),
        Ok(Content::Large) if is_data(name) => Err(LARGE.to_owned()),
        Ok(_) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

pub(super) const LARGE: &str = "it is larger than 16 MiB";

/// Whether a file could hold a profile, by its name.
fn is_data(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    [".json", ".yaml", ".yml"].iter().any(|end| lower.ends_with(end))
}

fn file(judge: &Judge, path: &Path, name: &str, is_named: bool, neighbours: Siblings) -> Vec<Row> {
    if is_archive(name, &[]) {
        return vec![left(LeftKind::Archives, name.to_owned())];
    }
    match read_steady(path) {
        Ok(Content::Bytes(bytes)) if is_archive(name, &bytes) => {
            vec![left(LeftKind::Archives, name.to_owned())]
        }
        Ok(Content::Bytes(bytes)) => {
            judge.file(File { name, path: path.to_str(), bytes: &bytes, is_named }, neighbours)
        }
        Ok(Content::Large) => match is_data(name) || is_named {
            true => vec![trouble(name, LARGE.to_owned())],
            false => vec![left(LeftKind::Large, name.to_owned())],
        },
        Ok(Content::Special) => vec![left(LeftKind::Special, name.to_owned())],
        Err(error) => vec![trouble(name, error.to_string())],
    }
}
