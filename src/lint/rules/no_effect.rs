//! `no-effect`

use crate::decision::TooLarge;
use crate::lint::context::Context;
use crate::lint::{Finding, Lint, Reason, Severity};
use crate::report::phrase::action_text;

pub(super) const LINT: Lint = Lint {
    id: "no-effect",
    severity: Severity::Warning,
    summary: "a rule that another rule overrules, everywhere and for every call",
    story: "\
libseccomp lets a rule without conditions beat every rule with conditions for the same call,
whatever their order and their actions, and of two rules without conditions the first. So a
`SCMP_ACT_ERRNO` with conditions beside a `SCMP_ACT_ALLOW` without does nothing at all: the filter
allows the call as if the rule were not there. The same holds for a rule whose action is the default
action: it is left out of the filter, and cannot carve an exception out of a broader rule.

It is a silent classic: a published security fix that adds argument filters for `clone`, `prctl` and
`ioctl` beside the rules that allow them changes no call.

The claim is proved: the profile without the rule is the same function. To mend it, remove the call
from the other rule, and write here what is to be allowed.",
    fires: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["clone"], "action": "SCMP_ACT_ALLOW"},
  {"names": ["clone"], "action": "SCMP_ACT_KILL", "args": [
   {"index": 0, "value": 268435456, "valueTwo": 268435456, "op": "SCMP_CMP_MASKED_EQ"}]}]}"#,
    silent: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [
   {"index": 0, "value": 268435456, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]},
  {"names": ["clone"], "action": "SCMP_ACT_KILL", "args": [
   {"index": 0, "value": 268435456, "valueTwo": 268435456, "op": "SCMP_CMP_MASKED_EQ"}]}]}"#,
    check: Some(check),
};

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    let mut findings = Vec::new();
    for idle in &context.idle.names {
        let Reason::Shadowed { by, action, instead_of } = idle.reason else { continue };
        if action == instead_of {
            continue;
        }
        let conditional =
            context.profile.rules.get(idle.rule).is_some_and(|rule| !rule.args.is_empty());
        let (name, does) = (&idle.name.value, action_text(action));
        let own = action_text(instead_of);
        let why = match conditional {
            true => {
                format!("a rule without conditions beats every rule with them, and gives {does}")
            }
            false => format!("another rule for the call counts, and gives {does}"),
        };
        let message = format!("this rule for `{name}` ({own}) does nothing: {why}");
        let help = match conditional {
            true => format!("remove `{name}` from the other rule, or this rule"),
            false => "keep the one that is meant".to_owned(),
        };
        findings.push(Finding::new(name, message, help).at(idle.name.span).beside(by));
    }
    Ok(findings)
}
