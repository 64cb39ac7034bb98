//! The store of nodes and the operations on whole functions.

mod tables;

use super::handle::{Decision, Leaf, Node, Set};
use super::meter::{Limits, Meter, Part, Spent, TooLarge};
use super::var::{self, Var};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use tables::{Results, Unique};

/// What a node takes at most, with its place in the table of nodes while that grows.
const NODE_BYTES: u64 = 56;
/// What an entry in the table of results takes at most.
const CHOSEN_BYTES: u64 = 56;
/// Memory is taken for so many at once.
const CHUNK: usize = 1024;
/// The table of results holds no more than these: it only saves work.
const MOST_CHOSEN: usize = 1 << 20;

/// Holds functions, each once.
#[derive(Debug)]
pub struct Store {
    nodes: Vec<Node>,
    unique: Unique,
    /// Results of [`Store::choose`], for all calls.
    chosen: Results,
    /// What one operation has found so far, empty between two: it is not to grow anew for each.
    zipped: FxHashMap<(Decision, Decision), Decision>,
    fixed: FxHashMap<Decision, Decision>,
    meter: Arc<Meter>,
    /// For how many nodes and results memory is taken.
    room: usize,
    chosen_room: usize,
}

/// A larger table takes longer to empty than a small one to grow.
const MOST_KEPT: usize = 512;

/// A table of results for the next operation.
fn emptied<K, V>(mut memo: FxHashMap<K, V>) -> FxHashMap<K, V> {
    if memo.capacity() > MOST_KEPT {
        return FxHashMap::default();
    }
    memo.clear();
    memo
}

/// For how many nodes there is room at first.
const USUAL: usize = 800;

impl Default for Store {
    fn default() -> Self {
        Store::new(Limits::default())
    }
}

impl Clone for Store {
    fn clone(&self) -> Store {
        self.clone_metered(self.meter.clone())
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.meter.release(self.bytes());
    }
}

impl Store {
    /// An empty store, for a question of its own.
    pub fn new(limits: Limits) -> Store {
        Store::metered(Arc::new(Meter::new(limits)))
    }

    /// An empty store that charges a meter.
    pub fn metered(meter: Arc<Meter>) -> Store {
        Store {
            // What a usual profile needs, so that nothing is moved while it is built.
            nodes: Vec::with_capacity(USUAL),
            unique: Unique::with_capacity(USUAL),
            chosen: Results::with_capacity(USUAL),
            zipped: FxHashMap::default(),
            fixed: FxHashMap::default(),
            meter,
            room: 0,
            chosen_room: 0,
        }
    }

    /// An empty store for the same question.
    pub fn beside(&self) -> Store {
        Store::metered(self.meter.clone())
    }

    /// The same functions, charging another meter.
    pub fn clone_metered(&self, meter: Arc<Meter>) -> Store {
        // It is seen at the next step.
        let _ = meter.hold(self.bytes());
        Store {
            nodes: self.nodes.clone(),
            unique: self.unique.clone(),
            chosen: self.chosen.clone(),
            zipped: FxHashMap::default(),
            fixed: FxHashMap::default(),
            meter,
            room: self.room,
            chosen_room: self.chosen_room,
        }
    }

    fn bytes(&self) -> u64 {
        self.room as u64 * NODE_BYTES + self.chosen_room as u64 * CHOSEN_BYTES
    }

    /// What the question costs.
    pub fn meter(&self) -> &Arc<Meter> {
        &self.meter
    }

    /// How many nodes it holds.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// How many steps operations have made for its question so far.
    pub(super) fn steps(&self) -> u64 {
        self.meter.steps()
    }

    pub(super) fn node(&self, decision: Decision) -> Option<Node> {
        self.nodes.get(decision.0 as usize).copied()
    }

    /// The bit that a decision asks first; behind every bit for a leaf.
    pub(super) fn top(&self, decision: Decision) -> Var {
        self.node(decision).map_or(Var::MAX, |node| node.var)
    }

    /// Its two halves by a bit that it asks first or not at all.
    pub(super) fn split(&self, decision: Decision, var: Var) -> (Decision, Decision) {
        match self.node(decision) {
            Some(node) if node.var == var => (node.lo, node.hi),
            _ => (decision, decision),
        }
    }

    pub(super) fn make(
        &mut self,
        var: Var,
        lo: Decision,
        hi: Decision,
    ) -> Result<Decision, TooLarge> {
        self.put(var, lo, hi).map_err(|spent| self.spent(spent))
    }

    #[cold]
    fn spent(&self, _: Spent) -> TooLarge {
        self.meter.too_large()
    }

