//! What differs from place to place, gathered by what it is about.

use super::describe::Descriptions;
use super::pieces::{Move, Pieces, moves, pieces};
use crate::decision::words::Description;
use crate::decision::{Decision, Leaf, Set, Store, TooLarge};
use crate::diff::changes::change::Subject;
use crate::diff::changes::place::Place;
use crate::semantics::{self, AbiPolicy};
use crate::syscall::Syscall;
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// Those of runc's stub in the old and in the new policy.
pub(in crate::diff) type Boundaries = Option<(Option<u32>, Option<u32>)>;

/// An effect before it is put in words for the places where it holds.
pub(in crate::diff) struct Found {
    pub from: Leaf,
    pub to: Leaf,
    /// One of those that are held each once.
    pub when: Rc<Description>,
    pub boundary: Boundaries,
    pub places: Vec<Place>,
    pub calls: Vec<Syscall>,
    /// Of the first place: for the witness.
    pub number: u32,
    pub syscall: Option<Syscall>,
    pub set: Set,
}

/// What differs, by subject.
pub(in crate::diff) type Gathered = Vec<(Subject, Vec<Found>)>;

/// Goes from place to place.
pub(in crate::diff) struct Gatherer<'a> {
    store: &'a mut Store,
    /// Whether it is all to be told.
    in_words: bool,
    descriptions: Descriptions,
    pieces: FxHashMap<[Decision; 6], Rc<Pieces>>,
    found: FxHashMap<Subject, Vec<Found>>,
    /// What differs for numbers that no kernel has a call for.
    beyond: Vec<(Subject, Place, u32, Vec<Move>, Boundaries)>,
}

impl<'a> Gatherer<'a> {
    pub fn new(store: &'a mut Store, in_words: bool) -> Gatherer<'a> {
        Gatherer {
            store,
            in_words,
            descriptions: Descriptions::default(),
            pieces: FxHashMap::default(),
            found: FxHashMap::default(),
            beyond: Vec::new(),
        }
    }

    /// All of it, by subject, with the descriptions that it holds.
    pub fn finish(mut self) -> Result<(Gathered, Descriptions), TooLarge> {
        // They follow from what differs for others, and are told where nothing else does.
        let beyond = std::mem::take(&mut self.beyond);
        if self.found.is_empty() {
            for (subject, place, number, moves, boundary) in beyond {
                self.add(subject, (place, number, None), &moves, boundary)?;
            }
        }
        let mut found: Vec<_> = self.found.into_iter().collect();
        found.sort_unstable_by_key(|&(subject, _)| subject);
        Ok((found, self.descriptions))
    }

    /// What differs for the programs of an ABI on a host.
    pub fn abi(&mut self, place: Place, old: &AbiPolicy, new: &AbiPolicy) -> Result<(), TooLarge> {
        if old == new {
            return Ok(());
        }
        let one_has_it = old.in_filter != new.in_filter;
        let boundary = Some((old.boundary, new.boundary));
        let defaults = [old.default(), new.default()];
        let mut before = None;
        for (number, syscall, [old_call, new_call, old_bare, new_bare]) in old.differing(new) {
            let key = [old_call, new_call, old_bare, new_bare, defaults[0], defaults[1]];
            // Of an ABI as a whole the same decisions say nothing more, but for one call more in the list.
            if one_has_it && !self.in_words && before == Some(key) {
                continue;
            }
            before = Some(key);
            self.store.meter().set_subject(Some(syscall.index() as u16));
            let pieces = self.pieces(key)?;
            let call = (place, number, Some(syscall));
            if one_has_it {
                for piece in [&pieces.rules, &pieces.default, &pieces.boundary] {
                    self.add(Subject::Abi(place.abi), call, piece, None)?;
                }
                continue;
            }
            // A call that begins or ceases to run is a finding of its own, whatever the cause.
            let of_cause = [
                (Subject::Syscall(syscall), &pieces.rules, None),
                (Subject::Syscall(syscall), &pieces.run, None),
                (Subject::Default, &pieces.default, None),
                (Subject::Boundary, &pieces.blocked, boundary),
            ];
            for (subject, moves, boundary) in of_cause {
                if !moves.is_empty() {
                    self.add(subject, call, moves, boundary)?;
                }
            }
        }
        self.others(place, old, new)
    }

    /// Compares the calls whose numbers have no name.
    fn others(&mut self, place: Place, old: &AbiPolicy, new: &AbiPolicy) -> Result<(), TooLarge> {
        let mut bounds: Vec<u32> = old.others().iter().chain(new.others()).map(|o| o.0).collect();
        bounds.sort_unstable();
        bounds.dedup();
        let find = |policy: &AbiPolicy, number: u32| {
            let others = policy.others();
            let at = others.partition_point(|&(upto, _)| upto < number);
            others.get(at).map_or(policy.default(), |other| other.1)
        };
        let mut from = 0;
        for upto in bounds {
            let (a, b) = (find(old, upto), find(new, upto));
            let number = semantics::unnamed(place.abi, from, upto);
            from = upto.saturating_add(1);
            // Where every number has a name, nothing is left to speak of.
            let Some(number) = number.filter(|_| a != b) else { continue };
            let (subject, boundary) = match old.default() == new.default() {
                _ if old.in_filter != new.in_filter => (Subject::Abi(place.abi), None),
                true => (Subject::Boundary, Some((old.boundary, new.boundary))),
                false => (Subject::Default, None),
            };
            let differs = self.store.zip(a, b, &|a, b| (a != b) as Leaf)?;
            let differs = self.store.set_where(differs, &|leaf| leaf == 1)?;
            let moves = moves(self.store, a, b, differs)?;
            match i32::try_from(number) {
                Ok(_) => self.add(subject, (place, number, None), &moves, boundary)?,
                Err(_) => self.beyond.push((subject, place, number, moves, boundary)),
            }
        }
        Ok(())
    }

    fn pieces(&mut self, key: [Decision; 6]) -> Result<Rc<Pieces>, TooLarge> {
        if let Some(known) = self.pieces.get(&key) {
            return Ok(known.clone());
        }
        let pieces = Rc::new(pieces(self.store, key)?);
        self.pieces.insert(key, pieces.clone());
        Ok(pieces)
    }

    fn add(
        &mut self,
        subject: Subject,
        (place, number, syscall): (Place, u32, Option<Syscall>),
        moves: &[Move],
        boundary: Boundaries,
    ) -> Result<(), TooLarge> {
        let is_one_call = matches!(subject, Subject::Syscall(_));
        for &(from, to, set) in moves {
            let when = match is_one_call && self.in_words {
                true => self.descriptions.of(self.store, set, place.abi.is_32bit())?,
                false => self.descriptions.nothing(),
            };
            let known = self.found.entry(subject).or_default();
            let same = known.iter_mut().find(|found| {
                (found.from, found.to, found.boundary) == (from, to, boundary)
                    && Rc::ptr_eq(&found.when, &when)
                    && (self.in_words || !is_one_call || found.set == set)
            });
            match same {
                Some(found) => {
                    // One place comes after the other: it can only be the last one.
                    if found.places.last() != Some(&place) {
                        found.places.push(place);
                    }
                    if !is_one_call {
                        found.calls.extend(syscall);
                    }
                }
                None => {
                    let (places, calls) = (vec![place], syscall.into_iter().collect());
                    let found =
                        Found { from, to, when, boundary, places, calls, number, syscall, set };
                    known.push(found);
                }
            }
        }
        Ok(())
    }
}
