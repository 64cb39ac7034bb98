//! Rules for 64-bit and 32-bit programs at once, where the two shall get different answers.
//!
//! One rule is read by both, and 32-bit ABIs cut its operands to their low words. Two of the
//! operators can tell the two apart: `LT 2^32` holds for the 64-bit arguments without a high word
//! and `GT 2^32 - 1` for the others, and for a 32-bit argument neither ever holds. So whatever
//! leaves one argument free can be said of 64-bit programs alone.
//!
//! The other way round it is not so: what a rule says of a 32-bit call it says of a 64-bit one
//! with the same low words, too. A call that only 32-bit programs shall make can be said by no
//! rule.

use super::conditions::Style;
use super::meaning::rule_set;
use super::synth::Synthesis;
use crate::decision::var::Group;
use crate::decision::words::Clause;
use crate::decision::{Assignment, Compare, Leaf, Set, TooLarge};
use crate::overlay::layers::error::OverlayError;
use crate::profile::{ArgCmp, Op, Span};

impl Synthesis<'_> {
    /// Adds rules that together with those from one on hold for exactly the calls in `wide` of
    /// 64-bit programs and those in `narrow` of 32-bit ones. A 32-bit call for which there is no
    /// rule, if there is one.
    pub fn both(
        &mut self,
        wide: Set,
        narrow: Set,
        leaf: Leaf,
        from: usize,
    ) -> Result<Option<Assignment>, OverlayError> {
        let own = self.rules.len();
        self.rest(wide, from, 64, leaf)?;
        self.drop_wrong(own, narrow)?;
        let left = self.left(wide, from, 64)?;
        if !left.is_empty() {
            // Masks mean the same to both, as far as it goes.
            let shared = self.bounded(|s| s.store.and(left, narrow))?;
            self.cover(shared, shared, 64, Style::Masks, leaf, &[])?;
            let left = self.left(wide, from, 64)?;
            for clause in self.clauses(left, wide, 64)? {
                self.wide_alone(&clause, leaf)?;
            }
        }
        for is_small in [true, false] {
            let left = self.left(narrow, from, 32)?;
            if left.is_empty() {
                return Ok(None);
            }
            let mut reach = self.bounded(|s| s.store.and(wide, left))?;
            if is_small {
                reach = self.bounded(|s| s.without_high_words(reach))?;
            }
            self.cover(reach, reach, 64, Style::Masks, leaf, &[])?;
        }
        let left = self.left(narrow, from, 32)?;
        Ok(self.store.witness(left))
    }

    fn bounded<T>(
        &mut self,
        find: impl FnOnce(&mut Self) -> Result<T, TooLarge>,
    ) -> Result<T, OverlayError> {
        find(self).map_err(|bound| self.too_large(bound))
    }

    /// Leaves out those rules from one on that hold for other calls of 32-bit programs.
    fn drop_wrong(&mut self, from: usize, narrow: Set) -> Result<(), OverlayError> {
        let made = self.rules.split_off(from);
        for rule in made {
            let beyond = self.bounded(|s| {
                let own = rule_set(s.store, &rule, 32)?;
                s.store.minus(own, narrow)
            })?;
            if beyond.is_empty() {
                self.rules.push(rule);
            }
        }
        Ok(())
    }

    /// The calls of a set whose arguments have no high words, as far as it looks at them.
    fn without_high_words(&mut self, set: Set) -> Result<Set, TooLarge> {
        let mut small = set;
        for index in 0..6 {
            if self.store.asks(set.decision(), Group::Arg(index)) {
                let none = self.store.compare_arg(index, 32, 32, u64::MAX, Compare::Eq, 0)?;
                small = self.store.and(small, none)?;
            }
        }
        Ok(small)
    }

    /// Adds rules for a clause that hold for no call of a 32-bit program.
    fn wide_alone(&mut self, clause: &Clause, leaf: Leaf) -> Result<(), OverlayError> {
        let is_free = |index: &u8| clause.args.iter().all(|arg| arg.index != *index);
        let mut free = (0..6).rev().filter(is_free);
        let Some(index) = free.next() else {
            return Err(self.too_many());
        };
        let on =
            |index, op, value| ArgCmp { index, op, value, value_two: 0, span: Span::default() };
        // Side by side in one list of tests, libseccomp would take one word for the other: where
        // `LT` fails it goes on to `GT` with the low word. A test that always holds parts them.
        let mut below = vec![on(index, Op::Lt, 1 << 32)];
        below.extend(free.next().map(|index| on(index, Op::Ge, 0)));
        for more in [below, vec![on(index, Op::Gt, (1 << 32) - 1)]] {
            let from = self.rules.len();
            self.clause(clause, 64, Style::Positive, leaf, &more)?;
            self.alone.extend(from..self.rules.len());
            for rule in self.rules.iter_mut().skip(from) {
                rule.comment = Some("for 64-bit programs alone".to_owned());
            }
        }
        Ok(())
    }
}
