//! The program that libseccomp writes for the trees of a filter, and the decisions it takes.
//!
//! Each test becomes a block; equal blocks are written once, whichever system call they are for.
//! A block that follows another in its level relies on the word that the other left in the
//! accumulator. It can also be reached from below the other, with a different word there; the
//! library then puts a load before the block, but only if that way happens to be the first on
//! which it comes upon the block. Which way is first can hang on another system call.

use super::Failure;
use super::chain::{Test, Word};
use super::tree::{Branch, DEPTH_LIMIT, Id, Problem, Tree};
use crate::decision::{Compare, Decision, Leaf, Memory, Meter, Part, Store, TooLarge};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// What the accumulator holds: a word, masked.
type Held = (Word, u32);

const WHOLE: u32 = u32::MAX;
/// What is held before the first test, which loads what it needs.
const NOTHING: Held = (Word { arg: 0, high: false }, WHOLE);

/// What a block takes, with its place in the table while that grows. (The kernel takes 4,096
/// instructions; how many blocks there are on the way to them is bounded by memory alone.)
const BLOCK_BYTES: u64 = 240;

/// A handle of a block in [`Blocks`].
pub type BlockId = u32;

/// Where a block leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// To an action.
    Action(Leaf),
    /// To another block.
    Block(BlockId),
}

/// A test as written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Block {
    /// What it relies on to be held; otherwise it loads `word` itself.
    relies_on: Option<Held>,
    word: Word,
    mask: u32,
    compare: Compare,
    datum: u32,
    on_true: Target,
    on_false: Target,
}

impl Block {
    fn leaves_held(&self) -> Held {
        (self.word, self.mask)
    }

    /// The blocks it leads to, in the order in which the library comes upon them.
    fn leads_to(&self) -> impl DoubleEndedIterator<Item = BlockId> {
        [self.on_true, self.on_false].into_iter().filter_map(|target| match target {
            Target::Block(id) => Some(id),
            Target::Action(_) => None,
        })
    }
}

/// The blocks of all programs of a profile. A block leads only to blocks with lower handles.
#[derive(Debug)]
pub struct Blocks {
    blocks: Vec<Block>,
    known: FxHashMap<Block, BlockId>,
    /// Of each block, whether from it on every block finds held what it relies on, so that no load
    /// is put anywhere and its decision is one and the same in every program.
    plain: Vec<bool>,
    /// The decisions of plain blocks, as far as they were asked for, all in one store.
    decided: Vec<Option<Decision>>,
    memory: Memory,
}

/// Blocks that rely on what is held, reached from one first block.
#[derive(Debug, Default)]
pub struct Relying {
    /// All of them.
    pub all: Vec<BlockId>,
    /// Those that are reached with something else held, too.
    pub contested: Vec<BlockId>,
}

impl Blocks {
    /// No blocks yet.
    pub fn new(meter: &Arc<Meter>) -> Blocks {
        Blocks {
            blocks: Vec::new(),
            known: FxHashMap::default(),
            plain: Vec::new(),
            decided: Vec::new(),
            memory: Memory::new(meter),
        }
    }

    /// Writes the program for the tree of one system call.
    pub(super) fn write(
        &mut self,
        meter: &Meter,
        tree: &Tree,
        default: Leaf,
    ) -> Result<Target, Problem> {
        let Some(root) = tree.root else {
            return Ok(Target::Action(tree.unconditional.unwrap_or(default)));
        };
        let levels = FxHashMap::default();
        let mut writer = Writer { tree, meter, blocks: self, levels, depth: 0 };
        writer.level(root, Target::Action(default), None)
    }

    fn get(&self, id: BlockId) -> &Block {
        &self.blocks[id as usize]
    }

    fn intern(&mut self, meter: &Meter, block: Block) -> Result<BlockId, TooLarge> {
        meter.charge(Part::Blocks, 1)?;
        if let Some(&known) = self.known.get(&block) {
            return Ok(known);
        }
        self.memory.more(BLOCK_BYTES)?;
        let id = self.blocks.len() as BlockId;
        let held = block.leaves_held();
        let is_plain = block.leads_to().all(|next| {
            let relied = self.get(next).relies_on;
            self.plain[next as usize] && relied.is_none_or(|relied| relied == held)
        });
        self.plain.push(is_plain);
        self.decided.push(None);
        self.blocks.push(block.clone());
        self.known.insert(block, id);
        Ok(id)
    }

