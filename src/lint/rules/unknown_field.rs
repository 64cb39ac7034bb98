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
        let (key, severity) = match &warning.kind {
            WarningKind::UnknownField { key, .. } | WarningKind::FoldedKey { key, .. } => {
                (key.clone(), Severity::Info)
            }
            WarningKind::DuplicateKey(key) => ((*key).to_owned(), LINT.severity),
            _ => return None,
        };
        let help = warning.help();
        let is_near = help.is_some() && matches!(warning.kind, WarningKind::UnknownField { .. });
        let severity = if is_near { LINT.severity } else { severity };
        let help = help.unwrap_or_else(|| match warning.kind {
            WarningKind::DuplicateKey(_) => "keep the one that is meant".to_owned(),
            WarningKind::FoldedKey { field, .. } => format!("write `{field}`"),
            _ => "a rule's `comment` is the place for remarks".to_owned(),
        });
        let finding = Finding::new(&key, warning.message(), help);
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
