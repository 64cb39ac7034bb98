//! `default-allows`

use super::dangerous_call::dangerous;
use crate::decision::TooLarge;
use crate::lint::context::Context;
use crate::lint::{Finding, Lint, Severity};
use crate::phrase::action_text;

pub(super) const LINT: Lint = Lint {
    id: "default-allows",
    severity: Severity::Warning,
    summary: "a default action that lets calls through",
    story: "\
With `SCMP_ACT_ALLOW` (or `SCMP_ACT_LOG`) as the default action a profile is a list of what is
blocked, and everything else is open: every call that the list forgets, the ABIs' many twins of the
listed calls, and every call that a later kernel adds. A profile replaces Docker's default and is
not added to it, so one that blocks `chmod` alone opens everything that Docker blocks.

To add a few rules to Docker's default, start from the default: `sdiff baselines default`.",
    fires: r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  {"names": ["acct"], "action": "SCMP_ACT_ERRNO"}]}"#,
    silent: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}"#,
    check: Some(check),
};

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    let default = context.policy.default_action();
    if !default.lets_through() {
        return Ok(Vec::new());
    }
    let found = dangerous(context)?;
    let mut message = match &context.profile.default_action {
        Some(_) => format!("every call without a rule is let through ({})", action_text(default)),
        None => {
            "without a `defaultAction` and rules seccomp is off: every call is let through".into()
        }
    };
    if let [first, ..] = &found[..] {
        let count = found.len();
        message += &match count {
            1 => format!(", `{}` among them, which Docker's default blocks", first.syscall),
            _ => format!(", among them {count} dangerous ones that Docker's default blocks"),
        };
    }
    let help = "start from Docker's default, or list what is allowed";
    let span = context.profile.default_action.as_ref().map(|action| action.span);
    let proof = found.first().map(|found| found.proof);
    Ok(vec![Finding::new("defaultAction", message, help).at_any(span).proved(proof)])
}
