//! Why a name does nothing, in terms of the text.

use super::condition::{conditions, is_never, repeats};
use super::{Unit, is_absent, known, name, reads_name};
use crate::decision::{Store, TooLarge};
use crate::profile::{Action, ArgCmp, Profile, Rule, Span};
use crate::semantics::{Mention, Policy, action, leaf};
use crate::syscall::Syscall;

/// Why a name in a rule does nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is no system call, so libseccomp passes it over.
    Unknown,
    /// The engine does not read the single `name`.
    NotRead,
    /// No host and environment in question keeps the rule.
    NeverKept,
    /// No ABI of the filter has the call, on the hosts that keep the rule.
    Absent,
    /// The rule's action is the default action, and runc leaves it out.
    EqualsDefault,
    /// Conditions that no argument fulfils: the one of the argument with this index.
    Impossible(u8),
    /// A rule that says the same of the call.
    Repeated {
        /// The name there.
        of: Option<Span>,
    },
    /// A rule without conditions that decides the call wherever this one is kept: it beats every
    /// rule with conditions, and every later one without.
    Shadowed {
        /// The name there.
        by: Option<Span>,
        /// What it does.
        action: Action,
        /// What this one would do.
        instead_of: Action,
    },
    /// No rule without conditions decides the call, and yet some of the calls that this one is about
    /// get another action: those of wider rules, or of rules for what is behind a multiplexer.
    Overruled {
        /// The name in the first rule that gives the action, if one names this call.
        by: Option<Span>,
        /// What some of the calls get.
        action: Action,
        /// What this one would do.
        instead_of: Action,
    },
    /// Other rules for the call answer alike wherever this one would.
    Covered {
        /// The name in the first of them.
        by: Option<Span>,
        /// What this one would do.
        action: Action,
    },
}

impl Reason {
    /// Whether another action answers where the rule says something: what its author meant does
    /// not happen.
    pub fn is_overruled(&self) -> bool {
        match self {
            Reason::Shadowed { action, instead_of, .. } => action != instead_of,
            Reason::Overruled { .. } => true,
            _ => false,
        }
    }
}

/// The reason for what is known to do nothing.
pub(super) fn find(store: &mut Store, profile: &Profile, policy: &Policy, unit: Unit) -> Reason {
    let covered = Reason::Covered { by: None, action: policy.default_action() };
    let (Some(name), Some(rule)) = (name(profile, unit), profile.rules.get(unit.rule)) else {
        return covered;
    };
    let Some(syscall) = Syscall::from_name(&name.value) else { return Reason::Unknown };
    if unit.name.is_none() && !reads_name(policy.settings().machine.engine) {
        return Reason::NotRead;
    }
    let mentions = policy.mentions(syscall);
    let own = policy.mentions_in(syscall, unit.rule).iter().find(|own| own.span == name.span);
    let Some(own) = own else {
        return Reason::NeverKept;
    };
    let is_default = own.action == policy.default_action();
    if !is_default && is_absent(policy, syscall, own) {
        return Reason::Absent;
    }
    if let Some(index) = impossible(&rule.args, policy, syscall, own) {
        return Reason::Impossible(index);
    }
    let others = || mentions.iter().filter(|other| *other != own);
    let of = |mention: &&Mention| profile.rules.get(mention.rule);
    if let Some(same) = others().find(|other| of(other).is_some_and(|other| is_same(other, rule))) {
        return Reason::Repeated { of: known(same.span) };
    }
    let hosts = &policy.settings().hosts;
    for other in others() {
        let is_before = (other.rule, other.span) < (own.rule, own.span);
        let decides = !rule.args.is_empty() || is_before || is_default;
        if of(&other).is_some_and(|rule| rule.args.is_empty())
            && decides
            && hosts.iter().all(|&host| !own.is_on(host) || other.is_on(host))
            && store.minus(own.kept, other.kept).is_ok_and(|left| left.is_empty())
        {
            let (action, instead_of) = (other.action, own.action);
            return Reason::Shadowed { by: known(other.span), action, instead_of };
        }
    }
    // Where a bound is reached nothing is claimed of what happens instead.
    if let Ok(Some(action)) = other_answer(store, policy, syscall, own, &rule.args) {
        let by = others().find(|other| other.action == action).and_then(|other| known(other.span));
        return Reason::Overruled { by, action, instead_of: own.action };
    }
    if is_default {
        return Reason::EqualsDefault;
    }
    let alike = others().find(|other| other.action == own.action).or(others().next());
    Reason::Covered { by: alike.and_then(|other| known(other.span)), action: own.action }
}

