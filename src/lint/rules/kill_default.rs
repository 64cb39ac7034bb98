//! `kill-default`

use crate::decision::TooLarge;
use crate::lint::context::Context;
use crate::lint::{Finding, Lint, Severity};
use crate::phrase::action_text;
use crate::profile::Action;

pub(super) const LINT: Lint = Lint {
    id: "kill-default",
    severity: Severity::Warning,
    summary: "a default action that kills",
    story: "\
Libraries try new calls and fall back to old ones when they fail: with `SCMP_ACT_KILL` as the default
action the first such try ends the program, at times after an update of its base image alone. There
is no errno, no message, and often no log. `SCMP_ACT_KILL` kills one thread: the others may then wait
for it for ever; `SCMP_ACT_KILL_PROCESS` at least ends them all.

`SCMP_ACT_ERRNO` blocks just as surely. Under runc it gives `ENOSYS` for calls newer than the profile;
under a default that kills, runc's stub answers those with `ENOSYS` as well, but calls that an old
kernel had and the list lacks still kill.",
    fires: r#"{"defaultAction": "SCMP_ACT_KILL", "syscalls": [
  {"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}"#,
    silent: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}"#,
    check: Some(check),
};

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    let default = context.policy.default_action();
    if !matches!(default, Action::KillThread | Action::KillProcess) {
        return Ok(Vec::new());
    }
    let action = action_text(default);
    let message = format!(
        "a call without a rule ends the program ({action}), be it one that a library only tries"
    );
    let span = context.profile.default_action.as_ref().map(|action| action.span);
    let help = "use SCMP_ACT_ERRNO, which blocks as surely and lets libraries fall back";
    Ok(vec![Finding::new("defaultAction", message, help).at_any(span)])
}
