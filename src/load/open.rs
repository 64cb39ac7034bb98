//! Where the bytes come from: the only I/O of the library's loader.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use super::near::nearest;
use super::{
    LoadError, LoadErrorKind, LoadOptions, Loaded, MAX_BYTES, Source, SourceKind, parse_as,
};

/// Loads what the user names: the first of these that fits.
///
/// 1. `-`: standard input.
/// 2. A built-in baseline: `default`, `docker`, `docker@28.2`, `podman@0.60` (see
///    [`crate::baseline`]). A file of that name is `./default`.
/// 3. A path.
/// 4. `REV:path` in the git repository of the working directory, as `git show` takes it.
/// 5. `FILE#NAME`, where a YAML file holds several profiles; `FILE` is one of the above.
///
/// # Errors
/// [`LoadError`] where the bytes cannot be had, and for all that [`parse`](super::parse) refuses.
pub fn load(spec: &str, options: &LoadOptions) -> Result<Loaded, LoadError> {
    if spec != "-"
        && !crate::baseline::is_spec(spec)
        && !exists(spec)
        && let Some((file, document)) = spec.rsplit_once('#')
        && options.document.is_none()
        && !document.is_empty()
    {
        let options = LoadOptions { document: Some(document.to_owned()), ..options.clone() };
        let mut loaded = read(file, &options)?;
        // Two profiles of one file are told apart by what the user wrote.
        let Source { kind, text, .. } = &loaded.source;
        loaded.source = Source::new(&format!("{}#{document}", loaded.source.name), *kind, text);
        return Ok(loaded);
    }
    read(spec, options)
}

fn read(spec: &str, options: &LoadOptions) -> Result<Loaded, LoadError> {
    if spec == "-" {
        let bytes = limited("<stdin>", io::stdin().lock())?;
        return parse_as("<stdin>", SourceKind::Stdin, &bytes, options);
    }
    if crate::baseline::is_spec(spec) {
        return crate::baseline::load(spec);
    }
    if exists(spec) {
        let file = File::open(spec).map_err(|error| unreadable(spec, &error))?;
        return parse_as(spec, SourceKind::File, &limited(spec, file)?, options);
    }
    if let Some((revision, path)) = spec.split_once(':')
        && !revision.starts_with('-')
        && !path.is_empty()
    {
        return parse_as(spec, SourceKind::Git, &git_blob(spec)?, options);
    }
    let baseline = Path::new(spec).file_stem().and_then(|stem| stem.to_str());
    let baseline = baseline.filter(|stem| crate::baseline::is_spec(stem)).map(str::to_owned);
    let baseline = baseline.or_else(|| near_baseline(spec));
    Err(LoadError::whole(spec, LoadErrorKind::NotFound { baseline }))
}

/// The built-in baseline that a name means which has a typing error: `dokcer@20.10`, `defualt`.
fn near_baseline(spec: &str) -> Option<String> {
    let (product, version) = spec.split_once('@').map_or((spec, None), |(p, v)| (p, Some(v)));
    let near = nearest(product, ["default", "docker", "podman", "profiles"])?;
    let near = version.map_or(near.to_owned(), |version| format!("{near}@{version}"));
    crate::baseline::find(&near).is_ok().then_some(near)
}

/// Whether there is something at that path, be it unreadable.
fn exists(path: &str) -> bool {
    Path::new(path).symlink_metadata().is_ok()
}

fn unreadable(name: &str, error: &io::Error) -> LoadError {
    LoadError::whole(name, LoadErrorKind::Unreadable(error.to_string()))
}

/// Reads to the end, or to the limit and no further.
fn limited(name: &str, from: impl Read) -> Result<Vec<u8>, LoadError> {
    let mut bytes = Vec::new();
    let mut from = from.take(MAX_BYTES as u64 + 1);
    from.read_to_end(&mut bytes).map_err(|error| unreadable(name, &error))?;
    match bytes.len() > MAX_BYTES {
        true => Err(LoadError::whole(name, LoadErrorKind::TooLarge(MAX_BYTES))),
        false => Ok(bytes),
    }
}

/// The bytes of `REV:path`, unfiltered.
fn git_blob(spec: &str) -> Result<Vec<u8>, LoadError> {
    let failed = |message: &str| LoadError::whole(spec, LoadErrorKind::Git(message.to_owned()));
    // The caller saw to it that the specification does not start with a dash.
    let mut child = Command::new("git")
        .args(["cat-file", "blob", spec])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(&error.to_string()))?;
    let bytes = match child.stdout.take() {
        Some(stdout) => limited(spec, stdout),
        None => Ok(Vec::new()),
    };
    if bytes.is_err() {
        // It may still be writing.
        let _ = child.kill();
    }
    let output = child.wait_with_output().map_err(|error| failed(&error.to_string()))?;
    let bytes = bytes?;
    match output.status.success() {
        true => Ok(bytes),
        false => {
            let message = String::from_utf8_lossy(&output.stderr);
            let first = message.lines().next().unwrap_or("it fails without a message");
            Err(failed(first.trim_start_matches("fatal: ")))
        }
    }
}
