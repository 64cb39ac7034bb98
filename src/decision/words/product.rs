//! The sum of products over whole groups: capabilities, the kernel, arguments.
//!
//! Minato and Morreale's recursion, for variables of many values. At a group, the values fall
//! into classes, each with its own remainder of the set. First comes what one class alone can
//! hold; then, remainder by remainder, what several share. A clause of a remainder is stated for
//! *all* classes that hold it (so that clauses are few and wide), and the words for those classes
//! may take in others that hold it anyway (so that they are short).

use super::super::handle::{Decision, Set};
use super::super::meter;
use super::super::store::Store;
use super::super::var::{self, Group};
use super::Stop;
use super::bits::Word;
use super::term::{ArgClause, Clause, KernelRange};
use super::values::Values;
use crate::profile::{Capability, KernelVersion};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// Real sets need a few thousand steps, and some tens of calls.
const MOST_STEPS: u64 = 400_000;
const MOST_CALLS: u32 = 4_000;
const MOST_CLASSES: usize = 40;
const MOST_PIECES: usize = 256;

/// A clause with its set.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub clause: Clause,
    pub set: Set,
}

/// Values of a group that leave the same to be said.
struct Class {
    values: Set,
    /// What is still to be covered there.
    need: Set,
    /// What may be covered there.
    room: Set,
}

/// A condition on one group.
#[derive(Clone)]
pub(super) enum Part {
    Nothing,
    Capability(Capability, bool),
    Kernel(Vec<KernelRange>),
    Arg(ArgClause),
}

/// Values of a group by the pair of remainders that they lead to.
type Tails = Rc<Vec<((Decision, Decision), Decision)>>;

/// Looks for clauses, within bounds.
pub(super) struct Search<'a> {
    store: &'a mut Store,
    width: u16,
    known: FxHashMap<(Set, Set), Rc<[Piece]>>,
    last_step: u64,
    calls: u32,
}

impl<'a> Search<'a> {
    pub fn new(store: &'a mut Store, width: u16) -> Self {
        let last_step = store.steps() + MOST_STEPS;
        Search { store, width, known: FxHashMap::default(), last_step, calls: 0 }
    }

    /// Clauses that hold all of `low` and nothing outside `high`.
    pub fn cover(&mut self, low: Set, high: Set) -> Result<Rc<[Piece]>, Stop> {
        if low.is_empty() {
            return Ok(Rc::new([]));
        }
        if high.is_all() {
            return Ok(Rc::new([Piece { clause: Clause::default(), set: Set::ALL }]));
        }
        if let Some(known) = self.known.get(&(low, high)) {
            return Ok(known.clone());
        }
        self.calls += 1;
        if self.calls > MOST_CALLS || self.store.steps() > self.last_step {
            return Err(Stop::Tangled);
        }
        let pieces: Rc<[Piece]> = self.split(low, high)?.into();
        self.known.insert((low, high), pieces.clone());
        Ok(pieces)
    }

    fn split(&mut self, low: Set, high: Set) -> Result<Vec<Piece>, Stop> {
        let group = var::group(self.store.top(low.0).min(self.store.top(high.0)));
        let mut classes = self.classes(low, high, group)?;
        let rooms = self.rooms(&classes)?;
        let mut pieces = Vec::new();
        for (place, &room) in rooms.iter().enumerate() {
            let mut only_here = need(self.store, &classes, room)?;
            for (other, &elsewhere) in rooms.iter().enumerate() {
                if other != place {
                    only_here = self.store.minus(only_here, elsewhere)?;
                }
            }
            let inner = self.cover(only_here, room)?;
            self.place(group, &inner, &mut classes, &mut pieces)?;
        }
        for room in rooms {
            let shared = need(self.store, &classes, room)?;
            let inner = self.cover(shared, room)?;
            self.place(group, &inner, &mut classes, &mut pieces)?;
        }
        Ok(pieces)
    }

    /// The distinct rooms, those first that are inside most others: their clauses are shared.
    fn rooms(&mut self, classes: &[Class]) -> Result<Vec<Set>, Stop> {
        let mut rooms: Vec<(usize, Set)> = Vec::new();
        for class in classes {
            if !class.room.is_empty() && rooms.iter().all(|&(_, room)| room != class.room) {
                rooms.push((0, class.room));
            }
        }
        for place in 0..rooms.len() {
            let room = rooms[place].1;
            let mut holders = 0;
            for &(_, other) in &rooms {
                holders += self.store.minus(room, other)?.is_empty() as usize;
            }
            rooms[place].0 = holders;
        }
        rooms.sort_by_key(|&(holders, _)| std::cmp::Reverse(holders));
        Ok(rooms.into_iter().map(|(_, room)| room).collect())
    }

