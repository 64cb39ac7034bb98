//! `no-effect`

use crate::decision::TooLarge;
use crate::lint::context::Context;
use crate::lint::{Finding, Lint, Reason, Severity};
use crate::phrase::action_text;
use crate::profile::Action;
use crate::syscall::{Multiplexer, Syscall};

pub(super) const LINT: Lint = Lint {
    id: "no-effect",
    severity: Severity::Warning,
    summary: "a rule that does nothing, while calls that it is about get another action",
    story: "\
libseccomp lets a rule without conditions beat every rule with conditions for the same call,
whatever their order and their actions, and of two rules without conditions the first. So a
`SCMP_ACT_ERRNO` with conditions beside a `SCMP_ACT_ALLOW` without does nothing at all: the filter
allows the call as if the rule were not there. The same holds for a rule whose action is the default
action: it is left out of the filter, and cannot carve an exception out of a broader rule, be it one
with conditions or one for a call behind `socketcall` or `ipc`. A rule with conditions can also lose to
a wider one with conditions, by the order in which libseccomp tests them.

It is a silent classic: a published security fix that adds argument filters for `clone`, `prctl` and
`ioctl` beside the rules that allow them changes no call.

The claim is proved: the profile without the rule is the same function, and a call that the rule is
about gets another action. To mend it, remove the call from the other rule, and write there what is to
be allowed; a rule with the default action needs none to be said.",
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
    let idle = context.idle();
    let default = context.policy.default_action();
    let mut findings = Vec::new();
    let unchecked = idle.unchecked;
    if unchecked > 0 {
        let message = format!(
            "whether a rule does anything was not looked at for {unchecked} of its names: it would take \
             more work than one question may"
        );
        let help = "nothing is claimed of these rules; fewer conditions for a call take less";
        findings.push(Finding::new("unchecked", message, help));
    }
    for idle in &idle.names {
        let rule = context.profile.rules.get(idle.rule);
        let conditional = rule.is_some_and(|rule| !rule.args.is_empty());
        let name = &idle.name.value;
        let (by, own, why, help) = match idle.reason {
            Reason::Shadowed { by, action, instead_of } if action != instead_of => {
                let does = action_text(action);
                let (why, help) = match conditional {
                    true => (
                        format!(
                            "a rule without conditions beats every rule with them, and gives {does}"
                        ),
                        narrow(name, action, instead_of, default),
                    ),
                    false => (
                        format!("another rule for the call counts, and gives {does}"),
                        format!("remove `{name}` from the rule that is not meant"),
                    ),
                };
                (by, instead_of, why, help)
            }
            Reason::Overruled { by, action, instead_of } => {
                let does = action_text(action);
                let is_default = instead_of == default;
                let left_out = match is_default {
                    true => " it is the default action, so runc leaves the rule out, and",
                    false => "",
                };
                let behind = Syscall::from_name(name).filter(|call| is_multiplexer(*call));
                let rules = match (by, behind) {
                    (None, Some(_)) => "the rules for the calls behind it give",
                    _ => "other rules give",
                };
                let why = format!("{left_out} {rules} {does} to calls that it is about");
                let help = match is_default && !conditional {
                    true => format!(
                        "block `{name}` with another action than the default one, such as \
                         `errnoRet` {}: without conditions it then beats the others",
                        other_errno(default)
                    ),
                    false => narrow(name, action, instead_of, default),
                };
                (by, instead_of, why.trim_start().to_owned(), help)
            }
            _ => continue,
        };
        let own = action_text(own);
        let message = format!("this rule for `{name}` ({own}) does nothing: {why}");
        findings.push(Finding::new(name, message, help).at(idle.name.span).beside(by));
    }
    Ok(findings)
}

fn is_multiplexer(call: Syscall) -> bool {
    [Multiplexer::Socketcall, Multiplexer::Ipc].iter().any(|one| one.syscall() == Some(call))
}

/// How a rule with conditions comes to count: by what the other one leaves to it.
fn narrow(name: &str, action: Action, own: Action, default: Action) -> String {
    let does = action_text(action);
    match own == default {
        true => format!(
            "give {does} only to the calls of `{name}` that are meant: what the other rule leaves \
             out gets {} by itself",
            action_text(default)
        ),
        false => format!(
            "leave the calls that this rule is about out of the rule that gives {does}: remove \
             `{name}` there, or give it conditions there"
        ),
    }
}

/// An errno that is not the default action.
pub(super) fn other_errno(default: Action) -> &'static str {
    match default {
        Action::Errno(38) => "1 (EPERM)",
        _ => "38 (ENOSYS)",
    }
}
