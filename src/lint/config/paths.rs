//! Which profiles something is about.

use super::glob;
use super::list::{List, words};
use super::{Fault, fault_at};

/// Patterns of paths (`?`, `*`, `**`), each with its line in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paths {
    patterns: Vec<(String, usize)>,
}

fn fits(pattern: &str, path: &str) -> bool {
    let file = path.rsplit_once('#').map(|(file, _)| file);
    glob::matches(pattern, path) || file.is_some_and(|file| glob::matches(pattern, file))
}

/// How long a pattern is at most: a path is no longer.
const LONGEST: usize = 4096;

impl Paths {
    pub(super) fn read(
        written: Option<&List>,
        line_of: &dyn Fn(usize) -> usize,
    ) -> Result<Paths, Fault> {
        let mut patterns = Vec::new();
        for (text, at) in written.map(words).unwrap_or_default() {
            if text.is_empty() || text.len() > LONGEST {
                let message = format!("a pattern of paths has 1 to {LONGEST} characters");
                return Err(fault_at(message, at));
            }
            patterns.push((text.to_owned(), line_of(at)));
        }
        if let Some(written) = written
            && patterns.is_empty()
        {
            return Err(fault_at("an empty list names no path".to_owned(), written.span().start));
        }
        Ok(Paths { patterns })
    }

    /// Whether a profile is meant; without a pattern, every one is.
    pub fn has(&self, path: &str) -> bool {
        self.patterns.is_empty() || self.has_named(path)
    }

    /// Whether a pattern fits a profile, or the file of which it is one of several (`FILE#NAME`).
    pub fn has_named(&self, path: &str) -> bool {
        self.patterns.iter().any(|(pattern, _)| fits(pattern, path))
    }

    /// The patterns, each with its line.
    pub fn patterns(&self) -> &[(String, usize)] {
        &self.patterns
    }

    /// Which of the patterns fit none of these paths, each with its line.
    pub fn idle<'a>(&'a self, paths: &[&str]) -> Vec<(&'a str, usize)> {
        let is_idle = |pattern: &&(String, usize)| !paths.iter().any(|path| fits(&pattern.0, path));
        let idle = self.patterns.iter().filter(is_idle);
        idle.map(|(pattern, line)| (pattern.as_str(), *line)).collect()
    }
}
