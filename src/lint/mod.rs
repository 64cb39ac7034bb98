//! What one profile says but does not do, or does but does not say.

mod idle;

pub(crate) use idle::is_same;
pub use idle::{Idle, Reason, WithoutEffect, rules_without_effect};
