//! `dead-instruction`

use super::subject::Programs;
use crate::decision::TooLarge;
use crate::filter::{Filter, disassemble};
use crate::lint::{Finding, Lint, Severity};

pub(in crate::lint) const LINT: Lint = Lint {
    id: "dead-instruction",
    severity: Severity::Info,
    summary: "instructions that no call reaches",
    story: "\
An instruction is dead where no jump leads to it, or where every way to it fails a test before: a number is
tested for a second time, or for a value that an earlier range has taken. It costs little. But who wrote
it meant it to do something: a block of `ptrace` behind a range that allows it is a hole.

That no call reaches it is proved for every architecture, number, argument and address.",
    fires: "\
0000: 0x20 0x00 0x00 0x00000004  A = architecture
0001: 0x15 0x00 0x05 0xc000003e  if A == 0xc000003e (x86_64) goto 2 else 7
0002: 0x20 0x00 0x00 0x00000000  A = number
0003: 0x35 0x03 0x00 0x40000000  if A >= 0x40000000 goto 7 else 4
0004: 0x25 0x00 0x03 0x00000050  if A > 80 (chdir) goto 5 else 8
0005: 0x15 0x00 0x01 0x00000020  if A == 32 (dup) goto 6 else 7
0006: 0x06 0x00 0x00 0x00050001  return EPERM
0007: 0x06 0x00 0x00 0x80000000  return KILL_PROCESS
0008: 0x06 0x00 0x00 0x7fff0000  return ALLOW",
    silent: "\
0000: 0x20 0x00 0x00 0x00000004  A = architecture
0001: 0x15 0x00 0x05 0xc000003e  if A == 0xc000003e (x86_64) goto 2 else 7
0002: 0x20 0x00 0x00 0x00000000  A = number
0003: 0x35 0x03 0x00 0x40000000  if A >= 0x40000000 goto 7 else 4
0004: 0x25 0x00 0x03 0x00000050  if A > 80 (chdir) goto 5 else 8
0005: 0x15 0x00 0x01 0x00000065  if A == 101 (ptrace) goto 6 else 7
0006: 0x06 0x00 0x00 0x00050001  return EPERM
0007: 0x06 0x00 0x00 0x80000000  return KILL_PROCESS
0008: 0x06 0x00 0x00 0x7fff0000  return ALLOW",
    check: None,
};

/// How many instructions are named.
const MOST: usize = 8;

pub(super) fn check(programs: &mut Programs) -> Result<Vec<Finding>, TooLarge> {
    let mut findings = Vec::new();
    for (place, (_, program)) in programs.stack.iter().enumerate() {
        let reached = Filter::reached(&mut programs.store, program)?;
        let dead: Vec<usize> = (0..reached.len()).filter(|at| !reached[*at]).collect();
        let Some(first) = dead.first() else { continue };
        let lines = disassemble(program);
        let what = lines.get(*first).map_or("", |line| line.text.as_str());
        let mut numbers: Vec<String> = dead.iter().take(MOST).map(usize::to_string).collect();
        if dead.len() > MOST {
            numbers.push(format!("and {} more", dead.len() - MOST));
        }
        let (one, it) = match dead.len() {
            1 => ("instruction", "it"),
            _ => ("instructions", "the first of them"),
        };
        let message = format!(
            "{}no call reaches {one} {} ({it}: `{what}`)",
            programs.name(place),
            numbers.join(", ")
        );
        let help = "leave them out, or see what is tested before them";
        findings.push(Finding::new(&first.to_string(), message, help));
    }
    Ok(findings)
}
