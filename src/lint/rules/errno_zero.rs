//! `errno-zero`

use crate::decision::TooLarge;
use crate::lint::context::Context;
use crate::lint::{Finding, Lint, Severity};
use crate::profile::Action;
use crate::semantics::leaf;
use crate::syscall::Syscall;

pub(super) const LINT: Lint = Lint {
    id: "errno-zero",
    severity: Severity::Warning,
    summary: "an action that blocks a call and tells the program that it succeeded",
    story: "\
`SCMP_ACT_ERRNO` with `errnoRet` 0 does not run the call, and returns 0: to the program the call
succeeded. A `chown` that did nothing is at times what is wanted; a `read` that returns 0 is the end
of the file, a `close` that did not close leaks a descriptor, and a `setuid` that did not drop
privileges leaves a program running as root that believes it does not.

Give an errno that says what happens: 1 (`EPERM`), or 38 (`ENOSYS`) where the program has a fallback.",
    fires: r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  {"names": ["setuid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 0}]}"#,
    silent: r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  {"names": ["setuid"], "action": "SCMP_ACT_ERRNO"}]}"#,
    check: Some(check),
};

const HELP: &str = "give an errno that says what happens, such as 1 (EPERM)";

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    let mut findings = Vec::new();
    if context.policy.default_action() == Action::Errno(0) {
        let message =
            "every call without a rule does nothing and returns 0, as if it had succeeded";
        let span = context.profile.default_errno_ret.as_ref().map(|errno| errno.span);
        findings.push(Finding::new("defaultAction", message.to_owned(), HELP).at_any(span));
    }
    let places = context.places();
    for syscall in Syscall::all() {
        let mentions = context.policy.mentions(syscall);
        let Some(mention) = mentions.iter().find(|mention| mention.action == Action::Errno(0))
        else {
            continue;
        };
        let span = mention.span;
        for &place in &places {
            let Some(decision) = Context::decision(&context.policy, place, syscall) else {
                continue;
            };
            let zero = leaf(Action::Errno(0));
            let set = context.store.set_where(decision, &|leaf| leaf == zero)?;
            if let Some(proof) = context.proof(&context.policy, set, decision, place, syscall) {
                let message =
                    format!("`{syscall}` does nothing and returns 0, as if it had succeeded");
                let finding = Finding::new(syscall.name(), message, HELP).at(span);
                findings.push(finding.proved(Some(proof)));
                break;
            }
        }
    }
    Ok(findings)
}
