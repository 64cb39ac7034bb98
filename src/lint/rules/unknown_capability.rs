//! `unknown-capability`

use super::unknown_field::from_warnings;
use crate::decision::TooLarge;
use crate::lint::context::Context;
use crate::lint::{Finding, Lint, Severity};
use crate::load::WarningKind;

pub(super) const LINT: Lint = Lint {
    id: "unknown-capability",
    severity: Severity::Warning,
    summary: "a capability that Linux does not have",
    story: "\
No container has it, and no engine says so: in `includes` it drops the rule for good, in `excludes`
it does nothing. Profiles write the kernel's names, `CAP_SYS_ADMIN`, where `docker run --cap-add`
takes `SYS_ADMIN`.",
    fires: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["mount"], "action": "SCMP_ACT_ALLOW", "excludes": {"caps": ["SYS_ADMIN"]}}]}"#,
    silent: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["mount"], "action": "SCMP_ACT_ALLOW", "excludes": {"caps": ["CAP_SYS_ADMIN"]}}]}"#,
    check: Some(check),
};

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    Ok(from_warnings(
        context,
        "write the kernel's name, such as CAP_SYS_ADMIN",
        |kind| match kind {
            WarningKind::UnknownCapability(name) => Some((name.clone(), LINT.severity)),
            _ => None,
        },
    ))
}
