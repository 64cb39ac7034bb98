//! `open-x32`

use super::subject::{CAREFUL, Programs, some};
use crate::decision::TooLarge;
use crate::lint::{Finding, Lint, Severity};
use crate::syscall::Abi;

pub(in crate::lint) const LINT: Lint = Lint {
    id: "open-x32",
    severity: Severity::Warning,
    summary: "calls that are blocked for x86_64 programs, and open as x32 calls",
    story: "\
x32 has the architecture of x86_64: its calls are told apart by bit 30 of the number alone. A filter that
blocks numbers one by one lets the same call through with that bit set, on kernels that have x32
(`CONFIG_X86_X32`; Debian's and Ubuntu's have it behind `syscall.x32=y`). A container's filter from
libseccomp kills such numbers where its profile does not list x32; one that is written by hand has to test
for them (`if A >= 0x40000000`).

The kernel's own documentation warns of it (`Documentation/userspace-api/seccomp_filter.rst`, \"Pitfalls\").",
    fires: "\
0000: 0x20 0x00 0x00 0x00000004  A = architecture
0001: 0x15 0x00 0x03 0xc000003e  if A == 0xc000003e (x86_64) goto 2 else 5
0002: 0x20 0x00 0x00 0x00000000  A = number
0003: 0x15 0x01 0x00 0x00000065  if A == 101 (ptrace) goto 5 else 4
0004: 0x06 0x00 0x00 0x7fff0000  return ALLOW
0005: 0x06 0x00 0x00 0x80000000  return KILL_PROCESS",
    silent: CAREFUL,
    check: None,
};

const HELP: &str = "end with KILL_PROCESS for numbers of 0x40000000 and above";

pub(super) fn check(programs: &mut Programs) -> Result<Vec<Finding>, TooLarge> {
    let mut findings = Vec::new();
    for host in programs.hosts() {
        if !host.abis().contains(&Abi::X32) {
            continue;
        }
        let elsewhere = programs.open_elsewhere(host, Abi::X32)?;
        let names: Vec<&str> = elsewhere.iter().map(|(syscall, _)| syscall.name()).collect();
        if let Some((_, proof)) = elsewhere.first() {
            let message = format!(
                "x32 programs on {host} can call {}, which x86_64 ones cannot",
                some(&names)
            );
            findings.push(Finding::new("x32", message, HELP).proved(Some(*proof)));
        }
    }
    Ok(findings)
}
