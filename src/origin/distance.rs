//! How many edits lie between a profile and a state.

use super::entry::{Answer, Entry};
use super::state::{Bits, Grouped, KNOWN, State, count};
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
        // What only one side has is what it has less what both have.
        let known = self.known();
        let always = self.beside(state) + self.foreign.len();
        let (bare, amd64) = (of(&self.rules, 0), &KNOWN.universe.amd64);
        let mut best: Option<Edits> = None;
        for (seen, shape) in shapes(state) {
            // In both, and of names of amd64.
            let (both, theirs) = match &shape {
                Shape::Flat(flat) => (common_of(bare, &flat.bits, amd64), flat.size),
                Shape::Whole(rules) => {
                    let mut both = [0; 2];
                    // Both are in the order of the conditions.
                    let mut own = self.rules.iter().peekable();
                    for (condition, theirs) in rules.iter() {
                        while own.next_if(|(of, _)| of < condition).is_some() {}
                        if let Some((_, own)) = own.next_if(|(of, _)| of == condition) {
                            let [all, cut] = common_of(own, theirs, amd64);
                            both = [both[0] + all, both[1] + cut];
                        }
                    }
                    (both, state.size)
                }
            };
            let counts = [0, 1].map(|cut| (known - both[cut], theirs[cut] - both[cut]));
            for ((added, missing), is_cut) in counts.into_iter().zip([false, true]) {
                let count = always + added + missing;
                if best.as_ref().is_none_or(|best| count < best.count) {
                    let view = View { rules: seen, amd64: is_cut };
                    best = Some(Edits { view, count, missing });
                }
            }
        }
        let none = Edits { view: View::WRITTEN, count: usize::MAX, missing: 0 };
        best.unwrap_or(none)
    }

    /// What the profile has and a view of the state has not, and the other way round.
    pub fn entries(&self, state: &State, view: View) -> [Vec<Entry>; 2] {
        let universe = &KNOWN.universe;
        let shape = shapes(state).find(|(seen, _)| *seen == view.rules);
        let theirs: Grouped = match shape {
            Some((_, Shape::Whole(rules))) => rules.clone(),
            Some((_, Shape::Flat(flat))) => vec![(0, flat.bits.clone())],
            None => Grouped::new(),
        };
        let cut = |bits: &Bits| match view.amd64 {
            true => bits.iter().zip(&universe.amd64).map(|(a, b)| a & b).collect(),
            false => bits.clone(),
        };
        let theirs: Grouped = theirs.iter().map(|(of, bits)| (*of, cut(bits))).collect();
        let minus = |a: &Grouped, b: &Grouped| -> Vec<Entry> {
            let mut entries = Vec::new();
            for (of, bits) in a {
                let other = b.iter().find(|(other, _)| other == of).map_or(&[][..], |(_, b)| b);
                let alone = bits.iter().enumerate();
                let alone: Bits =
                    alone.map(|(at, a)| a & !other.get(at).copied().unwrap_or(0)).collect();
                entries.extend(universe.named(&alone, *of));
            }
            entries.sort();
            entries
        };
        let mut added = minus(&self.rules, &theirs);
        added.extend(self.foreign.iter().cloned());
        added.sort();
        [added, minus(&theirs, &self.rules)]
    }

    /// Whether the entry of that name and number of the universe is in it, whatever its condition.
    pub fn has(&self, id: usize) -> bool {
        let is_in = |bits: &Bits| bits.get(id / 64).is_some_and(|word| word >> (id % 64) & 1 == 1);
        self.rules.iter().any(|(_, bits)| is_in(bits))
    }
}

/// How many bits are set in both, and how many of those that are cut to a third set.
fn common_of(a: &[u64], b: &[u64], cut: &[u64]) -> [usize; 2] {
    let mut both = [0; 2];
    for ((a, b), cut) in a.iter().zip(b).zip(cut) {
        let word = a & b;
        both[0] += word.count_ones() as usize;
        both[1] += (word & cut).count_ones() as usize;
    }
    both
}

/// What a set says with a condition.
fn of(rules: &Grouped, condition: usize) -> &[u64] {
    rules.iter().find(|(of, _)| *of == condition).map_or(&[], |(_, bits)| bits)
}
