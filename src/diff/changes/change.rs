//! A change: what has one cause, with its effects.

use super::kind::{Direction, Kind, Severity};
use super::place::Place;
use super::witness::Witness;
use crate::decision::words::Description;
use crate::profile::Action;
use crate::semantics::Mention;
use crate::syscall::{Abi, Syscall};

/// What a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// The default action: every call to which no rule of either profile answers.
    Default,
    /// Programs of an ABI that one of the two filters has and the other has not.
    Abi(Abi),
    /// One system call.
    Syscall(Syscall),
    /// runc's boundary, above which a blocked call gives `ENOSYS`.
    Boundary,
}

/// All that has one cause.
#[derive(Clone, Debug)]
pub struct Change {
    /// Names the finding for as long as its subject, kind, conditions and actions stay what they
    /// are, whatever else changes: `weakened-socket-` and
    /// 16 hexadecimal digits.
    pub id: String,
    /// What it is about.
    pub subject: Subject,
    /// In the words of a reviewer.
    pub kind: Kind,
    /// How bad it can be.
    pub severity: Severity,
    /// What happens to which calls: the weaker effects first. Never empty.
    pub effects: Vec<Effect>,
    /// For a subject of many calls: those with a name.
    pub calls: Vec<Syscall>,
}

/// Calls that went from one action to another.
#[derive(Clone, Debug)]
pub struct Effect {
    /// Whether that is weaker.
    pub direction: Direction,
    /// The action in the old profile.
    pub from: Action,
    /// The action in the new profile.
    pub to: Action,
    /// Which calls in which environments. Empty of meaning for subjects of many calls.
    pub when: Description,
    /// Where it holds: on every one of these alike.
    pub places: Vec<Place>,
    /// One of the calls.
    pub witness: Witness,
    /// Whether it needs a capability that Docker does not grant by default.
    pub needs_capability: bool,
    /// What the new profile blocks elsewhere and this lets through another way.
    pub opens: Vec<Opened>,
    /// For [`Subject::Boundary`]: the old and the new boundary.
    pub boundary: Option<(Option<u32>, Option<u32>)>,
    /// Where the old profile speaks of it.
    pub old_mentions: Vec<Mention>,
    /// Where the new profile speaks of it.
    pub new_mentions: Vec<Mention>,
}

/// A call that the new profile blocks for the host's own programs, and that others can make
/// through a multiplexer (`socketcall`, `ipc`), whose arguments no filter can see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The call.
    pub syscall: Syscall,
    /// The ABI for which it is blocked.
    pub abi: Abi,
    /// In which cases it is blocked there.
    pub when: Description,
}