    fn put(&mut self, var: Var, lo: Decision, hi: Decision) -> Result<Decision, Spent> {
        if lo == hi {
            return Ok(lo);
        }
        let Store { nodes, unique, meter, room, .. } = self;
        unique.find_or(nodes, Node { var, lo, hi }, |count| {
            if count >= *room {
                meter.hold(CHUNK as u64 * NODE_BYTES).map_err(|_| Spent)?;
                *room += CHUNK;
            }
            Ok(())
        })
    }

    /// `then` inside the set, `otherwise` outside.
    pub fn choose(
        &mut self,
        set: Set,
        then: Decision,
        otherwise: Decision,
    ) -> Result<Decision, TooLarge> {
        // What is known already takes a look as well.
        self.meter.spend(Part::Walks, 1);
        self.chosen(set, then, otherwise).map_err(|spent| self.spent(spent))
    }

    fn chosen(&mut self, set: Set, then: Decision, otherwise: Decision) -> Result<Decision, Spent> {
        if set.is_all() || then == otherwise {
            return Ok(then);
        }
        if set.is_empty() {
            return Ok(otherwise);
        }
        if then == Decision::leaf(1) && otherwise == Decision::leaf(0) {
            return Ok(set.0);
        }
        let question = (set, then, otherwise);
        let hash = Results::hash(&question);
        if let Some(known) = self.chosen.get(hash, &question) {
            return Ok(known);
        }
        self.meter.step()?;
        let var = self.top(set.0).min(self.top(then)).min(self.top(otherwise));
        let (set_lo, set_hi) = self.split(set.0, var);
        let (then_lo, then_hi) = self.split(then, var);
        let (else_lo, else_hi) = self.split(otherwise, var);
        let lo = self.chosen(Set(set_lo), then_lo, else_lo)?;
        let hi = self.chosen(Set(set_hi), then_hi, else_hi)?;
        let made = self.put(var, lo, hi)?;
        if self.chosen.len() >= self.chosen_room {
            self.more_chosen()?;
        }
        self.chosen.insert(hash, question, made);
        Ok(made)
    }

    /// Makes room for more results; without a bound a long run would hold more of them than of nodes.
    fn more_chosen(&mut self) -> Result<(), Spent> {
        if self.chosen_room >= MOST_CHOSEN {
            self.chosen.clear();
            return Ok(());
        }
        self.meter.hold(CHUNK as u64 * CHOSEN_BYTES).map_err(|_| Spent)?;
        self.chosen_room += CHUNK;
        Ok(())
    }

    /// What is in both.
    pub fn and(&mut self, a: Set, b: Set) -> Result<Set, TooLarge> {
        self.choose(a, b.0, Decision::leaf(0)).map(Set)
    }

    /// What is in either.
    pub fn or(&mut self, a: Set, b: Set) -> Result<Set, TooLarge> {
        self.choose(a, Decision::leaf(1), b.0).map(Set)
    }

    /// What is not in it.
    pub fn not(&mut self, a: Set) -> Result<Set, TooLarge> {
        self.choose(a, Decision::leaf(0), Decision::leaf(1)).map(Set)
    }

    /// What is in the first and not in the second.
    pub fn minus(&mut self, a: Set, b: Set) -> Result<Set, TooLarge> {
        let not_b = self.not(b)?;
        self.and(a, not_b)
    }

    /// Combines two functions point by point.
    pub fn zip(
        &mut self,
        a: Decision,
        b: Decision,
        join: &impl Fn(Leaf, Leaf) -> Leaf,
    ) -> Result<Decision, TooLarge> {
        if let (Some(a), Some(b)) = (a.as_leaf(), b.as_leaf()) {
            return Ok(Decision::leaf(join(a, b)));
        }
        let mut memo = std::mem::take(&mut self.zipped);
        let zipped = self.zip_memo(a, b, join, &mut memo);
        self.zipped = emptied(memo);
        zipped.map_err(|spent| self.spent(spent))
    }

    fn zip_memo(
        &mut self,
        a: Decision,
        b: Decision,
        join: &impl Fn(Leaf, Leaf) -> Leaf,
        memo: &mut FxHashMap<(Decision, Decision), Decision>,
    ) -> Result<Decision, Spent> {
        if let (Some(a), Some(b)) = (a.as_leaf(), b.as_leaf()) {
            return Ok(Decision::leaf(join(a, b)));
        }
        if let Some(&known) = memo.get(&(a, b)) {
            return Ok(known);
        }
        self.meter.step()?;
        let var = self.top(a).min(self.top(b));
        let (a_lo, a_hi) = self.split(a, var);
        let (b_lo, b_hi) = self.split(b, var);
        let lo = self.zip_memo(a_lo, b_lo, join, memo)?;
        let hi = self.zip_memo(a_hi, b_hi, join, memo)?;
        let made = self.put(var, lo, hi)?;
        memo.insert((a, b), made);
        Ok(made)
    }

