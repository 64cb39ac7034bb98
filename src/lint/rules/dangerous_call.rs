//! `dangerous-call`

use crate::baseline::Release;
use crate::decision::{Set, TooLarge};
use crate::diff::Place;
use crate::lint::context::Context;
use crate::lint::{Finding, Lint, Proof, Severity};
use crate::syscall::Syscall;
use crate::syscall::danger;

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

A profile that comes from another default (Podman's lets through what rootless containers need) is
charged with what it adds to that: the rest is an `info`, with the name of the default.

If the program needs the call, accept the finding in `sdiff.toml` with the reason.",
    fires: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["read", "write", "keyctl"], "action": "SCMP_ACT_ALLOW"}]}"#,
    silent: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["read", "write", "keyctl"], "action": "SCMP_ACT_ALLOW",
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
    for Dangerous { syscall, proof, of } in found {
        let why = danger(syscall).unwrap_or_default();
        let default = Context::decision(&context.default, proof.place, syscall);
        let in_part = match default {
            Some(default) => !context.open(default)?.is_empty(),
            None => false,
        };
        let calls = if in_part { "calls of " } else { "" };
        let (are, also) = match (in_part, of) {
            (true, None) => ("are let through that", String::new()),
            (false, None) => ("is let through, which", String::new()),
            (true, Some(of)) => ("are let through, as in", format!("{of}, that")),
            (false, Some(of)) => ("is let through, as in", format!("{of}, which")),
        };
        let also = if also.is_empty() { also } else { format!(" {also}") };
        let message = format!("{calls}`{syscall}` {are}{also} Docker's default blocks: {why}");
        let help = "block it, or accept the finding with the reason why the program needs it";
        let span = context.mention(syscall);
        let finding = Finding::new(syscall.name(), message, help).at_any(span);
        let finding = finding.proved(Some(proof));
        findings.push(match of {
            Some(_) => finding.with_severity(Severity::Info),
            None => finding,
        });
    }
    Ok(findings)
}

/// A dangerous call that is let through and that Docker's default stops.
pub(super) struct Dangerous {
    pub syscall: Syscall,
    pub proof: Proof,
    /// The default that the profile comes from, where it lets the same calls through.
    pub of: Option<&'static Release>,
}

/// The dangerous calls that are let through and that Docker's default stops.
pub(super) fn dangerous(context: &mut Context) -> Result<Vec<Dangerous>, TooLarge> {
    let places = context.places();
    let mut found = Vec::new();
    for syscall in Syscall::all().filter(|syscall| danger(*syscall).is_some()) {
        let mut inherited = None;
        let mut added = None;
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
            if set.is_empty() {
                continue;
            }
            let more = added_to(context, place, syscall, set)?;
            if !more.is_empty() {
                added = context.proof(&context.usual, more, own, place, syscall);
                break;
            }
            if inherited.is_none() {
                inherited = context.proof(&context.usual, set, own, place, syscall);
            }
        }
        let of = match added {
            Some(_) => None,
            None => context.origin().map(|origin| origin.release),
        };
        found.extend(added.or(inherited).map(|proof| Dangerous { syscall, proof, of }));
    }
    Ok(found)
}

/// Those of the calls that the default which the profile comes from stops.
fn added_to(
    context: &mut Context,
    place: Place,
    syscall: Syscall,
    set: Set,
) -> Result<Set, TooLarge> {
    let Some(origin) = context.origin() else { return Ok(set) };
    let Some(there) = Context::decision(&origin.usual, place, syscall) else { return Ok(set) };
    let open = context.open(there)?;
    context.store.minus(set, open)
}
