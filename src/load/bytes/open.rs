//! What the user names: where it is looked for.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::folder::{Folder, Revision};
use super::limited::{exists, git_blob, limited, unreadable};
use super::steady::{Content, read_steady};
use crate::load::siblings::NoSiblings;
use crate::load::values::tree::MAX_BYTES;
use crate::load::{LoadError, LoadErrorKind, LoadOptions, Loaded, SourceKind, parse_as};
use crate::syscall::nearest_of;

/// Filters (see [`crate::filter`]) by the word that names them. It wins over a file or a revision of that
/// name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterWord<'a> {
    /// `bpf:FILE[,FILE...]`: files.
    Files(&'a str),
    /// `pid:N`: a process.
    Process(&'a str),
    /// `container:NAME`: the first process of a container.
    Container(&'a str),
    /// `self`: the process that asks.
    Own,
}

impl<'a> FilterWord<'a> {
    /// The word of a specification; none where it means a profile.
    pub fn of(spec: &'a str) -> Option<FilterWord<'a>> {
        Some(match spec.split_once(':') {
            Some(("bpf", files)) => FilterWord::Files(files),
            Some(("pid", process)) => FilterWord::Process(process),
            Some(("container", name)) => FilterWord::Container(name),
            _ if spec == "self" => FilterWord::Own,
            _ => return None,
        })
    }
}

/// Loads what the user names: the first of these that fits.
///
/// 1. `-`: standard input.
/// 2. A built-in baseline: `default`, `docker`, `docker@28.2`, `podman@5.8` (see
///    [`crate::baseline`]). A file of that name is `./default`.
/// 3. A path.
/// 4. `REV:path` in the git repository of the working directory, as `git show` takes it.
/// 5. `FILE#NAME`, where a YAML file holds several profiles; `FILE` is one of the above.
///
/// # Errors
/// [`LoadError`] where the bytes cannot be had, and for all that [`parse`](crate::load::parse) refuses.
pub fn load(spec: &str, options: &LoadOptions) -> Result<Loaded, LoadError> {
    if FilterWord::of(spec).is_some() {
        return Err(LoadError::whole(spec, LoadErrorKind::Filter));
    }
    match spec == "-" || crate::baseline::is_spec(spec) || exists(spec) {
        true => read(spec, options),
        false => chosen(spec, options, read),
    }
}

/// Loads `PATH` or `FILE#NAME`, and nothing that a user can mean besides.
pub(in crate::load) fn load_file(spec: &str, options: &LoadOptions) -> Result<Loaded, LoadError> {
    match exists(spec) {
        true => file(spec, options),
        false => chosen(spec, options, |spec, options| match exists(spec) {
            true => file(spec, options),
            false => Err(absent(spec, None)),
        }),
    }
}

/// Loads `REV:path` of the repository that a folder is in. The caller sees to it that `REV` is no
/// option to git.
pub(in crate::load) fn load_revision(
    spec: &str,
    options: &LoadOptions,
    folder: Option<&Path>,
) -> Result<Loaded, LoadError> {
    chosen(spec, options, |spec, options| {
        let mut loaded = parse_as(
            spec,
            SourceKind::Git,
            &git_blob(spec, folder)?,
            options,
            &Revision { spec, repository: folder },
        )?;
        loaded.source.repository = folder.map(Arc::from);
        Ok(loaded)
    })
}

/// `FILE#NAME` where there is no file of that name.
fn chosen(
    spec: &str,
    options: &LoadOptions,
    read: impl Fn(&str, &LoadOptions) -> Result<Loaded, LoadError>,
) -> Result<Loaded, LoadError> {
    match spec.rsplit_once('#') {
        Some((file, document)) if options.document.is_none() && !document.is_empty() => {
            let options = LoadOptions { document: Some(document.to_owned()), ..options.clone() };
            let mut loaded = read(file, &options)?;
            // Two profiles of one file are told apart by what the user wrote.
            loaded.source = loaded.source.of_document(document);
            Ok(loaded)
        }
        _ => read(spec, options),
    }
}

fn read(spec: &str, options: &LoadOptions) -> Result<Loaded, LoadError> {
    if spec == "-" {
        let bytes = limited("<stdin>", io::stdin().lock())?;
        return parse_as("<stdin>", SourceKind::Stdin, &bytes, options, &NoSiblings);
    }
    if crate::baseline::is_spec(spec) {
        return crate::load::bytes::built_in::load(spec);
    }
    if exists(spec) {
        return file(spec, options);
    }
    if let Some((revision, path)) = spec.split_once(':')
        && !revision.starts_with('-')
        && !path.is_empty()
    {
        let siblings = Revision { spec, repository: None };
        return parse_as(spec, SourceKind::Git, &git_blob(spec, None)?, options, &siblings);
    }
    Err(absent(spec, meant_baseline(spec)))
}

/// There is no such file, and what was meant, perhaps.
fn absent(spec: &str, baseline: Option<String>) -> LoadError {
    LoadError::whole(spec, LoadErrorKind::NotFound { baseline, near: near_file(spec) })
}

/// A folder with more files than this is not searched for what was meant.
const MOST_FILES: usize = 10_000;

/// The file in the folder of a path that is not there whose name is nearest to it.
#[must_use]
pub fn near_file(path: &str) -> Option<String> {
    let path = Path::new(path);
    let wanted = path.file_name()?.to_str()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let files = std::fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let names =
        files.take(MOST_FILES).flatten().filter_map(|file| file.file_name().into_string().ok());
    let mut names: Vec<String> = names.collect();
    // A folder is in no order.
    names.sort();
    let near = nearest_of(wanted, names.iter().map(String::as_str))?;
    Some(path.with_file_name(near).to_str()?.to_owned())
}

fn file(path: &str, options: &LoadOptions) -> Result<Loaded, LoadError> {
    let failed = |error: io::Error| unreadable(path, &error);
    let bytes = match read_steady(Path::new(path)).map_err(failed)? {
        Content::Bytes(bytes) => bytes,
        Content::Large => return Err(LoadError::whole(path, LoadErrorKind::TooLarge(MAX_BYTES))),
        // A pipe that somebody named, such as a shell's `<(...)`.
        Content::Special => limited(path, File::open(path).map_err(failed)?)?,
    };
    parse_as(path, SourceKind::File, &bytes, options, &Folder(path))
}

/// The built-in baseline that is meant by a name which no file has: `default.json`, `dokcer@20.10`.
pub(crate) fn meant_baseline(spec: &str) -> Option<String> {
    let stem = Path::new(spec).file_stem().and_then(|stem| stem.to_str());
    let baseline = stem.filter(|stem| crate::baseline::is_spec(stem)).map(str::to_owned);
    baseline.or_else(|| near_baseline(spec))
}

/// The built-in baseline that a name means which has a typing error: `dokcer@20.10`, `defualt`.
#[must_use]
pub fn near_baseline(spec: &str) -> Option<String> {
    let (product, version) = spec.split_once('@').map_or((spec, None), |(p, v)| (p, Some(v)));
    let near = nearest_of(product, crate::baseline::names())?;
    let near = version.map_or(near.to_owned(), |version| format!("{near}@{version}"));
    crate::baseline::find(&near).is_ok().then_some(near)
}
