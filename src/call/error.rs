//! What is wrong with a call as it was written, and where.

use std::ops::Range;

/// What is wrong with a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault}{}", place(text, at))]
pub struct CallError {
    /// What.
    pub fault: Fault,
    /// The call as it was written.
    pub text: String,
    /// Which of its bytes.
    pub at: Range<usize>,
}

/// A mistake in a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the fields are named for what they hold
pub enum Fault {
    /// No such system call.
    #[error("`{}` is no system call{}", .name.escape_debug(), did_you_mean(near))]
    Unknown { name: String, near: Vec<&'static str> },
    /// No such ABI.
    #[error("`{}` is no ABI{}", .name.escape_debug(), did_you_mean(near))]
    Abi { name: String, near: Vec<&'static str> },
    /// The ABI has no such call.
    #[error("{abi} has no call `{name}`")]
    Absent { name: &'static str, abi: &'static str },
    /// The parentheses do not match.
    #[error("write a call as `socket(AF_INET, SOCK_STREAM, 0)`, or its name alone")]
    Parentheses,
    /// More than six arguments, or more conditions than anyone writes.
    #[error("a system call has six arguments at most")]
    TooMany,
    /// More text than a call has.
    #[error("a call is at most {0} characters long")]
    TooLong(usize),
    /// Something else than the grammar has there.
    #[error("{wanted} is expected, and not `{}`", .found.escape_debug())]
    Unexpected { found: String, wanted: &'static str },
    /// Digits that are no number.
    #[error("`{}` is no number of 64 bits", .0.escape_debug())]
    Number(String),
    /// No argument of that call.
    #[error("`{}` is no argument of {name}{}", .word.escape_debug(), did_you_mean(near))]
    Field { word: String, name: &'static str, near: Vec<&'static str> },
    /// Neither a number nor a constant of that argument.
    #[error(
        "`{}` is neither a number nor a constant of arg{index}{}",
        .word.escape_debug(),
        did_you_mean(near)
    )]
    Argument { word: String, index: usize, near: Vec<&'static str> },
}

fn did_you_mean(near: &[&str]) -> String {
    match near {
        [] => String::new(),
        near => format!(": did you mean `{}`?", near.join("` or `")),
    }
}

/// Where in the text; of a name alone there is nothing to say.
fn place(text: &str, at: &Range<usize>) -> String {
    if at.start == 0 || text.len() > 200 {
        return String::new();
    }
    let before = text.get(..at.start).unwrap_or_default().chars().count();
    format!(" (character {} of `{}`)", before + 1, text.escape_debug())
}
