//! Trouble, and the one place that puts it in words.

use sdiff::decision::TooLarge;
use sdiff::load::{LoadError, Source};
use sdiff::report;
use sdiff::semantics::SemanticsError;
use std::io;

/// Why a command gives no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// A profile does not load.
    Load(LoadError),
    /// A profile has no meaning.
    Meaning(Box<SemanticsError>, Box<Source>),
    /// The comparison reaches a bound.
    Compare(TooLarge),
    /// Something cannot be written.
    Write { to: String, error: io::Error },
    /// The arguments do not go together.
    Usage(String),
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Failure {
        Failure::Load(error)
    }
}

impl Failure {
    /// The message, which may have several lines.
    pub fn render(&self, color: bool) -> String {
        let line = |message: String| match color {
            true => format!("\x1b[1;31merror\x1b[0m: {message}\n"),
            false => format!("error: {message}\n"),
        };
        match self {
            Failure::Load(error) => error.render(color),
            Failure::Meaning(error, source) => report::trouble(error, source, color),
            Failure::Compare(bound) => line(format!("too complex to compare: {bound}")),
            Failure::Write { to, error } => line(format!("cannot write {to}: {error}")),
            Failure::Usage(message) => line(message.clone()),
        }
    }
}