    /// Replaces the leaves.
    pub fn map(
        &mut self,
        decision: Decision,
        change: &impl Fn(Leaf) -> Leaf,
    ) -> Result<Decision, TooLarge> {
        self.zip(decision, Decision::leaf(0), &|leaf, _| change(leaf))
    }

    /// Where the function has a leaf that is wanted.
    pub fn set_where(
        &mut self,
        decision: Decision,
        wanted: &impl Fn(Leaf) -> bool,
    ) -> Result<Set, TooLarge> {
        self.map(decision, &|leaf| wanted(leaf) as Leaf).map(Set)
    }

    /// Which leaves a function has, sorted.
    pub fn leaves(&self, decision: Decision) -> Vec<Leaf> {
        if let Some(leaf) = decision.as_leaf() {
            return vec![leaf];
        }
        let mut seen = FxHashMap::default();
        let mut leaves = Vec::new();
        let mut stack = vec![decision];
        while let Some(decision) = stack.pop() {
            match self.node(decision) {
                None => leaves.extend(decision.as_leaf()),
                Some(node) => {
                    if seen.insert(decision, ()).is_none() {
                        stack.extend([node.lo, node.hi]);
                    }
                }
            }
        }
        self.meter.spend(Part::Walks, seen.len());
        leaves.sort_unstable();
        leaves.dedup();
        leaves
    }

    /// The function with some bits given: `fixed` tells the value of a bit, or that it stays open.
    pub fn fix(
        &mut self,
        decision: Decision,
        fixed: &impl Fn(Var) -> Option<bool>,
    ) -> Result<Decision, TooLarge> {
        let mut memo = std::mem::take(&mut self.fixed);
        let made = self.fix_memo(decision, fixed, &mut memo);
        self.fixed = emptied(memo);
        made.map_err(|spent| self.spent(spent))
    }

    fn fix_memo(
        &mut self,
        decision: Decision,
        fixed: &impl Fn(Var) -> Option<bool>,
        memo: &mut FxHashMap<Decision, Decision>,
    ) -> Result<Decision, Spent> {
        let Some(node) = self.node(decision) else { return Ok(decision) };
        if let Some(&known) = memo.get(&decision) {
            return Ok(known);
        }
        self.meter.step()?;
        let made = match fixed(node.var) {
            Some(false) => self.fix_memo(node.lo, fixed, memo)?,
            Some(true) => self.fix_memo(node.hi, fixed, memo)?,
            None => {
                let lo = self.fix_memo(node.lo, fixed, memo)?;
                let hi = self.fix_memo(node.hi, fixed, memo)?;
                self.put(node.var, lo, hi)?
            }
        };
        memo.insert(decision, made);
        Ok(made)
    }

    /// The bit that a set asks first and its two halves by it; `None` for all and nothing.
    pub(crate) fn halves(&self, set: Set) -> Option<(Var, [Set; 2])> {
        self.node(set.0).map(|node| (node.var, [Set(node.lo), Set(node.hi)]))
    }

    /// The environments in which something of the set is: the arguments are forgotten.
    pub fn environments(&mut self, set: Set) -> Result<Set, TooLarge> {
        let mut memo = std::mem::take(&mut self.fixed);
        let made = self.project(set.0, &mut memo);
        self.fixed = emptied(memo);
        made.map(Set).map_err(|spent| self.spent(spent))
    }

    fn project(
        &mut self,
        decision: Decision,
        memo: &mut FxHashMap<Decision, Decision>,
    ) -> Result<Decision, Spent> {
        let Some(node) = self.node(decision) else { return Ok(decision) };
        if node.var >= var::ARGS_START {
            // Reduced and not the empty leaf: something is in it.
            return Ok(Decision::leaf(1));
        }
        if let Some(&known) = memo.get(&decision) {
            return Ok(known);
        }
        self.meter.spend(Part::Walks, 1);
        let lo = self.project(node.lo, memo)?;
        let hi = self.project(node.hi, memo)?;
        let made = self.put(node.var, lo, hi)?;
        memo.insert(decision, made);
        Ok(made)
    }

    /// Whether a function asks for anything but the environment.
    pub fn asks_arguments(&self, decision: Decision) -> bool {
        let mut seen = FxHashMap::default();
        let mut stack = vec![decision];
        while let Some(decision) = stack.pop() {
            if let Some(node) = self.node(decision) {
                if node.var >= var::ARGS_START {
                    return true;
                }
                if seen.insert(decision, ()).is_none() {
                    stack.extend([node.lo, node.hi]);
                }
            }
        }
        self.meter.spend(Part::Walks, seen.len());
        false
    }
}
