//! Lists of rules, each once.
//!
//! Environments that keep different rules share most of them, and their number doubles with each
//! condition. So a list is its last rule and the list before it: one more rule is one more cell,
//! whatever stands before, and equal lists have equal handles.

use crate::decision::{Memory, Meter, Part, TooLarge};
use crate::semantics::resolve::rules::LibRuleId;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// A handle of a list. Handles of one [`Lists`] are equal when the lists are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::semantics) struct ListId(u32);

impl ListId {
    /// The list of no rules.
    pub const EMPTY: ListId = ListId(0);
}

/// What a cell takes, with its place in the table while that grows.
const CELL_BYTES: u64 = 48;

/// All lists of a profile.
#[derive(Debug)]
pub(in crate::semantics) struct Lists {
    /// The list before a rule, and the rule; of the list 1 and those behind.
    cells: Vec<(ListId, LibRuleId)>,
    known: FxHashMap<(ListId, LibRuleId), ListId>,
    held: Memory,
}

impl Lists {
    pub fn new(meter: &Arc<Meter>) -> Lists {
        Lists { cells: Vec::new(), known: FxHashMap::default(), held: Memory::new(meter) }
    }

    /// The list with a rule more.
    ///
    /// # Errors
    /// A bound of the meter.
    pub fn with(
        &mut self,
        meter: &Meter,
        list: ListId,
        rule: LibRuleId,
    ) -> Result<ListId, TooLarge> {
        meter.charge(Part::Rules, 1)?;
        if let Some(&known) = self.known.get(&(list, rule)) {
            return Ok(known);
        }
        self.held.more(CELL_BYTES)?;
        self.cells.push((list, rule));
        let made = ListId(self.cells.len() as u32);
        self.known.insert((list, rule), made);
        Ok(made)
    }

    /// Its rules, in their order.
    pub fn rules(&self, list: ListId) -> Vec<LibRuleId> {
        let mut rules = Vec::new();
        let mut at = list;
        while let Some(&(before, rule)) =
            (at.0 as usize).checked_sub(1).and_then(|at| self.cells.get(at))
        {
            rules.push(rule);
            at = before;
        }
        rules.reverse();
        rules
    }
}
