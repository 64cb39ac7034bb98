//! `unknown-architecture`

use super::unknown_field::from_warnings;
use crate::decision::TooLarge;
use crate::lint::context::Context;
use crate::lint::{Finding, Lint, Severity};
use crate::load::WarningKind;

pub(super) const LINT: Lint = Lint {
    id: "unknown-architecture",
    severity: Severity::Warning,
    summary: "an architecture in `archMap` that runc does not know",
    story: "\
An entry of `archMap` counts only on the host that it names, so an architecture that there is not
goes unnoticed on every other machine. In a list that a host does read, runc refuses it, and the
container does not start there.",
    fires: r#"{"defaultAction": "SCMP_ACT_ERRNO", "archMap": [
  {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]},
  {"architecture": "SCMP_ARCH_ARM64", "subArchitectures": ["SCMP_ARCH_ARM"]}],
 "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}"#,
    silent: r#"{"defaultAction": "SCMP_ACT_ERRNO", "archMap": [
  {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]},
  {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]}],
 "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}"#,
    check: Some(check),
};

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    Ok(from_warnings(context, "write it as runc does: SCMP_ARCH_AARCH64", |kind| match kind {
        WarningKind::UnknownArchitecture(name) => Some((name.clone(), LINT.severity)),
        _ => None,
    }))
}
