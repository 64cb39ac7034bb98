//! How many edits lie between a profile and a state.

use super::entry::{Answer, Entry};
use super::known::KNOWN;
use super::state::{Bits, Grouped, State, Universe, count, ones, set};
use super::view::{Shape, View, shapes};
use crate::profile::{Profile, normalize};

/// A profile, read as states are.
pub(super) struct Read {
    rules: Grouped,
    /// What no state has.
    pub foreign: Vec<Entry>,
    pub default: Option<Answer>,
    /// Its ABIs by host: of those that a state has, or others; none where it has none.
    arch_map: Option<Option<usize>>,
}

/// The edits that make a profile of a state.
#[derive(Clone, Debug)]
pub(super) struct Edits {
    pub view: View,
    pub count: usize,
    /// How many of them take an entry away.
    pub missing: usize,
    /// How many entries the state, so seen, has.
    pub size: usize,
}

impl Read {
    pub fn new(profile: &Profile) -> Read {
        let (rules, foreign) = KNOWN.universe.read(profile);
        let arch_map = (!profile.arch_map.is_empty()).then(|| {
            let alone = Profile { arch_map: profile.arch_map.clone(), ..Profile::default() };
            let own = normalize(&alone).arch_map;
            KNOWN.universe.arch_maps.iter().position(|known| *known == own)
        });
        Read { rules, foreign, default: Answer::of_profile(profile), arch_map }
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.known() + self.foreign.len()
    }

    /// How many of them some state has.
    fn known(&self) -> usize {
        self.rules.iter().map(|(_, bits)| count(bits)).sum()
    }

    /// What is as it is in every view: the default action and the ABIs, one edit each.
    fn beside(&self, state: &State) -> usize {
        usize::from(self.default != state.default)
            + usize::from(self.arch_map.is_some_and(|own| own != Some(state.arch_map)))
    }

    /// The fewest edits, over all views of the state; of two views the plainer.
    pub fn edits(&self, state: &State) -> Edits {
        self.cheapest(state, |added, missing| added + missing)
    }

    /// The edits that cost least, by how many entries they add and take away.
    pub fn cheapest(&self, state: &State, cost: impl Fn(usize, usize) -> usize) -> Edits {
        // What only one side has is what it has less what both have.
        let known = self.known();
        let always = self.beside(state) + self.foreign.len();
        let amd64 = &KNOWN.universe.amd64;
        let mut bare = Common::new(of(&self.rules, 0), amd64);
        let mut best: Option<(usize, Edits)> = None;
        for (seen, shape) in shapes(state) {
            // In both, and of names of amd64.
            let (both, theirs) = match &shape {
                Shape::Flat(flat) => (bare.with(&flat.bits), flat.size),
                Shape::Whole(rules) => {
                    let mut both = [0; 2];
                    // Both are in the order of the conditions.
                    let mut own = self.rules.iter().peekable();
                    for (condition, theirs) in rules.iter() {
                        while own.next_if(|(of, _)| of < condition).is_some() {}
                        if let Some((_, own)) = own.next_if(|(of, _)| of == condition) {
                            let [all, cut] = Common::new(own, amd64).with(theirs);
                            both = [both[0] + all, both[1] + cut];
                        }
                    }
                    (both, state.size)
                }
            };
            let counts = [0, 1].map(|cut| (known - both[cut], theirs[cut] - both[cut]));
            for ((added, missing), is_cut) in counts.into_iter().zip([false, true]) {
                let cost = cost(always + added, missing);
                if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                    let view = View { rules: seen, amd64: is_cut };
                    let (count, size) = (always + added + missing, theirs[usize::from(is_cut)]);
                    best = Some((cost, Edits { view, count, missing, size }));
                }
            }
        }
        let none = Edits { view: View::WRITTEN, count: usize::MAX, missing: 0, size: 0 };
        best.map_or(none, |(_, edits)| edits)
    }

    /// What the profile has and a view of the state has not, and the other way round.
    pub fn entries(&self, state: &State, view: View) -> [Vec<Entry>; 2] {
        let universe = &KNOWN.universe;
        let theirs = seen(state, view);
        let named = |a: &Grouped, b: &Grouped| -> Vec<Entry> {
            let alone = minus(a, b);
            let mut entries: Vec<Entry> =
                alone.iter().flat_map(|(of, bits)| universe.named(bits, *of)).collect();
            entries.sort();
            entries
        };
        let mut added = named(&self.rules, &theirs);
        added.extend(self.foreign.iter().cloned());
        added.sort();
        [added, named(&theirs, &self.rules)]
    }

    /// How many names a view of the state has entries for that the profile has not. Who takes a name out of a
    /// file takes it out of every rule: that is one thing done, however many entries it is.
    pub fn missing_names(&self, state: &State, view: View) -> usize {
        let Universe { entries, names, amd64, .. } = &KNOWN.universe;
        let Some((_, shape)) = shapes(state).find(|(seen, _)| *seen == view.rules) else {
            return 0;
        };
        let mut missing = vec![0; names.len().div_ceil(64)];
        let mut look = |condition: usize, theirs: &[u64]| {
            let own = of(&self.rules, condition).iter().copied().chain(std::iter::repeat(0));
            for (at, ((theirs, own), cut)) in theirs.iter().zip(own).zip(amd64).enumerate() {
                let cut = if view.amd64 { *cut } else { u64::MAX };
                for bit in ones(&[theirs & !own & cut]) {
                    if let Some(&(name, _)) = entries.get(at * 64 + bit) {
                        set(&mut missing, name);
                    }
                }
            }
        };
        match shape {
            Shape::Whole(rules) => rules.iter().for_each(|(of, theirs)| look(*of, theirs)),
            Shape::Flat(flat) => look(0, &flat.bits),
        }
        count(&missing)
    }

    /// Whether the entry of that name and number of the universe is in it, whatever its condition.
    pub fn has(&self, id: usize) -> bool {
        let is_in = |bits: &Bits| bits.get(id / 64).is_some_and(|word| word >> (id % 64) & 1 == 1);
        self.rules.iter().any(|(_, bits)| is_in(bits))
    }
}

