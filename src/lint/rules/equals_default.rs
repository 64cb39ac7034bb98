//! `equals-default`

use crate::decision::TooLarge;
use crate::lint::context::Context;
use crate::lint::{Finding, Lint, Reason, Severity};
use crate::report::phrase::action_text;

pub(super) const LINT: Lint = Lint {
    id: "equals-default",
    severity: Severity::Info,
    summary: "a rule whose action is the default action",
    story: "\
runc leaves a rule out whose action (its errno included) is the default action. It cannot carve an
exception out of a broader rule: a `SCMP_ACT_ERRNO` for some arguments, where `SCMP_ACT_ERRNO` is the
default, takes nothing away from another rule that allows them.

Only rules are reported without which every call gets the same action. One that holds the highest
number of an ABI is not: it moves the boundary above which runc answers `ENOSYS`.",
    fires: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["read", "close", "mseal"], "action": "SCMP_ACT_ALLOW"},
  {"names": ["acct"], "action": "SCMP_ACT_ERRNO"}]}"#,
    silent: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["read", "close", "mseal"], "action": "SCMP_ACT_ALLOW"},
  {"names": ["acct"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}"#,
    check: Some(check),
};

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    let default = action_text(context.policy.default_action());
    let equal = context.idle.names.iter().filter(|idle| idle.reason == Reason::EqualsDefault);
    let findings = equal.map(|idle| {
        let name = &idle.name.value;
        let message =
            format!("this rule for `{name}` does nothing: {default} is the default action, and runc leaves it out");
        let help = "remove it; to block some calls, restrict the rules that allow them";
        Finding::new(name, message, help).at(idle.name.span)
    });
    Ok(findings.collect())
}
