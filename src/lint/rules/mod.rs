//! The lints, one file each.

mod absent_syscall;
pub(super) mod acceptance;
mod dangerous_call;
mod default_allows;
pub(super) mod does_not_load;
mod equals_default;
mod errno_zero;
mod impossible_condition;
mod impossible_environment;
mod kill_default;
mod missing_abi;
mod multiplexed;
mod newer_call;
mod no_effect;
mod no_start;
mod not_normal;
mod older_library;
mod open_flag;
mod open_twin;
mod other_engine;
mod redundant;
mod repeated_argument;
pub(crate) mod requirement_broken;
pub(crate) mod requirement_note;
mod stale;
mod unknown_architecture;
mod unknown_capability;
mod unknown_field;
mod unknown_host;
mod unknown_syscall;
mod wide_operand;

use super::{Lint, program};

/// Every lint, in the order of the page: what does not load, what does nothing, what does more
/// than it says, what means something else elsewhere, what will break, what is stale or untidy, and what
/// only a program in the kernel can have.
pub const ALL: &[&Lint] = &[
    &does_not_load::LINT,
    &unknown_syscall::LINT,
    &absent_syscall::LINT,
    &no_effect::LINT,
    &redundant::LINT,
    &equals_default::LINT,
    &impossible_condition::LINT,
    &impossible_environment::LINT,
    &unknown_capability::LINT,
    &unknown_host::LINT,
    &unknown_architecture::LINT,
    &unknown_field::LINT,
    &repeated_argument::LINT,
    &wide_operand::LINT,
    &multiplexed::LINT,
    &open_twin::LINT,
    &open_flag::LINT,
    &default_allows::LINT,
    &errno_zero::LINT,
    &dangerous_call::LINT,
    &other_engine::LINT,
    &missing_abi::LINT,
    &no_start::LINT,
    &newer_call::LINT,
    &older_library::LINT,
    &kill_default::LINT,
    &stale::LINT,
    &not_normal::LINT,
    &program::unchecked_architecture::LINT,
    &program::open_x32::LINT,
    &program::unbounded_numbers::LINT,
    &program::half_argument::LINT,
    &program::unknown_action::LINT,
    &program::dead_instruction::LINT,
    &acceptance::LINT,
    &requirement_broken::LINT,
    &requirement_note::LINT,
];
