//! `impossible-condition`

use crate::decision::TooLarge;
use crate::lint::context::Context;
use crate::lint::{Finding, Lint, Reason, Severity};

pub(super) const LINT: Lint = Lint {
    id: "impossible-condition",
    severity: Severity::Warning,
    summary: "a condition that no argument fulfils",
    story: "\
All comparisons are unsigned: nothing is less than 0, and nothing greater than the highest value. A
rule with such a condition never answers. Where the argument is a signed number (an errno, a file
descriptor, a priority), a negative one is a very large one to the filter.

A `SCMP_CMP_MASKED_EQ` whose datum lies outside its mask is *not* such a condition: libseccomp masks
the datum, too. The claim is proved: the profile without the rule is the same function.",
    fires: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["mseal"], "action": "SCMP_ACT_ALLOW"},
  {"names": ["setpriority"], "action": "SCMP_ACT_ALLOW",
   "args": [{"index": 2, "value": 0, "op": "SCMP_CMP_LT"}]}]}"#,
    silent: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["mseal"], "action": "SCMP_ACT_ALLOW"},
  {"names": ["setpriority"], "action": "SCMP_ACT_ALLOW",
   "args": [{"index": 2, "value": 1, "op": "SCMP_CMP_LT"}]}]}"#,
    check: Some(check),
};

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    let mut findings = Vec::new();
    for idle in &context.idle.names {
        let Reason::Impossible(index) = idle.reason else { continue };
        let name = &idle.name.value;
        let args = context.profile.rules.get(idle.rule).map_or(&[][..], |rule| &rule.args);
        let condition = args.iter().find(|arg| arg.index == index).map(|arg| arg.span);
        let message = format!(
            "no value of arg{index} fulfils this condition, so the rule for `{name}` never answers"
        );
        let help = "comparisons are unsigned: write the range that is meant, or remove the rule";
        let finding = Finding::new(name, message, help);
        findings.push(finding.at_any(condition.or(Some(idle.name.span))));
    }
    findings.dedup_by(|a, b| a.span == b.span);
    Ok(findings)
}
