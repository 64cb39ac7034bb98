//! The words of a report (SEMANTICS: added, removed, weakened, tightened, changed).

use crate::profile::Action;
use std::fmt;

/// Whether an action is weaker than another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// The new action is more permissive.
    Weaker,
    /// The new action is stricter.
    Stricter,
    /// Neither: another errno, another value for a tracer.
    Other,
}

impl Direction {
    /// Whether the new action is more permissive.
    pub const fn is_weaker(self) -> bool {
        matches!(self, Direction::Weaker)
    }

    /// From an old action to another, new one.
    pub fn of(from: Action, to: Action) -> Direction {
        match from.rank().cmp(&to.rank()) {
            std::cmp::Ordering::Less => Direction::Weaker,
            std::cmp::Ordering::Greater => Direction::Stricter,
            std::cmp::Ordering::Equal => Direction::Other,
        }
    }
}

/// What became of the calls of a subject, over all environments and arguments. Ordered by how
/// much a reviewer needs to see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// None was let through; some are.
    Added,
    /// Some call got a more permissive action.
    Weakened,
    /// Some were let through; none are.
    Removed,
    /// Some call got a stricter action, none a more permissive one.
    Tightened,
    /// The action differs, and neither is weaker.
    Changed,
}

impl Kind {
    /// All of them, in their order.
    pub const ALL: [Kind; 5] =
        [Kind::Added, Kind::Weakened, Kind::Removed, Kind::Tightened, Kind::Changed];

    /// The word.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Added => "added",
            Kind::Weakened => "weakened",
            Kind::Removed => "removed",
            Kind::Tightened => "tightened",
            Kind::Changed => "changed",
        }
    }

    /// Whether something is let through, or less strictly stopped, than before.
    pub const fn is_weaker(self) -> bool {
        matches!(self, Kind::Added | Kind::Weakened)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How bad a change can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing is weaker.
    Info,
    /// Weaker, yet nothing runs that did not run before (`KILL` to `ERRNO`, `LOG` to `ALLOW`).
    Low,
    /// Calls run, or another process decides on them, which were stopped; but a capability is
    /// needed that Docker does not grant by default, or only the other process lets them run.
    Medium,
    /// Calls run which were stopped, in a container with the capabilities that Docker grants by
    /// default, or that the question gives.
    High,
}

impl Severity {
    /// The word.
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
