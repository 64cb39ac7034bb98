//! What a finding is of: more than its words, for faces that put several into one or show its line.

use crate::diff::{Direction, Kind};
use crate::phrase::needs::Need;
use crate::profile::{Action, Span};
use crate::syscall::{Host, Syscall};

/// What a finding is of.
#[derive(Clone, Debug, Default)]
pub enum Origin {
    /// Nothing but what it says.
    #[default]
    Said,
    /// A change.
    Change(Box<OfChange>),
    /// A lint.
    Lint(OfLint),
}

/// A change.
#[derive(Clone, Debug)]
pub struct OfChange {
    /// Its place in the comparison, whose order text and JSON keep.
    pub at: usize,
    pub kind: Kind,
    pub about: About,
    /// Where the profiles speak of each effect, in their order.
    pub said: Vec<Said>,
    /// What becomes of programs that ask for it first.
    pub needs: Vec<Need>,
}

/// What a change is about.
#[derive(Clone, Debug)]
pub enum About {
    /// One system call.
    Call(Syscall),
    /// Many of them: the default action, runc's boundary.
    Calls,
    /// Programs of an ABI, each of their effects, and one call for what is weaker.
    Programs { hosts: Vec<Host>, effects: Vec<(Direction, Action, Action)>, proof: Option<String> },
    /// A setting of the filter.
    Setting,
}

/// What a lint found.
#[derive(Clone, Copy, Debug)]
pub struct OfLint {
    /// Its place among the findings of its profile, in the order of the file.
    pub at: usize,
    pub span: Option<Span>,
    /// Another place that it speaks of.
    pub other: Option<Span>,
}

/// The lines in which the profiles speak of an effect, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Those of the new profile whose rules have the new action.
    New(Vec<u32>),
    /// No such: those of the old profile whose rules have the old action.
    Was(Vec<u32>),
    /// Neither: what else the new profile says of it.
    Besides(Vec<u32>),
}

impl Said {
    /// Of several effects that are shown as one.
    pub fn of_all<'a>(all: impl Iterator<Item = &'a Said>) -> Said {
        let (mut new, mut was, mut besides) = (Vec::new(), Vec::new(), Vec::new());
        for said in all {
            match said {
                Said::New(lines) => new.extend(lines),
                Said::Was(lines) => was.extend(lines),
                Said::Besides(lines) => besides.extend(lines),
            }
        }
        for lines in [&mut new, &mut was, &mut besides] {
            lines.sort_unstable();
            lines.dedup();
        }
        match (new.is_empty(), was.is_empty()) {
            (false, _) => Said::New(new),
            (true, false) => Said::Was(was),
            (true, true) => Said::Besides(besides),
        }
    }
}
