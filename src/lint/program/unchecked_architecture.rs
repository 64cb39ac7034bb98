//! `unchecked-architecture`

use super::subject::{CAREFUL, Programs, some};
use crate::decision::TooLarge;
use crate::filter::audit;
use crate::lint::{Finding, Lint, Severity};
use crate::syscall::Abi;

pub(in crate::lint) const LINT: Lint = Lint {
    id: "unchecked-architecture",
    severity: Severity::Warning,
    summary: "a filter that judges numbers without the architecture, or lets another one's programs do \
              everything",
    story: "\
The number of a system call says nothing without the architecture: 101 is `ptrace` on x86_64 and
`ioperm` on 32-bit x86, whose `ptrace` is 26. A filter has to load `arch` and compare it before it looks
at the number. One that does not blocks other calls than it means for programs that make their calls the
32-bit way, which every process of a 64-bit kernel can do (`int 0x80` on amd64); and one that compares
it, and lets everything through for the architectures that it does not know, has the same hole.

Of several filters in one process all hold: systemd loads one for each architecture, each of which lets
the others' calls through. Check them together (`bpf:OLDEST,...,NEWEST`).

The kernel's own documentation warns of it (`Documentation/userspace-api/seccomp_filter.rst`, \"Pitfalls\").",
    fires: "\
0000: 0x20 0x00 0x00 0x00000000  A = number
0001: 0x15 0x00 0x01 0x00000065  if A == 101 goto 2 else 3
0002: 0x06 0x00 0x00 0x00050001  return EPERM
0003: 0x06 0x00 0x00 0x7fff0000  return ALLOW",
    silent: CAREFUL,
    check: None,
};

const HELP: &str = "load the architecture and end with KILL_PROCESS for every one that is not meant, \
                    before the number is looked at";

pub(super) fn check(programs: &mut Programs) -> Result<Vec<Finding>, TooLarge> {
    let mut findings = Vec::new();
    // Architectures that get one answer for a number, though the number is another call for each.
    let mut from = 0;
    let mut blurred: Vec<Abi> = Vec::new();
    for range in programs.filter.architectures() {
        let known = Abi::ALL.into_iter().filter(|abi| (from..=range.upto).contains(&audit(*abi)));
        if from < range.upto && range.numbers.len() > 1 {
            blurred.extend(known);
        }
        from = range.upto.saturating_add(1);
    }
    for host in programs.hosts() {
        let native = host.native();
        for &abi in host.abis() {
            if audit(abi) == audit(native) {
                continue;
            }
            let elsewhere = programs.open_elsewhere(host, abi)?;
            let of_abi = programs.policy.abi(host, abi);
            let is_open = of_abi.is_some_and(|of| {
                let open = |(_, d): &(u32, crate::decision::Decision)| d.as_leaf().is_some();
                of.others().len() == 1 && of.others().iter().all(open) && {
                    let one = of.default();
                    of.calls().all(|(.., decision)| decision == one)
                }
            });
            let names: Vec<&str> = elsewhere.iter().map(|(syscall, _)| syscall.name()).collect();
            let Some((_, proof)) = elsewhere.first() else { continue };
            let message = if blurred.contains(&abi) {
                format!(
                    "numbers are judged whatever the architecture is: {abi} programs on {host} can call \
                     {}, which {native} ones cannot",
                    some(&names)
                )
            } else if is_open {
                format!(
                    "every call of {abi} programs on {host} is let through, among them {}, which \
                     {native} ones cannot call",
                    some(&names)
                )
            } else {
                continue;
            };
            findings.push(Finding::new(abi.name(), message, HELP).proved(Some(*proof)));
        }
    }
    let hosts = programs.hosts();
    blurred.retain(|abi| hosts.iter().any(|host| host.abis().contains(abi)));
    if findings.is_empty() && !blurred.is_empty() {
        let names: Vec<&str> = blurred.iter().map(|abi| abi.name()).collect();
        let message =
            format!("numbers are judged whatever the architecture is, {} among them", some(&names));
        findings.push(Finding::new("architecture", message, HELP));
    }
    Ok(findings)
}
