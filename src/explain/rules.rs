//! The rules that name a call, and why each did or did not answer.

use super::Decided;
use crate::call::Call;
use crate::decision::Assignment;
use crate::diff::Place;
use crate::profile::{Action, ArgCmp, Capability, KernelVersion, Profile, Rule, Span, Spanned};
use crate::semantics::{Policy, Reader};
use crate::syscall::Syscall;

/// A rule that names the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Considered {
    /// Its place in `syscalls`.
    pub rule: usize,
    /// The name in the file.
    pub span: Span,
    /// Its action, where some environment keeps it.
    pub action: Option<Action>,
    /// Whether it has conditions on arguments.
    pub is_conditional: bool,
    /// What became of it.
    pub verdict: Verdict,
}

/// What became of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The call fulfils it.
    Matches,
    /// The engine does not read the single `name`.
    NotRead,
    /// It is not for this host.
    Host,
    /// It needs a capability that the container lacks, or that there is not.
    Needs(String),
    /// It is not for containers with this capability.
    Excluded(Capability),
    /// It is for kernels from this one on.
    KernelFrom(KernelVersion),
    /// It is for kernels before this one.
    KernelBefore(KernelVersion),
    /// Its action is the default one, and runc leaves it out.
    EqualsDefault,
    /// This condition does not hold.
    Condition(ArgCmp),
}

pub(super) fn consider(
    profile: &Profile,
    policy: &Policy,
    call: &Call,
    place: Place,
    point: &Assignment,
) -> Vec<Considered> {
    let mut considered = Vec::new();
    let reader = Reader::new(policy.settings().machine.engine, profile);
    for (at, rule) in profile.rules.iter().enumerate() {
        let single = rule.name.iter().map(|name| (true, name));
        for (is_single, name) in single.chain(rule.names.iter().map(|name| (false, name))) {
            let Some(syscall) = Syscall::from_name(&name.value) else { continue };
            let inside = inside(call, syscall, place, point);
            if syscall != call.syscall && !inside {
                continue;
            }
            // They are in the order of the rules.
            let mentions = policy.mentions(syscall);
            let mention = mentions.get(mentions.partition_point(|mention| mention.rule < at));
            let mention = mention.filter(|mention| mention.rule == at);
            let action = mention.map(|mention| mention.action);
            let verdict = if is_single && !reader.reads_filters() {
                Verdict::NotRead
            } else if let Some(dropped) = dropped(rule, reader, place, point) {
                dropped
            } else if action == Some(policy.default_action()) {
                Verdict::EqualsDefault
            } else {
                conditions(rule, place, point, inside)
            };
            let is_conditional = !rule.args.is_empty();
            considered.push(Considered {
                rule: at,
                span: name.span,
                action,
                is_conditional,
                verdict,
            });
            break;
        }
    }
    considered
}

/// Whether a rule for `syscall` is one for this call of a multiplexer as well.
fn inside(call: &Call, syscall: Syscall, place: Place, point: &Assignment) -> bool {
    place.abi.has_multiplexers()
        && syscall.multiplexer().is_some_and(|(multiplexer, number)| {
            multiplexer.syscall() == Some(call.syscall) && point.args[0] == u64::from(number)
        })
}

/// Why the engine drops a rule in an environment.
fn dropped(rule: &Rule, reader: Reader, place: Place, point: &Assignment) -> Option<Verdict> {
    if !reader.reads_filters() {
        return None;
    }
    let Rule { includes, excludes, .. } = rule;
    let names = |arches: &[Spanned<String>]| {
        reader.token(place.host).is_some_and(|token| arches.iter().any(|arch| arch.value == token))
    };
    let included = includes.arches.is_empty() || names(&includes.arches);
    if !included || names(&excludes.arches) {
        return Some(Verdict::Host);
    }
    let held = |name: &str| {
        let capability = Capability::from_name(name)?;
        (point.capabilities >> capability.bit() & 1 == 1).then_some(capability)
    };
    if let Some(excluded) = excludes.caps.iter().find_map(|cap| held(&cap.value)) {
        return Some(Verdict::Excluded(excluded));
    }
    if let Some(missing) = includes.caps.iter().find(|cap| held(&cap.value).is_none()) {
        return Some(Verdict::Needs(missing.value.clone()));
    }
    if !reader.reads_kernel() {
        return None;
    }
    let version = |text: &Option<Spanned<String>>| reader.kernel_version(&text.as_ref()?.value);
    match (version(&includes.min_kernel), version(&excludes.min_kernel)) {
        (Some(from), _) if point.kernel < from => Some(Verdict::KernelFrom(from)),
        (_, Some(before)) if point.kernel >= before => Some(Verdict::KernelBefore(before)),
        _ => None,
    }
}

fn conditions(rule: &Rule, place: Place, point: &Assignment, inside: bool) -> Verdict {
    let args = &rule.args;
    let holds = |arg: &&ArgCmp| {
        let value = point.args[usize::from(arg.index.min(5))];
        match place.abi.is_32bit() {
            true => {
                let cut = |value: u64| value & u64::from(u32::MAX);
                let arg = ArgCmp { value: cut(arg.value), value_two: cut(arg.value_two), ..**arg };
                arg.matches(cut(value))
            }
            false => arg.matches(value),
        }
    };
    // libseccomp puts the call's number in the place of a condition on the first argument.
    let counts = |arg: &&ArgCmp| !(inside && arg.index == 0);
    let repeats = (1..args.len()).any(|at| args[..at].iter().any(|a| a.index == args[at].index));
    let failed = args.iter().filter(counts).find(|arg| !holds(arg));
    match failed {
        Some(_) if repeats && args.iter().filter(counts).any(|arg| holds(&arg)) => Verdict::Matches,
        Some(failed) => Verdict::Condition(*failed),
        None => Verdict::Matches,
    }
}

/// Which of the rules gives the action: the first without conditions, else one of those whose
/// conditions hold and that has the action.
/// Where one matches and the default action answers all the same, either the filter is blind or
/// libseccomp's tests decide.
pub(super) fn decisive(
    considered: &[Considered],
    action: Action,
    default: Action,
    is_blind: bool,
) -> Decided {
    let matching =
        || considered.iter().enumerate().filter(|(_, rule)| rule.verdict == Verdict::Matches);
    let decisive = matching()
        .find(|(_, rule)| !rule.is_conditional && rule.action == Some(action))
        .or_else(|| matching().find(|(_, rule)| rule.action == Some(action)));
    match decisive {
        Some((place, _)) => Decided::Rule(place),
        None if action == default && matching().next().is_none() => Decided::Default,
        None if action == default && is_blind => Decided::Blind,
        None => Decided::Tree,
    }
}
