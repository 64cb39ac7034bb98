//! `equals-default`

use super::no_effect::other_errno;
use crate::decision::TooLarge;
use crate::lint::context::Context;
use crate::lint::{Finding, Lint, Reason, Severity};
use crate::phrase::action_text;

pub(super) const LINT: Lint = Lint {
    id: "equals-default",
    severity: Severity::Info,
    summary: "a rule whose action is the default action",
    story: "\
runc leaves a rule out whose action (its errno included) is the default action. It cannot carve an
exception out of a broader rule: a `SCMP_ACT_ERRNO` for some arguments, where `SCMP_ACT_ERRNO` is the
default, takes nothing away from another rule that allows them.

Only rules are reported without which every call gets the same action, and whose calls all get the
default action: where another rule answers some of them, `no-effect` says so. One that holds the highest
number of an ABI is not reported: it moves the boundary above which runc answers `ENOSYS`.",
    fires: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["read", "close", "mseal"], "action": "SCMP_ACT_ALLOW"},
  {"names": ["acct"], "action": "SCMP_ACT_ERRNO"}]}"#,
    silent: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["read", "close", "mseal"], "action": "SCMP_ACT_ALLOW"},
  {"names": ["acct"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}"#,
    check: Some(check),
};

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    let idle = context.idle();
    let default = action_text(context.policy.default_action());
    let equal = idle.names.iter().filter(|idle| idle.reason == Reason::EqualsDefault);
    let findings = equal.map(|idle| {
        let name = &idle.name.value;
        let message =
            format!("this rule for `{name}` does nothing: {default} is the default action, and runc leaves it out");
        // That no call of it gets another action was looked at.
        let help = format!(
            "remove it: without it `{name}` gets {default} as well; to tell it from the default, \
             give it another action, such as `errnoRet` {}",
            other_errno(context.policy.default_action())
        );
        Finding::new(name, message, help).at(idle.name.span)
    });
    Ok(findings.collect())
}
