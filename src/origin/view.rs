//! How people see a default that they copy: as its file has it, or as an engine makes it.

use super::entry::Condition;
use super::known::KNOWN;
use super::seen::{Caps, Seen};
use super::state::{Flat, Grouped, State, common, count};
use crate::semantics::Engine;
use crate::syscall::Host;
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex};

/// A way to see a default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct View {
    /// What became of its conditions.
    pub rules: Seen,
    /// Whether only the names of amd64 are seen.
    pub amd64: bool,
}

impl View {
    pub(super) const WRITTEN: View = View { rules: Seen::Written, amd64: false };
}

/// Which of the conditions hold, for each way to leave them out: equal ways once.
static FLAT: LazyLock<Vec<(Seen, Vec<bool>)>> = LazyLock::new(|| {
    let all = vec![true; KNOWN.universe.conditions.len()];
    let mut ways: Vec<(Seen, Vec<bool>)> = vec![(Seen::Stripped, all)];
    let hosts = Host::ALL.iter().flat_map(|host| Caps::EACH.map(|caps| (*host, caps)));
    for (host, caps) in hosts {
        let token = Engine::Docker.token(host);
        let holds = |condition: &Condition| condition.holds(token, &|name| caps.has(name));
        let holds: Vec<bool> = KNOWN.universe.conditions.iter().map(holds).collect();
        if ways.iter().all(|(_, known)| *known != holds) {
            ways.push((Seen::Flat(host, caps), holds));
        }
    }
    ways
});

/// Each way to see the rules of a state, the plainest first, with what is seen: equal ways once.
pub(super) fn shapes(state: &State) -> impl Iterator<Item = (Seen, Shape<'_>)> {
    // Made once: every profile of a run is held against them.
    let flat = state.flat.get_or_init(|| flats(&state.rules)).iter();
    let flat = flat.map(|flat| (flat.seen, Shape::Flat(flat)));
    [(Seen::Written, Shape::Whole(&state.rules))].into_iter().chain(flat)
}

/// Conditions, and the ways to leave them out that are not one and the same.
type OfConditions = (Vec<usize>, Arc<[usize]>);

fn flats(rules: &Grouped) -> Vec<Flat> {
    /// Most states have the conditions of the one before.
    static KNOWN_WAYS: Mutex<Vec<OfConditions>> = Mutex::new(Vec::new());
    let conditions: Vec<usize> = rules.iter().map(|(condition, _)| *condition).collect();
    let ways = {
        let mut known = KNOWN_WAYS.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        match known.iter().find(|(of, _)| *of == conditions) {
            Some((_, ways)) => ways.clone(),
            None => {
                let ways: Arc<[usize]> = different_ways(&conditions).into();
                known.push((conditions, ways.clone()));
                ways
            }
        }
    };
    let flat = ways.iter().filter_map(|&at| {
        let (seen, holds) = FLAT.get(at)?;
        let bits = flatten(rules, holds);
        let size = [count(&bits), common(&bits, &KNOWN.universe.amd64)];
        Some(Flat { seen: *seen, bits, size })
    });
    flat.collect()
}

/// The ways to leave these conditions out that are not one and the same, by their places.
fn different_ways(conditions: &[usize]) -> Vec<usize> {
    let mut before: Vec<Vec<bool>> = Vec::new();
    let is_new = |(_, (_, holds)): &(usize, &(Seen, Vec<bool>))| {
        let own = conditions.iter().map(|condition| holds.get(*condition) == Some(&true));
        let own: Vec<bool> = own.collect();
        let is_new = !before.contains(&own);
        if is_new {
            before.push(own);
        }
        is_new
    };
    FLAT.iter().enumerate().filter(is_new).map(|(at, _)| at).collect()
}

/// The entries that a view shows.
pub(super) enum Shape<'r> {
    /// With their conditions.
    Whole(&'r Grouped),
    /// Without.
    Flat(&'r Flat),
}

fn flatten(rules: &Grouped, holds: &[bool]) -> Vec<u64> {
    let mut flat = vec![0; KNOWN.universe.amd64.len()];
    for (condition, bits) in rules {
        if holds.get(*condition) == Some(&true) {
            for (word, more) in flat.iter_mut().zip(bits) {
                *word |= more;
            }
        }
    }
    flat
}

/// `as written`, `flattened for amd64 with Docker's capabilities, names of amd64 alone`
impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rules {
            Seen::Written => f.write_str("as written")?,
            Seen::Stripped => f.write_str("without its conditions")?,
            Seen::Flat(host, caps) => {
                let caps = match caps {
                    Caps::Docker => "Docker's capabilities",
                    Caps::Podman => "Podman's capabilities",
                    Caps::All => "every capability",
                    Caps::None => "no capability",
                };
                write!(f, "flattened for {} with {caps}", host.name())?;
            }
        }
        if self.amd64 { f.write_str(", the names of amd64 alone") } else { Ok(()) }
    }
}
