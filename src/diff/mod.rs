//! What differs between two policies, call by call, each with a proof.
//!
//! [`compare`] finds every call that gets another action, in whatever environment, and gathers
//! what has one cause into one [`Change`]. Whether that is bad is for the reader of
//! [`Change::kind`] and [`Change::severity`] to say.

mod agree;
mod compare;
mod distance;
mod hints;
mod judge;
mod kind;
mod settings;
mod witness;

pub use agree::{agreement, differing};
pub use compare::compare;
pub(crate) use compare::sketch;
pub use distance::distance;
pub use hints::{Hints, hints};
pub use judge::ID_PREFIX;
pub use kind::{Direction, Kind, Severity};
pub use settings::{Setting, SettingChange, Under};
pub use witness::Witness;

use crate::decision::words::Description;
use crate::profile::Action;
use crate::semantics::{Mention, SemanticsError};
use crate::starts::Breaks;
use crate::syscall::{Abi, Host, Syscall};

/// Everything that differs.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// The changes: the weaker ones first, then by subject.
    pub changes: Vec<Change>,
    /// What differs in how the filters are loaded: flags, and who answers a `NOTIFY`.
    pub settings: Vec<SettingChange>,
    /// The hosts that were compared.
    pub hosts: Vec<Host>,
    /// The programs on them at which one of the two filters looks.
    pub places: Vec<Place>,
    /// Hosts on which a container with one of the two profiles does not start, so that there is
    /// nothing to compare.
    pub not_compared: Vec<NotCompared>,
    /// That no container starts with the new profile where one does with the old, on a host that
    /// was compared.
    pub breaks: Option<Breaks>,
}

impl Comparison {
    /// Whether no call in no environment gets another action, and the filters are loaded alike.
    pub fn is_same_policy(&self) -> bool {
        self.changes.is_empty() && self.settings.is_empty()
    }

    /// Whether the new profile is within the old one: no call gets a more permissive action,
    /// and no setting of the filter is weaker.
    pub fn is_within(&self) -> bool {
        self.first_weaker().is_none() && self.first_weaker_setting().is_none()
    }

    /// The proof that the new profile is not within the old one.
    pub fn first_weaker(&self) -> Option<(&Change, &Effect)> {
        let weaker = |effect: &&Effect| effect.direction == Direction::Weaker;
        self.changes.iter().find_map(|c| Some((c, c.effects.iter().find(weaker)?)))
    }

    /// The first setting of the filter that is weaker.
    pub fn first_weaker_setting(&self) -> Option<&SettingChange> {
        self.settings.iter().find(|change| change.direction.is_weaker())
    }

    /// How many changes are of a kind, those of settings included.
    pub fn count(&self, kind: Kind) -> usize {
        let settings = self.settings.iter().filter(|change| change.kind == kind).count();
        self.changes.iter().filter(|change| change.kind == kind).count() + settings
    }
}

/// A host without a comparison.
#[derive(Clone, Debug)]
pub struct NotCompared {
    /// The host.
    pub host: Host,
    /// Why no container starts with the old profile, if that is so.
    pub old: Option<SemanticsError>,
    /// Why no container starts with the new profile, if that is so.
    pub new: Option<SemanticsError>,
}

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

/// The programs of one ABI on one host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The host.
    pub host: Host,
    /// The ABI.
    pub abi: Abi,
}
