//! Findings about acceptances themselves.

use super::{Acceptance, Date};
use crate::lint::rules::acceptance::LINT;
use crate::lint::{Finding, Severity};

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

/// The finding for acceptances of which nobody has said why: one for all of them, as they come in crowds.
pub(super) fn unfinished(acceptances: &[&Acceptance]) -> Option<Finding> {
    const SHOWN: usize = 5;
    let (first, count) = (acceptances.first()?, acceptances.len());
    let lines: Vec<String> =
        acceptances.iter().take(SHOWN).map(|acceptance| acceptance.line().to_string()).collect();
    let more = if count > SHOWN { ", ..." } else { "" };
    let what = if count == 1 { "1 acceptance has" } else { &format!("{count} acceptances have") };
    let message = format!(
        "sdiff.toml:{}: {what} no reason yet (line {}{more})",
        first.line(),
        lines.join(", ")
    );
    let help = "look at what is accepted, and write why it may stay in place of TODO";
    let mut finding = Finding::new("reason", message, help).with_severity(Severity::Info);
    finding.identify(LINT.id);
    Some(finding)
}

fn finding(acceptance: &Acceptance, message: String, help: &str) -> Finding {
    let mut finding = Finding::new(acceptance.rule(), message, help).with_severity(LINT.severity);
    finding.identify(LINT.id);
    finding
}
