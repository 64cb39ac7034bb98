//! The tree into which libseccomp sorts the tests of all rules of a system call.
//!
//! A *level* is a list of tests that are asked one after the other; each may lead, when true or
//! when false, to an action, to a level below, or on to the next test. The nodes of a new rule
//! can be shared by two parents, and the library counts references to them; where the counts
//! decide what it does next, they are kept here as well.

mod flat;
mod insert;
mod prune;
mod references;

use super::Failure;
use super::chain::{LibRule, Test, Word};
use crate::decision::{Leaf, Meter, Part, TooLarge};
use crate::profile::Op;
use crate::syscall::Library;
use prune::Search;

/// Visits are charged so many at once.
const AT_ONCE: usize = 256;

/// What a node takes, while the list of them grows.
const NODE_BYTES: u64 = 160;

/// How deep walks can nest: six arguments of three tests each for a search in the tree, the
/// same for a look at what lies below, and some.
pub(super) const DEPTH_LIMIT: u32 = 64;

/// No filter comes of the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// `EEXIST`: this rule, counted in the order of adding, contradicts an earlier one.
    #[error("libseccomp refuses a rule (EEXIST): other actions exist for the same conditions")]
    Exists(usize),
    /// The rules so far have tied libseccomp's lists into a ring, in which it runs for ever
    /// (seen with 2.5.4 for rules of several arguments with ranges).
    #[error("libseccomp ties its tests into a ring and never comes to an end")]
    Endless(usize),
}

impl Refused {
    /// Which of the rules, in the order of adding, could not be added.
    pub fn position(self) -> usize {
        match self {
            Refused::Exists(position) | Refused::Endless(position) => position,
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Problem {
    Exists,
    Endless,
    TooLarge(TooLarge),
}

impl Problem {
    pub(super) fn at(self, position: usize) -> Failure {
        match self {
            Problem::Exists => Failure::Refused(Refused::Exists(position)),
            Problem::Endless => Failure::Refused(Refused::Endless(position)),
            Problem::TooLarge(bound) => Failure::TooLarge(bound),
        }
    }
}

pub(super) type Id = u32;

/// What one outcome of a test leads to; neither means: on to the next test of the level.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Branch {
    pub below: Option<Id>,
    pub acts: bool,
    /// Of meaning where `acts`; yet the library compares and even writes it elsewhere.
    pub action: Leaf,
}

impl Branch {
    fn leads(&self) -> bool {
        self.acts || self.below.is_some()
    }
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub word: Word,
    pub test: Test,
    /// The operator of the rule, by which levels are sorted.
    op: Op,
    pub mask: u32,
    pub datum: u32,
    /// The whole operand.
    full: u64,
    pub on_true: Branch,
    pub on_false: Branch,
    pub previous: Option<Id>,
    pub next: Option<Id>,
    references: u32,
}

impl Node {
    fn is_leaf(&self) -> bool {
        self.on_true.below.is_none() && self.on_false.below.is_none()
    }

    fn is_same_test(&self, other: &Node) -> bool {
        (self.word, self.test, self.datum, self.mask)
            == (other.word, other.test, other.datum, other.mask)
    }

    fn is_upper_bound(&self) -> bool {
        matches!(self.op, Op::Le | Op::Lt)
    }

    /// Of two tests that of the lower rank stands behind the other.
    fn rank(&self) -> (Word, u8) {
        let class = match self.op {
            Op::MaskedEq | Op::Eq | Op::Ne => 3,
            Op::Le | Op::Lt => 2,
            Op::Ge | Op::Gt => 1,
        };
        (self.word, class)
    }

    /// Whether it stands behind the other in a level: higher arguments come first, then
    /// equalities, then upper bounds (the lowest first), then lower bounds (the highest first).
    fn is_behind(&self, other: &Node) -> bool {
        match self.rank().cmp(&other.rank()) {
            std::cmp::Ordering::Equal if self.is_upper_bound() => self.datum > other.datum,
            std::cmp::Ordering::Equal => self.datum < other.datum,
            order => order.is_lt(),
        }
    }
}

/// How many tests one condition becomes.
fn test_count(op: Op, is_32bit: bool) -> i64 {
    match op {
        _ if is_32bit => 1,
        Op::Eq | Op::Ne | Op::MaskedEq => 2,
        Op::Lt | Op::Le | Op::Ge | Op::Gt => 3,
    }
}

/// A place that holds the handle of a level.
#[derive(Clone, Copy)]
enum Slot {
    Root,
    True(Id),
    False(Id),
}

/// All rules of one system call.
pub(super) struct Tree<'m> {
    library: Library,
    meter: &'m Meter,
    nodes: Vec<Node>,
    pub root: Option<Id>,
    /// Without a root: the action of the unconditional rule, if one was added.
    pub unconditional: Option<Leaf>,
    /// The library's own count of the tests, by which it orders system calls.
    pub tests: i64,
    /// Visits that are not charged yet.
    walked: usize,
    depth: u32,
}

impl Drop for Tree<'_> {
    fn drop(&mut self) {
        self.meter.spend(Part::Tests, self.walked);
        self.meter.release(self.nodes.len() as u64 * NODE_BYTES);
    }
}

