//! `multiplexed`

use crate::decision::{Compare, TooLarge};
use crate::lint::context::Context;
use crate::lint::{Finding, Lint, Proof, Severity};
use crate::syscall::{Multiplexer, Syscall};

pub(super) const LINT: Lint = Lint {
    id: "multiplexed",
    severity: Severity::Warning,
    summary: "calls that are blocked directly, and open through `socketcall` or `ipc`",
    story: "\
On 32-bit x86 (and mips, ppc, s390) `socketcall` does the work of `socket`, `connect` and their kin,
and `ipc` that of System V's calls. Their arguments are behind a pointer that no filter can follow.
A condition on `socket` is therefore no condition on `socketcall(SYS_SOCKET, ...)`: where the profile
allows `socketcall`, every address family is open to a 32-bit program, and a 64-bit host runs those
whenever the filter lists the 32-bit architecture. libseccomp adds a rule for `socket` to
`socketcall` as well, by the number of the call alone.

Docker's default is such a profile: it blocks `AF_VSOCK` and `AF_ALG` in `socket`, and has allowed
`socketcall` again since 29.4.3, because 32-bit programs need it. To close the gap, leave the 32-bit
architecture out of the filter, or block `socketcall` and lose old 32-bit programs.",
    fires: r#"{"defaultAction": "SCMP_ACT_ERRNO",
 "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"], "syscalls": [
  {"names": ["socketcall"], "action": "SCMP_ACT_ALLOW"},
  {"names": ["socket"], "action": "SCMP_ACT_ALLOW",
   "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_NE"}]}]}"#,
    silent: r#"{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64"], "syscalls": [
  {"names": ["socketcall"], "action": "SCMP_ACT_ALLOW"},
  {"names": ["socket"], "action": "SCMP_ACT_ALLOW",
   "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_NE"}]}]}"#,
    check: Some(check),
};

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    let mut findings = Vec::new();
    for multiplexer in [Multiplexer::Socketcall, Multiplexer::Ipc] {
        let Some(gate) = multiplexer.syscall() else { continue };
        let behind = Syscall::all().filter_map(|syscall| match syscall.multiplexer() {
            Some((of, call)) if of == multiplexer => Some((syscall, call)),
            _ => None,
        });
        let mut open: Vec<(Syscall, Proof)> = Vec::new();
        for (syscall, call) in behind {
            let found = if context.is_restricted(syscall) {
                way_in(context, gate, syscall, call)?
            } else {
                None
            };
            open.extend(found.map(|proof| (syscall, proof)));
        }
        let Some(&(first, proof)) = open.first() else { continue };
        let names: Vec<&str> = open.iter().map(|(syscall, _)| syscall.name()).collect();
        let message = format!(
            "what the rules for `{}` keep out is open to {} programs through `{gate}`, whose \
             arguments no filter sees",
            names.join("`, `"),
            proof.place.abi
        );
        let help = format!("leave the 32-bit architectures out of the filter, or block `{gate}`");
        let finding = Finding::new(gate.name(), message, help);
        let finding = finding.at_any(context.mention(gate).or(context.mention(first)));
        findings.push(finding.beside(context.mention(first)).proved(Some(proof)));
    }
    Ok(findings)
}

/// A call through the gate, on a host whose native programs get the direct call blocked, at least
/// for some arguments, in the same environment.
fn way_in(
    context: &mut Context,
    gate: Syscall,
    syscall: Syscall,
    call: u8,
) -> Result<Option<Proof>, TooLarge> {
    let mut places = context.places();
    places.sort_by_key(|place| place.host);
    for place in places {
        let native = crate::diff::Place { host: place.host, abi: place.host.native() };
        let direct = Context::decision(&context.policy, native, syscall);
        let through = Context::decision(&context.policy, place, gate);
        let (Some(direct), Some(through)) = (direct, through) else { continue };
        if !place.abi.has_multiplexers() {
            continue;
        }
        let allowed = context.open(direct)?;
        let open = context.open(through)?;
        let store = &mut context.store;
        let blocked = store.not(allowed)?;
        let environments = store.environments(blocked)?;
        let number = store.compare_arg(0, 0, 64, u64::MAX, Compare::Eq, call.into())?;
        let set = store.and(open, number)?;
        let set = store.and(set, environments)?;
        if !set.is_empty() {
            return Ok(context.proof(set, through, place, gate));
        }
    }
    Ok(None)
}