/// Whether two rules say the same besides their names.
pub(crate) fn is_same(a: &Rule, b: &Rule) -> bool {
    let filter = |rule: &Rule| {
        [&rule.includes, &rule.excludes].map(|filter| {
            let words = |list: &[crate::profile::Spanned<String>]| {
                let mut words: Vec<String> = list.iter().map(|word| word.value.clone()).collect();
                words.sort();
                words
            };
            let kernel = filter.min_kernel.as_ref().map(|version| version.value.clone());
            (words(&filter.arches), words(&filter.caps), kernel)
        })
    };
    let args = |rule: &Rule| {
        let mut args: Vec<_> =
            rule.args.iter().map(|arg| (arg.index, arg.op, arg.value, arg.value_two)).collect();
        args.sort_unstable();
        args
    };
    let value = |rule: &Rule| rule.errno_ret.as_ref().map(|errno| errno.value);
    let text = |rule: &Rule| rule.errno.as_ref().map(|errno| errno.value.clone());
    a.action.value == b.action.value
        && value(a) == value(b)
        && text(a) == text(b)
        && args(a) == args(b)
        && filter(a) == filter(b)
}

/// The argument whose condition holds for no value on any ABI of the filter that has the call, where
/// the rule is kept.
fn impossible(args: &[ArgCmp], policy: &Policy, syscall: Syscall, own: &Mention) -> Option<u8> {
    let widths = widths(policy, syscall, own);
    let never = |arg: &&ArgCmp| {
        !widths.is_empty() && widths.iter().all(|&is_32bit| is_never(arg, is_32bit))
    };
    match repeats(args) {
        // Each is a rule of its own then.
        true => args.first().filter(|_| args.iter().all(|arg| never(&arg))).map(|arg| arg.index),
        false => args.iter().find(never).map(|arg| arg.index),
    }
}

/// How wide words are on the ABIs of the filter that have the call, where the rule is kept: whether
/// they are of 32 bits. Empty where no such ABI has it.
pub(crate) fn widths(policy: &Policy, syscall: Syscall, own: &Mention) -> Vec<bool> {
    let mut widths = Vec::new();
    for host in policy.hosts().iter().filter(|host| own.is_on(host.host)) {
        for &abi in host.host.abis() {
            let is_in = policy.abi(host.host, abi).is_some_and(|abi| abi.in_filter);
            if is_in && syscall.resolved(abi).is_some() && !widths.contains(&abi.is_32bit()) {
                widths.push(abi.is_32bit());
            }
        }
    }
    widths
}

/// Another action that calls get which the rule is about: in the environments that keep it, without
/// runc's stub. A filter that never looks at the number of a call tells nothing of its rules.
fn other_answer(
    store: &mut Store,
    policy: &Policy,
    syscall: Syscall,
    own: &Mention,
    args: &[ArgCmp],
) -> Result<Option<Action>, TooLarge> {
    for host in policy.hosts().iter().filter(|host| own.is_on(host.host)) {
        for abi in host.abis.iter().flatten().filter(|abi| abi.in_filter && !abi.is_blind) {
            let Some(number) = syscall.number(abi.abi) else { continue };
            let Some(decision) = abi.bare_decision(number) else { continue };
            let about = conditions(store, args, abi.abi.is_32bit())?;
            let about = store.and(about, own.kept)?;
            let wanted = leaf(own.action);
            let others = store.set_where(decision, &|leaf| leaf != wanted)?;
            let set = store.and(about, others)?;
            if let Some(point) = store.witness(set) {
                return Ok(Some(action(store.evaluate(decision, &point))));
            }
        }
    }
    Ok(None)
}
