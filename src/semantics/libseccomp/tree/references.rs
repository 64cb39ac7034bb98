//! The library's references to tests, where they decide what it does next.

use super::{Id, Problem, Tree};

impl Tree<'_> {
    pub(super) fn hold(&mut self, id: Option<Id>) -> Option<Id> {
        if let Some(id) = id {
            let references = &mut self.node_mut(id).references;
            *references = references.wrapping_add(1);
        }
        id
    }

    /// Gives one reference back. Tells how many nodes are gone by that, and what the library
    /// then sees in the place of the node: itself, or a neighbour in its level.
    pub(super) fn release(&mut self, id: Option<Id>) -> Result<(usize, Option<Id>), Problem> {
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
    pub(super) fn release_level(&mut self, id: Option<Id>) -> Result<usize, Problem> {
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
}
