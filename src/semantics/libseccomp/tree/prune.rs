//! What of the tree a new, shorter rule makes superfluous, and whether the tree makes the new rule
//! superfluous.

use super::{Id, Node, Problem, Slot, Tree};
use crate::decision::Leaf;

/// What is known of the search for a new rule in the tree.
#[derive(Clone, Copy, Default)]
pub(super) struct Search {
    pub matched: bool,
    matched_once: bool,
    pub tree_ends: bool,
    rule_ends: bool,
    /// The tree tests something before the rule's first test.
    tree_prefix: bool,
    /// The rule tests something before the tree's.
    pub rule_prefix: bool,
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

impl Tree<'_> {
    /// Takes a test, and whatever was left without purpose before it was found, out of its level.
    pub(super) fn remove(&mut self, slot: Slot, target: Id) -> Result<usize, Problem> {
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
    pub(super) fn all_act(&mut self, id: Option<Id>, action: Leaf) -> Result<bool, Problem> {
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
    pub(super) fn prune(
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

    pub(super) fn prune_level(
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
    pub(super) fn prune_below(
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
}
