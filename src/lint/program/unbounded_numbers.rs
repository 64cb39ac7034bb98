//! `unbounded-numbers`

use super::subject::Programs;
use crate::decision::TooLarge;
use crate::lint::{Finding, Lint, Severity};
use crate::syscall::numbers;

pub(in crate::lint) const LINT: Lint = Lint {
    id: "unbounded-numbers",
    severity: Severity::Warning,
    summary: "numbers above every known call that are let through",
    story: "\
A filter that lets the numbers above those that it knows through lets through every call that a later
kernel adds, whatever that will be: `io_uring_setup`, `clone3`, `mount_setattr` and `fsopen` all came to
filters like that. A filter of what is blocked has it by its nature; one of what is allowed has it where a
range of numbers has no upper end (`if A >= 335 return ALLOW`).

A number without a call gives `ENOSYS`, with or without a filter, so nothing is lost by blocking them.",
    fires: "\
0000: 0x20 0x00 0x00 0x00000004  A = architecture
0001: 0x15 0x00 0x03 0xc000003e  if A == 0xc000003e (x86_64) goto 2 else 5
0002: 0x20 0x00 0x00 0x00000000  A = number
0003: 0x25 0x00 0x01 0x00000065  if A > 101 (ptrace) goto 4 else 5
0004: 0x06 0x00 0x00 0x7fff0000  return ALLOW
0005: 0x06 0x00 0x00 0x80000000  return KILL_PROCESS",
    silent: "\
0000: 0x20 0x00 0x00 0x00000004  A = architecture
0001: 0x15 0x00 0x04 0xc000003e  if A == 0xc000003e (x86_64) goto 2 else 6
0002: 0x20 0x00 0x00 0x00000000  A = number
0003: 0x25 0x00 0x02 0x00000065  if A > 101 (ptrace) goto 4 else 6
0004: 0x25 0x01 0x00 0x000001ce  if A > 462 (mseal) goto 6 else 5
0005: 0x06 0x00 0x00 0x7fff0000  return ALLOW
0006: 0x06 0x00 0x00 0x80000000  return KILL_PROCESS",
    check: None,
};

/// No kernel gives an ABI's call a number of so many bits, x32's bit left out.
const ABOVE_ALL: u32 = (1 << 30) - 1;

pub(super) fn check(programs: &mut Programs) -> Result<Vec<Finding>, TooLarge> {
    let mut findings = Vec::new();
    for host in programs.hosts() {
        let abi = host.native();
        let Some(policy) = programs.policy.abi(host, abi) else { continue };
        let (runs, above) = (policy.runs(), policy.decision(ABOVE_ALL));
        let open = programs.open(above)?;
        if open.is_empty() {
            continue;
        }
        // It hangs on an argument, or on where the call is made.
        let condition = if open.is_all() { "" } else { ", on a condition that calls can fulfil" };
        let at = runs.partition_point(|(upto, _)| *upto < ABOVE_ALL);
        let first = at.checked_sub(1).and_then(|at| runs.get(at)).map_or(0, |(upto, _)| upto + 1);
        let known = numbers(abi).iter().map(|(number, _)| *number);
        let highest = known.filter(|number| *number < ABOVE_ALL).max().unwrap_or(0);
        let message = format!(
            "on {host} every number from {} on is let through{condition}: whatever calls later kernels \
             give them",
            first.max(highest + 1)
        );
        let help = "block the numbers above the highest call that is meant";
        findings.push(Finding::new(abi.name(), message, help));
    }
    Ok(findings)
}
