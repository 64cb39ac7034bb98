//! Findings about acceptances themselves.

use super::{Acceptance, Date};
use crate::lint::Finding;
use crate::lint::rules::acceptance::LINT;

/// The finding for an acceptance that no longer counts.
pub(super) fn expired(acceptance: &Acceptance, on: Date) -> Finding {
    let message = format!(
        "sdiff.toml:{}: the acceptance of `{}` expired on {on}: {}",
        acceptance.line(),
        acceptance.rule(),
        acceptance.reason()
    );
    finding(acceptance, message, "look at the finding again, and give a new date or mend it")
}

/// The finding for an acceptance that nothing needs.
pub(super) fn unused(acceptance: &Acceptance) -> Finding {
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
