//! The files beside a file, in which an object of the operator finds its base.

use super::error::LoadErrorKind;

/// Of a folder with more files than this that could hold a base none is read.
pub const MAX_SIBLINGS: usize = 1000;

/// What is beside a file.
pub(crate) trait Siblings {
    /// The YAML and JSON files in the file's folder, without itself, that hold a `SeccompProfile`
    /// and that word: what messages call each, and its text.
    ///
    /// # Errors
    /// A kind of [`LoadError`](super::LoadError) where the folder cannot be read, or has more than
    /// [`MAX_SIBLINGS`].
    fn texts(&self, word: &str) -> Result<Vec<(String, String)>, LoadErrorKind>;
}

/// Nothing is beside it: standard input, bytes without a file.
pub(crate) struct NoSiblings;

impl Siblings for NoSiblings {
    fn texts(&self, _: &str) -> Result<Vec<(String, String)>, LoadErrorKind> {
        Ok(Vec::new())
    }
}

/// Whether a file could hold an object, by its name.
pub(crate) fn is_data(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    [".json", ".yaml", ".yml"].iter().any(|end| path.ends_with(end))
}

/// The bytes as a text, if it holds a `SeccompProfile` and that word.
pub(crate) fn text_with(bytes: Vec<u8>, word: &str) -> Option<String> {
    let text = String::from_utf8(bytes).ok()?;
    (text.contains("SeccompProfile") && text.contains(word)).then_some(text)
}
