//! `impossible-condition`

use crate::decision::TooLarge;
use crate::idle::condition::{is_never, repeats};
use crate::idle::widths;
use crate::lint::context::Context;
use crate::lint::{Finding, Lint, Severity};
use crate::profile::{ArgCmp, Rule, Span, Spanned};
use crate::syscall::Syscall;
use rustc_hash::FxHashSet;

pub(super) const LINT: Lint = Lint {
    id: "impossible-condition",
    severity: Severity::Warning,
    summary: "a condition that no argument fulfils",
    story: "\
All comparisons are unsigned: nothing is less than 0, and nothing greater than the highest value. A
rule with such a condition never answers. Where the argument is a signed number (an errno, a file
descriptor, a priority), a negative one is a very large one to the filter.

A `SCMP_CMP_MASKED_EQ` whose datum lies outside its mask is *not* such a condition: libseccomp masks
the datum, too. The lint fires where no value fulfils the condition on any ABI of the filter that has
the call, each with the width of its words; of calls that no ABI has it says nothing.",
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
    for (at, rule) in context.profile.rules.iter().enumerate() {
        for arg in &rule.args {
            let names = rule.name.iter().chain(&rule.names);
            // A name that stands there a hundred thousand times is looked at once.
            let mut seen = FxHashSet::default();
            let dead = names.filter_map(|name| {
                let syscall = Syscall::from_name(&name.value)?;
                if seen.contains(&syscall) {
                    return None;
                }
                let mentions = context.policy.mentions_in(syscall, at);
                let own = mentions.iter().find(|mention| mention.span == name.span)?;
                seen.insert(syscall);
                let widths = widths(&context.policy, syscall, own);
                let is_never = widths.iter().all(|&is_32bit| is_never(arg, is_32bit));
                (!widths.is_empty() && is_never).then_some((name, syscall))
            });
            let dead: Vec<(&Spanned<String>, Syscall)> = dead.collect();
            let Some(&(first, _)) = dead.first() else { continue };
            findings.push(finding(rule, arg, first, dead.iter().map(|&(_, syscall)| syscall)));
        }
    }
    Ok(findings)
}

/// What follows from it hangs on the other conditions, and on how libseccomp hands the rule on.
fn finding(
    rule: &Rule,
    arg: &ArgCmp,
    first: &Spanned<String>,
    mut dead: impl Iterator<Item = Syscall>,
) -> Finding {
    let (name, index) = (&first.value, arg.index);
    let is_behind = |syscall: Syscall| syscall.multiplexer().is_some();
    let follows = match () {
        () if repeats(&rule.args) => ", which adds nothing to the others of the rule".to_owned(),
        // For the multiplexer the first argument is the number of the call.
        () if index == 0 && dead.any(is_behind) => {
            format!(", so the rule never answers a direct call of `{name}`")
        }
        () => format!(", so the rule for `{name}` never answers"),
    };
    let message = format!("no value of arg{index} fulfils this condition{follows}");
    let help = "comparisons are unsigned: write the range that is meant, or remove the rule";
    let span = if arg.span == Span::default() { first.span } else { arg.span };
    Finding::new(name, message, help).at(span)
}
