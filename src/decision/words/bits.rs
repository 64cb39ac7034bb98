//! Words of bits inside a diagram: the nearest value, ranges, common bits, masks.
//!
//! The sets here ask for the bits of one word alone.

use super::super::handle::{Decision, Set};
use super::super::meter::{Part, TooLarge};
use super::super::store::Store;
use super::super::var::{Group, Var};
use super::term::ValueRange;
use rustc_hash::{FxHashMap, FxHashSet};

/// A number among the bits: an argument or the kernel's version.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    /// The place of its lowest bit.
    pub last: Var,
    width: u16,
}

/// Bits that are given, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cube {
    pub mask: u64,
    pub value: u64,
}

/// A side on which to look for a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    AtLeast,
    AtMost,
}

impl Word {
    pub fn new(group: Group, width: u16) -> Word {
        let (from, to) = group.range();
        Word { last: to - 1, width: width.min(to - from) }
    }

    /// The highest value.
    pub fn max(self) -> u64 {
        u64::MAX >> (64 - self.width)
    }

    fn bit(self, var: Var) -> u64 {
        1 << (self.last - var)
    }

    /// The value nearest to `from` on one side of it at which the set says `wanted`.
    fn nearest(self, store: &Store, set: Set, from: u64, side: Side, wanted: bool) -> Option<u64> {
        let mut search = Nearest { word: self, store, side, wanted: wanted as u32, steps: 0 };
        let found = search.from(set.0, from);
        store.meter().spend(Part::Walks, search.steps);
        found
    }

    /// The fewest ranges that hold all of `low` and nothing outside `high`; `None` if that needs
    /// more than `most`.
    pub fn ranges(
        self,
        store: &Store,
        low: Set,
        high: Set,
        most: usize,
    ) -> Option<Vec<ValueRange>> {
        let mut ranges = Vec::new();
        let mut at = 0;
        while let Some(first) = self.nearest(store, low, at, Side::AtLeast, true) {
            if ranges.len() == most {
                return None;
            }
            let end = self.nearest(store, high, first, Side::AtLeast, false);
            let end = end.map_or(self.max(), |outside| outside - 1);
            let last = self.nearest(store, low, end, Side::AtMost, true).unwrap_or(first);
            ranges.push(if first == last {
                ValueRange { from: first, to: Some(first) }
            } else {
                // Open at an end where it may be: that is shorter to say.
                let open = self.nearest(store, high, first, Side::AtMost, false).is_none();
                let to = (end != self.max()).then_some(last);
                ValueRange { from: if open { 0 } else { first }, to }
            });
            match end.checked_add(1) {
                Some(next) if next <= self.max() => at = next,
                _ => break,
            }
        }
        Some(ranges)
    }

    /// The ranges of a set from 0 and to the highest value, where they have more than one value.
    pub fn ends(self, store: &Store, set: Set) -> Vec<ValueRange> {
        let first_out = self.nearest(store, set, 0, Side::AtLeast, false);
        let last_out = self.nearest(store, set, self.max(), Side::AtMost, false);
        let head = first_out.filter(|&out| out > 1);
        let head = head.map(|out| ValueRange { from: 0, to: Some(out - 1) });
        let tail = last_out.filter(|&out| out < self.max() - 1);
        let tail = tail.map(|out| ValueRange { from: out + 1, to: None });
        head.into_iter().chain(tail).collect()
    }

    /// The bits that all values of a set have in common.
    pub fn hull(self, store: &Store, set: Set) -> Cube {
        let mut memo = FxHashMap::default();
        let common = self.common(store, set.0, &mut memo);
        store.meter().spend(Part::Walks, memo.len());
        common.unwrap_or_default()
    }

    /// `None` for the empty set.
    fn common(
        self,
        store: &Store,
        decision: Decision,
        memo: &mut FxHashMap<Decision, Option<Cube>>,
    ) -> Option<Cube> {
        let Some(node) = store.node(decision) else {
            return (decision == Set::ALL.0).then(Cube::default);
        };
        if let Some(&known) = memo.get(&decision) {
            return known;
        }
        let bit = self.bit(node.var);
        let lo = self.common(store, node.lo, memo);
        let hi = self.common(store, node.hi, memo);
        let cube = match (lo, hi) {
            (Some(lo), Some(hi)) => {
                let mask = lo.mask & hi.mask & !(lo.value ^ hi.value);
                Some(Cube { mask, value: lo.value & mask })
            }
            (Some(lo), None) => Some(Cube { mask: lo.mask | bit, ..lo }),
            (None, Some(hi)) => Some(Cube { mask: hi.mask | bit, value: hi.value | bit }),
            (None, None) => None,
        };
        memo.insert(decision, cube);
        cube
    }
}

struct Nearest<'a> {
    word: Word,
    store: &'a Store,
    side: Side,
    wanted: u32,
    /// How many bits were looked at.
    steps: usize,
}

