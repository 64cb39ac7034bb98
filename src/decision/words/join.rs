//! Clauses that differ in the values of one argument alone, said as one.

use super::super::meter::TooLarge;
use super::super::store::Store;
use super::product::Piece;
use super::term::{Clause, Term, ValueRange};

/// The same set in fewer clauses: `a = 1 and b = 0`, `a = 1 and b = 17` are `a = 1 and b = 0, 17`.
pub(super) fn joined(store: &mut Store, mut pieces: Vec<Piece>) -> Result<Vec<Piece>, TooLarge> {
    let mut first = 0;
    while first < pieces.len() {
        let clause = &pieces[first].clause;
        let more = pieces.iter().enumerate().skip(first + 1);
        let mut both = more.filter_map(|(place, with)| Some((place, union(clause, &with.clause)?)));
        let Some((place, clause)) = both.next() else {
            first += 1;
            continue;
        };
        drop(both);
        let with = pieces.remove(place);
        let set = store.or(pieces[first].set, with.set)?;
        pieces[first] = Piece { clause, set };
        // What was passed by may fit what there is now.
        first = 0;
    }
    Ok(pieces)
}

/// What either holds, where both are the same but for a list of values.
fn union(a: &Clause, b: &Clause) -> Option<Clause> {
    let same = a.capabilities == b.capabilities && a.kernel == b.kernel;
    if !same || a.args.len() != b.args.len() {
        return None;
    }
    let differs = |place: &usize| a.args[*place] != b.args[*place];
    let mut differing = (0..a.args.len()).filter(differs);
    let place = differing.next()?;
    let (one, other) = (&a.args[place], &b.args[place]);
    if differing.next().is_some() || one.index != other.index {
        return None;
    }
    let ([Term::In(one)], [Term::In(other)]) = (&one.terms[..], &other.terms[..]) else {
        return None;
    };
    let mut clause = a.clone();
    match all(one, other) {
        ranges if ranges == [ValueRange { from: 0, to: None }] => drop(clause.args.remove(place)),
        ranges => clause.args[place].terms = vec![Term::In(ranges)],
    }
    Some(clause)
}

fn all(one: &[ValueRange], other: &[ValueRange]) -> Vec<ValueRange> {
    let mut ranges: Vec<ValueRange> = one.iter().chain(other).copied().collect();
    ranges.sort_unstable_by_key(|range| range.from);
    let mut all: Vec<ValueRange> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match all.last_mut() {
            Some(last) if last.to.is_none_or(|to| range.from <= to.saturating_add(1)) => {
                let to = last.to.zip(range.to).map(|(one, other)| one.max(other));
                last.to = to;
            }
            _ => all.push(range),
        }
    }
    all
}
