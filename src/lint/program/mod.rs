//! What only a program in the kernel can have: lints of filters, one file each.

pub(super) mod dead_instruction;
pub(super) mod half_argument;
pub(super) mod open_x32;
mod subject;
pub(super) mod unbounded_numbers;
pub(super) mod unchecked_architecture;
pub(super) mod unknown_action;

pub use subject::Programs;

use super::{Finding, Lint, filled, finished};
use crate::decision::TooLarge;

/// What looks at filters.
type Check = fn(&mut Programs) -> Result<Vec<Finding>, TooLarge>;

/// The lints with what looks for each.
const CHECKS: [(&Lint, Check); 6] = [
    (&unchecked_architecture::LINT, unchecked_architecture::check),
    (&open_x32::LINT, open_x32::check),
    (&unbounded_numbers::LINT, unbounded_numbers::check),
    (&half_argument::LINT, half_argument::check),
    (&unknown_action::LINT, unknown_action::check),
    (&dead_instruction::LINT, dead_instruction::check),
];

/// Everything that the lints of programs find in the filters of a process.
///
/// # Errors
/// A bound of the decision engine.
pub fn check_programs(programs: &mut Programs) -> Result<Vec<Finding>, TooLarge> {
    let mut findings = Vec::new();
    for (lint, check) in CHECKS {
        findings.extend(check(programs)?.into_iter().map(|finding| filled(finding, lint)));
    }
    Ok(finished(findings))
}
