//! `missing-abi`

use crate::decision::TooLarge;
use crate::lint::context::Context;
use crate::lint::{Finding, Lint, Severity};
use crate::syscall::Abi;

pub(super) const LINT: Lint = Lint {
    id: "missing-abi",
    severity: Severity::Info,
    summary: "programs that the host runs and the filter kills, because it lacks their ABI",
    story: "\
A filter knows the ABIs that it lists, and the host's own. A call by any other kills the thread that
makes it, whatever the default action: on amd64 every 32-bit program dies at once where
`SCMP_ARCH_X86` is not listed. That is often what is wanted, as it closes `socketcall` and much old
code; it is a riddle where it is not, for the program ends without a word.

x32 is not reported: hardly any kernel runs it. To allow 32-bit programs, list their architecture,
or use `archMap`.",
    fires: r#"{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64"], "syscalls": [
  {"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}"#,
    silent: r#"{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
 "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}"#,
    check: Some(check),
};

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    let mut killed = Vec::new();
    for host in context.policy.hosts() {
        for abi in host.abis.iter().flatten() {
            if !abi.in_filter && abi.abi != Abi::X32 {
                killed.push(format!("{} programs on {}", abi.abi, host.host));
            }
        }
    }
    if killed.is_empty() {
        return Ok(Vec::new());
    }
    let shown = match killed.len() {
        0..=3 => killed.join(", "),
        count => format!("{} and {} more kinds", killed[..2].join(", "), count - 2),
    };
    let message = format!("the filter lacks their ABI, so every call of {shown} kills");
    let profile = context.profile;
    let listed = profile.architectures.first().map(|name| name.span);
    let span = listed.or(profile.arch_map.first().map(|entry| entry.architecture.span));
    let help = "list the architectures if such programs are to run";
    Ok(vec![Finding::new("architectures", message, help).at_any(span)])
}
