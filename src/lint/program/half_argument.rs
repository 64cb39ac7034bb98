//! `half-argument`

use super::subject::{Programs, some};
use crate::decision::var::{ARG_BITS, ARGS, Group};
use crate::decision::{Decision, Store, TooLarge};
use crate::lint::{Finding, Lint, Severity};

pub(in crate::lint) const LINT: Lint = Lint {
    id: "half-argument",
    severity: Severity::Info,
    summary: "an argument of 64 bits of which one half alone is tested",
    story: "\
Classic BPF has words of 32 bits: an argument is two of them, and a test of one is no test of the other.
Where the kernel reads an `int` or an `unsigned int` the low half is all there is, and to test it alone is
right; a test of both halves would let `0x100000005` through where 5 is blocked. Where it reads a `long` or
a pointer, a call that differs in the high half alone gets the same answer, be it another call to the
kernel. Which of the two it is hangs on the call: look at each that is named.

A test of the high half alone is seldom meant.",
    fires: "\
0000: 0x20 0x00 0x00 0x00000004  A = architecture
0001: 0x15 0x00 0x06 0xc000003e  if A == 0xc000003e (x86_64) goto 2 else 8
0002: 0x20 0x00 0x00 0x00000000  A = number
0003: 0x35 0x04 0x00 0x40000000  if A >= 0x40000000 goto 8 else 4
0004: 0x15 0x00 0x02 0x0000009d  if A == 157 (prctl) goto 5 else 7
0005: 0x20 0x00 0x00 0x00000018  A = low word of arg1
0006: 0x15 0x01 0x00 0x00000001  if A == 1 goto 8 else 7
0007: 0x06 0x00 0x00 0x7fff0000  return ALLOW
0008: 0x06 0x00 0x00 0x80000000  return KILL_PROCESS",
    silent: "\
0000: 0x20 0x00 0x00 0x00000004  A = architecture
0001: 0x15 0x00 0x08 0xc000003e  if A == 0xc000003e (x86_64) goto 2 else 10
0002: 0x20 0x00 0x00 0x00000000  A = number
0003: 0x35 0x06 0x00 0x40000000  if A >= 0x40000000 goto 10 else 4
0004: 0x15 0x00 0x04 0x0000009d  if A == 157 (prctl) goto 5 else 9
0005: 0x20 0x00 0x00 0x0000001c  A = high word of arg1
0006: 0x15 0x00 0x02 0x00000000  if A == 0 goto 7 else 9
0007: 0x20 0x00 0x00 0x00000018  A = low word of arg1
0008: 0x15 0x01 0x00 0x00000001  if A == 1 goto 10 else 9
0009: 0x06 0x00 0x00 0x7fff0000  return ALLOW
0010: 0x06 0x00 0x00 0x80000000  return KILL_PROCESS",
    check: None,
};

const HELP: &str = "where the kernel reads all 64 bits of it, test both halves";

pub(super) fn check(programs: &mut Programs) -> Result<Vec<Finding>, TooLarge> {
    let mut findings = Vec::new();
    for host in programs.hosts() {
        let abi = host.native();
        let Some(policy) = programs.policy.abi(host, abi).filter(|_| !abi.has_32bit_registers())
        else {
            continue;
        };
        let mut halves: [Vec<String>; 2] = Default::default();
        for (_, syscall, decision) in policy.calls() {
            for index in (0..ARGS).map(|index| index as u8) {
                let low = asks_half(&mut programs.store, decision, index, false)?;
                let high = asks_half(&mut programs.store, decision, index, true)?;
                if low != high {
                    halves[usize::from(high)].push(format!("{syscall} (arg{index})"));
                }
            }
        }
        for (which, calls) in ["low", "high"].into_iter().zip(halves) {
            if !calls.is_empty() {
                let names: Vec<&str> = calls.iter().map(String::as_str).collect();
                let message = format!(
                    "on {host} the {which} half of an argument alone decides about {}",
                    some(&names)
                );
                let finding = Finding::new(which, message, HELP);
                findings.push(match which {
                    "high" => finding.with_severity(Severity::Warning),
                    _ => finding,
                });
            }
        }
    }
    Ok(findings)
}

/// Whether a decision hangs on the low or the high half of an argument.
fn asks_half(
    store: &mut Store,
    decision: Decision,
    index: u8,
    high: bool,
) -> Result<bool, TooLarge> {
    let (from, to) = Group::Arg(index).range();
    let middle = from + ARG_BITS / 2;
    let half = if high { from..middle } else { middle..to };
    // A bit on which it hangs changes it when it is given.
    Ok(store.fix(decision, &|var| half.contains(&var).then_some(false))? != decision)
}
