//! The tree into which libseccomp sorts the tests of all rules of a system call.
//!
//! A *level* is a list of tests that are asked one after the other; each may lead, when true or
//! when false, to an action, to a level below, or on to the next test. The nodes of a new rule
//! can be shared by two parents, and the library counts references to them; where the counts
//! decide what it does next, they are kept here as well.

use super::Failure;
use super::chain::{LibRule, Test, Word};
use crate::decision::{Leaf, TooLarge};
use crate::profile::Op;

/// How many nodes all walks for one system call may visit.
const WALK_LIMIT: u64 = 100_000_000;

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

    /// Whether it stands behind the other in a level: higher arguments come first, then
    /// equalities, then upper bounds (the lowest first), then lower bounds (the highest first).
    fn is_behind(&self, other: &Node) -> bool {
        let class = |op| match op {
            Op::MaskedEq | Op::Eq | Op::Ne => 3,
            Op::Le | Op::Lt => 2,
            Op::Ge | Op::Gt => 1,
        };
        let rank = |node: &Node| (node.word, class(node.op));
        match rank(self).cmp(&rank(other)) {
            std::cmp::Ordering::Equal if matches!(self.op, Op::Le | Op::Lt) => {
                self.datum > other.datum
            }
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

/// What is known of the search for a new rule in the tree.
#[derive(Clone, Copy, Default)]
struct Search {
    matched: bool,
    matched_once: bool,
    tree_ends: bool,
    rule_ends: bool,
    /// The tree tests something before the rule's first test.
    tree_prefix: bool,
    /// The rule tests something before the tree's.
    rule_prefix: bool,
}

impl Search {
    fn add(&mut self, other: Search) {
        self.matched |= other.matched;
        self.matched_once |= other.matched_once;
        self.tree_ends |= other.tree_ends;
        self.rule_ends |= other.rule_ends;
        self.tree_prefix |= other.tree_prefix;
        self.rule_prefix |= other.rule_prefix;
    }
}

/// All rules of one system call.
#[derive(Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    pub root: Option<Id>,
    /// Without a root: the action of the unconditional rule, if one was added.
    pub unconditional: Option<Leaf>,
    /// The library's own count of the tests, by which it orders system calls.
    pub tests: i64,
    walked: u64,
    depth: u32,
}

impl Tree {
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
        walk: impl FnOnce(&mut Tree) -> Result<T, Problem>,
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
        if self.walked > WALK_LIMIT {
            return Err(Problem::TooLarge(TooLarge::Steps(WALK_LIMIT)));
        }
        Ok(())
    }

    pub(super) fn add(&mut self, rule: &LibRule, is_32bit: bool) -> Result<(), Problem> {
        if self.unconditional.is_some() {
            return Ok(());
        }
        let Some(chain) = self.chain(rule, is_32bit) else {
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

    fn hold(&mut self, id: Option<Id>) -> Option<Id> {
        if let Some(id) = id {
            let references = &mut self.node_mut(id).references;
            *references = references.wrapping_add(1);
        }
        id
    }

    /// Gives one reference back. Tells how many nodes are gone by that, and what the library
    /// then sees in the place of the node: itself, or a neighbour in its level.
    fn release(&mut self, id: Option<Id>) -> Result<(usize, Option<Id>), Problem> {
        let Some(id) = id else { return Ok((0, None)) };
        let node = self.node_mut(id);
        node.references = node.references.wrapping_sub(1);
        if node.references != 0 {
            return Ok((0, Some(id)));
        }
        let (previous, next) = (node.previous, node.next);
        let (below_true, below_false) = (node.on_true.below, node.on_false.below);
        if let Some(previous) = previous {
            self.node_mut(previous).next = None;
        }
        if let Some(next) = next {
            self.node_mut(next).previous = None;
        }
        let (gone_before, previous) = self.release(previous)?;
        let (gone_behind, next) = self.release(next)?;
        if let Some(previous) = previous {
            self.node_mut(previous).next = self.hold(next);
        }
        if let Some(next) = next {
            self.node_mut(next).previous = self.hold(previous);
        }
        let gone_below = self.release_level(below_true)? + self.release_level(below_false)?;
        Ok((gone_before + gone_behind + gone_below + 1, previous.or(next)))
    }

    /// Gives back one reference to a level, and the level itself if nothing else holds it.
    fn release_level(&mut self, id: Option<Id>) -> Result<usize, Problem> {
        let (gone, left) = self.release(id)?;
        let Some(left) = left else { return Ok(gone) };
        let start = self.level_start(left)?;
        let mut at = Some(start);
        let mut asked = 0;
        while let Some(id) = at {
            self.walk(&mut asked)?;
            let node = self.node(id);
            let by_neighbours = node.previous.is_some() as u32 + node.next.is_some() as u32;
            if node.references > by_neighbours {
                return Ok(gone);
            }
            at = node.next;
        }
        let mut gone = gone;
        let mut at = Some(start);
        while let Some(id) = at
            && self.node(id).references > 0
        {
            // The handle stays until the node goes, then moves to a neighbour, at last to none.
            let (now_gone, next) = self.release(at)?;
            gone += now_gone;
            at = next;
        }
        Ok(gone)
    }

    /// Takes a test, and whatever was left without purpose before it was found, out of its level.
    fn remove(&mut self, slot: Slot, target: Id) -> Result<usize, Problem> {
        let Some(level) = self.get(slot) else { return Ok(0) };
        let mut at = Some(self.level_start(level)?);
        let mut gone = 0;
        let mut asked = 0;
        while let Some(id) = at {
            self.walk(&mut asked)?;
            if id != target {
                gone += self.descend(|tree| tree.remove(Slot::True(id), target))?;
                gone += self.descend(|tree| tree.remove(Slot::False(id), target))?;
            }
            let node = self.node(id);
            let is_idle = node.is_leaf() && !node.on_true.acts && !node.on_false.acts;
            if id == target || is_idle {
                let (previous, next) = (node.previous, node.next);
                if self.get(slot) == Some(id) {
                    self.set(slot, previous.or(next));
                }
                if let Some(previous) = previous {
                    self.node_mut(previous).next = next;
                }
                if let Some(next) = next {
                    self.node_mut(next).previous = previous;
                }
                let node = self.node_mut(id);
                (node.previous, node.next) = (None, None);
                return Ok(gone + self.release(Some(id))?.0);
            }
            if gone > 0 {
                break;
            }
            at = node.next;
        }
        Ok(gone)
    }

    /// Whether every action in the level of a test and below is this one.
    fn all_act(&mut self, id: Option<Id>, action: Leaf) -> Result<bool, Problem> {
        let mut at = id.map(|id| self.level_start(id)).transpose()?;
        let mut asked = 0;
        while let Some(id) = at {
            self.walk(&mut asked)?;
            let Node { on_true, on_false, next, .. } = *self.node(id);
            for branch in [on_true, on_false] {
                if branch.acts && branch.action != action {
                    return Ok(false);
                }
            }
            for branch in [on_true, on_false] {
                if !self.descend(|tree| tree.all_act(branch.below, action))? {
                    return Ok(false);
                }
            }
            at = next;
        }
        Ok(true)
    }

    /// Takes out of the tree what a new, shorter rule covers; finds out whether a rule in the
    /// tree covers the new one. Tells how many nodes are gone.
    fn prune(
        &mut self,
        level: Option<Id>,
        rule: Option<Id>,
        action: Leaf,
        search: &mut Search,
    ) -> Result<usize, Problem> {
        let mut found = *search;
        let mut gone = 0;
        if let (Some(level), Some(rule)) = (level, rule)
            && (search.matched || !search.matched_once)
        {
            let start = self.level_start(level)?;
            let search = *search;
            gone =
                self.descend(|tree| tree.prune_level(start, rule, action, search, &mut found))?;
        }
        if found.matched {
            search.add(found);
        } else {
            search.matched = false;
        }
        Ok(gone)
    }

    fn prune_level(
        &mut self,
        start: Id,
        rule: Id,
        action: Leaf,
        search: Search,
        found: &mut Search,
    ) -> Result<usize, Problem> {
        let mut gone = 0;
        let mut at = Some(start);
        let mut asked = 0;
        while let Some(id) = at {
            self.walk(&mut asked)?;
            at = self.node(id).next;
            let below_rule = {
                let node = self.node(rule);
                [node.on_true.below, node.on_false.below]
            };
            if self.node(id).is_same_test(self.node(rule)) {
                let (node, new) = (self.node(id), self.node(rule));
                found.matched = true;
                found.matched_once = true;
                found.rule_ends |= new.is_leaf();
                found.tree_ends |= node.is_leaf();
                let (tree, rule_) = ([node.on_true, node.on_false], [new.on_true, new.on_false]);
                if (0..2).any(|side| tree[side].leads() && !rule_[side].leads()) {
                    return Ok(gone);
                }
                let differs = |side: usize| {
                    (tree[side].acts, tree[side].action) != (rule_[side].acts, rule_[side].action)
                };
                if found.rule_ends && found.tree_ends && (differs(0) || differs(1)) {
                    return Ok(gone);
                }
                let mut current = Some(id);
                for (side, below) in below_rule.into_iter().enumerate() {
                    let (Some(id), Some(below)) = (current, below) else { continue };
                    let mut deeper = Search { matched: true, matched_once: true, ..search };
                    let (now_gone, left) =
                        self.prune_below(id, side, Some(below), action, &mut deeper)?;
                    gone += now_gone;
                    if deeper.matched {
                        found.add(deeper);
                    }
                    current = left;
                }
                let Some(id) = current else { continue };
                let covered = self.all_act(Some(id), action)? && found.matched;
                if covered && found.rule_ends && found.tree_prefix {
                    gone += self.remove(Slot::Root, id)?;
                    if self.root.is_none() {
                        return Ok(gone);
                    }
                } else if covered && found.tree_ends && found.rule_prefix {
                    return Ok(gone);
                }
            } else {
                let goes_down_tree = self.node(id).is_behind(self.node(rule));
                if if goes_down_tree { search.rule_prefix } else { search.tree_prefix } {
                    return Ok(gone);
                }
                let mut current = Some(id);
                for (side, below) in below_rule.into_iter().enumerate() {
                    let Some(id) = current else { continue };
                    let mut deeper = Search { matched: false, ..search };
                    let (now_gone, left) = if goes_down_tree {
                        deeper.tree_prefix = true;
                        let node = self.node(id);
                        if [node.on_true.below, node.on_false.below][side].is_none() {
                            continue;
                        }
                        self.prune_below(id, side, Some(rule), action, &mut deeper)?
                    } else {
                        if below.is_none() {
                            continue;
                        }
                        deeper.rule_prefix = true;
                        self.hold(Some(id));
                        let now_gone = self.prune(Some(id), below, action, &mut deeper)?;
                        let (by_release, left) = self.release(Some(id))?;
                        (now_gone + by_release, left)
                    };
                    gone += now_gone;
                    if deeper.matched {
                        found.add(deeper);
                        return Ok(gone);
                    }
                    current = left;
                }
            }
        }
        found.matched = false;
        Ok(gone)
    }

    /// Prunes the level below one outcome of a test, which is held meanwhile.
    fn prune_below(
        &mut self,
        id: Id,
        side: usize,
        rule: Option<Id>,
        action: Leaf,
        search: &mut Search,
    ) -> Result<(usize, Option<Id>), Problem> {
        self.hold(Some(id));
        let node = self.node(id);
        let below = [node.on_true.below, node.on_false.below][side];
        let gone = self.prune(below, rule, action, search)?;
        let (by_release, left) = self.release(Some(id))?;
        Ok((gone + by_release, left))
    }

    /// Sorts a chain into a level.
    fn insert(&mut self, slot: Slot, new: Id) -> Result<(), Problem> {
        let mut at = self.get(slot);
        let mut asked = 0;
        while let Some(id) = at {
            self.walk(&mut asked)?;
            if self.node(id).is_same_test(self.node(new)) {
                return self.merge(id, new);
            }
            if self.node(id).is_behind(self.node(new)) {
                let previous = self.node(id).previous;
                if let Some(previous) = previous {
                    self.node_mut(previous).next = self.hold(Some(new));
                    self.node_mut(new).previous = Some(previous);
                    self.node_mut(new).next = Some(id);
                } else {
                    self.node_mut(new).next = self.hold(Some(id));
                }
                self.node_mut(id).previous = self.hold(Some(new));
                if self.get(slot) == Some(id) {
                    let held = self.hold(Some(new));
                    self.set(slot, held);
                    self.release(Some(id))?;
                }
                return Ok(());
            }
            at = self.node(id).next;
            if at.is_none() {
                self.node_mut(new).previous = self.hold(Some(id));
                self.node_mut(id).next = self.hold(Some(new));
            }
        }
        Ok(())
    }

    /// Joins a new test with the same test in the tree.
    fn merge(&mut self, id: Id, new: Id) -> Result<(), Problem> {
        for outcome in [true, false] {
            let incoming = *self.branch_mut(new, outcome);
            if !incoming.acts {
                continue;
            }
            let existing = *self.branch_mut(id, outcome);
            if !existing.acts {
                if !self.all_act(existing.below, incoming.action)? {
                    return Err(Problem::Exists);
                }
                self.tests -= self.release(existing.below)?.0 as i64;
                *self.branch_mut(id, outcome) =
                    Branch { below: None, acts: true, action: incoming.action };
            } else if existing.action != incoming.action {
                let (old_full, new_full) = (self.node(id).full, self.node(new).full);
                let is_wider = if outcome { new_full > old_full } else { new_full < old_full };
                if self.node(new).word.high && is_wider {
                    // Of the false outcome, too, the library writes the action for true.
                    self.node_mut(id).on_true.action = self.node(new).on_true.action;
                }
                if self.node(id).is_leaf() || self.node(new).is_leaf() {
                    return Err(Problem::Exists);
                }
            }
        }
        for outcome in [true, false] {
            let Some(below) = self.branch_mut(new, outcome).below else { continue };
            let existing = *self.branch_mut(id, outcome);
            if existing.below.is_some() {
                let slot = if outcome { Slot::True(id) } else { Slot::False(id) };
                self.descend(|tree| tree.insert(slot, below))?;
            } else if existing.acts {
                return Ok(());
            } else {
                self.link(id, outcome, below);
            }
        }
        Ok(())
    }
}
