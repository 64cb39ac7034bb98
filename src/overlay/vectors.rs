//! Calls by which somebody who intersects profiles himself can test that he does it right.
//!
//! The strict meeting of two profiles is a function: of the answers of both the stricter. It is told here by
//! calls at the boundaries of every condition and of every capability that either profile asks for, each with
//! the answer. Of answers that are as strict, the upper profile's counts: what only differs in its errno.

use super::layers::error::OverlayError;
use crate::decision::{Assignment, Store};
use crate::load::Loaded;
use crate::profile::{Action, ArgCmp, Capability, KernelVersion, Op, Rule};
use crate::semantics::{Given, Policy, Runtime, Settings};
use crate::syscall::{Abi, Host, Syscall};
use std::collections::{BTreeMap, BTreeSet};

/// One call in one environment, and what it gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vector {
    /// On which host.
    pub host: Host,
    /// Of which programs.
    pub abi: Abi,
    /// The call.
    pub syscall: Syscall,
    /// Its number there.
    pub number: u32,
    /// The arguments.
    pub args: [u64; 6],
    /// The bounding set, by bit.
    pub capabilities: u64,
    /// The kernel's version.
    pub kernel: KernelVersion,
    /// What each profile gives, the lower first.
    pub of_layers: Vec<Action>,
    /// What the stricter gives.
    pub action: Action,
}

/// A kernel on which nothing hangs.
const KERNEL: KernelVersion = KernelVersion { kernel: 6, major: 12 };
/// So many points of one call and ABI.
const POINTS: usize = 400;

/// The filters' own function: what a runtime adds (runc's ENOSYS) is no profile's.
pub fn alone(settings: Settings) -> Settings {
    settings.with_runtime(Runtime::None)
}

/// The vectors of the strict meeting of these profiles, by host, ABI, number and point.
///
/// # Errors
/// [`OverlayError::Meaning`] with the profile that has none, and bounds.
pub fn vectors(
    store: &mut Store,
    layers: &[(&Loaded, Settings)],
) -> Result<Vec<Vector>, OverlayError> {
    let mut policies = Vec::new();
    for (at, (loaded, settings)) in layers.iter().enumerate() {
        let policy = Policy::build(store, &loaded.profile, &alone(settings.clone()));
        policies.push(policy.map_err(OverlayError::of_layer(at))?);
    }
    let Some((first, above)) = policies.split_first() else { return Ok(Vec::new()) };
    let meeting = Policy::stacked(store, first, above).map_err(OverlayError::Compare)?;
    let rules: BTreeMap<&str, Vec<&Rule>> = by_name(layers);
    let given = first.settings().given;
    let mut vectors = Vec::new();
    for of_host in meeting.hosts() {
        for abi in of_host.abis.iter().flatten() {
            for (number, syscall, _) in abi.calls() {
                let none = Vec::new();
                let rules = rules.get(syscall.name()).unwrap_or(&none);
                for (args, capabilities, kernel) in points(rules, abi.abi, &given) {
                    let point = Assignment { args, capabilities, kernel, ..Assignment::default() };
                    let answer = |policy: &Policy| {
                        policy.evaluate(
                            store,
                            of_host.host,
                            abi.abi,
                            number,
                            &point.args,
                            capabilities,
                            kernel,
                        )
                    };
                    let of_layers: Option<Vec<Action>> = policies.iter().map(answer).collect();
                    let (Some(of_layers), Some(action)) = (of_layers, answer(&meeting)) else {
                        continue;
                    };
                    let (host, abi) = (of_host.host, abi.abi);
                    vectors.push(Vector {
                        host,
                        abi,
                        syscall,
                        number,
                        args,
                        capabilities,
                        kernel,
                        of_layers,
                        action,
                    });
                }
            }
        }
    }
    Ok(vectors)
}

/// The rules of all profiles for each name.
fn by_name<'a>(layers: &[(&'a Loaded, Settings)]) -> BTreeMap<&'a str, Vec<&'a Rule>> {
    let mut all: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
    for rule in layers.iter().flat_map(|(loaded, _)| &loaded.profile.rules) {
        for name in rule.name.iter().chain(&rule.names) {
            all.entry(&name.value).or_default().push(rule);
        }
    }
    all
}

type Point = ([u64; 6], u64, KernelVersion);