/// Counts what a set has in common with others, one after the other: these are much alike, and only what
/// changes from one to the next is counted.
struct Common<'s> {
    own: &'s [u64],
    cut: &'s [u64],
    /// The one before; nothing at first.
    last: &'s [u64],
    /// What is in both, and how many of those that are cut to a third set.
    both: [usize; 2],
}

impl<'s> Common<'s> {
    fn new(own: &'s [u64], cut: &'s [u64]) -> Common<'s> {
        Common { own, cut, last: &[], both: [0; 2] }
    }

    fn with(&mut self, theirs: &'s [u64]) -> [usize; 2] {
        let ones = |word: u64| word.count_ones() as usize;
        for (at, ((own, cut), theirs)) in self.own.iter().zip(self.cut).zip(theirs).enumerate() {
            let last = self.last.get(at).unwrap_or(&0);
            let differs = own & (theirs ^ last);
            if differs == 0 {
                continue;
            }
            for (both, differs) in self.both.iter_mut().zip([differs, differs & cut]) {
                *both = *both + ones(differs & theirs) - ones(differs & last);
            }
        }
        self.last = theirs;
        self.both
    }
}

/// The entries that a view of a state shows.
fn seen(state: &State, view: View) -> Grouped {
    let shape = shapes(state).find(|(seen, _)| *seen == view.rules);
    let mut seen: Grouped = match shape {
        Some((_, Shape::Whole(rules))) => rules.clone(),
        Some((_, Shape::Flat(flat))) => vec![(0, flat.bits.clone())],
        None => Grouped::new(),
    };
    if view.amd64 {
        for word in seen.iter_mut().flat_map(|(_, bits)| bits.iter_mut().zip(&KNOWN.universe.amd64))
        {
            *word.0 &= word.1;
        }
    }
    seen
}

/// What the first has and the second has not.
fn minus(a: &Grouped, b: &Grouped) -> Grouped {
    let alone = |(condition, bits): &(usize, Bits)| {
        let other = of(b, *condition).iter().copied().chain(std::iter::repeat(0));
        (*condition, bits.iter().zip(other).map(|(a, b)| a & !b).collect())
    };
    a.iter().map(alone).collect()
}

/// What a set says with a condition.
fn of(rules: &Grouped, condition: usize) -> &[u64] {
    rules.iter().find(|(of, _)| *of == condition).map_or(&[], |(_, bits)| bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_after_another_has_in_common_what_a_count_says() {
        let amd64 = &KNOWN.universe.amd64;
        for own in KNOWN.states.iter().step_by(12) {
            let own = of(&own.rules, 0);
            let mut common = Common::new(own, amd64);
            for (_, shape) in KNOWN.states.iter().flat_map(shapes) {
                let Shape::Flat(flat) = shape else { continue };
                let both: Vec<u64> = own.iter().zip(&flat.bits).map(|(a, b)| a & b).collect();
                let cut: Vec<u64> = both.iter().zip(amd64).map(|(a, b)| a & b).collect();
                assert_eq!(common.with(&flat.bits), [count(&both), count(&cut)]);
            }
        }
    }
}
