//! The proof of an effect: one call in one environment.

use super::place::Place;
use crate::decision::var::Group;
use crate::decision::{Assignment, Set, Store, TooLarge};
use crate::profile::{Action, KernelVersion};
use crate::syscall::Syscall;

/// One call for which the two profiles give the two actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Which programs make it.
    pub place: Place,
    /// The number of the call there.
    pub number: u32,
    /// Its name, if the number has one.
    pub syscall: Option<Syscall>,
    /// The environment and the arguments.
    pub point: Assignment,
    /// Whether the answers hang on the kernel's version.
    pub asks_kernel: bool,
    /// The answer of the old profile.
    pub from: Action,
    /// The answer of the new profile.
    pub to: Action,
}

/// Kernels that a witness names, if its call does not ask for another.
const KERNELS: [KernelVersion; 4] = [
    KernelVersion { kernel: 6, major: 12 },
    KernelVersion { kernel: 5, major: 10 },
    KernelVersion { kernel: 4, major: 4 },
    KernelVersion { kernel: 3, major: 10 },
];

/// Arguments that make a call plausible, tried in this order where the condition leaves a choice.
const PLAUSIBLE: [(&str, u8, u64); 5] = [
    ("socketcall", 0, 1),
    ("socket", 0, 2),
    ("socket", 1, 1),
    ("socketpair", 0, 1),
    ("socketpair", 1, 1),
];

/// A call of a set that is not empty, as plain as can be.
pub(in crate::diff) fn find(
    store: &mut Store,
    set: Set,
    place: Place,
    number: u32,
    syscall: Option<Syscall>,
    from: Action,
    to: Action,
) -> Result<Witness, TooLarge> {
    let asks_kernel = store.asks(set.decision(), Group::Kernel);
    let mut kernel = KERNELS[0];
    let mut wanted = Vec::new();
    if asks_kernel {
        let chosen = KERNELS.into_iter().find_map(|kernel| {
            let fixed = fix(store, set, Group::Kernel, kernel.bits().into()).ok()?;
            (!fixed.is_empty()).then_some((kernel, fixed))
        });
        match chosen {
            Some((chosen, fixed)) => {
                kernel = chosen;
                wanted.push(fixed);
            }
            None => kernel = store.witness(set).map_or(kernel, |point| point.kernel),
        }
    }
    let mut left = wanted.pop().unwrap_or(set);
    let mut plausible = Vec::new();
    let name = syscall.map_or("", Syscall::name);
    for (_, index, value) in PLAUSIBLE.into_iter().filter(|(of, ..)| *of == name) {
        let fixed = fix(store, left, Group::Arg(index), value)?;
        if !fixed.is_empty() {
            left = fixed;
            plausible.push((index, value));
        }
    }
    let mut point = store.witness(left).unwrap_or_default();
    if !asks_kernel || point.kernel == KernelVersion::default() {
        point.kernel = kernel;
    }
    for (index, value) in plausible {
        point.args[usize::from(index)] = value;
    }
    Ok(Witness { place, number, syscall, point, asks_kernel, from, to })
}

/// What is left of a set with a number given.
pub(in crate::diff) fn fix(
    store: &mut Store,
    set: Set,
    group: Group,
    value: u64,
) -> Result<Set, TooLarge> {
    let (start, end) = group.range();
    let fixed = |var| (start..end).contains(&var).then(|| value >> (end - 1 - var) & 1 == 1);
    let fixed = store.fix(set.decision(), &fixed)?;
    store.set_where(fixed, &|leaf| leaf == 1)
}
