//! `newer-call`

use crate::decision::{Decision, Set, TooLarge};
use crate::diff::Place;
use crate::lint::context::Context;
use crate::lint::{Finding, Lint, Severity};
use crate::phrase::action_text;
use crate::phrase::needs::{Need, lines, needs};
use crate::semantics;
use crate::syscall::{Syscall, all_callers};

pub(super) const LINT: Lint = Lint {
    id: "newer-call",
    severity: Severity::Warning,
    summary: "a call that common libraries try first, blocked in a way on which they do not fall back",
    story: "\
Libraries try a new call and fall back to the old one when the kernel does not know it, which they
tell by `ENOSYS`. A filter that blocks the new call with `EPERM` looks like a kernel that forbids it,
and the library gives up: an update of a container's base image then breaks under a profile that has
not changed. glibc 2.34 could not start a thread where `clone3` gave `EPERM` (moby issue 42680), Alpine
3.13 could not tell the time on 32-bit ARM (its release notes, \"time64 requirements\").

The lint fires where the older call is let through, so that the program would work, and the newer one
is blocked in a way that the program does not bear, with the capabilities that Docker grants. Who asks
for which call, from which version on, which errors it bears and where that is written stands in
`src/syscall/callers.tsv`; half of it was measured with strace on the real programs. A call that a
library makes in place of an older one without falling back at all (`newfstatat` of glibc 2.33 for
`stat`) counts, too.

runc answers `ENOSYS` by itself for calls above the highest number that the profile names; a profile
that names one new call takes that away from all below it. Allow the call, or block it with `errnoRet`
38.",
    fires: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["clone", "mseal"], "action": "SCMP_ACT_ALLOW"}]}"#,
    silent: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["clone", "mseal"], "action": "SCMP_ACT_ALLOW"},
  {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}"#,
    check: Some(check),
};

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    let places = context.places();
    let mut calls: Vec<Syscall> = all_callers().iter().map(|caller| caller.syscall).collect();
    calls.dedup();
    let mut findings = Vec::new();
    for syscall in calls {
        for &place in &places {
            let Some(decision) = Context::decision(&context.usual, place, syscall) else {
                continue;
            };
            let broken = broken(context, place, syscall, decision)?;
            if broken.is_empty() {
                continue;
            }
            let proof = context.proof(&context.usual, Set::ALL, decision, place, syscall);
            let gives = proof.map_or(String::new(), |proof| action_text(proof.action));
            let message = format!("`{syscall}` gives {gives}: {}", lines(&broken).join("; "));
            let help = match broken.iter().any(Need::is_mended_by_enosys) {
                true => format!("allow `{syscall}`, or block it with `errnoRet` 38 (ENOSYS)"),
                false => format!("allow `{syscall}`, as the older call is"),
            };
            let finding = Finding::new(syscall.name(), message, help);
            findings.push(finding.at_any(context.mention(syscall)).proved(proof));
            break;
        }
    }
    Ok(findings)
}

/// The programs that break because of the answer alone: what they would do instead, or did before,
/// is let through.
fn broken(
    context: &mut Context,
    place: Place,
    syscall: Syscall,
    decision: Decision,
) -> Result<Vec<Need>, TooLarge> {
    let leaves = context.store.leaves(decision);
    let mut leaves = leaves.into_iter().map(semantics::action);
    let Some(first) = leaves.next() else { return Ok(Vec::new()) };
    let mut broken = needs(syscall, place.abi, first);
    broken.retain(Need::is_fatal);
    for action in leaves {
        let others = needs(syscall, place.abi, action);
        broken.retain(|need| others.iter().any(|o| o.caller == need.caller && o.is_fatal()));
    }
    let mut found = Vec::new();
    for need in broken {
        let mut falls_back = false;
        for older in need.caller.older() {
            if let Some(older) = Context::decision(&context.usual, place, older) {
                falls_back |= !context.open(older)?.is_empty();
            }
        }
        if falls_back {
            found.push(need);
        }
    }
    Ok(found)
}
