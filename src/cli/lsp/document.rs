//! A document that an editor holds, and where it is.

use super::lines::Lines;
use lsp_types::{Diagnostic, Range, Uri};
use std::path::{Path, PathBuf};

/// What the editor shows, be it saved or not.
#[derive(Debug)]
pub(super) struct Document {
    pub uri: Uri,
    pub version: i32,
    pub text: String,
    pub lines: Lines,
    /// The path of the file, or a name for what is none.
    pub path: String,
    /// Whether it is a file.
    pub is_file: bool,
    /// Whether it is to be judged anew.
    pub is_changed: bool,
    /// What was said of it.
    pub told: Vec<Told>,
}

/// A diagnostic, and the ways to mend it.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub diagnostic: Diagnostic,
    pub mends: Vec<(String, Range, String)>,
}

impl Document {
    pub fn new(uri: Uri, language: &str, version: i32, text: String) -> Document {
        let file = path_of(&uri).and_then(|path| path.into_os_string().into_string().ok());
        let is_file = file.is_some();
        let path = file.unwrap_or_else(|| {
            // What has no file is told by what the editor takes it for.
            let end = if language == "yaml" { "yaml" } else { "json" };
            format!("untitled.{end}")
        });
        let lines = Lines::new(&text);
        let (is_changed, told) = (true, Vec::new());
        Document { uri, version, text, lines, path, is_file, is_changed, told }
    }

    fn replace(&mut self, version: i32, text: String) {
        self.lines = Lines::new(&text);
        (self.version, self.text, self.is_changed) = (version, text, true);
    }

    /// Takes a stretch of the text, or all of it, for changed; false where there is no such stretch.
    pub fn change(&mut self, version: i32, range: Option<Range>, text: &str) -> bool {
        let whole = match range {
            None => text.to_owned(),
            Some(Range { start, end }) => {
                let at = |position| self.lines.offset(&self.text, position);
                // Behind the last line is the end.
                let start = at(start).unwrap_or(self.text.len());
                let end = at(end).unwrap_or(self.text.len());
                let (Some(before), Some(after)) = (self.text.get(..start), self.text.get(end..))
                else {
                    return false;
                };
                if end < start {
                    return false;
                }
                [before, text, after].concat()
            }
        };
        self.replace(version, whole);
        true
    }

    /// The file's name alone.
    pub fn name(&self) -> &str {
        self.path.rsplit(['/', std::path::MAIN_SEPARATOR]).next().unwrap_or(&self.path)
    }

    /// The `sdiff.toml` that counts: the nearest one, not above the repository or a folder that the
    /// editor has opened; of a file in neither, in its own folder. Others could put one further up.
    pub fn settings(&self, roots: &[PathBuf]) -> Option<PathBuf> {
        let folder = Path::new(&self.path).parent().filter(|_| self.is_file)?;
        let is_root =
            |folder: &Path| roots.iter().any(|root| root == folder) || folder.join(".git").exists();
        let last = folder.ancestors().find(|folder| is_root(folder)).unwrap_or(folder);
        let folders = folder.ancestors().take_while(|folder| folder.starts_with(last));
        folders.map(|folder| folder.join("sdiff.toml")).find(|file| file.is_file())
    }
}

/// The path of a `file:` URI.
pub(super) fn path_of(uri: &Uri) -> Option<PathBuf> {
    let is_file = uri.scheme().is_some_and(|scheme| scheme.as_str().eq_ignore_ascii_case("file"));
    if !is_file {
        return None;
    }
    let path = uri.path().as_estr().decode().into_string().ok()?;
    // `file:///c:/x` on Windows.
    #[cfg(windows)]
    let path = match path.as_bytes() {
        [b'/', _, b':', ..] => path[1..].replace('/', "\\").into(),
        _ => path,
    };
    let path = PathBuf::from(path.into_owned());
    path.is_absolute().then_some(path)
}