impl<'m> Tree<'m> {
    pub(super) fn new(library: Library, meter: &'m Meter) -> Tree<'m> {
        Tree {
            library,
            meter,
            nodes: Vec::new(),
            root: None,
            unconditional: None,
            tests: 0,
            walked: 0,
            depth: 0,
        }
    }

    pub(super) fn node(&self, id: Id) -> &Node {
        &self.nodes[id as usize]
    }

    fn node_mut(&mut self, id: Id) -> &mut Node {
        &mut self.nodes[id as usize]
    }

    /// The first test of the level that a test stands in.
    pub(super) fn level_start(&self, mut id: Id) -> Result<Id, Problem> {
        let mut steps = 0;
        while let Some(previous) = self.node(id).previous {
            id = previous;
            steps += 1;
            if steps > self.nodes.len() {
                return Err(Problem::Endless);
            }
        }
        self.meter.spend(Part::Tests, steps);
        Ok(id)
    }

    /// The next test of a level of which `asked` are behind; an error where they go in a ring.
    pub(super) fn next(&self, id: Id, asked: &mut usize) -> Result<Option<Id>, Problem> {
        *asked += 1;
        if *asked > self.nodes.len() {
            return Err(Problem::Endless);
        }
        Ok(self.node(id).next)
    }

    /// Goes one level deeper with `walk`.
    fn descend<T>(
        &mut self,
        walk: impl FnOnce(&mut Self) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return Err(Problem::Endless);
        }
        let result = walk(self);
        self.depth -= 1;
        result
    }

    /// Counts a visit; `asked` is how many tests of the level were visited before.
    fn walk(&mut self, asked: &mut usize) -> Result<(), Problem> {
        *asked += 1;
        if *asked > self.nodes.len() {
            return Err(Problem::Endless);
        }
        self.walked += 1;
        if self.walked < AT_ONCE {
            return Ok(());
        }
        let walked = std::mem::take(&mut self.walked);
        self.meter.charge(Part::Tests, walked).map_err(Problem::TooLarge)
    }

    pub(super) fn add(&mut self, rule: &LibRule, is_32bit: bool) -> Result<(), Problem> {
        if self.unconditional.is_some() {
            return Ok(());
        }
        let known = self.nodes.len();
        let chain = self.chain(rule, is_32bit);
        let more = (self.nodes.len() - known) as u64;
        self.meter.hold(more * NODE_BYTES).map_err(Problem::TooLarge)?;
        let Some(chain) = chain else {
            self.root = None;
            self.unconditional = Some(rule.action);
            self.tests = 0;
            return Ok(());
        };
        let tests: i64 = rule.tests(is_32bit).map(|(_, c)| test_count(c.op, is_32bit)).sum();
        if self.root.is_none() {
            self.root = Some(chain);
            self.tests = tests;
            return Ok(());
        }
        let mut search = Search::default();
        let removed = self.prune(self.root, Some(chain), rule.action, &mut search)?;
        self.tests -= removed as i64;
        if removed > 0 && self.root.is_none() {
            self.root = Some(chain);
            self.tests = tests;
            return Ok(());
        }
        if removed == 0 && search.matched && search.tree_ends && search.rule_prefix {
            return Ok(());
        }
        self.insert(Slot::Root, chain)?;
        self.tests += tests;
        self.tests -= self.release_level(Some(chain))? as i64;
        Ok(())
    }