/// Points at the boundaries of what rules ask for.
fn points(rules: &[&Rule], abi: Abi, given: &Given) -> BTreeSet<Point> {
    let mask = if abi.is_32bit() { u64::from(u32::MAX) } else { u64::MAX };
    let mut args: BTreeSet<[u64; 6]> = BTreeSet::from([[0; 6]]);
    for rule in rules {
        // What fulfils the whole rule, and from there each condition alone over its boundaries.
        let mut inside = [0; 6];
        for arg in &rule.args {
            if let Some(slot) = inside.get_mut(usize::from(arg.index)) {
                *slot = fulfilling(arg);
            }
        }
        for arg in &rule.args {
            for value in boundaries(arg) {
                for start in [inside, [0; 6]] {
                    let mut point = start;
                    if let Some(slot) = point.get_mut(usize::from(arg.index)) {
                        *slot = value;
                    }
                    args.insert(point.map(|value| value & mask));
                }
            }
        }
        args.insert(inside.map(|value| value & mask));
    }
    let mut environments: BTreeSet<(u64, KernelVersion)> = BTreeSet::new();
    let filters = rules.iter().flat_map(|rule| [&rule.includes, &rule.excludes]);
    let mut kernels = BTreeSet::from([KERNEL]);
    let mut sets = BTreeSet::from([0, Given::docker_default(), Given::all()]);
    for filter in filters {
        for capability in filter.caps.iter().filter_map(|name| Capability::from_name(&name.value)) {
            sets.insert(1 << capability.bit());
            sets.insert(Given::all() & !(1 << capability.bit()));
        }
        if let Some(kernel) =
            filter.min_kernel.as_ref().and_then(|text| KernelVersion::parse(&text.value))
        {
            kernels.insert(kernel);
            let before = KernelVersion::from_bits(kernel.bits().saturating_sub(1));
            kernels.insert(before);
        }
    }
    for &set in &sets {
        for &kernel in &kernels {
            let set = given.capabilities.unwrap_or(set);
            environments.insert((set, given.kernel.unwrap_or(kernel)));
        }
    }
    let mut points = BTreeSet::new();
    for &(capabilities, kernel) in &environments {
        for &args in &args {
            if points.len() < POINTS {
                points.insert((args, capabilities, kernel));
            }
        }
    }
    points
}

/// A value that fulfils a condition, where one does.
fn fulfilling(arg: &ArgCmp) -> u64 {
    match arg.op {
        Op::Eq | Op::Le | Op::Ge => arg.value,
        Op::Ne | Op::Gt => arg.value.wrapping_add(1),
        Op::Lt => arg.value.saturating_sub(1),
        Op::MaskedEq => arg.value_two & arg.value,
    }
}

/// Values on both sides of a condition: beside its operand, in its high word, and for a mask with each of its
/// bits the other way.
fn boundaries(arg: &ArgCmp) -> Vec<u64> {
    let value = arg.value;
    if arg.op != Op::MaskedEq {
        let near = [value, value.wrapping_sub(1), value.wrapping_add(1)];
        return near.into_iter().chain([value ^ 1 << 32, 0, u64::MAX]).collect();
    }
    let datum = arg.value_two & value;
    let bits = (0..64).map(|bit| 1_u64 << bit);
    let of_mask = bits.clone().filter(|bit| value & bit != 0).map(|bit| datum ^ bit);
    let beside = bits.filter(|bit| value & bit == 0).take(1).map(|bit| datum | bit);
    [datum, datum | !value].into_iter().chain(of_mask).chain(beside).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arg(op: Op, value: u64, value_two: u64) -> ArgCmp {
        ArgCmp { index: 0, op, value, value_two, span: crate::profile::Span::default() }
    }

    #[test]
    fn each_condition_has_points_on_both_sides() {
        for op in Op::ALL {
            for (value, two) in [(38, 0), (0x7e02_0000, 0), (8, 8), (1 << 40, 1 << 40)] {
                let arg = arg(op, value, two);
                assert!(arg.matches(fulfilling(&arg)), "{arg:?}");
                let found: BTreeSet<bool> =
                    boundaries(&arg).into_iter().map(|value| arg.matches(value)).collect();
                assert_eq!(found.len(), 2, "{arg:?}");
            }
        }
    }
}
