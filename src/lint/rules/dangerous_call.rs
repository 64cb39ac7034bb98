//! `dangerous-call`

use crate::decision::TooLarge;
use crate::lint::context::Context;
use crate::lint::{Finding, Lint, Proof, Severity};
use crate::syscall::{Syscall, danger};

pub(super) const LINT: Lint = Lint {
    id: "dangerous-call",
    severity: Severity::Warning,
    summary: "a call that exploits have used, and that Docker's default blocks",
    story: "\
Some calls reach beyond the container or into seldom used kernel code; escapes and local privilege
escalations have come through them. Docker's newest default blocks them for a container without
additional capabilities. The lint fires where the profile lets such a call through with the
capabilities that Docker grants (or those of `--caps`), and gives the reason in a line; published
bugs are named by their CVE. Where Docker allows some arguments, only the others count.

If the program needs the call, accept the finding in `sdiff.toml` with the reason.",
    fires: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["read", "keyctl"], "action": "SCMP_ACT_ALLOW"}]}"#,
    silent: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["read", "keyctl"], "action": "SCMP_ACT_ALLOW",
   "includes": {"caps": ["CAP_SYS_ADMIN"]}}]}"#,
    check: Some(check),
};

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    // Then `default-allows` says it once.
    if context.policy.default_action().lets_through() {
        return Ok(Vec::new());
    }
    let found = dangerous(context)?;
    let mut findings = Vec::new();
    for (syscall, proof) in found {
        let why = danger(syscall).unwrap_or_default();
        let default = Context::decision(&context.default, proof.place, syscall);
        let in_part = match default {
            Some(default) => !context.open(default)?.is_empty(),
            None => false,
        };
        let message = match in_part {
            true => {
                format!("calls of `{syscall}` are let through that Docker's default blocks: {why}")
            }
            false => format!("`{syscall}` is let through, which Docker's default blocks: {why}"),
        };
        let help = "block it, or accept the finding with the reason why the program needs it";
        let span = context.mention(syscall);
        findings.push(Finding::new(syscall.name(), message, help).at_any(span).proved(Some(proof)));
    }
    Ok(findings)
}

/// The dangerous calls that are let through and that Docker's default stops.
pub(super) fn dangerous(context: &mut Context) -> Result<Vec<(Syscall, Proof)>, TooLarge> {
    let places = context.places();
    let mut found = Vec::new();
    for syscall in Syscall::all().filter(|syscall| danger(*syscall).is_some()) {
        for &place in &places {
            let own = Context::decision(&context.usual, place, syscall);
            // Docker's default may lack the ABI: then there is nothing to compare.
            let default = Context::decision(&context.default, place, syscall);
            let (Some(own), Some(default)) = (own, default) else { continue };
            if own == default {
                continue;
            }
            let open = context.open(own)?;
            let usual = context.open(default)?;
            let set = context.store.minus(open, usual)?;
            if !set.is_empty() {
                found.extend(context.proof(set, own, place, syscall).map(|proof| (syscall, proof)));
                break;
            }
        }
    }
    Ok(found)
}
