//! What the built-in defaults do, as facts that the importer wrote down: whoever looks for the
//! default that a profile is nearest to need not build them all.
//!
//! A fact is the hash of a decision. Two calls that get the same from two profiles have one hash,
//! in whatever store. `cargo run --example import-baselines -- --facts` writes the facts; a test
//! works them out anew and holds them equal.
//!
//! The question is the usual one: native programs of one host, the capabilities that Docker grants,
//! every kernel, the newest machine of the default's own engine, without runc's stub.

mod written;

use crate::decision::{Decision, Store};
use crate::semantics::{Given, Settings, action};
use crate::syscall::{Host, Library};
use rustc_hash::FxHashMap;
use written::{HASHES, HISTORIES, OF_CALLS, RELEASES};

/// The hash of a decision. Leaves and bits go into it by their numbers.
pub type Hash = u64;

/// Hashes that are known of the decisions of one store.
pub type Memo = FxHashMap<Decision, Hash>;

/// The defaults of which facts are known, by the newest release that ships each content, the newest
/// first: those of Docker and of containers-common, of which people take copies.
pub fn releases() -> &'static [&'static str] {
    &RELEASES
}

/// Whether the facts answer a question about native programs of one host.
pub fn are_for(settings: &Settings) -> bool {
    let usual = Given { capabilities: Some(Given::docker_default()), kernel: None };
    settings.given == usual
        && settings.chosen.is_none()
        && settings.machine.library == Library::NEWEST
}

/// The hash of a decision of a store.
pub fn hash(store: &Store, decision: Decision, memo: &mut Memo) -> Hash {
    let leaf = |leaf| mixed(u64::from(leaf) + 1);
    let node = |var, low, high: Hash| mixed(mixed(low ^ u64::from(var)) ^ high.rotate_left(32));
    store.fold(decision, memo, &leaf, &node)
}

/// Whether a decision lets some call through.
pub fn is_open(store: &Store, decision: Decision) -> bool {
    store.leaves(decision).into_iter().any(|leaf| action(leaf).lets_through())
}

/// The finalizer of MurmurHash3: every bit of the number touches every bit of the result.
const fn mixed(number: u64) -> u64 {
    let number = (number ^ number >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let number = (number ^ number >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    number ^ number >> 33
}

/// What one of [`releases`] makes of each [number](crate::syscall::numbers) of a host's native ABI:
/// its hash, and whether some call is let through.
pub fn of(release: usize, host: Host) -> impl Iterator<Item = (Hash, bool)> {
    let histories = OF_CALLS[host as usize].iter();
    histories.filter_map(move |&history| {
        let hash = HISTORIES[usize::from(history)].get(release)?;
        HASHES.get(usize::from(*hash)).copied()
    })
}

/// Of how many native calls each of [`releases`] makes something else, where `own` has the hash for
/// each of the numbers.
pub fn distances(own: &[Hash], host: Host) -> Vec<usize> {
    // Calls with the same past, of which the profile makes the same, count together.
    let mut groups: FxHashMap<(u16, Hash), usize> = FxHashMap::default();
    for (&history, &own) in OF_CALLS[host as usize].iter().zip(own) {
        *groups.entry((history, own)).or_default() += 1;
    }
    let mut distances = vec![0; RELEASES.len()];
    for ((history, own), calls) in groups {
        let own = HASHES.iter().position(|&(known, _)| known == own);
        for (distance, &theirs) in distances.iter_mut().zip(&HISTORIES[usize::from(history)]) {
            *distance += if own == Some(usize::from(theirs)) { 0 } else { calls };
        }
    }
    distances
}
