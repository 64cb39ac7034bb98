//! Finds the changes: place by place, gathered by subject, then told.

use super::changes::change::{Change, Subject};
use super::changes::comparison::{Comparison, NotCompared};
use super::changes::kind::Direction;
use super::changes::place::Place;
use super::changes::settings;
use super::finding::gather::Gatherer;
use super::finding::tell::Teller;
use crate::decision::{Stage, Store, TooLarge};
use crate::semantics::{HostPolicy, Policy};
use crate::starts;

/// Compares two policies that were built in one store, on the hosts that both were asked for.
///
/// # Errors
/// [`TooLarge`] where a bound of the store is reached.
pub fn compare(store: &mut Store, old: &Policy, new: &Policy) -> Result<Comparison, TooLarge> {
    compared(store, old, new, true)
}

/// What differs, with a call as proof of each effect, and no more: no conditions in words, so that one
/// call can have more effects than [`compare`] tells of it, no ids, nothing of the files, and of an ABI that only
/// one filter has not every call.
///
/// # Errors
/// As [`compare`].
pub(crate) fn sketch(
    store: &mut Store,
    old: &Policy,
    new: &Policy,
) -> Result<Comparison, TooLarge> {
    compared(store, old, new, false)
}

fn compared(
    store: &mut Store,
    old: &Policy,
    new: &Policy,
    in_words: bool,
) -> Result<Comparison, TooLarge> {
    let mut gatherer = Gatherer::new(&mut *store, in_words);
    let mut comparison = Comparison::default();
    let mut pairs = Vec::new();
    for old_host in old.hosts() {
        let host = old_host.host;
        let Some(new_host) = new.hosts().iter().find(|policy| policy.host == host) else {
            continue;
        };
        match (&old_host.abis, &new_host.abis) {
            (Ok(old_abis), Ok(new_abis)) => {
                comparison.hosts.push(host);
                for (old_abi, new_abi) in old_abis.iter().zip(new_abis) {
                    let place = Place { host, abi: old_abi.abi };
                    pairs.push((place, old_abi, new_abi));
                    if old_abi.in_filter || new_abi.in_filter {
                        comparison.places.push(place);
                    }
                    gatherer.abi(place, old_abi, new_abi)?;
                }
            }
            _ => comparison.not_compared.push(not_compared(old_host, new_host)),
        }
    }
    let (found, descriptions) = gatherer.finish()?;
    let mut teller = Teller::new(&mut *store, descriptions, in_words);
    let count = found.len();
    for (at, (subject, found)) in found.into_iter().enumerate() {
        teller.store.meter().set_progress(Stage::Changes, at, count);
        teller.store.meter().set_subject(match subject {
            Subject::Syscall(syscall) => Some(syscall.index() as u16),
            _ => None,
        });
        let change = teller.change(subject, found, old, new, &pairs)?;
        comparison.changes.push(change);
    }
    // A filter that is not there is loaded with nothing, and of one in the kernel nobody knows.
    if !old.is_filter()
        && !new.is_filter()
        && !old.is_off()
        && !new.is_off()
        && !comparison.hosts.is_empty()
    {
        comparison.settings = settings::compare(old, new);
    }
    comparison.changes.sort_by(|a, b| {
        let rank = |c: &Change| (std::cmp::Reverse(c.severity), c.kind, c.subject);
        rank(a).cmp(&rank(b))
    });
    // On one machine nothing else than a stricter call can stop a start.
    let effects = || comparison.changes.iter().flat_map(|change| &change.effects);
    let is_stricter = effects().any(|effect| effect.direction != Direction::Weaker)
        || !comparison.not_compared.is_empty();
    if in_words && (is_stricter || old.settings() != new.settings()) {
        comparison.breaks = starts::newly_breaks(store, old, new);
    }
    Ok(comparison)
}

fn not_compared(old: &HostPolicy, new: &HostPolicy) -> NotCompared {
    let why = |policy: &HostPolicy| policy.abis.as_ref().err().cloned();
    NotCompared { host: old.host, old: why(old), new: why(new) }
}
