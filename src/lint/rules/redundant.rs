//! `redundant`

use crate::decision::TooLarge;
use crate::lint::context::Context;
use crate::lint::{Finding, Lint, Reason, Severity};
use crate::phrase::action_text;

pub(super) const LINT: Lint = Lint {
    id: "redundant",
    severity: Severity::Info,
    summary: "a rule that says what other rules say already",
    story: "\
Without the rule every call gets the same action: it is repeated, or other rules for the call answer
alike wherever it would. It does no harm until somebody removes one of the two and believes that the
call is blocked now.

The claim is proved: the profile without the rule is the same function. All findings of this lint
can be mended together.",
    fires: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"},
  {"names": ["write"], "action": "SCMP_ACT_ALLOW"}]}"#,
    silent: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["read"], "action": "SCMP_ACT_ALLOW"},
  {"names": ["write"], "action": "SCMP_ACT_ALLOW"}]}"#,
    check: Some(check),
};

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    let idle = context.idle();
    let mut findings = Vec::new();
    for idle in &idle.names {
        let name = &idle.name.value;
        let (message, other) = match idle.reason {
            Reason::Repeated { of } => (format!("this rule for `{name}` is repeated"), of),
            Reason::Shadowed { by, action, instead_of } if action == instead_of => {
                let action = action_text(action);
                (format!("another rule gives {action} for every call of `{name}` already"), by)
            }
            Reason::Covered { by, action } => {
                let action = action_text(action);
                (
                    format!(
                        "without this rule ({action}) every call of `{name}` gets the same action"
                    ),
                    by,
                )
            }
            _ => continue,
        };
        findings
            .push(Finding::new(name, message, "remove it here").at(idle.name.span).beside(other));
    }
    Ok(findings)
}
