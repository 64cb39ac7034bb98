//! Which arguments a rule looks at, and for which values.

use crate::decision::{Compare, Set, Store, TooLarge};
use crate::profile::{ArgCmp, Op, Span};
use crate::recording::Seen;
use crate::syscall::{Abi, Syscall, arg_name, constant_kind};
use std::collections::BTreeSet;

/// One argument: what is under the mask has this value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Condition {
    /// Which argument.
    pub index: u8,
    /// Which of its bits count.
    pub mask: u64,
    /// Their value.
    pub value: u64,
}

/// Conditions that hold together, one for an argument.
pub type Tuple = Vec<Condition>;

impl Condition {
    /// Of a value that was recorded. Tools print a negative `int` alike, whichever the upper half of its
    /// register is, and that is the compiler's choice.
    pub fn of_value(index: u8, value: u64) -> Condition {
        let is_negative = (i64::from(i32::MIN)..0).contains(&(value as i64));
        let mask = if is_negative { u64::from(u32::MAX) } else { u64::MAX };
        Condition { index, mask, value: value & mask }
    }

    /// As profiles write it.
    pub fn written(self) -> ArgCmp {
        let (op, value, value_two) = match self.mask {
            u64::MAX => (Op::Eq, self.value, 0),
            mask => (Op::MaskedEq, mask, self.value),
        };
        ArgCmp { index: self.index, op, value, value_two, span: Span::default() }
    }

    /// The calls for which it holds, on an ABI whose arguments are that wide.
    pub(crate) fn set(self, store: &mut Store, abi: Abi) -> Result<Set, TooLarge> {
        let (width, all) = match abi.is_32bit() {
            true => (32, u64::from(u32::MAX)),
            false => (64, u64::MAX),
        };
        store.compare_arg(self.index, 0, width, self.mask & all, Compare::Eq, self.value & all)
    }
}

/// The calls for which all of them hold.
pub(crate) fn set(store: &mut Store, abi: Abi, tuple: &[Condition]) -> Result<Set, TooLarge> {
    let mut calls = Set::ALL;
    for condition in tuple {
        let holds = condition.set(store, abi)?;
        calls = store.and(calls, holds)?;
    }
    Ok(calls)
}

/// Whether whatever the first lets through, the second does.
pub(crate) fn is_within(inner: &[Condition], outer: &[Condition]) -> bool {
    outer.iter().all(|outer| {
        inner.iter().any(|inner| {
            inner.index == outer.index
                && inner.mask & outer.mask == outer.mask
                && inner.value & outer.mask == outer.value
        })
    })
}

/// The arguments by which a call says what it does: those with named values, which are no files.
pub(crate) fn selectors(syscall: Syscall, abi: Abi) -> impl Iterator<Item = u8> {
    (0..6).filter(move |&index| {
        let is_file = arg_name(syscall, abi, index).is_some_and(|name| name.ends_with("fd"));
        constant_kind(syscall, abi, index).is_some() && !is_file
    })
}

/// What was recorded of these arguments.
pub(crate) fn tuple(seen: &Seen, indices: &BTreeSet<u8>) -> Tuple {
    let known = indices.iter().filter_map(|&index| {
        Some(Condition::of_value(index, seen.args.get(usize::from(index)).copied().flatten()?))
    });
    known.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_negative_value_is_the_same_in_both_widths() {
        let is = |value: u64| Condition::of_value(0, value).written();
        assert_eq!((is(3).op, is(3).value), (Op::Eq, 3));
        assert_eq!((is(0xffff_ffff).op, is(0xffff_ffff).value), (Op::Eq, 0xffff_ffff));
        let cwd = is(-100_i64 as u64);
        assert!(cwd.matches(-100_i64 as u64) && cwd.matches(0xffff_ff9c) && !cwd.matches(3));
    }

    #[test]
    fn fewer_conditions_let_more_through() {
        let [a, b] = [Condition::of_value(0, 1), Condition::of_value(1, 2)];
        assert!(is_within(&[a, b], &[a]) && !is_within(&[a], &[a, b]));
        let even = Condition { index: 0, mask: 1, value: 0 };
        assert!(!is_within(&[a], &[even]) && is_within(&[Condition::of_value(0, 4)], &[even]));
    }
}
