//! `acceptance`

use crate::lint::{Lint, Severity};

pub(in crate::lint) const LINT: Lint = Lint {
    id: "acceptance",
    severity: Severity::Warning,
    summary: "an acceptance in `sdiff.toml` that has expired, or that nothing needs",
    story: "\
An acceptance says that somebody has looked at a finding and why it may stay. One that has expired is
to be looked at again; one that no finding of the checked profiles needs hides the next finding that
looks like it. Both are findings themselves, at the line of `sdiff.toml`, and cannot be accepted.",
    fires: "",
    silent: "",
    check: None,
};
