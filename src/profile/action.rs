//! Actions: what happens to a call.

use crate::syscall::errno_name;
use std::fmt;

/// An action's name in a profile (`SCMP_ACT_...`), without the value that may go with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActionName {
    /// `SCMP_ACT_KILL_PROCESS`
    KillProcess,
    /// `SCMP_ACT_KILL` or `SCMP_ACT_KILL_THREAD`
    KillThread,
    /// `SCMP_ACT_TRAP`
    Trap,
    /// `SCMP_ACT_ERRNO`
    Errno,
    /// `SCMP_ACT_NOTIFY`
    Notify,
    /// `SCMP_ACT_TRACE`
    Trace,
    /// `SCMP_ACT_LOG`
    Log,
    /// `SCMP_ACT_ALLOW`
    Allow,
}

impl ActionName {
    /// All of them, from the strictest to the most permissive.
    pub const ALL: [ActionName; 8] = [
        ActionName::KillProcess,
        ActionName::KillThread,
        ActionName::Trap,
        ActionName::Errno,
        ActionName::Notify,
        ActionName::Trace,
        ActionName::Log,
        ActionName::Allow,
    ];

    /// The name in full: `KILL_THREAD` for its synonym `KILL` too.
    pub const fn oci_name(self) -> &'static str {
        match self {
            ActionName::KillProcess => "SCMP_ACT_KILL_PROCESS",
            ActionName::KillThread => "SCMP_ACT_KILL_THREAD",
            ActionName::Trap => "SCMP_ACT_TRAP",
            ActionName::Errno => "SCMP_ACT_ERRNO",
            ActionName::Notify => "SCMP_ACT_NOTIFY",
            ActionName::Trace => "SCMP_ACT_TRACE",
            ActionName::Log => "SCMP_ACT_LOG",
            ActionName::Allow => "SCMP_ACT_ALLOW",
        }
    }

    /// The name for profiles that are written: Docker and runc of before 2020 know `KILL` alone.
    pub const fn written_name(self) -> &'static str {
        match self {
            ActionName::KillThread => "SCMP_ACT_KILL",
            other => other.oci_name(),
        }
    }

    /// The action of that name. Case matters, as it does to runc.
    pub fn from_oci_name(name: &str) -> Option<ActionName> {
        if name == "SCMP_ACT_KILL" {
            return Some(ActionName::KillThread);
        }
        ActionName::ALL.into_iter().find(|action| action.oci_name() == name)
    }
}

/// An action with its value: the answer of a filter to one call.
///
/// The order of the variants is the kernel's precedence, from the strictest to the most
/// permissive (`man 2 seccomp`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// The whole process is killed.
    KillProcess,
    /// The calling thread is killed.
    KillThread,
    /// The process gets `SIGSYS`.
    Trap,
    /// The call is not run; its result is this errno (0 to 4095; 0 looks like success).
    Errno(u16),
    /// A listener in user space decides.
    Notify,
    /// A tracer is told this value and decides; without one the call fails with `ENOSYS`.
    Trace(u16),
    /// The call runs and is logged.
    Log,
    /// The call runs.
    Allow,
}

impl Action {
    /// The name without the value.
    pub const fn name(self) -> ActionName {
        match self {
            Action::KillProcess => ActionName::KillProcess,
            Action::KillThread => ActionName::KillThread,
            Action::Trap => ActionName::Trap,
            Action::Errno(_) => ActionName::Errno,
            Action::Notify => ActionName::Notify,
            Action::Trace(_) => ActionName::Trace,
            Action::Log => ActionName::Log,
            Action::Allow => ActionName::Allow,
        }
    }

    /// How permissive it is: 0 kills the process, 7 lets everything through. Actions that differ
    /// in their value alone are equal here.
    pub const fn rank(self) -> u8 {
        self.name() as u8
    }

    /// Whether the call runs (`LOG`, `ALLOW`).
    pub const fn lets_through(self) -> bool {
        matches!(self, Action::Log | Action::Allow)
    }
}

/// Short: `ALLOW`, `EPERM`, `TRACE(5)`.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::Errno(number) => match errno_name(*number) {
                Some(name) => f.pad(name),
                None => write!(f, "ERRNO({number})"),
            },
            Action::Trace(value) => write!(f, "TRACE({value})"),
            other => other.name().fmt(f),
        }
    }
}

impl fmt::Display for ActionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.oci_name().trim_start_matches("SCMP_ACT_"))
    }
}
