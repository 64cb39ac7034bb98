//! The tree of rules with at most one condition each, sorted at once.
//!
//! The library takes the rules one after the other and walks a level for each, so that n rules take
//! n² steps. Of rules with one condition the tree is known beforehand: no test is linked to from two
//! places, none is taken out again, and a rule changes nothing but the place where its tests
//! come to stand. Why: a walk for what is superfluous ends where the tests of the rule end, and the
//! second and third test of such a rule ask for another word, or in another way, than whatever
//! stands in the levels that it could be mistaken for. So each place is looked up instead of
//! walked to. Where two rules give one outcome two actions, which the library may refuse, nothing is
//! claimed. A test holds that the program is that of the rules added one by one.
//!
//! Of rules with several conditions this is not so: tests are shared, taken out and tied into rings,
//! and what is met on the walk decides. There the walk is followed, and costs what it costs.

use super::super::chain::{LibRule, Test, Word};
use super::{Branch, Id, NODE_BYTES, Node, Tree};
use crate::decision::{Meter, Part, Stage, TooLarge};
use crate::syscall::Library;
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};

/// A level, by the order of making; 0 is the root's.
type Level = u32;

/// Where a test stands in its level: as [`Node::is_behind`] has it, those alike in the order of
/// adding.
type Place = (Level, Reverse<Word>, Reverse<u8>, u32, u32);

/// What [`Node::is_same_test`] compares, in a level.
type Same = (Level, Word, Test, u32, u32);

/// No rule has two of them, so a place behind all of its kind has it.
const LAST: u32 = u32::MAX;

impl<'m> Tree<'m> {
    /// The tree of rules with at most one condition each; `None` where the library may refuse one.
    ///
    /// # Errors
    /// A bound of the meter.
    pub(in super::super) fn flat(
        library: Library,
        meter: &'m Meter,
        rules: &[&LibRule],
        is_32bit: bool,
    ) -> Result<Option<Tree<'m>>, TooLarge> {
        let mut sorter = Sorter {
            tree: Tree::new(library, meter),
            order: BTreeMap::new(),
            same: FxHashMap::default(),
            below: FxHashMap::default(),
            levels: 1,
        };
        let is_sorted = sorter.add(meter, rules, is_32bit);
        meter.release(sorter.tree.nodes.len() as u64 * PLACE_BYTES);
        Ok(is_sorted?.then(|| sorter.linked()))
    }
}

/// What the tables take for a test.
const PLACE_BYTES: u64 = 200;

/// How many steps of a walk the placing of a rule is worth.
const PLACED: usize = 40;

struct Sorter<'m> {
    tree: Tree<'m>,
    order: BTreeMap<Place, Id>,
    /// The places of a test: one for each way of sorting, at most.
    same: FxHashMap<Same, Vec<Place>>,
    /// The levels below the outcomes of tests.
    below: FxHashMap<(Id, bool), Level>,
    levels: Level,
}

impl<'m> Sorter<'m> {
    /// Whether all rules go together.
    fn add(&mut self, meter: &Meter, rules: &[&LibRule], is_32bit: bool) -> Result<bool, TooLarge> {
        for (at, rule) in rules.iter().enumerate() {
            meter.set_progress(Stage::Tree, at, rules.len());
            meter.charge(Part::Tests, PLACED)?;
            let known = self.tree.nodes.len();
            let Some(first) = self.tree.chain(rule, is_32bit) else {
                self.order.clear();
                (self.tree.tests, self.tree.unconditional) = (0, Some(rule.action));
                return Ok(true);
            };
            let more = self.tree.nodes.len() - known;
            meter.hold(more as u64 * (NODE_BYTES + PLACE_BYTES))?;
            self.tree.tests += more as i64;
            if self.insert(0, first).is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Puts a test into a level; `None` where two rules disagree.
    fn insert(&mut self, level: Level, new: Id) -> Option<()> {
        let node = self.tree.node(new);
        let (word, class, datum) = place(node);
        let behind = (level, word, class, datum, LAST);
        let first_behind = self.order.range((Excluded(behind), Unbounded)).next();
        let first_behind = first_behind.map(|(place, _)| *place).filter(|place| place.0 == level);
        let same = (level, node.word, node.test, node.datum, node.mask);
        let met = self.same.get(&same).and_then(|places| places.iter().min().copied());
        // The walk ends at the first test behind the new one, which it still compares.
        let met = met.filter(|met| *met < behind || Some(*met) == first_behind);
        match met.and_then(|met| self.order.get(&met).copied()) {
            Some(id) => self.merge(id, new),
            None => {
                let place = (level, word, class, datum, new);
                self.order.insert(place, new);
                self.same.entry(same).or_default().push(place);
                self.adopt(new)
            }
        }
    }

    /// Makes levels of what is below a test that was not there.
    fn adopt(&mut self, id: Id) -> Option<()> {
        let node = self.tree.node(id);
        for (outcome, branch) in [(true, node.on_true), (false, node.on_false)] {
            if let Some(below) = branch.below {
                let level = self.levels;
                self.levels += 1;
                self.below.insert((id, outcome), level);
                self.insert(level, below)?;
            }
        }
        Some(())
    }

    /// Joins a new test with the same test in the tree.
    fn merge(&mut self, id: Id, new: Id) -> Option<()> {
        self.tree.tests -= 1;
        // The chain has no further place, so that one node of it is gone.
        let (new_true, new_false) = (self.tree.node(new).on_true, self.tree.node(new).on_false);
        for (outcome, incoming) in [(true, new_true), (false, new_false)] {
            let existing = *self.tree.branch_mut(id, outcome);
            match (incoming.acts, existing.acts) {
                (true, true) if existing.action == incoming.action => {}
                (true, false) if existing.below.is_none() => {
                    let action = incoming.action;
                    *self.tree.branch_mut(id, outcome) = Branch { below: None, acts: true, action };
                }
                (true, _) => return None,
                (false, _) => {}
            }
        }
        for (outcome, incoming) in [(true, new_true), (false, new_false)] {
            let Some(below) = incoming.below else { continue };
            let existing = *self.tree.branch_mut(id, outcome);
            match self.below.get(&(id, outcome)) {
                Some(&level) => self.insert(level, below)?,
                None if existing.acts => return None,
                None => {
                    self.tree.branch_mut(id, outcome).below = Some(below);
                    let level = self.levels;
                    self.levels += 1;
                    self.below.insert((id, outcome), level);
                    self.insert(level, below)?;
                }
            }
        }
        Some(())
    }

    /// The tree, with its levels as lists.
    fn linked(self) -> Tree<'m> {
        let Sorter { mut tree, order, below, .. } = self;
        let mut last: Option<(Level, Id)> = None;
        let mut firsts = vec![None; self.levels as usize];
        for ((level, ..), id) in order {
            match last {
                Some((of, previous)) if of == level => {
                    tree.node_mut(previous).next = Some(id);
                    tree.node_mut(id).previous = Some(previous);
                }
                _ => firsts[level as usize] = Some(id),
            }
            last = Some((level, id));
        }
        for ((id, outcome), level) in below {
            tree.branch_mut(id, outcome).below = firsts[level as usize];
        }
        tree.root = firsts[0];
        tree
    }
}

/// By what a test is sorted: see [`Node::is_behind`].
fn place(node: &Node) -> (Reverse<Word>, Reverse<u8>, u32) {
    let (word, class) = node.rank();
    let datum = if node.is_upper_bound() { node.datum } else { !node.datum };
    (Reverse(word), Reverse(class), datum)
}
