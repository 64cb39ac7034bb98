//! What a policy lets through and the newest default of its engine does not.

use super::ask::{About, closed, open, proof};
use crate::call::possible;
use crate::decision::{Decision, Set, Store, TooLarge};
use crate::diff::Place;
use crate::fleet::row::{Beyond, Proof};
use crate::semantics::Policy;
use crate::syscall::{Host, Syscall, danger};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// So many calls are proved.
const PROOFS: usize = 5;

/// What a policy lets through beyond a default, which both were built in this store.
pub(in crate::fleet) fn beyond(
    store: &mut Store,
    default: (&str, &Policy),
    policy: &Policy,
) -> Result<Beyond, TooLarge> {
    let mut known: FxHashMap<[Decision; 2], Set> = FxHashMap::default();
    let mut calls: BTreeMap<&str, (Syscall, Place, Decision, Set)> = BTreeMap::new();
    let mut unnamed = false;
    let mut hosts: Vec<_> = policy.hosts().iter().collect();
    // As a proof the host that most people have.
    hosts.sort_by_key(|of| of.host != Host::Amd64);
    for of_host in hosts {
        for abi in of_host.abis.iter().flatten() {
            let place = Place { host: of_host.host, abi: abi.abi };
            let Some(of_default) = default.1.abi(place.host, place.abi) else { continue };
            for (_, syscall, [theirs, own, ..]) in of_default.differing(abi) {
                let more = match known.get(&[theirs, own]) {
                    Some(&more) => more,
                    None => {
                        let more = closed(store, own, theirs)?;
                        *known.entry([theirs, own]).or_insert(more)
                    }
                };
                if !more.is_empty() {
                    calls.entry(syscall.name()).or_insert((syscall, place, own, more));
                }
            }
            if !unnamed && abi.others() != of_default.others() {
                let lets = |store: &mut Store, others: &[(u32, Decision)]| {
                    let mut all = Set::EMPTY;
                    for (_, decision) in others {
                        let set = open(store, *decision)?;
                        all = store.or(all, set)?;
                    }
                    Ok::<_, TooLarge>(all)
                };
                let (own, theirs) = (lets(store, abi.others())?, lets(store, of_default.others())?);
                unnamed = !store.minus(own, theirs)?.is_empty();
            }
        }
    }
    let is_dangerous =
        |(syscall, ..): &&(Syscall, Place, Decision, Set)| danger(*syscall).is_some();
    let mut proved: Vec<_> = calls.values().filter(is_dangerous).take(PROOFS).collect();
    if proved.is_empty() {
        proved.extend(calls.values().next());
    }
    let proofs = proved.into_iter().filter_map(|&(syscall, place, decision, set)| {
        let proof = proof(store, policy, place, syscall, decision, set)?;
        Some(Proof { call: syscall.name().to_owned(), proof: proof.to_string() })
    });
    let proofs = proofs.collect();
    let calls = calls.into_keys().map(str::to_owned).collect();
    Ok(Beyond { default: default.0.to_owned(), calls, unnamed, proofs })
}

/// What a policy lets through and another one does not, outside the calls in question; by name.
pub(in crate::fleet) fn stopped_besides(
    store: &mut Store,
    old: &Policy,
    new: &Policy,
    about: &[About],
) -> Result<Vec<String>, TooLarge> {
    let mut found: BTreeMap<&str, String> = BTreeMap::new();
    for of_host in old.hosts() {
        for was in of_host.abis.iter().flatten() {
            let place = Place { host: of_host.host, abi: was.abi };
            let Some(is) = new.abi(place.host, place.abi) else { continue };
            // A call that no program can make is nothing lost.
            let possible = possible(store, place.abi)?;
            for (number, syscall, [before, after, ..]) in was.differing(is) {
                if found.contains_key(syscall.name()) {
                    continue;
                }
                let set = closed(store, before, after)?;
                let mut set = store.and(set, possible)?;
                for asked in about.iter().filter(|asked| {
                    (asked.place, asked.number) == (place, number) && !asked.indirect
                }) {
                    set = store.minus(set, asked.set)?;
                }
                if let Some(proof) = proof(store, old, place, syscall, before, set) {
                    found.insert(syscall.name(), proof.to_string());
                }
            }
        }
    }
    Ok(found.into_iter().map(|(name, proof)| format!("{name}: {proof}")).collect())
}
