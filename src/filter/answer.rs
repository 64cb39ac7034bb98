//! What a program returns, as leaves of its decision.
//!
//! A return value is an action in its upper 16 bits and data in the lower ones. Two values are one
//! leaf exactly when no program can tell them apart: of `ERRNO`, `TRACE` and `TRAP` the data count
//! (the errno, what a tracer sees, `si_errno` of the signal), of the others they do not.

use crate::decision::Leaf;
use crate::profile::{Action, ActionName};
use crate::semantics;
use std::fmt;

/// The actions that the kernel knows (`SECCOMP_RET_...`), by their upper 16 bits.
const ACTIONS: [(u16, ActionName); 8] = [
    (0x8000, ActionName::KillProcess),
    (0x0000, ActionName::KillThread),
    (0x0003, ActionName::Trap),
    (0x0005, ActionName::Errno),
    (0x7fc0, ActionName::Notify),
    (0x7ff0, ActionName::Trace),
    (0x7ffc, ActionName::Log),
    (0x7fff, ActionName::Allow),
];

/// `MAX_ERRNO`: the kernel cuts larger ones to it.
const MAX_ERRNO: u16 = 4095;

/// Beside the upper 16 bits of a value that the kernel does not know.
const UNKNOWN: Leaf = 1 << 30;

/// An answer of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Answer {
    /// The upper 16 bits of the value.
    code: u16,
    /// The lower 16, where they count.
    data: u16,
}

impl Answer {
    /// The meaning of a return value.
    pub fn of(value: u32) -> Answer {
        let (code, data) = ((value >> 16) as u16, value as u16);
        let data = match name(code) {
            Some(ActionName::Errno) => data.min(MAX_ERRNO),
            Some(ActionName::Trace | ActionName::Trap) => data,
            _ => 0,
        };
        Answer { code, data }
    }

    /// The action; `KILL_PROCESS` for a value that the kernel does not know.
    pub fn action(self) -> Action {
        match name(self.code) {
            None | Some(ActionName::KillProcess) => Action::KillProcess,
            Some(ActionName::KillThread) => Action::KillThread,
            Some(ActionName::Trap) => Action::Trap,
            Some(ActionName::Errno) => Action::Errno(self.data),
            Some(ActionName::Notify) => Action::Notify,
            Some(ActionName::Trace) => Action::Trace(self.data),
            Some(ActionName::Log) => Action::Log,
            Some(ActionName::Allow) => Action::Allow,
        }
    }

    /// The data, where they count: of `ERRNO`, `TRACE` and `TRAP`.
    pub fn data(self) -> u16 {
        self.data
    }

    /// The upper 16 bits of a value that the kernel does not know.
    pub fn unknown(self) -> Option<u16> {
        name(self.code).is_none().then_some(self.code)
    }

    pub(super) fn leaf(self) -> Leaf {
        let (code, data) = (Leaf::from(self.code), Leaf::from(self.data));
        match ACTIONS.iter().position(|&(of, _)| of == self.code) {
            Some(place) => (place as Leaf) << 16 | data,
            None => UNKNOWN | code,
        }
    }

    /// The answer that a leaf of a [`Filter`](super::Filter)'s decision stands for.
    pub fn from_leaf(leaf: Leaf) -> Answer {
        match ACTIONS.get((leaf >> 16) as usize) {
            Some(&(code, _)) => Answer { code, data: leaf as u16 },
            None => Answer { code: leaf as u16, data: 0 },
        }
    }

    /// Whether it wins over another, of an older program, as the kernel compares them.
    pub(super) fn is_as_strict_as(self, older: Answer) -> bool {
        self.code as i16 <= older.code as i16
    }

    /// Of the answers of an older and of a newer program that both ran: the stricter, of equal ones
    /// the newer (`seccomp_run_filters`, which compares the actions with sign).
    pub(super) fn together(older: Leaf, newer: Leaf) -> Leaf {
        let [old, new] = [older, newer].map(Answer::from_leaf);
        if new.is_as_strict_as(old) { newer } else { older }
    }

    /// The leaf of a policy's decision.
    pub(super) fn of_policy(leaf: Leaf) -> Leaf {
        semantics::leaf(Answer::from_leaf(leaf).action())
    }
}

impl fmt::Display for Answer {
    /// `ERRNO(1)`, `TRAP(3)`; of a value that the kernel does not know what it does with it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.unknown(), self.action()) {
            (Some(code), action) => {
                let value = u32::from(code) << 16;
                write!(f, "{value:#010x}, which the kernel does not know: {action}")
            }
            (None, Action::Trap) if self.data != 0 => write!(f, "TRAP({})", self.data),
            (None, action) => write!(f, "{action}"),
        }
    }
}

fn name(code: u16) -> Option<ActionName> {
    ACTIONS.iter().find(|&&(of, _)| of == code).map(|&(_, name)| name)
}
