//! `repeated-argument`

use crate::decision::{Set, TooLarge};
use crate::idle::condition::condition;
use crate::lint::context::Context;
use crate::lint::{Finding, Lint, Proof, Severity};
use crate::profile::Rule;
use crate::semantics::{Mention, leaf};
use crate::syscall::Syscall;
use rustc_hash::FxHashSet;

pub(super) const LINT: Lint = Lint {
    id: "repeated-argument",
    severity: Severity::Warning,
    summary: "two conditions on one argument in a rule, which are ORed",
    story: "\
Conditions on different arguments are ANDed. But libseccomp takes only one condition for each
argument, so where an index occurs twice runc adds *every* condition of the rule as a rule of its
own: they are ORed, those on other arguments as well. `arg0 > 1` and `arg0 < 5` together match every
number.

A range has to be written as rules for its parts: masks, or single values. The witness is a call that
fulfils some of the conditions and not all of them, and still gets the rule's action. Where no value
could fulfil all of them (`arg0 = 0`, `arg0 = 8`), alternatives were meant, and it is an `info`.",
    fires: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [
   {"index": 0, "value": 1, "op": "SCMP_CMP_GE"}, {"index": 0, "value": 2, "op": "SCMP_CMP_LE"}]}]}"#,
    silent: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [
   {"index": 0, "value": 1, "op": "SCMP_CMP_GE"}, {"index": 1, "value": 2, "op": "SCMP_CMP_LE"}]}]}"#,
    check: Some(check),
};

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    let mut findings = Vec::new();
    for (at, rule) in context.profile.rules.iter().enumerate() {
        let Some(index) = repeated(rule) else { continue };
        let mut seen = FxHashSet::default();
        for name in rule.name.iter().chain(&rule.names) {
            let Some(syscall) = Syscall::from_name(&name.value) else { continue };
            let Some(&mention) = context.policy.mentions_in(syscall, at).first() else { continue };
            // What is asked of a call once is known.
            if !seen.insert(syscall) {
                continue;
            }
            let Some(proof) = witness(context, rule, &mention, syscall)? else { continue };
            let message = format!(
                "this rule for `{}` has several conditions on arg{index}, so that each of its \
                 conditions is enough by itself",
                name.value
            );
            let help = "write one rule for each part of the range, with one condition an argument";
            let span = rule.args.iter().rfind(|arg| arg.index == index).map(|arg| arg.span);
            // Where nothing could fulfil all of them, alternatives were meant.
            let are_alternatives = all(context, rule, false)?.is_empty();
            let severity = if are_alternatives { Severity::Info } else { LINT.severity };
            let finding = Finding::new(&name.value, message, help).at_any(span);
            findings.push(finding.proved(Some(proof)).with_severity(severity));
            break;
        }
    }
    Ok(findings)
}

/// The calls that fulfil all conditions of a rule.
fn all(context: &mut Context, rule: &Rule, is_32bit: bool) -> Result<Set, TooLarge> {
    let mut all = Set::ALL;
    for arg in &rule.args {
        let set = condition(&mut context.store, arg, is_32bit)?;
        all = context.store.and(all, set)?;
    }
    Ok(all)
}

fn repeated(rule: &Rule) -> Option<u8> {
    let args = &rule.args;
    let place = (1..args.len()).find(|&at| args[..at].iter().any(|a| a.index == args[at].index))?;
    Some(args[place].index)
}

/// A call that fulfils a condition and not all, and gets the rule's action.
fn witness(
    context: &mut Context,
    rule: &Rule,
    mention: &Mention,
    syscall: Syscall,
) -> Result<Option<Proof>, TooLarge> {
    for place in context.places() {
        let Some(decision) = Context::decision(&context.policy, place, syscall) else { continue };
        let all = all(context, rule, place.abi.is_32bit())?;
        let mut any = Set::EMPTY;
        for arg in &rule.args {
            let set = condition(&mut context.store, arg, place.abi.is_32bit())?;
            any = context.store.or(any, set)?;
        }
        let wanted = leaf(mention.action);
        let answered = context.store.set_where(decision, &|leaf| leaf == wanted)?;
        let some = context.store.minus(any, all)?;
        let set = context.store.and(answered, some)?;
        let set = context.store.and(set, mention.kept)?;
        if !set.is_empty() && mention.is_on(place.host) {
            return Ok(context.proof(&context.policy, set, decision, place, syscall));
        }
    }
    Ok(None)
}
