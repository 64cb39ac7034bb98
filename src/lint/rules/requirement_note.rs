//! `requirement-note`

use crate::lint::{Lint, Severity};

/// Judged by [`crate::require`].
pub(crate) const LINT: Lint = Lint {
    id: "requirement-note",
    severity: Severity::Info,
    summary: "a `[[require]]` of `sdiff.toml` holds and may not mean what its author thinks",
    story: "\
What a `[[require]]` asks may hold and yet not be what was meant: no program in question has the call,
so that nothing is asked; or the call is blocked by its name, and 32-bit programs make the same call
through `socketcall` or `ipc`, into whose arguments no filter can look. The first is told, and the second
with the call that does it. Where an ABI has no argument or constant of the name that the rule uses, the
rule is not judged for its programs, and that is a warning.",
    fires: "",
    silent: "",
    check: None,
};
