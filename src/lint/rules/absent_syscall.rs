//! `absent-syscall`

use crate::decision::TooLarge;
use crate::lint::context::Context;
use crate::lint::{Finding, Lint, Reason, Severity};

pub(super) const LINT: Lint = Lint {
    id: "absent-syscall",
    severity: Severity::Info,
    summary: "a call that no ABI of the filter has",
    story: "\
The call exists, but not for the programs that this filter is for: `arm_fadvise64_64` where only
x86 is listed, `socketcall` where only 64-bit ABIs are. libseccomp leaves such rules out. It is
harmless, and at times a sign of a list that was made on another machine.

The lint looks at the hosts whose architecture the profile lists, or at those of `--host`, and only
where the rule is kept.",
    fires: r#"{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64"], "syscalls": [
  {"names": ["breakpoint"], "action": "SCMP_ACT_ALLOW"}]}"#,
    silent: r#"{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
 "syscalls": [{"names": ["breakpoint"], "action": "SCMP_ACT_ALLOW"}]}"#,
    check: Some(check),
};

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    let idle = context.idle();
    let absent = idle.names.iter().filter(|idle| idle.reason == Reason::Absent);
    let findings = absent.map(|idle| {
        let name = &idle.name.value;
        let message = format!("no ABI of the filter has `{name}`: the rule does nothing for it");
        let help = "remove the name, or list the architecture that has it";
        Finding::new(name, message, help).at(idle.name.span)
    });
    Ok(findings.collect())
}
