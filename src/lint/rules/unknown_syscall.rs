//! `unknown-syscall`

use crate::decision::TooLarge;
use crate::lint::context::Context;
use crate::lint::{Finding, Lint, Reason, Severity};
use crate::syscall;

pub(super) const LINT: Lint = Lint {
    id: "unknown-syscall",
    severity: Severity::Warning,
    summary: "a name that is no system call, so that its rule does nothing for it",
    story: "\
libseccomp does not know the name, and runc passes over it without a word. A typing mistake in a
list of allowed calls breaks the program; in a list of blocked ones it leaves a hole. Often the name
is that of a library function (`wait3`, `initgroups`) and not of the call behind it, or of another
kernel (`readdirent`).

Write the call's own name: `strace` shows it, and `man 2 syscalls` lists them.",
    fires: r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  {"names": ["chwon"], "action": "SCMP_ACT_ERRNO"}]}"#,
    silent: r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  {"names": ["chown"], "action": "SCMP_ACT_ERRNO"}]}"#,
    check: Some(check),
};

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    let idle = context.idle();
    let unknown = idle.names.iter().filter(|idle| idle.reason == Reason::Unknown);
    let findings = unknown.map(|idle| {
        let name = &idle.name.value;
        let message = format!(
            "`{name}` is no system call: runc passes over it, and the rule does nothing for it"
        );
        let help = match &syscall::nearest(name)[..] {
            [] => "remove the name, or write that of the call behind it".to_owned(),
            near => format!("did you mean `{}`?", near.join("` or `")),
        };
        Finding::new(name, message, help).at(idle.name.span)
    });
    Ok(findings.collect())
}
