//! `multiplexed`

use super::no_effect::other_errno;
use crate::decision::{Compare, Decision, Set, TooLarge};
use crate::diff::Place;
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
architecture out of the filter, or block `socketcall` and lose old 32-bit programs. A rule that blocks
it with the default action does not: runc leaves that rule out, and those for `socket` and its kin then
answer. Another errno, such as 38, makes it count.

Where the gap is one of the default that the profile comes from, it is an `info`.",
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
        // What the profile adds to its default, and what is open there, too.
        let mut open: [Vec<(Syscall, WayIn)>; 2] = Default::default();
        for (syscall, call) in behind {
            if context.is_restricted(syscall)
                && let Some(way) = way_in(context, gate, syscall, call)?
            {
                open[usize::from(way.is_inherited)].push((syscall, way));
            }
        }
        for (is_inherited, open) in [false, true].into_iter().zip(&open) {
            let Some((first, way)) = open.first() else { continue };
            let names: Vec<&str> = open.iter().map(|(syscall, _)| syscall.name()).collect();
            let origin = context.origin().filter(|_| is_inherited);
            let there =
                origin.map_or(String::new(), |origin| format!(", as in {}", origin.release));
            let message = format!(
                "what the rules for `{}` keep out is open to {} programs through `{gate}`, whose \
                 arguments no filter sees{there}",
                names.join("`, `"),
                way.proof.place.abi
            );
            let places: Vec<Place> = open.iter().flat_map(|(_, way)| way.places.clone()).collect();
            let finding = Finding::new(gate.name(), message, help(context, gate, &places));
            let finding = finding.at_any(context.mention(gate).or(context.mention(*first)));
            let finding = finding.beside(context.mention(*first)).proved(Some(way.proof));
            findings.push(match is_inherited {
                true => finding.with_severity(Severity::Info),
                false => finding,
            });
        }
    }
    Ok(findings)
}

/// What closes it. A rule for the gate beats those for the calls behind it only where it has another
/// action than the default one, as runc leaves it out otherwise; and an ABI can be left out where it
/// is not the host's own.
fn help(context: &Context, gate: Syscall, places: &[Place]) -> String {
    let block = format!(
        "block `{gate}` without conditions, by another action than the default one, such as \
         `errnoRet` {}, and remove it from the rules that allow it",
        other_errno(context.policy.default_action())
    );
    let mut names: Vec<&str> = places.iter().map(|place| place.abi.oci_name()).collect();
    names.sort_unstable();
    names.dedup();
    let is_own = |place: &Place| place.abi == place.host.native();
    match places.iter().any(is_own) {
        true => block,
        false => format!("leave {} out of the filter, or {block}", names.join(", ")),
    }
}

/// How calls get through the gate that are blocked directly.
struct WayIn {
    proof: Proof,
    /// Everywhere that is so.
    places: Vec<Place>,
    /// Whether the default that the profile comes from is open in the same way everywhere.
    is_inherited: bool,
}

fn way_in(
    context: &mut Context,
    gate: Syscall,
    syscall: Syscall,
    call: u8,
) -> Result<Option<WayIn>, TooLarge> {
    let mut places = context.places();
    places.sort_by_key(|place| place.host);
    let (mut open, mut proofs) = (Vec::new(), [None; 2]);
    for place in places.into_iter().filter(|place| place.abi.has_multiplexers()) {
        let native = Place { host: place.host, abi: place.host.native() };
        let direct = Context::decision(&context.policy, native, syscall);
        let through = Context::decision(&context.policy, place, gate);
        let (Some(direct), Some(through)) = (direct, through) else { continue };
        let set = ways(context, direct, through, call)?;
        if set.is_empty() {
            continue;
        }
        open.push(place);
        let there = context.origin().and_then(|origin| {
            let direct = Context::decision(&origin.open, native, syscall)?;
            Some((direct, Context::decision(&origin.open, place, gate)?))
        });
        let known = match there {
            Some((direct, through)) => ways(context, direct, through, call)?,
            None => Set::EMPTY,
        };
        let added = context.store.minus(set, known)?;
        let (at, set) = if added.is_empty() { (1, set) } else { (0, added) };
        let proof = context.proof(&context.policy, set, through, place, gate);
        proofs[at] = proofs[at].or(proof);
    }
    let is_inherited = proofs[0].is_none();
    let [added, known] = proofs;
    Ok(added.or(known).map(|proof| WayIn { proof, places: open, is_inherited }))
}

/// The calls through the gate in environments where native programs get the direct call blocked, at
/// least for some arguments.
fn ways(
    context: &mut Context,
    direct: Decision,
    through: Decision,
    call: u8,
) -> Result<Set, TooLarge> {
    let allowed = context.open(direct)?;
    let open = context.open(through)?;
    let store = &mut context.store;
    let blocked = store.not(allowed)?;
    let environments = store.environments(blocked)?;
    let number = store.compare_arg(0, 0, 64, u64::MAX, Compare::Eq, call.into())?;
    let set = store.and(open, number)?;
    store.and(set, environments)
}
