//! What is told in sentences of a comparison.

/// How an answer sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Something is weaker.
    Weaker,
    /// Nothing is.
    Stricter,
    /// Neither can be said.
    Plain,
}

/// A sentence.
#[derive(Clone, Debug)]
pub struct Note {
    pub of: Of,
    pub text: String,
}

/// Of what a note is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Of changes that no gate fails for, or of the actions of a filter.
    Change,
    /// Of hosts without an answer.
    Host,
    /// Of an acceptance.
    Acceptance,
}