    /// States clauses of a remainder for all classes that hold them.
    fn place(
        &mut self,
        group: Group,
        inner: &[Piece],
        classes: &mut [Class],
        pieces: &mut Vec<Piece>,
    ) -> Result<(), Stop> {
        for piece in inner {
            let (mut low, mut high) = (Set::EMPTY, Set::EMPTY);
            for class in classes.iter_mut() {
                if !self.store.minus(piece.set, class.room)?.is_empty() {
                    continue;
                }
                high = self.store.or(high, class.values)?;
                if !self.store.and(piece.set, class.need)?.is_empty() {
                    low = self.store.or(low, class.values)?;
                    class.need = self.store.minus(class.need, piece.set)?;
                }
            }
            for (part, values) in self.parts(group, low, high)? {
                let set = self.store.and(values, piece.set)?;
                pieces.push(Piece { clause: part.before(&piece.clause), set });
            }
            if pieces.len() > MOST_PIECES {
                return Err(Stop::Tangled);
            }
        }
        Ok(())
    }

    /// Words for values of one group: all of `low`, nothing outside `high`.
    pub fn parts(&mut self, group: Group, low: Set, high: Set) -> Result<Vec<(Part, Set)>, Stop> {
        if low.is_empty() {
            return Ok(Vec::new());
        }
        if high.is_all() {
            return Ok(vec![(Part::Nothing, Set::ALL)]);
        }
        match group {
            Group::Capability(bit) => {
                let held = self.store.split(high.0, var::capability(bit)).1 == Set::ALL.0;
                let capability = Capability::from_bit(bit).ok_or(Stop::Tangled)?;
                Ok(vec![(Part::Capability(capability, held), high)])
            }
            Group::Kernel => {
                let word = Word::new(group, var::KERNEL_BITS);
                let ranges = word.ranges(self.store, high, high, MOST_CLASSES);
                let ranges = ranges.ok_or(Stop::Tangled)?;
                let version = |bits: u64| KernelVersion::from_bits(bits as u16);
                let ranges = ranges.into_iter().map(|range| KernelRange {
                    from: (range.from != 0).then(|| version(range.from)),
                    to: range.to.map(version),
                });
                Ok(vec![(Part::Kernel(ranges.collect()), high)])
            }
            // No policy asks for them.
            Group::Architecture | Group::Number => Err(Stop::Tangled),
            Group::Arg(index) => {
                let mut values = Values { store: self.store, index, width: self.width };
                let found = values.cover(low, high)?.into_iter();
                Ok(found.map(|(terms, set)| (Part::Arg(ArgClause { index, terms }), set)).collect())
            }
        }
    }

    fn classes(&mut self, low: Set, high: Set, group: Group) -> Result<Vec<Class>, Stop> {
        let tails = self.tails(low.0, high.0, group.range().1, &mut FxHashMap::default())?;
        let classes = tails.iter().map(|&((need, room), values)| Class {
            values: Set(values),
            need: Set(need),
            room: Set(room),
        });
        Ok(classes.collect())
    }

    fn tails(
        &mut self,
        low: Decision,
        high: Decision,
        end: var::Var,
        known: &mut FxHashMap<(Decision, Decision), Tails>,
    ) -> Result<Tails, Stop> {
        let var = self.store.top(low).min(self.store.top(high));
        if var >= end {
            return Ok(Rc::new(vec![((low, high), Set::ALL.0)]));
        }
        if let Some(tails) = known.get(&(low, high)) {
            return Ok(tails.clone());
        }
        let ((low0, low1), (high0, high1)) =
            (self.store.split(low, var), self.store.split(high, var));
        let tails0 = self.tails(low0, high0, end, known)?;
        let tails1 = self.tails(low1, high1, end, known)?;
        let mut tails = Vec::new();
        let nowhere = Set::EMPTY.0;
        let other = |tails: &Tails, key| {
            tails.iter().find(|&&(other, _)| other == key).map_or(nowhere, |&(_, values)| values)
        };
        for &(key, values) in tails0.iter() {
            tails.push((key, self.store.make(var, values, other(&tails1, key))?));
        }
        for &(key, values) in tails1.iter() {
            if other(&tails0, key) == nowhere {
                tails.push((key, self.store.make(var, nowhere, values)?));
            }
        }
        // Each is looked for among the others.
        let looks = tails.len() + tails0.len() * tails1.len() / 8;
        self.store.meter().charge(meter::Part::Walks, looks)?;
        if tails.len() > MOST_CLASSES {
            return Err(Stop::Tangled);
        }
        let tails = Rc::new(tails);
        known.insert((low, high), tails.clone());
        Ok(tails)
    }
}

/// What the classes with that room still need.
fn need(store: &mut Store, classes: &[Class], room: Set) -> Result<Set, Stop> {
    let mut need = Set::EMPTY;
    for class in classes.iter().filter(|class| class.room == room) {
        need = store.or(need, class.need)?;
    }
    Ok(need)
}

impl Part {
    /// The clause with this condition before its others, which are on later groups.
    pub fn before(&self, clause: &Clause) -> Clause {
        let mut clause = clause.clone();
        match self {
            Part::Nothing => {}
            Part::Capability(capability, held) => {
                clause.capabilities.insert(0, (*capability, *held));
            }
            Part::Kernel(ranges) => clause.kernel = ranges.clone(),
            Part::Arg(arg) => {
                if !arg.terms.is_empty() {
                    clause.args.insert(0, arg.clone());
                }
            }
        }
        clause
    }
}
