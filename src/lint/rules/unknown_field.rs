//! `unknown-field`

use crate::decision::TooLarge;
use crate::lint::context::Context;
use crate::lint::{Finding, Lint, Severity};
use crate::load::WarningKind;

pub(super) const LINT: Lint = Lint {
    id: "unknown-field",
    severity: Severity::Warning,
    summary: "a field that is not read, or is read as another",
    story: "\
Every engine passes over fields that it does not know. One that looks like a known one (`include` for
`includes`, `argument` for `args`) is a rule that is wider than its author thinks: without `includes` it
applies everywhere, without `args` to every argument. A field that appears twice counts as it was
said last. Keys match without regard to case, so `Names` is `names`.

Other unknown fields are remarks, and reported as `info` alone. A rule's `comment` is the place for
them.",
    fires: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["mount"], "action": "SCMP_ACT_ALLOW", "include": {"caps": ["CAP_SYS_ADMIN"]}}]}"#,
    silent: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}}]}"#,
    check: Some(check),
};

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    let warnings = context.loaded.warnings.iter();
    let findings = warnings.filter_map(|warning| {
        let (key, severity, help) = match &warning.kind {
            // One that looks like a known one was meant to be that.
            WarningKind::UnknownField { key, .. } => match warning.help() {
                Some(help) => (key.as_str(), LINT.severity, help),
                None => {
                    let help = "a rule's `comment` is the place for remarks";
                    (key.as_str(), Severity::Info, help.to_owned())
                }
            },
            WarningKind::FoldedKey { key, field, .. } => {
                (key.as_str(), Severity::Info, format!("write `{field}`"))
            }
            WarningKind::DuplicateKey(key) => {
                (*key, LINT.severity, "keep the one that is meant".to_owned())
            }
            _ => return None,
        };
        let finding = Finding::new(key, warning.message(), help);
        Some(finding.at(warning.span).with_severity(severity))
    });
    Ok(findings.collect())
}

/// The loader's warnings of one kind as findings.
pub(super) fn from_warnings(
    context: &Context,
    help: &str,
    wanted: impl Fn(&WarningKind) -> Option<(String, Severity)>,
) -> Vec<Finding> {
    let findings = context.loaded.warnings.iter().filter_map(|warning| {
        let (subject, severity) = wanted(&warning.kind)?;
        let help = warning.help().unwrap_or_else(|| help.to_owned());
        let finding = Finding::new(&subject, warning.message(), help);
        Some(finding.at(warning.span).with_severity(severity))
    });
    findings.collect()
}
