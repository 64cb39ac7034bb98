//! The files beside a file, on disk and in a revision.

use super::limited::{git, limited};
use crate::load::error::LoadErrorKind;
use crate::load::siblings::{MAX_SIBLINGS, Siblings, is_data, text_with};
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// The folder of a file.
pub(in crate::load) struct Folder<'p>(pub &'p str);

impl Siblings for Folder<'_> {
    fn texts(&self, word: &str) -> Result<Vec<(String, String)>, LoadErrorKind> {
        let own = Path::new(self.0);
        let folder = own.parent().filter(|folder| *folder != Path::new(""));
        let unreadable = |error: std::io::Error| {
            let shown = folder.unwrap_or(Path::new(".")).display();
            LoadErrorKind::Unreadable(format!("{shown}: {error}"))
        };
        let entries = std::fs::read_dir(folder.unwrap_or(Path::new("."))).map_err(unreadable)?;
        let mut paths: Vec<PathBuf> = Vec::new();
        for entry in entries {
            let name = entry.map_err(unreadable)?.file_name();
            let path = folder.map_or_else(|| PathBuf::from(&name), |folder| folder.join(&name));
            // What is no file could block whoever opens it.
            if path != own && is_data(&name.to_string_lossy()) && path.is_file() {
                paths.push(path);
            }
            if paths.len() > MAX_SIBLINGS {
                return Err(LoadErrorKind::TooManySiblings(MAX_SIBLINGS));
            }
        }
        paths.sort();
        let read = |path: PathBuf| {
            let shown = path.display().to_string();
            let bytes = limited(&shown, std::fs::File::open(&path).ok()?).ok()?;
            Some((shown, text_with(bytes, word)?))
        };
        Ok(paths.into_iter().filter_map(read).collect())
    }
}

/// The folder of `REV:path`, in the same revision.
pub(in crate::load) struct Revision<'p> {
    pub spec: &'p str,
    /// A folder of the repository, if not the working folder.
    pub repository: Option<&'p Path>,
}

impl Siblings for Revision<'_> {
    fn texts(&self, word: &str) -> Result<Vec<(String, String)>, LoadErrorKind> {
        let Some((_, path)) = self.spec.split_once(':') else { return Ok(Vec::new()) };
        let parent = &self.spec[..self.spec.len() - path.rsplit('/').next().unwrap_or(path).len()];
        // `REV:folder/` names a tree as `REV:` does.
        let names = self.output(&["ls-tree", "-z", "--full-tree", "--name-only", parent])?;
        let names = names.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        let specs = names.filter(|name| is_data(name)).map(|name| format!("{parent}{name}"));
        let specs: Vec<String> = specs.filter(|spec| spec != self.spec).collect();
        if specs.len() > MAX_SIBLINGS {
            return Err(LoadErrorKind::TooManySiblings(MAX_SIBLINGS));
        }
        let mut texts = Vec::new();
        for spec in specs {
            let bytes = self.output(&["cat-file", "blob", &spec]).unwrap_or_default();
            texts.extend(text_with(bytes, word).map(|text| (spec, text)));
        }
        Ok(texts)
    }
}

impl Revision<'_> {
    fn output(&self, arguments: &[&str]) -> Result<Vec<u8>, LoadErrorKind> {
        let failed = |message: String| LoadErrorKind::Git(message);
        let mut child = git(self.repository)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let bytes = child.stdout.take().map(|stdout| limited(self.spec, stdout));
        let is_whole = bytes.as_ref().is_some_and(Result::is_ok);
        if !is_whole {
            // It may still be writing.
            let _ = child.kill();
        }
        let status = child.wait().map_err(|error| failed(error.to_string()))?;
        match bytes {
            Some(Ok(bytes)) if status.success() => Ok(bytes),
            _ => Err(failed(format!("git {} fails", arguments.join(" ")))),
        }
    }
}
