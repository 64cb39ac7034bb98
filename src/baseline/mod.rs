//! The built-in baselines.

use crate::load::{LoadError, LoadOptions, Loaded};

/// Whether a specification names a built-in baseline.
pub fn is_spec(_spec: &str) -> bool {
    false
}

pub(crate) fn load(spec: &str, options: &LoadOptions) -> Result<Loaded, LoadError> {
    crate::load::parse(spec, b"{}", options)
}
