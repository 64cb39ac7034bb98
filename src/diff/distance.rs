//! How many changes there are, without finding out what they are.

use super::changes::change::Subject;
use super::changes::place::Place;
use crate::decision::{Decision, Leaf, Store, TooLarge};
use crate::semantics::{AbiPolicy, Policy};
use crate::syscall::numbers;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// How many changes [`compare`](super::compare) finds between two policies without runc's stub, on
/// the hosts that both were asked for. Fewer hosts never give more.
///
/// # Errors
/// [`TooLarge`] where a bound of the store is reached.
pub fn distance(store: &mut Store, old: &Policy, new: &Policy) -> Result<usize, TooLarge> {
    let mut subjects = BTreeSet::new();
    let mut known = FxHashMap::default();
    for old_host in old.hosts() {
        let new_host = new.hosts().iter().find(|policy| policy.host == old_host.host);
        let Some((Ok(old), Ok(new))) = new_host.map(|new| (&old_host.abis, &new.abis)) else {
            continue;
        };
        for (old, new) in old.iter().zip(new).filter(|(old, new)| old != new) {
            let place = Place { host: old_host.host, abi: old.abi };
            add(store, &mut known, &mut subjects, place, old, new)?;
        }
    }
    Ok(subjects.len())
}

/// Whether a call differs for another reason than the default actions, by its answers and these.
type Known = FxHashMap<[Decision; 4], bool>;

fn add(
    store: &mut Store,
    known: &mut Known,
    subjects: &mut BTreeSet<Subject>,
    place: Place,
    old: &AbiPolicy,
    new: &AbiPolicy,
) -> Result<(), TooLarge> {
    let defaults = [old.default(), new.default()];
    let answers = old.bare_calls().zip(new.bare_calls()).zip(numbers(place.abi));
    let mut answers = answers.filter(|((old, new), _)| old != new);
    if old.in_filter != new.in_filter {
        if answers.next().is_some() || defaults[0] != defaults[1] {
            subjects.insert(Subject::Abi(place.abi));
        }
        return Ok(());
    }
    // Numbers without a name have nothing else.
    if defaults[0] != defaults[1] {
        subjects.insert(Subject::Default);
    }
    for ((old, new), &(_, syscall)) in answers {
        let key = [old, new, defaults[0], defaults[1]];
        let by_rules = match known.get(&key) {
            Some(&known) => known,
            None => {
                let by_rules = differs_by_rules(store, key)?;
                known.insert(key, by_rules);
                by_rules
            }
        };
        if by_rules {
            subjects.insert(Subject::Syscall(syscall));
        }
    }
    Ok(())
}

fn differs_by_rules(store: &mut Store, key: [Decision; 4]) -> Result<bool, TooLarge> {
    let [old, new, old_default, new_default] = key;
    let defaults = old_default.as_leaf().zip(new_default.as_leaf());
    let differs = store.zip(old, new, &|a, b| (a != b && Some((a, b)) != defaults) as Leaf)?;
    Ok(!store.set_where(differs, &|leaf| leaf == 1)?.is_empty())
}
