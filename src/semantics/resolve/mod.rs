//! What an engine makes of a profile for a host: `archMap`, `includes` and `excludes`.
//!
//! It takes a profile and gives rules, each with the set of environments that keep it, and the ABIs of the
//! filter. It never knows what a filter does with a rule.

pub(super) mod highest;
pub(super) mod ignored;
pub(super) mod reader;
pub(super) mod rules;
