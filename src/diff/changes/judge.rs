//! How a change is called, how bad it is, and the name by which it is known.

use super::change::{Effect, Subject};
use super::kind::{Direction, Kind, Severity};
use crate::decision::words::Description;
use crate::profile::Action;
use sha2::{Digest, Sha256};

pub(in crate::diff) fn kind(effects: &[Effect], [old_through, new_through]: [bool; 2]) -> Kind {
    let any = |direction| effects.iter().any(|effect| effect.direction == direction);
    if any(Direction::Weaker) {
        if !old_through && new_through { Kind::Added } else { Kind::Weakened }
    } else if any(Direction::Stricter) {
        if old_through && !new_through { Kind::Removed } else { Kind::Tightened }
    } else {
        Kind::Changed
    }
}

pub(in crate::diff) fn severity(effect: &Effect) -> Severity {
    let is_delegated = |action| matches!(action, Action::Notify | Action::Trace(_));
    if effect.direction != Direction::Weaker {
        Severity::Info
    } else if effect.from.lets_through() {
        Severity::Low
    } else if effect.to.lets_through() {
        if effect.needs_capability { Severity::Medium } else { Severity::High }
    } else if is_delegated(effect.to) && !is_delegated(effect.from) {
        Severity::Medium
    } else {
        Severity::Low
    }
}

/// What ids of changes begin with. It moves when the question does: with `sd2-` it is put to today's
/// machines; 0.1, which had no prefix, put it to runc 1.1.5 and libseccomp 2.5.4.
pub const ID_PREFIX: &str = "sd2-";

/// A name that stays as long as what is found stays: it hangs on no line, host or other change.
pub(in crate::diff) fn id(subject: Subject, kind: Kind, digest: &str) -> String {
    let name = match subject {
        Subject::Default => "default-action",
        Subject::Boundary => "enosys-boundary",
        Subject::Abi(abi) => abi.name(),
        Subject::Syscall(syscall) => syscall.name(),
    };
    format!("{ID_PREFIX}{kind}-{name}-{digest}")
}

/// What of a name hangs on the effects: many changes have the same.
pub(in crate::diff) fn digest(effects: &[Effect]) -> String {
    // The clauses as they are, and not as they are told: words may be bettered.
    let part = |effect: &Effect| {
        let Description { clauses, rest } = &effect.when;
        format!("{:?} {:?} {clauses:?} {}", effect.from, effect.to, rest.is_some())
    };
    let mut parts: Vec<String> = effects.iter().map(part).collect();
    parts.sort();
    parts.dedup();
    // An acceptance may name an id, so nobody must find another change with the same one.
    let digest = Sha256::digest(parts.join("\n"));
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
