//! `acceptance`

use crate::lint::config::{Acceptance, Date};
use crate::lint::{Finding, Lint, Severity};

pub(super) const LINT: Lint = Lint {
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

/// The finding for an acceptance that no longer counts.
pub(crate) fn expired(acceptance: &Acceptance, on: Date) -> Finding {
    let message = format!(
        "sdiff.toml:{}: the acceptance of `{}` expired on {on}: {}",
        acceptance.line(),
        acceptance.rule(),
        acceptance.reason()
    );
    finding(acceptance, message, "look at the finding again, and give a new date or mend it")
}

/// The finding for an acceptance that nothing needs.
pub(crate) fn unused(acceptance: &Acceptance) -> Finding {
    let message = format!(
        "sdiff.toml:{}: no finding of the checked profiles needs the acceptance of `{}`: {}",
        acceptance.line(),
        acceptance.rule(),
        acceptance.reason()
    );
    finding(acceptance, message, "remove it")
}

fn finding(acceptance: &Acceptance, message: String, help: &str) -> Finding {
    let mut finding = Finding::new(acceptance.rule(), message, help).with_severity(LINT.severity);
    finding.identify(LINT.id);
    finding
}