    /// Whether a program finds held what it relies on, wherever it relies on it.
    pub fn is_plain(&self, first: BlockId) -> bool {
        self.plain[first as usize]
    }

    /// The decision of a plain program. Its parts are decided once, whichever programs they are in.
    ///
    /// # Errors
    /// A bound of the store.
    pub fn decide_plain(
        &mut self,
        store: &mut Store,
        first: BlockId,
        leaf: &impl Fn(Leaf) -> Leaf,
    ) -> Result<Decision, TooLarge> {
        let mut open = vec![first];
        let mut found = FxHashSet::default();
        while let Some(id) = open.pop() {
            if self.decided[id as usize].is_none() && found.insert(id) {
                open.extend(self.get(id).leads_to());
            }
        }
        store.meter().charge(Part::Blocks, found.len())?;
        let mut found: Vec<BlockId> = found.into_iter().collect();
        found.sort_unstable();
        for id in found {
            let block = self.get(id);
            let outcome = |target| match target {
                Target::Action(action) => Decision::leaf(leaf(action)),
                // Decided before: its handle is lower.
                Target::Block(next) => self.decided[next as usize].unwrap_or(Decision::leaf(0)),
            };
            let (then, otherwise) = (outcome(block.on_true), outcome(block.on_false));
            let Block { word, mask, compare, datum, .. } = *block;
            let from = if word.high { 32 } else { 0 };
            let (mask, datum) = (mask.into(), datum.into());
            let set = store.compare_arg(word.arg, from, 32, mask, compare, datum)?;
            self.decided[id as usize] = Some(store.choose(set, then, otherwise)?);
        }
        Ok(self.decided[first as usize].unwrap_or(Decision::leaf(0)))
    }

    /// The blocks from one on that rely on what is held.
    pub fn relying(&self, meter: &Meter, first: BlockId) -> Relying {
        let mut relying = Relying::default();
        let mut found = FxHashSet::default();
        let mut stack = vec![first];
        let mut contested = FxHashSet::default();
        while let Some(id) = stack.pop() {
            if !found.insert(id) {
                continue;
            }
            let block = self.get(id);
            if block.relies_on.is_some() {
                relying.all.push(id);
            }
            for next in block.leads_to() {
                let relied = self.get(next).relies_on;
                if relied.is_some() && relied != Some(block.leaves_held()) {
                    contested.insert(next);
                }
                stack.push(next);
            }
        }
        meter.spend(Part::Blocks, found.len());
        relying.contested = contested.into_iter().collect();
        relying
    }

    /// The blocks before which the library puts a load of what they rely on. It comes upon the
    /// blocks depth first, from each of `firsts` in turn, by the true outcome first.
    pub fn loads(
        &self,
        meter: &Meter,
        firsts: impl IntoIterator<Item = BlockId>,
    ) -> FxHashSet<BlockId> {
        let mut loads = FxHashSet::default();
        let mut found = FxHashSet::default();
        let mut stack: Vec<(BlockId, Option<Held>)> = Vec::new();
        for first in firsts {
            stack.push((first, None));
            while let Some((id, held)) = stack.pop() {
                if !found.insert(id) {
                    continue;
                }
                let block = self.get(id);
                if block.relies_on.is_some() && block.relies_on != held {
                    loads.insert(id);
                }
                let held = Some(block.leaves_held());
                stack.extend(block.leads_to().rev().map(|next| (next, held)));
            }
        }
        meter.spend(Part::Blocks, found.len());
        loads
    }

