//! Which states can be the origin beside the nearest.
//!
//! Those within two edits, counted in two ways. By number: an edit of a fork can be what upstream changed between
//! two days. And by what an edit says: of two defaults, one of which has a name more than the other and the fork
//! has not, that one is the origin only if its author took the name out. Where he took out a third of all
//! names, that it is gone says next to nothing; where he took out one in a hundred, it says as much as any edit.

use super::distance::{Edits, Read};
use super::state::State;

/// States within so many edits of the nearest can be the origin as well.
pub const WITHIN: usize = 2;

/// An edit whose like is made to one of so many entries of a default says as much as any.
const SELDOM: f64 = 100.0;

/// What such an edit weighs.
const WHOLE: usize = 1000;

/// What a missing name weighs, where so many entries of so many are missing: its surprise, by that of an edit,
/// squared. Names go in families (`..._time64`), so that many missing ones are less of a surprise than each by
/// itself.
fn weight(missing: usize, of: usize) -> usize {
    let share = (missing as f64 / of.max(1) as f64).clamp(1.0 / SELDOM, 0.5);
    let surprise = share.recip().ln() / SELDOM.ln();
    (WHOLE as f64 * surprise * surprise).round() as usize
}

/// Those of all states that can be the origin, with the nearest by number.
pub(super) fn within(
    read: &Read,
    (nearest, edits): (&'static State, &Edits),
    all: Vec<(&'static State, Edits)>,
) -> Vec<(&'static State, Edits)> {
    let missing = weight(edits.missing, edits.size);
    let added = |edits: &Edits| (edits.count - edits.missing).saturating_mul(WHOLE);
    // Where missing names say little, a view with more of them can say less altogether than the one with the
    // fewest edits.
    let told = |state: &State, edits: &Edits| match missing < WHOLE / 2 {
        true => read.cheapest(state, |added, gone| {
            added.saturating_mul(WHOLE).saturating_add(gone.saturating_mul(missing))
        }),
        false => edits.clone(),
    };
    let weighed = |state, edits: &Edits| {
        added(edits).saturating_add(read.missing_names(state, edits.view) * missing)
    };
    let (count, bound) = (edits.count, weighed(nearest, &told(nearest, edits)));
    let mut near: Vec<(usize, &'static State, Edits)> = Vec::new();
    for (state, edits) in all {
        let told = told(state, &edits);
        // What was added alone puts most of them too far away.
        if edits.count <= count + WITHIN || added(&told) <= bound + WITHIN * WHOLE {
            near.push((weighed(state, &told), state, edits));
        }
    }
    let least = near.iter().map(|(weight, ..)| *weight).min().unwrap_or(bound);
    near.retain(|(weight, _, edits)| {
        edits.count <= count + WITHIN || *weight <= least + WITHIN * WHOLE
    });
    near.into_iter().map(|(_, state, edits)| (state, edits)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_name_says_less_where_many_are_missing() {
        // Up to one in a hundred it is a whole edit.
        assert_eq!([weight(0, 400), weight(4, 400)], [WHOLE; 2]);
        assert_eq!([weight(40, 400), weight(130, 400)], [250, 60]);
        // A file of which next to nothing is left is told by what it has.
        assert_eq!(weight(399, 400), weight(200, 400));
        assert_eq!(weight(0, 0), WHOLE);
    }
}
