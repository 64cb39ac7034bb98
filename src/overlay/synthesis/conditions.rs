//! From a set of calls to conditions as a profile writes them: in a rule at most one for each
//! argument.

use crate::decision::var::{self, ARG_BITS, Group};
use crate::decision::words::{ArgClause, Term, ValueRange};
use crate::decision::{Set, Store, TooLarge};
use crate::profile::{ArgCmp, Op, Span};

/// A condition as it is written: of an argument that is known from elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::overlay) struct Single {
    op: Op,
    value: u64,
    two: u64,
}

impl Single {
    const fn new(op: Op, value: u64) -> Single {
        Single { op, value, two: 0 }
    }

    const fn masked(mask: u64, value: u64) -> Single {
        Single { op: Op::MaskedEq, value: mask, two: value }
    }

    pub fn on(self, index: u8) -> ArgCmp {
        let Single { op, value, two } = self;
        ArgCmp { index, op, value, value_two: two, span: Span::default() }
    }
}

/// What a 32-bit ABI leaves of an operand.
const LOW: u64 = 0xffff_ffff;

/// How sets are put into conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::overlay) enum Style {
    /// As a reader would: comparisons, and masks where the set is one.
    Plain,
    /// Without `NE`, `LT` and `LE`, which libseccomp writes by their negation: where such a test
    /// holds, its program goes on from a place at which another word may be in the accumulator.
    Positive,
    /// Masks alone, no two of which overlap: what libseccomp handles in the simplest way.
    Masks,
}

/// Conditions of which one must hold; `None` if they were more than `limit`.
pub(in crate::overlay) fn of_argument(
    store: &mut Store,
    clause: &ArgClause,
    width: u16,
    style: Style,
    limit: usize,
) -> Result<Option<Vec<Single>>, TooLarge> {
    if style != Style::Masks
        && let [term] = &clause.terms[..]
        && let Some(plain) = of_term(term, width, style)
    {
        return Ok((plain.len() <= limit).then_some(plain));
    }
    let mut set = Set::ALL;
    for term in &clause.terms {
        let part = term.to_set(store, clause.index, width)?;
        set = store.and(set, part)?;
    }
    let mut cubes = Cubes { store, index: clause.index, limit, found: Vec::new() };
    let complete = cubes.walk(set, 0, 0);
    Ok(complete.then_some(cubes.found))
}

fn of_term(term: &Term, width: u16, style: Style) -> Option<Vec<Single>> {
    let last = if width < 64 { (1 << width) - 1 } else { u64::MAX };
    let of_ranges = |ranges: &[ValueRange]| -> Vec<Single> {
        ranges.iter().flat_map(|range| of_range(*range, last, style)).collect()
    };
    Some(match term {
        Term::In(ranges) => of_ranges(ranges),
        Term::NotIn(ranges) => match &ranges[..] {
            [only] if style == Style::Plain && only.single().is_some() && only.from <= LOW => {
                vec![Single::new(Op::Ne, only.from)]
            }
            _ => of_ranges(&between(ranges, last)),
        },
        Term::Masked { mask, value } => vec![Single::masked(*mask, *value)],
        // One of the bits is another.
        Term::NotMasked { mask, value } => {
            let bits = (0..64).map(|bit| 1u64 << bit).filter(|bit| mask & bit != 0);
            bits.map(|bit| Single::masked(bit, !value & bit)).collect()
        }
    })
}

/// What the ranges leave.
fn between(ranges: &[ValueRange], last: u64) -> Vec<ValueRange> {
    let mut left = Vec::new();
    let mut from = Some(0);
    for range in ranges {
        if let Some(start) = from
            && start < range.from
        {
            left.push(ValueRange { from: start, to: Some(range.from - 1) });
        }
        from = range.to.and_then(|to| to.checked_add(1)).filter(|next| *next <= last);
    }
    left.extend(from.map(|from| ValueRange { from, to: None }));
    left
}

fn of_range(range: ValueRange, last: u64, style: Style) -> Vec<Single> {
    let ValueRange { from, to } = range;
    match to {
        Some(to) if from == to => vec![Single::new(Op::Eq, from)],
        Some(to) if style == Style::Positive && to < last => blocks(from, to),
        // Cut to 32 bits, the second alone would hold for less than all of them.
        Some(to) if from == 0 && to > LOW => {
            vec![Single::new(Op::Le, LOW), Single::new(Op::Le, to)]
        }
        Some(to) if from == 0 => vec![Single::new(Op::Le, to)],
        Some(to) if to < last => blocks(from, to),
        // Cut to 32 bits, `>= 2^32` would hold for all of them, and `> 2^32 - 1` for none.
        _ if from > LOW && from & LOW == 0 => vec![Single::new(Op::Gt, from - 1)],
        _ => vec![Single::new(Op::Ge, from)],
    }
}

/// A range with two ends as masks: the largest aligned blocks that fit.
fn blocks(mut from: u64, to: u64) -> Vec<Single> {
    let mut blocks = Vec::new();
    loop {
        let mut size = 0u32;
        while size < 63 {
            let wider = (1u64 << (size + 1)) - 1;
            if from & wider != 0 || from | wider > to {
                break;
            }
            size += 1;
        }
        let inside = (1u64 << size) - 1;
        blocks.push(match size {
            0 => Single::new(Op::Eq, from),
            _ => Single::masked(!inside, from),
        });
        match (from | inside).checked_add(1) {
            Some(next) if next <= to => from = next,
            _ => return blocks,
        }
    }
}

/// The paths through a set of values of one argument: masks that do not overlap.
struct Cubes<'a> {
    store: &'a mut Store,
    index: u8,
    limit: usize,
    found: Vec<Single>,
}

impl Cubes<'_> {
    /// Whether all were found within the limit.
    fn walk(&mut self, set: Set, mask: u64, value: u64) -> bool {
        if set.is_empty() {
            return true;
        }
        let Some((var, [lo, hi])) = self.store.halves(set) else {
            self.found.push(Single::masked(mask, value));
            return self.found.len() <= self.limit;
        };
        let Group::Arg(index) = var::group(var) else { return false };
        if index != self.index {
            return false;
        }
        let bit = 1u64 << (ARG_BITS - 1 - (var - Group::Arg(index).range().0));
        self.walk(lo, mask | bit, value) && self.walk(hi, mask | bit, value | bit)
    }
}
