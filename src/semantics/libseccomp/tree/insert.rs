//! Where the tests of a new rule come to stand.

use super::{Branch, Id, Problem, Slot, Tree};
use crate::semantics::libseccomp::is_mended;

impl Tree<'_> {
    /// Sorts a chain into a level.
    pub(super) fn insert(&mut self, slot: Slot, new: Id) -> Result<(), Problem> {
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
    pub(super) fn merge(&mut self, id: Id, new: Id) -> Result<(), Problem> {
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
                    // Of the false outcome, too, the library wrote the action for true before
                    // 2.6.1 (its commit 700b140, GHSA-4q85-33p6-j5g6).
                    let written = outcome || !is_mended(self.library);
                    let action = self.branch_mut(new, written).action;
                    self.branch_mut(id, written).action = action;
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
