//! Answers by number: what every number gets, also one without a name.
//!
//! A filter sees 32 bits of a number. Those of x86_64's architecture are shared by two ABIs: with bit 30
//! and without bit 31 they are x32's, the rest is x86_64's, -1 and whatever else no kernel knows
//! included.

use crate::decision::Decision;
use crate::syscall::{Abi, numbers};

const X32_BIT: u32 = 1 << 30;
const SIGN_BIT: u32 = 1 << 31;

/// The numbers that programs of an ABI can call, in ranges of which both ends are in.
pub(crate) const fn domain(abi: Abi) -> &'static [(u32, u32)] {
    match abi {
        Abi::X86_64 => &[(0, X32_BIT - 1), (SIGN_BIT, u32::MAX)],
        Abi::X32 => &[(X32_BIT, SIGN_BIT - 1)],
        _ => &[(0, u32::MAX)],
    }
}

/// The first number without a name from one to another (inclusive), of those that programs of the
/// ABI can call.
pub(crate) fn unnamed(abi: Abi, from: u32, upto: u32) -> Option<u32> {
    let free = |first: u32, last: u32| {
        let at = numbers(abi).partition_point(|&(number, _)| number < first);
        let named = numbers(abi).get(at..)?;
        // No number has two names: where there is no gap before one, there is none before.
        let (mut dense, mut gap) = (0, named.len());
        while dense < gap {
            let middle = (dense + gap) / 2;
            match named.get(middle).is_some_and(|of| of.0 as usize == first as usize + middle) {
                true => dense = middle + 1,
                false => gap = middle,
            }
        }
        let next = first.checked_add(u32::try_from(dense).ok()?)?;
        (next <= last).then_some(next)
    };
    domain(abi).iter().find_map(|&(first, last)| free(from.max(first), upto.min(last)))
}

/// What all numbers get (up to which, inclusive, which decision, ascending), as what those without
/// a name get, in the one form that it has.
pub(in crate::semantics) fn settled(abi: Abi, pieces: &[(u32, Decision)]) -> Vec<(u32, Decision)> {
    // From which number on which decision holds.
    let mut starts: Vec<(u32, Decision)> = Vec::new();
    let mut from = 0;
    for &(upto, decision) in pieces {
        if let Some(first) = unnamed(abi, from, upto)
            && starts.last().is_none_or(|&(_, last)| last != decision)
        {
            starts.push((first, decision));
        }
        from = upto.saturating_add(1);
    }
    let ends = starts.iter().skip(1).map(|&(first, _)| first - 1).chain([u32::MAX]);
    ends.zip(&starts).map(|(upto, &(_, decision))| (upto, decision)).collect()
}
