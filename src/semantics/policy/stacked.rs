//! Policies that all hold at once, as the kernel does with filters that are loaded one over the other.

use super::abi::{AbiPolicy, HostPolicy};
use super::build::Policy;
use crate::decision::{Decision, Leaf, Store, TooLarge};
use crate::semantics::code;
use rustc_hash::FxHashMap;

impl Policy {
    /// The policy of several, the oldest first, which were built for the same hosts: the strictest
    /// answer, of equal ones that of the newest. It has no rules. Where a container with one of them does
    /// not start, none does.
    ///
    /// # Errors
    /// [`TooLarge`] where a bound of the store is reached.
    pub fn stacked(
        store: &mut Store,
        first: &Policy,
        above: &[Policy],
    ) -> Result<Policy, TooLarge> {
        let mut known = FxHashMap::default();
        let mut hosts = Vec::with_capacity(first.hosts().len());
        for of_first in first.hosts() {
            let mut abis = of_first.abis.clone();
            for policy in above {
                let newer = policy.hosts().iter().find(|on| on.host == of_first.host);
                let Some(newer) = newer else { continue };
                abis = match (abis, &newer.abis) {
                    (Ok(abis), Ok(newer)) => {
                        let pairs = abis.iter().zip(newer);
                        let joined = pairs.map(|(old, new)| join(store, &mut known, old, new));
                        Ok(joined.collect::<Result<_, _>>()?)
                    }
                    (Err(error), _) => Err(error),
                    (_, Err(error)) => Err(error.clone()),
                };
            }
            hosts.push(HostPolicy { host: of_first.host, abis });
        }
        Ok(Policy::of_filter(first.settings().clone(), hosts))
    }
}

fn join(
    store: &mut Store,
    known: &mut FxHashMap<(Decision, Decision), Decision>,
    old: &AbiPolicy,
    new: &AbiPolicy,
) -> Result<AbiPolicy, TooLarge> {
    let stricter = |old: Leaf, new: Leaf| {
        let rank = |leaf| code::action(leaf).rank();
        if rank(old) < rank(new) { old } else { new }
    };
    let (of_old, of_new) = (old.runs(), new.runs());
    let (mut at_old, mut at_new) = (0, 0);
    let mut pieces = Vec::new();
    while let (Some(&(upto_old, a)), Some(&(upto_new, b))) =
        (of_old.get(at_old), of_new.get(at_new))
    {
        let both = match known.get(&(a, b)) {
            Some(&both) => both,
            None => {
                let both = store.zip(a, b, &stricter)?;
                known.insert((a, b), both);
                both
            }
        };
        pieces.push((upto_old.min(upto_new), both));
        at_old += usize::from(upto_old <= upto_new);
        at_new += usize::from(upto_new <= upto_old);
    }
    Ok(AbiPolicy::of_numbers(old.abi, &pieces))
}
