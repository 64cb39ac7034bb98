//! `unknown-action`

use super::subject::Programs;
use crate::decision::TooLarge;
use crate::lint::{Finding, Lint, Severity};

pub(in crate::lint) const LINT: Lint = Lint {
    id: "unknown-action",
    severity: Severity::Warning,
    summary: "a return value whose action the kernel does not know",
    story: "\
The action of a filter's return value is its upper 16 bits. Of those that the kernel knows there are
eight; every other one kills the process, since Linux 4.14 (before, the thread). A value like that is
rather a mistake: an errno that was returned without `SECCOMP_RET_ERRNO`, or bytes in the wrong order. A
small number is no such value: with upper bits of 0 it is `KILL_THREAD`.

The strictest answer of several filters wins by number, so that an unknown one can also lose.",
    fires: "\
0000: 0x20 0x00 0x00 0x00000004  A = architecture
0001: 0x15 0x00 0x01 0xc000003e  if A == 0xc000003e (x86_64) goto 2 else 3
0002: 0x06 0x00 0x00 0x00010005  return 0x10005
0003: 0x06 0x00 0x00 0x80000000  return KILL_PROCESS",
    silent: "\
0000: 0x20 0x00 0x00 0x00000004  A = architecture
0001: 0x15 0x00 0x01 0xc000003e  if A == 0xc000003e (x86_64) goto 2 else 3
0002: 0x06 0x00 0x00 0x00050001  return EPERM
0003: 0x06 0x00 0x00 0x80000000  return KILL_PROCESS",
    check: None,
};

pub(super) fn check(programs: &mut Programs) -> Result<Vec<Finding>, TooLarge> {
    let answers = programs.filter.answers(&programs.store);
    let unknown = answers.into_iter().filter_map(|answer| answer.unknown());
    // One that returns a word of the call has thousands.
    let mut ranges: Vec<(u16, u16)> = Vec::new();
    for code in unknown {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(code) => *last = code,
            _ => ranges.push((code, code)),
        }
    }
    let value = |code: u16| u32::from(code) << 16;
    let finding = |(first, last): (u16, u16)| {
        let words = match first == last {
            true => format!("{:#010x}, an action", value(first)),
            false => format!("{:#010x} to {:#010x}, actions", value(first), value(last) | 0xffff),
        };
        let verb = if first == last { "it kills" } else { "they kill" };
        let message =
            format!("some calls get {words} that the kernel does not know: {verb} the process");
        Finding::new(&format!("{first:#06x}"), message, "return one of the kernel's actions")
    };
    Ok(ranges.into_iter().map(finding).collect())
}
