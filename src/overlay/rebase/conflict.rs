//! What both sides changed, differently.

use crate::decision::words::Description;
use crate::profile::Action;
use crate::syscall::{Abi, Host, Syscall};

/// Whose change counts where both sides changed the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Favor {
    /// One's own.
    Mine,
    /// That of the profile onto which is rebased.
    Upstream,
}

/// What both sides changed, differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// About what.
    pub about: ConflictAbout,
    /// On which hosts, for which programs, as far as it hangs on them.
    pub places: Vec<(Host, Abi)>,
}

/// What a [`Conflict`] is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConflictAbout {
    /// The default action: before, in one's own, in upstream's.
    Default(Action, Action, Action),
    /// The ABIs of the filter.
    Architectures,
    /// A member of the profile as a whole.
    Member {
        /// Its key.
        name: &'static str,
        /// What it was, is in one's own and in upstream's.
        values: [String; 3],
    },
    /// Calls of one system call.
    Calls {
        /// Which.
        syscall: Syscall,
        /// Which calls of it.
        when: Description,
        /// The action before; `None`: the default one.
        from: Option<Action>,
        /// In one's own profile.
        mine: Option<Action>,
        /// In upstream's.
        onto: Option<Action>,
    },
}

/// The value that one side changed; `None` if both did, differently.
pub(in crate::overlay) fn three_way<T: PartialEq + Copy>(
    [from, mine, onto]: [T; 3],
    favor: Option<Favor>,
) -> Option<T> {
    match favor {
        _ if mine == from || mine == onto => Some(onto),
        _ if onto == from => Some(mine),
        Some(Favor::Mine) => Some(mine),
        Some(Favor::Upstream) => Some(onto),
        None => None,
    }
}
