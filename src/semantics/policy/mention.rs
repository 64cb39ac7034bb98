//! Where a profile names a system call.

use crate::decision::Set;
use crate::profile::{Action, Span};
use crate::syscall::Host;

/// A place where a profile names a system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The rule's place in `syscalls`.
    pub rule: usize,
    /// The name in the file.
    pub span: Span,
    /// The rule's action.
    pub action: Action,
    /// In which environments the rule is kept.
    pub kept: Set,
    pub(super) hosts: u32,
}

impl Mention {
    /// Whether the rule is kept on a host, in whatever environment.
    pub fn is_on(&self, host: Host) -> bool {
        self.hosts >> host as u32 & 1 == 1
    }
}
