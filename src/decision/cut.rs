//! A function cut at a number that it asks first.

use super::handle::Decision;
use super::store::Store;
use super::var::{Group, Var};

impl Store {
    /// The values of a number of 32 bits in ranges: up to which value (inclusive) which function is
    /// left, ascending, neighbours differing. `None` where that takes more than `most` ranges.
    ///
    /// The function may ask for nothing before that number.
    pub(crate) fn cut(
        &self,
        decision: Decision,
        group: Group,
        most: usize,
    ) -> Option<Vec<(u32, Decision)>> {
        let (start, end) = group.range();
        let mut cut = Cut { store: self, end, most, pieces: Vec::new() };
        cut.walk(decision, start, 0).then_some(cut.pieces)
    }
}

struct Cut<'a> {
    store: &'a Store,
    end: Var,
    most: usize,
    pieces: Vec<(u32, Decision)>,
}

impl Cut<'_> {
    /// `var` is the next bit, `from` the values of those before it.
    fn walk(&mut self, decision: Decision, var: Var, from: u64) -> bool {
        let left = self.end - var;
        if self.store.top(decision) >= self.end {
            let upto = (from + (1 << left) - 1) as u32;
            match self.pieces.last_mut() {
                Some(last) if last.1 == decision => last.0 = upto,
                _ => self.pieces.push((upto, decision)),
            }
            return self.pieces.len() <= self.most;
        }
        let (low, high) = self.store.split(decision, var);
        self.walk(low, var + 1, from) && self.walk(high, var + 1, from + (1 << (left - 1)))
    }
}
