//! bpftrace's maps without a name (`@[257]: 12`): what their numbers are, only all rows together say.

use super::entry::{Entry, Which};
use std::collections::BTreeMap;

/// The rows of a map that has not ended yet, by number.
#[derive(Debug, Default)]
pub(super) struct Unnamed {
    rows: BTreeMap<i64, Entry>,
    /// On how many lines they stand, and the last of these.
    lines: u64,
    last: u64,
    /// Whether such a map was seen to count something else than calls: results, processes.
    are_others: bool,
}

impl Unnamed {
    /// Keeps a row on a line until its map ends. One that `is_call` does not hold for says that none counts calls;
    /// gives whether they may still do so.
    pub(super) fn add(&mut self, line: u64, number: i64, is_call: bool, count: u64) -> bool {
        if !is_call || self.are_others {
            // Of a line that is not understood at all no part was.
            self.lines -= u64::from(!self.rows.is_empty() && self.last == line);
            self.are_others = true;
            return false;
        }
        self.lines += u64::from(self.rows.is_empty() || self.last != line);
        self.last = line;
        let new = || Entry { line, count: 0, ..Entry::new(Which::Number(number)) };
        let row = self.rows.entry(number).or_insert_with(new);
        row.count = row.count.saturating_add(count);
        true
    }

    /// The calls of a map that ended before `line`, if there is one.
    ///
    /// # Errors
    /// How many lines it had, where it counts something else.
    pub(super) fn ended(&mut self, line: Option<u64>) -> Result<Vec<Entry>, u64> {
        if self.rows.is_empty() || (line == Some(self.last) && !self.are_others) {
            return Ok(Vec::new());
        }
        let (rows, count) = (std::mem::take(&mut self.rows), std::mem::take(&mut self.lines));
        if self.are_others { Err(count) } else { Ok(rows.into_values().collect()) }
    }
}
