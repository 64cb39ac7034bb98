//! The shortest words for a set of values of one argument.

use super::super::handle::Set;
use super::super::meter::TooLarge;
use super::super::store::Store;
use super::super::var::Group;
use super::Stop;
use super::bits::{Cube, Cubes, Word};
use super::exceptions;
use super::term::{Term, ValueRange};

/// Longer lists are no help to anyone.
const MOST_RANGES: usize = 256;
/// What a list may have beside other terms.
const FEW_RANGES: usize = 24;
const MOST_CUBES: usize = 16;
/// What a further alternative costs: it repeats the rest of its clause.
const ALTERNATIVE: u32 = 6;
/// A list of some six values is easier to read than any mask.
const SHORT: u32 = 14;

/// Terms of which all must hold.
pub(super) type Terms = Vec<Term>;

/// Masks, and ranges beside them.
type Mixture = (Vec<Cube>, Vec<ValueRange>);

/// Looks for words for sets of one argument.
pub(super) struct Values<'a> {
    pub store: &'a mut Store,
    pub index: u8,
    pub width: u16,
}

impl Values<'_> {
    /// Alternatives that together hold all of `low` and nothing outside `high`, each with its
    /// set: the shortest of those that we know to look for.
    pub fn cover(&mut self, low: Set, high: Set) -> Result<Vec<(Terms, Set)>, Stop> {
        let best = self.best(low, high)?.ok_or(Stop::Tangled)?;
        let mut parts = Vec::new();
        for terms in best {
            let set = self.set_of(&terms)?;
            parts.push((terms, set));
        }
        Ok(parts)
    }

    fn best(&mut self, low: Set, high: Set) -> Result<Option<Vec<Terms>>, TooLarge> {
        let best = self.best_without_exceptions(low, high)?;
        if best.as_deref().is_some_and(|best| cost(best) <= SHORT) {
            return Ok(best);
        }
        let with = self.with_exceptions(low, high)?;
        Ok(best.into_iter().chain(with).min_by_key(|candidate| cost(candidate)))
    }

    fn best_without_exceptions(
        &mut self,
        low: Set,
        high: Set,
    ) -> Result<Option<Vec<Terms>>, TooLarge> {
        if high.is_all() {
            return Ok(Some(vec![Vec::new()]));
        }
        // The first of the shortest, and no search for more behind a short one.
        let mut candidates = Vec::new();
        for look in [
            Self::lists,
            Self::common_bits,
            Self::common_bits_of_outside,
            Self::masks,
            Self::long_lists,
        ] {
            candidates.extend(look(self, low, high)?);
            if candidates.iter().any(|candidate| cost(candidate) <= SHORT) {
                break;
            }
        }
        Ok(candidates.into_iter().min_by_key(|candidate| cost(candidate)))
    }

    /// A simpler set without a few of its values, or with a few others.
    fn with_exceptions(&mut self, low: Set, high: Set) -> Result<Option<Vec<Terms>>, TooLarge> {
        let simple = exceptions::smooth(self.store, low, self.word().last)?;
        if simple == low || simple.is_empty() {
            return Ok(None);
        }
        let missing = self.store.minus(low, simple)?;
        let too_many = self.store.minus(simple, high)?;
        let not_low = self.store.not(low)?;
        let (Some(more), Some(less)) = (self.ranges(missing, high), self.ranges(too_many, not_low))
        else {
            return Ok(None);
        };
        let Some(mut alternatives) = self.best_without_exceptions(simple, simple)? else {
            return Ok(None);
        };
        for terms in &mut alternatives {
            let set = self.set_of(terms)?;
            if !self.store.and(set, too_many)?.is_empty() {
                terms.push(Term::NotIn(less.clone()));
            }
        }
        alternatives.extend((!more.is_empty()).then(|| vec![Term::In(more)]));
        Ok(Some(alternatives))
    }

    /// `in 1, 5 to 9`, and `not in` the same.
    fn lists(&mut self, low: Set, high: Set) -> Result<Vec<Vec<Terms>>, TooLarge> {
        self.lists_of(low, high, FEW_RANGES)
    }

    fn long_lists(&mut self, low: Set, high: Set) -> Result<Vec<Vec<Terms>>, TooLarge> {
        self.lists_of(low, high, MOST_RANGES)
    }

    fn lists_of(&mut self, low: Set, high: Set, most: usize) -> Result<Vec<Vec<Terms>>, TooLarge> {
        let word = self.word();
        let inside = word.ranges(self.store, low, high, most).map(Term::In);
        let (not_high, not_low) = (self.store.not(high)?, self.store.not(low)?);
        let outside = word.ranges(self.store, not_high, not_low, most).map(Term::NotIn);
        Ok(inside.into_iter().chain(outside).map(|term| vec![vec![term]]).collect())
    }

    /// A mask that all values fulfil, and a list or another mask for what is left to say.
    fn common_bits(&mut self, low: Set, high: Set) -> Result<Vec<Vec<Terms>>, TooLarge> {
        let hull = self.word().hull(self.store, low);
        if hull.mask == 0 {
            return Ok(Vec::new());
        }
        let outside_hull = self.cube_set(hull).and_then(|set| self.store.not(set))?;
        let wide = self.store.or(high, outside_hull)?;
        let mut rests: Vec<Terms> = Vec::new();
        if wide.is_all() {
            rests.push(Vec::new());
        } else {
            rests.extend(self.lists(low, wide)?.into_iter().flatten());
            let missing = self.store.not(wide)?;
            let missing = self.word().hull(self.store, missing);
            // What the first mask says need not be said again.
            let mask = missing.mask & !hull.mask;
            let missing = Cube { mask, value: missing.value & mask };
            let missing_set = self.cube_set(missing)?;
            if mask != 0 && self.store.and(missing_set, low)?.is_empty() {
                rests.push(vec![missing.differs()]);
            }
        }
        let mut candidates = Vec::new();
        for rest in rests {
            // Bits that all values have in common are more than enough where others tell too.
            let exact = rest.is_empty() && low == high;
            let cube = if exact { hull } else { self.loosen(hull, &rest, high)? };
            let mut terms = vec![cube.equals()];
            terms.extend(rest);
            candidates.push(vec![terms]);
        }
        Ok(candidates)
    }

    /// Drops bits of a mask, the highest first, as long as nothing outside `high` comes in.
    fn loosen(&mut self, mut cube: Cube, rest: &[Term], high: Set) -> Result<Cube, TooLarge> {
        let rest = self.set_of(rest)?;
        for bit in (0..self.width).rev().map(|bit| 1 << bit) {
            if cube.mask & bit == 0 {
                continue;
            }
            let looser = Cube { mask: cube.mask & !bit, value: cube.value & !bit };
            let set = self.cube_set(looser)?;
            let set = self.store.and(set, rest)?;
            if looser.mask != 0 && self.store.minus(set, high)?.is_empty() {
                cube = looser;
            }
        }
        Ok(cube)
    }

    /// Whatever differs from the bits that all values outside have in common, and where that is
    /// not all, the rest as a list or a mask.
    fn common_bits_of_outside(&mut self, low: Set, high: Set) -> Result<Vec<Vec<Terms>>, TooLarge> {
        let outside = self.store.not(high)?;
        let hull = self.word().hull(self.store, outside);
        if hull.mask == 0 {
            return Ok(Vec::new());
        }
        let hull_set = self.cube_set(hull)?;
        let left = self.store.and(low, hull_set)?;
        let differs = vec![hull.differs()];
        if left.is_empty() {
            return Ok(vec![vec![differs]]);
        }
        let mut rests = self.lists(left, high)?;
        rests.extend(self.common_bits(left, high)?);
        Ok(rests.into_iter().map(|rest| [vec![differs.clone()], rest].concat()).collect())
    }

    /// Alternatives that are masks, or what is left out by several masks.
    fn masks(&mut self, low: Set, high: Set) -> Result<Vec<Vec<Terms>>, TooLarge> {
        let mut candidates = Vec::new();
        for ends_first in [false, true] {
            if let Some((cubes, ranges)) = self.masks_and_ranges(low, high, ends_first)? {
                let masks = cubes.into_iter().map(Cube::equals);
                let list = (!ranges.is_empty()).then_some(Term::In(ranges));
                candidates.push(masks.chain(list).map(|term| vec![term]).collect());
            }
            let (not_high, not_low) = (self.store.not(high)?, self.store.not(low)?);
            if let Some((cubes, ranges)) = self.masks_and_ranges(not_high, not_low, ends_first)? {
                let masks = cubes.into_iter().map(Cube::differs);
                let list = (!ranges.is_empty()).then_some(Term::NotIn(ranges));
                candidates.push(vec![masks.chain(list).collect()]);
            }
        }
        Ok(candidates)
    }

    /// Masks, and ranges for what is better said by them. `ends_first`: a range from 0 and one
    /// to the highest value are left out of the masks from the start; each would need many.
    fn masks_and_ranges(
        &mut self,
        low: Set,
        high: Set,
        ends_first: bool,
    ) -> Result<Option<Mixture>, TooLarge> {
        let word = self.word();
        let mut left = low;
        if ends_first {
            for end in word.ends(self.store, high) {
                let end = self.set_of(&[Term::In(vec![end])])?;
                left = self.store.minus(left, end)?;
            }
            if left == low {
                return Ok(None);
            }
        }
        let mut masks = Cubes::new(word, MOST_CUBES);
        let Some((mut cubes, _)) = masks.cover(self.store, left, high)? else { return Ok(None) };
        let mut place = 0;
        while place < cubes.len() {
            let mut only_here = low;
            for (other, cube) in cubes.iter().enumerate() {
                if other != place {
                    let set = self.cube_set(*cube)?;
                    only_here = self.store.minus(only_here, set)?;
                }
            }
            let in_words = word.ranges(self.store, only_here, high, 2).map(Term::In);
            if in_words.is_some_and(|list| list.cost() <= cubes[place].equals().cost()) {
                cubes.remove(place);
            } else {
                place += 1;
            }
        }
        let mut left = low;
        for cube in &cubes {
            let set = self.cube_set(*cube)?;
            left = self.store.minus(left, set)?;
        }
        Ok(self.ranges(left, high).map(|ranges| (cubes, ranges)))
    }

    fn word(&self) -> Word {
        Word::new(Group::Arg(self.index), self.width)
    }

    fn ranges(&self, low: Set, high: Set) -> Option<Vec<ValueRange>> {
        self.word().ranges(self.store, low, high, FEW_RANGES)
    }

    fn cube_set(&mut self, cube: Cube) -> Result<Set, TooLarge> {
        cube.equals().to_set(self.store, self.index, self.width)
    }

    fn set_of(&mut self, terms: &[Term]) -> Result<Set, TooLarge> {
        let mut set = Set::ALL;
        for term in terms {
            let part = term.to_set(self.store, self.index, self.width)?;
            set = self.store.and(set, part)?;
        }
        Ok(set)
    }
}

impl Cube {
    fn equals(self) -> Term {
        Term::Masked { mask: self.mask, value: self.value }
    }

    fn differs(self) -> Term {
        if self.mask.is_power_of_two() {
            return Term::Masked { mask: self.mask, value: !self.value & self.mask };
        }
        Term::NotMasked { mask: self.mask, value: self.value }
    }
}

fn cost(alternatives: &[Terms]) -> u32 {
    let terms = alternatives.iter().flatten().map(|term| 1 + term.cost()).sum::<u32>();
    terms + alternatives.len().saturating_sub(1) as u32 * ALTERNATIVE
}