impl Nearest<'_> {
    /// Along the bits of `from`, and where that leads nowhere off at the last of them at which the other
    /// side can be taken.
    fn from(&mut self, set: Decision, from: u64) -> Option<u64> {
        let (mut at, mut off) = (set, None);
        let mut bits = self.word.width;
        while !self.is_dead(at) {
            let here = from & self.word.max();
            let next = bits.checked_sub(1).filter(|_| at.as_leaf().is_none());
            let Some(bit) = next else { return Some(here) };
            self.steps += 1;
            let (lo, hi) = self.store.split(at, self.word.last - bit);
            let is_set = from >> bit & 1 == 1;
            let (along, other) = if is_set { (hi, lo) } else { (lo, hi) };
            if is_set == (self.side == Side::AtMost) && !self.is_dead(other) {
                off = Some((bit, other));
            }
            (at, bits) = (along, bit);
        }
        let (bit, at) = off?;
        let above = (from & self.word.max()) >> bit ^ 1;
        Some(above << bit | self.end(at, bit))
    }

    /// The lower `bits` bits of the first value, or of the last one.
    fn end(&mut self, at: Decision, bits: u16) -> u64 {
        let is_first = self.side == Side::AtLeast;
        let mut value = if is_first { 0 } else { (1 << bits) - 1 };
        let mut at = at;
        while let Some(node) = self.store.node(at) {
            // What is behind the word's bits does not count.
            if node.var > self.word.last {
                break;
            }
            self.steps += 1;
            let (first, last) = if is_first { (node.lo, node.hi) } else { (node.hi, node.lo) };
            // Reduced: behind every bit that is asked for there are both answers.
            at = first;
            if self.is_dead(first) {
                value ^= self.word.bit(node.var);
                at = last;
            }
        }
        value
    }

    /// Whether nothing there is as wanted.
    fn is_dead(&self, decision: Decision) -> bool {
        decision.as_leaf().is_some_and(|leaf| leaf != self.wanted)
    }
}

/// Masks and their union.
type Covering = (Vec<Cube>, Set);

/// Finds an irredundant sum of masks, by Minato and Morreale, bit by bit.
pub(super) struct Cubes {
    word: Word,
    most: usize,
    known: FxHashMap<(Set, Set), Option<Covering>>,
}

impl Cubes {
    /// For at most that many masks.
    pub fn new(word: Word, most: usize) -> Cubes {
        Cubes { word, most, known: FxHashMap::default() }
    }

    /// Masks that hold all of `low` and nothing outside `high`, and their union.
    pub fn cover(
        &mut self,
        store: &mut Store,
        low: Set,
        high: Set,
    ) -> Result<Option<Covering>, TooLarge> {
        if low.is_empty() {
            return Ok(Some((Vec::new(), Set::EMPTY)));
        }
        if high.is_all() {
            return Ok(Some((vec![Cube::default()], Set::ALL)));
        }
        if let Some(known) = self.known.get(&(low, high)) {
            return Ok(known.clone());
        }
        let found = self.split(store, low, high)?;
        self.known.insert((low, high), found.clone());
        Ok(found)
    }

    fn split(
        &mut self,
        store: &mut Store,
        low: Set,
        high: Set,
    ) -> Result<Option<Covering>, TooLarge> {
        let var = store.top(low.0).min(store.top(high.0));
        let (low0, low1) = store.split(low.0, var);
        let (high0, high1) = store.split(high.0, var);
        let (low0, low1) = (Set(low0), Set(low1));
        let (high0, high1) = (Set(high0), Set(high1));
        // What only masks with this bit 0 can hold, and only those with this bit 1.
        let only0 = store.minus(low0, high1)?;
        let Some((cubes0, set0)) = self.cover(store, only0, high0)? else { return Ok(None) };
        let only1 = store.minus(low1, high0)?;
        let Some((cubes1, set1)) = self.cover(store, only1, high1)? else { return Ok(None) };
        let left0 = store.minus(low0, set0)?;
        let left1 = store.minus(low1, set1)?;
        let left = store.or(left0, left1)?;
        let both = store.and(high0, high1)?;
        let Some((cubes, set)) = self.cover(store, left, both)? else { return Ok(None) };
        if cubes0.len() + cubes1.len() + cubes.len() > self.most {
            return Ok(None);
        }
        let bit = self.word.bit(var);
        let with = |value: u64| {
            move |cube: Cube| Cube { mask: cube.mask | bit, value: cube.value | value }
        };
        let mut all = cubes;
        all.extend(cubes0.into_iter().map(with(0)));
        all.extend(cubes1.into_iter().map(with(bit)));
        let lo = store.or(set0, set)?;
        let hi = store.or(set1, set)?;
        let set = Set(store.make(var, lo.0, hi.0)?);
        Ok(Some((all, set)))
    }
}

/// Whether a set asks for one of certain bits.
pub(super) fn asks_any(store: &Store, set: Set, which: &impl Fn(Var) -> bool) -> bool {
    let mut seen = FxHashSet::default();
    let mut stack = vec![set.0];
    while let Some(decision) = stack.pop() {
        if let Some(node) = store.node(decision) {
            if which(node.var) {
                return true;
            }
            if seen.insert(decision) {
                stack.extend([node.lo, node.hi]);
            }
        }
    }
    store.meter().spend(Part::Walks, seen.len());
    false
}