    /// The rule's tests, linked to each other alone. `None` if it tests nothing.
    fn chain(&mut self, rule: &LibRule, is_32bit: bool) -> Option<Id> {
        let mut first = None;
        // Where a further condition is to be linked: the outcomes that mean "holds so far".
        let mut open: Vec<(Id, bool)> = Vec::new();
        for (arg, condition) in rule.tests(is_32bit) {
            let from = self.nodes.len() as Id;
            let push = |tree: &mut Tree, high, test| {
                let shift = if high { 32 } else { 0 };
                let mask = (condition.mask >> shift) as u32;
                tree.nodes.push(Node {
                    word: Word { arg, high },
                    test,
                    op: condition.op,
                    mask,
                    datum: (condition.datum >> shift) as u32 & mask,
                    full: condition.datum,
                    on_true: Branch::default(),
                    on_false: Branch::default(),
                    previous: None,
                    next: None,
                    references: 0,
                });
            };
            let low_test = match condition.op {
                Op::Eq | Op::Ne => Test::Eq,
                Op::MaskedEq => Test::MaskedEq,
                Op::Gt | Op::Le => Test::Gt,
                Op::Ge | Op::Lt => Test::Ge,
            };
            let negated = matches!(condition.op, Op::Ne | Op::Lt | Op::Le);
            let is_equality = matches!(condition.op, Op::Eq | Op::Ne | Op::MaskedEq);
            let holds: Vec<(Id, bool)> = if is_32bit {
                push(self, false, low_test);
                vec![(from, !negated)]
            } else if is_equality {
                push(self, true, low_test);
                push(self, false, low_test);
                self.link(from, true, from + 1);
                if negated {
                    vec![(from, false), (from + 1, false)]
                } else {
                    vec![(from + 1, true)]
                }
            } else {
                push(self, true, Test::Gt);
                push(self, true, Test::Eq);
                push(self, false, low_test);
                self.link(from, false, from + 1);
                self.link(from + 1, true, from + 2);
                if negated {
                    vec![(from + 1, false), (from + 2, false)]
                } else {
                    vec![(from, true), (from + 2, true)]
                }
            };
            for (id, outcome) in std::mem::replace(&mut open, holds) {
                self.link(id, outcome, from);
            }
            first.get_or_insert(from);
        }
        for (id, outcome) in open {
            let branch = self.branch_mut(id, outcome);
            branch.acts = true;
            branch.action = rule.action;
        }
        if let Some(first) = first {
            self.hold(Some(first));
        }
        first
    }

    fn branch_mut(&mut self, id: Id, outcome: bool) -> &mut Branch {
        let node = self.node_mut(id);
        if outcome { &mut node.on_true } else { &mut node.on_false }
    }

    fn link(&mut self, id: Id, outcome: bool, below: Id) {
        self.hold(Some(below));
        self.branch_mut(id, outcome).below = Some(below);
    }

    fn get(&self, slot: Slot) -> Option<Id> {
        match slot {
            Slot::Root => self.root,
            Slot::True(id) => self.node(id).on_true.below,
            Slot::False(id) => self.node(id).on_false.below,
        }
    }

    fn set(&mut self, slot: Slot, level: Option<Id>) {
        match slot {
            Slot::Root => self.root = level,
            Slot::True(id) => self.node_mut(id).on_true.below = level,
            Slot::False(id) => self.node_mut(id).on_false.below = level,
        }
    }
}
