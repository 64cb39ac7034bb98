//! Actions as numbers: the leaves of decisions, and what libseccomp compares.

use crate::decision::Leaf;
use crate::profile::{Action, ActionName};

/// `MAX_ERRNO`: the kernel cuts larger values of `ERRNO` to it.
const MAX_ERRNO: u32 = 4095;

/// The order of the names in a code. `KILL_THREAD` is 0, as it is in libseccomp, whose tree
/// compares the actions of branches that have none, too.
const ORDER: [ActionName; 8] = [
    ActionName::KillThread,
    ActionName::KillProcess,
    ActionName::Trap,
    ActionName::Errno,
    ActionName::Notify,
    ActionName::Trace,
    ActionName::Log,
    ActionName::Allow,
];

const EPERM: u64 = 1;

/// The leaf of calls to which no rule answers, in place of a default action: no action's.
pub(crate) const UNMATCHED: Leaf = (ORDER.len() as Leaf) << 16;

/// The code of an action as runc hands it to libseccomp: `errnoRet` belongs to `ERRNO` and
/// `TRACE`, is 16 bits wide and `EPERM` where it is not given.
pub(super) fn rule_code(name: ActionName, errno_ret: Option<u64>) -> Leaf {
    let value = match name {
        ActionName::Errno | ActionName::Trace => errno_ret.unwrap_or(EPERM) as u16,
        _ => 0,
    };
    encode(name, value)
}

fn encode(name: ActionName, value: u16) -> Leaf {
    let position = ORDER.iter().position(|&n| n == name).unwrap_or_default();
    (position as u32) << 16 | u32::from(value)
}

/// The leaf of a code: what the kernel makes of it.
pub(super) fn kernel_leaf(code: Leaf) -> Leaf {
    let is_errno =
        code >> 16 == ORDER.iter().position(|&n| n == ActionName::Errno).unwrap_or(0) as u32;
    if is_errno && code & 0xffff > MAX_ERRNO { code & !0xffff | MAX_ERRNO } else { code }
}

/// The leaf of an action.
pub fn leaf(action: Action) -> Leaf {
    let value = match action {
        Action::Errno(value) | Action::Trace(value) => value,
        _ => 0,
    };
    encode(action.name(), value)
}

/// The action of a leaf.
pub fn action(leaf: Leaf) -> Action {
    let value = leaf as u16;
    match ORDER.get((leaf >> 16) as usize) {
        Some(ActionName::KillThread) | None => Action::KillThread,
        Some(ActionName::KillProcess) => Action::KillProcess,
        Some(ActionName::Trap) => Action::Trap,
        Some(ActionName::Errno) => Action::Errno(value),
        Some(ActionName::Notify) => Action::Notify,
        Some(ActionName::Trace) => Action::Trace(value),
        Some(ActionName::Log) => Action::Log,
        Some(ActionName::Allow) => Action::Allow,
    }
}
