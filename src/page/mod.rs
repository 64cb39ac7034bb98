//! Text on lines: how wide they are, their colours, and what on them leads to a file.
//!
//! Nothing here looks at a terminal. Who prints says what there is room for, so that a text is the
//! same for the same [`Layout`] everywhere.

mod fold;
mod ink;
mod lines;
mod links;

pub use fold::fold;
pub(crate) use fold::width;
pub(crate) use ink::{Ink, Paint};
pub(crate) use lines::Page;
pub use links::Links;

use std::borrow::Cow;

/// How wide reports are where nobody says it: the same report is the same text everywhere.
const WIDTH: usize = 100;
/// How many lines a screen has where nobody says it.
const HEIGHT: usize = 24;
/// Narrower than that nothing can be laid out.
pub const LEAST_WIDTH: usize = 60;

/// For what room and for whom a text is laid out.
///
/// `true` and `false` stand for a layout with colours and one without.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Whether there are colours, which the feature `cli` brings. They are put on by the crate
    /// `colored`, which decides for itself, too: a program that prints elsewhere than on a terminal
    /// calls `colored::control::set_override(true)` first.
    pub color: bool,
    /// How many columns a line has. Where it is not said, reports have 100, and messages stay on
    /// one line, for programs that look for them.
    pub width: Option<usize>,
    /// How many lines a screen has; 24 where it is not said. A report that is longer ends with what
    /// it begins with.
    pub height: Option<usize>,
    /// Whether lists are told to their end, and findings with their ids.
    pub is_verbose: bool,
    /// Whether a report is one line a kind of finding.
    pub is_summary: bool,
    /// How places lead to their files.
    pub links: Option<Links>,
    /// The name of the program in the commands that a report advises (`` `sdiff ... ``), where that is
    /// another one.
    pub program: Option<String>,
}

impl From<bool> for Layout {
    fn from(color: bool) -> Layout {
        Layout { color, ..Layout::default() }
    }
}

impl From<&Layout> for Layout {
    fn from(layout: &Layout) -> Layout {
        layout.clone()
    }
}

impl Layout {
    /// How many columns a report has.
    pub(crate) fn columns(&self) -> usize {
        self.width.unwrap_or(WIDTH).max(LEAST_WIDTH)
    }

    /// How many lines can be seen at once.
    pub(crate) fn lines(&self) -> usize {
        self.height.unwrap_or(HEIGHT)
    }

    pub(crate) fn paint(&self) -> Paint {
        Paint { color: self.color }
    }

    /// A text of ours with the program's name in the commands that it advises.
    pub(crate) fn named<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match &self.program {
            Some(program) => text.replace("`sdiff ", &format!("`{program} ")).into(),
            None => text.into(),
        }
    }

    /// The text as a link to a file, where there are links.
    pub(crate) fn linked(&self, path: Option<&str>, text: &str) -> String {
        match (&self.links, path) {
            (Some(links), Some(path)) => links.to(path, text),
            _ => text.to_owned(),
        }
    }
}
