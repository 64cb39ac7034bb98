//! `requirement-broken`

use crate::lint::{Lint, Severity};

/// Judged by [`crate::require`].
pub(crate) const LINT: Lint = Lint {
    id: "requirement-broken",
    severity: Severity::Error,
    summary: "a profile is not what a `[[require]]` of `sdiff.toml` says that it must be",
    story: "\
A team's own rule: calls that must be blocked, calls that must be allowed, or a profile that nothing more
may be let through than by, for profiles at some paths, with a reason. It is judged exactly, for every
call that the rule speaks of, in every environment that is asked about: with `blocked`, one call that some
container can make breaks it, and is the proof. Where a rule is meant for containers with certain
capabilities, `caps` in `[defaults]` or `[[profile]]` says so, and else the answer is for all sets.

`blocked` is asked of every program that the host runs; `allowed` of those whose ABI the filter has,
unless the rule names an ABI. A rule is not switched off by a lint's name or severity: it is changed where
it stands, or one finding is accepted by its whole id.",
    fires: "",
    silent: "",
    check: None,
};
