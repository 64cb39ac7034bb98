//! A set as a short sum of products: what a reviewer is told instead of a diagram.
//!
//! The clauses of a [`Description`] may overlap (`A or B`, not `A, or B without A`), and their
//! union with the rest is exactly the set. They are found as Minato and Morreale find an
//! irredundant sum of products (Minato, "Fast generation of prime-irredundant covers from binary
//! decision diagrams", 1993), with whole arguments in place of single bits: see `words/product.rs`.

mod bits;
mod exceptions;
mod join;
mod paths;
mod product;
mod term;
mod values;

#[cfg(test)]
mod tests;

pub use term::{ArgClause, Clause, KernelRange, Term, ValueRange};

use super::handle::Set;
use super::meter::TooLarge;
use super::store::Store;
use super::var::{self, ARG_BITS, Group};
use product::{Piece, Search};

/// A set in clauses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Description {
    /// Something is in the set when it fulfils one of them (or is in the rest). None for the
    /// empty set; for everything a single one that asks for nothing.
    pub clauses: Vec<Clause>,
    /// What no clause covers, because there would be too many.
    pub rest: Option<Set>,
}

/// Work on a description ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// The store is full.
    TooLarge(TooLarge),
    /// The set is more tangled than words are good for.
    Tangled,
}

impl From<TooLarge> for Stop {
    fn from(error: TooLarge) -> Self {
        Stop::TooLarge(error)
    }
}

/// The set in at most `limit` clauses, the simplest first.
///
/// `width` is that of the ABI's comparisons, 64 or 32: bits above it are taken to exist only if
/// the set asks for one. One set gives one description, and sets that say the same of 32-bit and
/// 64-bit arguments give equal ones.
pub fn describe(
    store: &mut Store,
    set: Set,
    width: u16,
    limit: usize,
) -> Result<Description, TooLarge> {
    describe_within(store, set, set, width, limit)
}

/// As [`describe`], where clauses may take in whatever is in `room`, so that they are short. The
/// set is within `room`.
pub fn describe_within(
    store: &mut Store,
    set: Set,
    room: Set,
    width: u16,
    limit: usize,
) -> Result<Description, TooLarge> {
    let width = effective_width(store, set, width.clamp(1, ARG_BITS));
    let found = match Search::new(store, width).cover(set, room) {
        Ok(pieces) => pieces.to_vec(),
        Err(Stop::Tangled) => paths::some_of(store, set, width, limit)?,
        Err(Stop::TooLarge(error)) => return Err(error),
    };
    let mut pieces = needed(store, found)?;
    if pieces.len() <= PAIRS_COMPARED {
        pieces = join::joined(store, pieces)?;
    }
    pieces.truncate(limit);
    let mut covered = Set::EMPTY;
    for piece in &pieces {
        covered = store.or(covered, piece.set)?;
    }
    let rest = store.minus(set, covered)?;
    let clauses = pieces.into_iter().map(|piece| piece.clause).collect();
    Ok(Description { clauses, rest: (!rest.is_empty()).then_some(rest) })
}

/// The width by which a set is described: see [`describe`].
fn effective_width(store: &Store, set: Set, width: u16) -> u16 {
    let is_above = |var| match var::group(var) {
        Group::Arg(index) => var < var::arg(index, width - 1),
        _ => false,
    };
    if width < ARG_BITS && bits::asks_any(store, set, &is_above) { ARG_BITS } else { width }
}

/// Sorts, and drops what the others cover together, the longest first.
fn needed(store: &mut Store, mut pieces: Vec<Piece>) -> Result<Vec<Piece>, TooLarge> {
    pieces.sort_by(|a, b| (a.clause.cost(), &a.clause).cmp(&(b.clause.cost(), &b.clause)));
    pieces.dedup_by(|a, b| a.clause == b.clause);
    if pieces.len() > PAIRS_COMPARED {
        return Ok(pieces);
    }
    let mut last = pieces.len();
    while last > 0 {
        last -= 1;
        let mut others = Set::EMPTY;
        for (place, piece) in pieces.iter().enumerate() {
            if place != last {
                others = store.or(others, piece.set)?;
            }
        }
        if store.minus(pieces[last].set, others)?.is_empty() {
            pieces.remove(last);
        }
    }
    Ok(pieces)
}

/// Beyond that many clauses nobody misses a redundant one, and to look at each pair takes too long.
const PAIRS_COMPARED: usize = 40;