    /// The decision of the program from a block on, with the loads that the library adds. `leaf`
    /// turns an action's code into a leaf.
    pub fn decide(
        &self,
        store: &mut Store,
        first: Target,
        loads: &FxHashSet<BlockId>,
        leaf: &impl Fn(Leaf) -> Leaf,
    ) -> Result<Decision, TooLarge> {
        let first = match first {
            Target::Action(action) => return Ok(Decision::leaf(leaf(action))),
            Target::Block(first) => first,
        };
        // What is held when a block tests, for each way of coming to it.
        let tests_on = |id: BlockId, held: Held| {
            let block = self.get(id);
            let (word, mask) = match block.relies_on {
                None => (block.word, WHOLE),
                Some(relied) if loads.contains(&id) => relied,
                Some(_) => held,
            };
            (word, mask & block.mask)
        };
        let start = (first, tests_on(first, NOTHING));
        let mut states = vec![start];
        let mut seen: FxHashSet<(BlockId, Held)> = states.iter().copied().collect();
        let mut at = 0;
        while let Some(&(id, held)) = states.get(at) {
            at += 1;
            for next in self.get(id).leads_to() {
                let state = (next, tests_on(next, held));
                if seen.insert(state) {
                    states.push(state);
                }
            }
        }
        store.meter().charge(Part::Blocks, states.len())?;
        states.sort_unstable_by_key(|&(id, _)| id);
        let mut decided: FxHashMap<(BlockId, Held), Decision> = FxHashMap::default();
        for (id, (word, mask)) in states {
            let block = self.get(id);
            let outcome = |target| match target {
                Target::Action(action) => Decision::leaf(leaf(action)),
                // Decided before: its handle is lower.
                Target::Block(next) => decided[&(next, tests_on(next, (word, mask)))],
            };
            let (then, otherwise) = (outcome(block.on_true), outcome(block.on_false));
            let from = if word.high { 32 } else { 0 };
            let (mask_, datum) = (mask.into(), block.datum.into());
            let set = store.compare_arg(word.arg, from, 32, mask_, block.compare, datum)?;
            decided.insert((id, (word, mask)), store.choose(set, then, otherwise)?);
        }
        Ok(decided[&start])
    }
}

struct Writer<'a> {
    tree: &'a Tree<'a>,
    meter: &'a Meter,
    blocks: &'a mut Blocks,
    levels: FxHashMap<(Id, Target, Option<Held>), Target>,
    depth: u32,
}

impl Writer<'_> {
    /// Writes a level; `onward` is where the last test leads when it does not decide.
    fn level(&mut self, level: Id, onward: Target, held: Option<Held>) -> Result<Target, Problem> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return Err(Problem::Endless);
        }
        let key = (self.tree.level_start(level)?, onward, held);
        let target = match self.levels.get(&key) {
            Some(&known) => known,
            None => self.level_at(key.0, onward, held)?,
        };
        self.levels.insert(key, target);
        self.depth -= 1;
        Ok(target)
    }

    fn level_at(
        &mut self,
        start: Id,
        onward: Target,
        mut held: Option<Held>,
    ) -> Result<Target, Problem> {
        let mut tests = Vec::new();
        let mut at = Some(start);
        let mut asked = 0;
        while let Some(id) = at {
            let node = self.tree.node(id);
            let relies_on =
                held.filter(|&(word, mask)| word == node.word && node.mask & mask == node.mask);
            held = Some((node.word, node.mask));
            tests.push((id, relies_on));
            at = self.tree.next(id, &mut asked)?;
        }
        let mut next = onward;
        for (id, relies_on) in tests.into_iter().rev() {
            let node = self.tree.node(id);
            let (word, mask, datum) = (node.word, node.mask, node.datum);
            let compare = match node.test {
                Test::Eq | Test::MaskedEq => Compare::Eq,
                Test::Gt => Compare::Gt,
                Test::Ge => Compare::Ge,
            };
            let (on_true, on_false) = (node.on_true, node.on_false);
            let on_true = self.branch(on_true, next, (word, mask))?;
            let on_false = self.branch(on_false, next, (word, mask))?;
            let block = Block { relies_on, word, mask, compare, datum, on_true, on_false };
            let block = self.blocks.intern(self.meter, block).map_err(Problem::TooLarge)?;
            next = Target::Block(block);
        }
        Ok(next)
    }

    fn branch(&mut self, branch: Branch, onward: Target, held: Held) -> Result<Target, Problem> {
        match branch {
            Branch { below: Some(level), .. } => self.level(level, onward, Some(held)),
            Branch { acts: true, action, .. } => Ok(Target::Action(action)),
            _ => Ok(onward),
        }
    }
}

/// Writes the program for a tree. `rule` is the number of the last rule, to blame.
pub(super) fn write(
    blocks: &mut Blocks,
    meter: &Meter,
    tree: &Tree,
    rule: usize,
    default: Leaf,
) -> Result<Target, Failure> {
    blocks.write(meter, tree, default).map_err(|problem| problem.at(rule))
}
