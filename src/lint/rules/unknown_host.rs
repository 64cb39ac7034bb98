//! `unknown-host`

use super::unknown_field::from_warnings;
use crate::decision::TooLarge;
use crate::lint::context::Context;
use crate::lint::{Finding, Lint, Severity};
use crate::load::WarningKind;

pub(super) const LINT: Lint = Lint {
    id: "unknown-host",
    severity: Severity::Warning,
    summary: "a word in `arches` that is the name of no host",
    story: "\
`arches` holds Docker's tokens for hosts: `amd64`, `arm64`, `s390x`. A word that is none of them
(`x86_64`, `aarch64`) never matches: an inclusion drops the rule everywhere, an exclusion does
nothing.",
    fires: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["arch_prctl"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["amd64", "x86_64"]}}]}"#,
    silent: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["arch_prctl"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["amd64", "x86"]}}]}"#,
    check: Some(check),
};

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    Ok(from_warnings(context, "hosts are amd64, arm64, s390x, ppc64le, riscv64, ...", |kind| {
        match kind {
            WarningKind::UnknownHost(name) => Some((name.clone(), LINT.severity)),
            _ => None,
        }
    }))
}
