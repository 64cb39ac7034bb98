//! The program that libseccomp writes for a tree, and the decision that the program takes.
//!
//! Each test becomes a block. A block that follows another in its level relies on the word that
//! the other left in the accumulator. It can also be reached from below the other, with a
//! different word there; the library then puts a load before the block, but only if that way
//! happens to be the first on which it comes upon the block.

use super::Failure;
use super::chain::{Test, Word};
use super::tree::{Branch, DEPTH_LIMIT, Id, Problem, Tree};
use crate::decision::{Compare, Decision, Leaf, Store, TooLarge};
use rustc_hash::{FxHashMap, FxHashSet};

/// What the accumulator holds: a word, masked.
type Held = (Word, u32);

const WHOLE: u32 = u32::MAX;

/// Where a block leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Target {
    Action(Leaf),
    Block(u32),
}

/// A test as written; equal blocks are written once.
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
}

/// How many blocks the program of one system call may have. The kernel takes 4,096 instructions.
const BLOCK_LIMIT: usize = 1 << 17;

struct Writer<'a> {
    tree: &'a Tree,
    blocks: Vec<Block>,
    known: FxHashMap<Block, u32>,
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
        let result = self.level_at(self.tree.level_start(level)?, onward, held);
        self.depth -= 1;
        result
    }

    fn level_at(
        &mut self,
        start: Id,
        onward: Target,
        mut held: Option<Held>,
    ) -> Result<Target, Problem> {
        if let Some(&known) = self.levels.get(&(start, onward, held)) {
            return Ok(known);
        }
        let key = (start, onward, held);
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
            next = Target::Block(self.intern(block)?);
        }
        self.levels.insert(key, next);
        Ok(next)
    }

    fn branch(&mut self, branch: Branch, onward: Target, held: Held) -> Result<Target, Problem> {
        match branch {
            Branch { below: Some(level), .. } => self.level(level, onward, Some(held)),
            Branch { acts: true, action, .. } => Ok(Target::Action(action)),
            _ => Ok(onward),
        }
    }

    fn intern(&mut self, block: Block) -> Result<u32, Problem> {
        if let Some(&known) = self.known.get(&block) {
            return Ok(known);
        }
        if self.blocks.len() >= BLOCK_LIMIT {
            return Err(Problem::TooLarge(TooLarge::Nodes(BLOCK_LIMIT)));
        }
        let id = self.blocks.len() as u32;
        self.blocks.push(block.clone());
        self.known.insert(block, id);
        Ok(id)
    }

    /// The blocks before which the library puts a load of what they rely on. It comes upon the
    /// blocks depth first, by the true outcome first.
    fn loads_added(&self, first: u32) -> FxHashSet<u32> {
        let mut added = FxHashSet::default();
        let mut found = FxHashSet::default();
        let mut stack: Vec<(u32, Option<Held>)> = vec![(first, None)];
        while let Some((id, held)) = stack.pop() {
            if !found.insert(id) {
                continue;
            }
            let block = &self.blocks[id as usize];
            if block.relies_on.is_some() && block.relies_on != held {
                added.insert(id);
            }
            for target in [block.on_false, block.on_true] {
                if let Target::Block(next) = target {
                    stack.push((next, Some(block.leaves_held())));
                }
            }
        }
        added
    }
}

/// The decision of the program for a tree: `default` where no test leads to an action. `leaf`
/// turns an action's code into a leaf. `rules` is the number of the last rule, to blame.
pub(super) fn decide(
    store: &mut Store,
    tree: &Tree,
    rules: usize,
    default: Leaf,
    leaf: &impl Fn(Leaf) -> Leaf,
) -> Result<Decision, Failure> {
    let Some(root) = tree.root else {
        return Ok(Decision::leaf(leaf(tree.unconditional.unwrap_or(default))));
    };
    let mut writer = Writer {
        tree,
        blocks: Vec::new(),
        known: FxHashMap::default(),
        levels: FxHashMap::default(),
        depth: 0,
    };
    let written = writer.level(root, Target::Action(default), None);
    let Target::Block(first) = written.map_err(|problem| problem.at(rules))? else {
        return Ok(Decision::leaf(leaf(default)));
    };
    let loads = writer.loads_added(first);

    // What is held when a block tests, for each way of coming to it.
    let tests_on = |id: u32, held: Held| {
        let block = &writer.blocks[id as usize];
        let (word, mask) = match block.relies_on {
            None => (block.word, WHOLE),
            Some(relied) if loads.contains(&id) => relied,
            Some(_) => held,
        };
        (word, mask & block.mask)
    };
    let nothing = (Word { arg: 0, high: false }, WHOLE);
    let mut states = vec![(first, tests_on(first, nothing))];
    let mut seen: FxHashSet<(u32, Held)> = states.iter().copied().collect();
    let mut at = 0;
    while let Some(&(id, held)) = states.get(at) {
        at += 1;
        let block = &writer.blocks[id as usize];
        for target in [block.on_true, block.on_false] {
            if let Target::Block(next) = target {
                let state = (next, tests_on(next, held));
                if seen.insert(state) {
                    states.push(state);
                }
            }
        }
    }
    // A block leads only to blocks written before it.
    states.sort_unstable_by_key(|&(id, _)| id);
    let mut decided: FxHashMap<(u32, Held), Decision> = FxHashMap::default();
    for (id, (word, mask)) in states {
        let block = &writer.blocks[id as usize];
        let outcome = |target| match target {
            Target::Action(action) => Some(Decision::leaf(leaf(action))),
            Target::Block(next) => decided.get(&(next, tests_on(next, (word, mask)))).copied(),
        };
        let default = Decision::leaf(leaf(default));
        let then = outcome(block.on_true).unwrap_or(default);
        let otherwise = outcome(block.on_false).unwrap_or(default);
        let set = store.compare_arg(
            word.arg,
            if word.high { 32 } else { 0 },
            32,
            mask.into(),
            block.compare,
            block.datum.into(),
        )?;
        decided.insert((id, (word, mask)), store.choose(set, then, otherwise)?);
    }
    let start = (first, tests_on(first, nothing));
    Ok(decided.get(&start).copied().unwrap_or(Decision::leaf(leaf(default))))
}
