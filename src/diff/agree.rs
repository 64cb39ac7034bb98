//! Where two policies are one function.

use crate::decision::{Assignment, Decision, Leaf, Set, Store, TooLarge};
use crate::semantics::{AbiPolicy, Policy};
use crate::syscall::Syscall;
use rustc_hash::FxHashMap;

/// The environments (capabilities and kernels) in which no call of any program on the hosts of both
/// gets another action from one policy than from the other. None where a container with one of them
/// does not start on such a host, or they have no host in common.
///
/// # Errors
/// [`TooLarge`] where a bound of the store is reached.
pub fn agreement(store: &mut Store, a: &Policy, b: &Policy) -> Result<Set, TooLarge> {
    let mut known = FxHashMap::default();
    let (mut agree, mut hosts) = (Set::ALL, 0);
    for of_a in a.hosts() {
        let Some(of_b) = b.hosts().iter().find(|policy| policy.host == of_a.host) else { continue };
        let (Ok(abis_a), Ok(abis_b)) = (&of_a.abis, &of_b.abis) else { return Ok(Set::EMPTY) };
        hosts += 1;
        for (a, b) in abis_a.iter().zip(abis_b) {
            for pair in pairs(a, b) {
                if agree.is_empty() {
                    return Ok(agree);
                }
                let same = match known.get(&pair) {
                    Some(&same) => same,
                    None => {
                        let differs = store.zip(pair.0, pair.1, &|a, b| (a != b) as Leaf)?;
                        let differs = store.set_where(differs, &|leaf| leaf == 1)?;
                        let somewhere = store.environments(differs)?;
                        let same = store.not(somewhere)?;
                        known.insert(pair, same);
                        same
                    }
                };
                agree = store.and(agree, same)?;
            }
        }
    }
    Ok(if hosts == 0 { Set::EMPTY } else { agree })
}

/// In how many places two policies are not one function, in one environment: calls with a name, and
/// ranges of numbers without one, of each ABI of the hosts of both. All of them where a container with
/// one of the two does not start.
///
/// # Errors
/// [`TooLarge`] where a bound of the store is reached.
pub fn differing(
    store: &mut Store,
    a: &Policy,
    b: &Policy,
    environment: &Assignment,
) -> Result<usize, TooLarge> {
    let mut known = FxHashMap::default();
    let mut count = 0;
    for of_a in a.hosts() {
        let Some(of_b) = b.hosts().iter().find(|policy| policy.host == of_a.host) else { continue };
        let (Ok(abis_a), Ok(abis_b)) = (&of_a.abis, &of_b.abis) else {
            count += Syscall::count();
            continue;
        };
        for (a, b) in abis_a.iter().zip(abis_b) {
            let named = a.calls().zip(b.calls()).map(|((.., a), (.., b))| (a, b));
            for pair in named.chain(unnamed(a, b)).filter(|(a, b)| a != b) {
                let differs = match known.get(&pair) {
                    Some(&differs) => differs,
                    None => {
                        let differs = store.zip(pair.0, pair.1, &|a, b| (a != b) as Leaf)?;
                        let here = store.fix(differs, &|var| environment.environment_bit(var))?;
                        let differs = here != Decision::leaf(0);
                        known.insert(pair, differs);
                        differs
                    }
                };
                count += usize::from(differs);
            }
        }
    }
    Ok(count)
}

/// The decisions of every number, side by side, where they are not the same.
fn pairs(a: &AbiPolicy, b: &AbiPolicy) -> Vec<(Decision, Decision)> {
    let named = a.calls().zip(b.calls()).map(|((.., a), (.., b))| (a, b));
    let mut pairs: Vec<_> = named.chain(unnamed(a, b)).filter(|(a, b)| a != b).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// The same of the numbers without a name. Both lists are in the one form that they have, so that
/// each piece of either holds for some number.
fn unnamed(a: &AbiPolicy, b: &AbiPolicy) -> Vec<(Decision, Decision)> {
    let (a, b) = (a.others(), b.others());
    let (mut at_a, mut at_b) = (0, 0);
    let mut pairs = Vec::new();
    while let (Some(&(upto_a, of_a)), Some(&(upto_b, of_b))) = (a.get(at_a), b.get(at_b)) {
        pairs.push((of_a, of_b));
        at_a += usize::from(upto_a <= upto_b);
        at_b += usize::from(upto_b <= upto_a);
    }
    pairs
}
