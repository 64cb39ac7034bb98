//! What a file that is written calls the profile that it extends.

use crate::baseline;
use crate::cli::arguments::options::Reading;
use crate::cli::failure::Failure;
use crate::load::{Loaded, NeighbourError, Neighbours, Source, SourceKind};
use crate::overlay;
use std::path::{Component, Path, PathBuf};

/// The name by which the file that is written finds a profile: a path is seen from the folder of
/// that file; from the working folder, where it goes to standard output.
pub(in crate::cli) fn name_from(
    written: Option<&Path>,
    spec: &str,
    profile: &Loaded,
    reading: &Reading,
) -> Result<String, Failure> {
    let refused = |why: &str| {
        Failure::Usage(format!("--as overlay cannot extend {}: {why}", spec.escape_debug()))
    };
    let written = written.filter(|path| *path != Path::new("-"));
    let name = match profile.source.kind {
        SourceKind::Baseline => return Ok(spec.to_owned()),
        SourceKind::Stdin | SourceKind::Memory | SourceKind::Filter => {
            return Err(refused(
                "standard input has no name: give --onto a file, REV:PATH or a built-in profile",
            ));
        }
        SourceKind::Git => spec.to_owned(),
        SourceKind::File => {
            let (path, document) = match Path::new(spec).exists() {
                true => (spec, None),
                false => spec.rsplit_once('#').map_or((spec, None), |(p, d)| (p, Some(d))),
            };
            let path = Path::new(path);
            if written.is_some_and(|written| is_one(written, path)) {
                return Err(refused("it is the file that would be written"));
            }
            let mut name = relative(written.and_then(folder).as_deref(), path)
                .ok_or_else(|| refused("no relative path leads there"))?;
            if baseline::is_spec(&name) {
                name.insert_str(0, "./");
            }
            document.map_or(name.clone(), |document| format!("{name}#{document}"))
        }
    };
    // Whatever the name was made by: it has to lead there.
    let from = match written.and_then(Path::to_str) {
        Some(path) => Source::new(path, SourceKind::File, ""),
        None => Source::new("<stdout>", SourceKind::Stdin, ""),
    };
    let neighbours = reading.neighbours();
    let found = match neighbours.open(&from, &name) {
        Ok(found) => overlay::resolve(found, &neighbours)?,
        Err(NeighbourError::Load(error)) => return Err(refused(&error.to_string())),
        Err(NeighbourError::Outside { path, root }) => {
            let why = format!("`{path}` is outside {root}; --allow-outside takes it all the same");
            return Err(refused(&why));
        }
        Err(NeighbourError::NoFolder) => return Err(refused("a path has no meaning there")),
    };
    match found.source.text == profile.source.text {
        true => Ok(name),
        false => Err(refused(&format!("from the file that is written, `{name}` is another one"))),
    }
}

/// The folder of a file that need not be there.
fn folder(file: &Path) -> Option<PathBuf> {
    file.parent().map(|folder| match folder.as_os_str().is_empty() {
        true => PathBuf::from("."),
        false => folder.to_owned(),
    })
}

fn is_one(a: &Path, b: &Path) -> bool {
    a.canonicalize().is_ok_and(|a| b.canonicalize().is_ok_and(|b| a == b))
}

/// The path to a file as seen from a folder, with slashes on every system.
fn relative(from: Option<&Path>, file: &Path) -> Option<String> {
    let from = from.unwrap_or(Path::new(".")).canonicalize().ok()?;
    // Of a symbolic link its own place counts, and not that of what it leads to.
    let folder = folder(file)?.canonicalize().ok()?;
    let shared = from.components().zip(folder.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(shared).map(|_| Some(".."));
    let down = folder.components().skip(shared).map(|part| match part {
        Component::Normal(part) => part.to_str(),
        // Another drive.
        _ => None,
    });
    let mut parts: Vec<&str> = up.chain(down).collect::<Option<_>>()?;
    parts.push(file.file_name()?.to_str()?);
    Some(parts.join("/"))
}
