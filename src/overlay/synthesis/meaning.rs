//! What a single rule means by itself: the calls that it holds for.

use crate::decision::{Compare, Leaf, Set, Store, TooLarge};
use crate::profile::{
    Action, ActionName, ArgCmp, Capability, Filter, KernelVersion, Op, Rule, Spanned,
};
use crate::semantics::leaf;

/// Whether a rule means what [`rule_set`] says on every host.
pub(in crate::overlay) fn is_plain(rule: &Rule) -> bool {
    let mut indexes: Vec<u8> = rule.args.iter().map(|arg| arg.index).collect();
    indexes.sort_unstable();
    indexes.dedup();
    let of = |filter: &Filter| {
        let known = |cap: &Spanned<String>| Capability::from_name(&cap.value).is_some();
        let version = |text: &Spanned<String>| {
            KernelVersion::parse(&text.value).is_some_and(|v| v.bits() > 0)
        };
        filter.arches.is_empty()
            && filter.caps.iter().all(known)
            && filter.min_kernel.iter().all(version)
    };
    indexes.len() == rule.args.len() && of(&rule.includes) && of(&rule.excludes)
}

/// The leaf of a rule's action.
pub(in crate::overlay) fn leaf_of(rule: &Rule) -> Leaf {
    let errno = rule.errno_ret.as_ref().map_or(1, |errno| errno.value) as u16;
    leaf(match rule.action.value {
        ActionName::KillProcess => Action::KillProcess,
        ActionName::KillThread => Action::KillThread,
        ActionName::Trap => Action::Trap,
        ActionName::Errno => Action::Errno(errno),
        ActionName::Notify => Action::Notify,
        ActionName::Trace => Action::Trace(errno),
        ActionName::Log => Action::Log,
        ActionName::Allow => Action::Allow,
    })
}

/// The calls that a plain rule holds for, when `width` bits are compared.
pub(in crate::overlay) fn rule_set(
    store: &mut Store,
    rule: &Rule,
    width: u16,
) -> Result<Set, TooLarge> {
    let mut set = Set::ALL;
    for (filter, held) in [(&rule.includes, true), (&rule.excludes, false)] {
        for cap in &filter.caps {
            if let Some(cap) = Capability::from_name(&cap.value) {
                let with = store.with_capability(cap)?;
                set = if held { store.and(set, with)? } else { store.minus(set, with)? };
            }
        }
        let version = filter.min_kernel.as_ref().and_then(|v| KernelVersion::parse(&v.value));
        if let Some(version) = version {
            let from = store.kernel_at_least(version)?;
            set = if held { store.and(set, from)? } else { store.minus(set, from)? };
        }
    }
    for arg in &rule.args {
        let part = condition_set(store, arg, width)?;
        set = store.and(set, part)?;
    }
    Ok(set)
}

/// The calls that fulfil a condition: argument and operand are cut to the width.
fn condition_set(store: &mut Store, arg: &ArgCmp, width: u16) -> Result<Set, TooLarge> {
    let cut = if width < 64 { (1u64 << width) - 1 } else { u64::MAX };
    let (all, value) = (u64::MAX, arg.value & cut);
    let mut compare =
        |mask, how, datum| store.compare_arg(arg.index, 0, width, mask, how, datum & mask);
    let positive = match arg.op {
        Op::Eq | Op::Ne => compare(all, Compare::Eq, value)?,
        Op::Gt | Op::Le => compare(all, Compare::Gt, value)?,
        Op::Ge | Op::Lt => compare(all, Compare::Ge, value)?,
        Op::MaskedEq => compare(value, Compare::Eq, arg.value_two & cut)?,
    };
    match arg.op {
        Op::Ne | Op::Le | Op::Lt => store.not(positive),
        _ => Ok(positive),
    }
}
