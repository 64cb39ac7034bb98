//! `wide-operand`

use crate::decision::{Compare, TooLarge};
use crate::idle::condition::condition;
use crate::lint::context::Context;
use crate::lint::{Finding, Lint, Proof, Severity};
use crate::profile::{ArgCmp, Op};
use crate::semantics::{Mention, leaf};
use crate::syscall::Syscall;
use rustc_hash::FxHashSet;

pub(super) const LINT: Lint = Lint {
    id: "wide-operand",
    severity: Severity::Warning,
    summary: "an operand of more than 32 bits, which is cut for 32-bit programs",
    story: "\
On ABIs that libseccomp takes for 32 bits wide, argument and operand are both cut to their low 32
bits. `SCMP_CMP_EQ` with 0x1_0000_0005 then matches 5, a mask of high bits alone matches every
argument, and `SCMP_CMP_LE` with the highest 64-bit number plus something matches next to none.

The witness is a call of a 32-bit program that does not fulfil the condition as it is written, and
gets the rule's action all the same.",
    fires: r#"{"defaultAction": "SCMP_ACT_ERRNO",
 "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"], "syscalls": [
  {"names": ["prctl"], "action": "SCMP_ACT_ALLOW",
   "args": [{"index": 0, "value": 4294967301, "op": "SCMP_CMP_EQ"}]}]}"#,
    silent: r#"{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64"], "syscalls": [
  {"names": ["prctl"], "action": "SCMP_ACT_ALLOW",
   "args": [{"index": 0, "value": 4294967301, "op": "SCMP_CMP_EQ"}]}]}"#,
    check: Some(check),
};

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    let mut findings = Vec::new();
    for (at, rule) in context.profile.rules.iter().enumerate() {
        for arg in rule.args.iter().filter(|arg| is_wide(arg)) {
            let mut seen = FxHashSet::default();
            for name in rule.name.iter().chain(&rule.names) {
                let Some(syscall) = Syscall::from_name(&name.value) else { continue };
                let Some(&mention) = context.policy.mentions_in(syscall, at).first() else {
                    continue;
                };
                // What is asked of a call once is known.
                if !seen.insert(syscall) {
                    continue;
                }
                let Some(proof) = witness(context, arg, &mention, syscall)? else { continue };
                let message = format!(
                    "for {} programs the condition on arg{} of `{}` is cut to 32 bits, and means \
                     another number",
                    proof.place.abi, arg.index, name.value
                );
                let help = "keep to 32 bits, or leave the 32-bit architectures out";
                let finding = Finding::new(&name.value, message, help).at(arg.span);
                findings.push(finding.proved(Some(proof)));
                break;
            }
        }
    }
    Ok(findings)
}

fn is_wide(arg: &ArgCmp) -> bool {
    let datum = if arg.op == Op::MaskedEq { arg.value_two & arg.value } else { 0 };
    (arg.value | datum) >> 32 != 0
}

/// A call that the condition as written does not match, as cut does.
fn witness(
    context: &mut Context,
    arg: &ArgCmp,
    mention: &Mention,
    syscall: Syscall,
) -> Result<Option<Proof>, TooLarge> {
    for place in context.places() {
        if !place.abi.is_32bit() || !mention.is_on(place.host) {
            continue;
        }
        let Some(decision) = Context::decision(&context.policy, place, syscall) else { continue };
        let store = &mut context.store;
        let cut = condition(store, arg, true)?;
        let written = condition(store, arg, false)?;
        // What a 32-bit register holds.
        let high = u64::from(u32::MAX) << 32;
        let narrow = store.compare_arg(arg.index, 0, 64, high, Compare::Eq, 0)?;
        let wanted = leaf(mention.action);
        let answered = store.set_where(decision, &|leaf| leaf == wanted)?;
        let set = store.minus(cut, written)?;
        let set = store.and(set, narrow)?;
        let set = store.and(set, answered)?;
        let set = store.and(set, mention.kept)?;
        if !set.is_empty() {
            return Ok(context.proof(&context.policy, set, decision, place, syscall));
        }
    }
    Ok(None)
}
