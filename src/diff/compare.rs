//! Finds the changes.

use super::judge::{digest, id, kind, severity};
use super::kind::{Direction, Severity};
use super::{Change, Comparison, Effect, NotCompared, Opened, Place, Subject, settings, witness};
use crate::decision::var::Group;
use crate::decision::words::{self, Description};
use crate::decision::{Decision, Leaf, Part, Set, Stage, Store, TooLarge, var};
use crate::profile::{Action, Capability};
use crate::semantics::{self, AbiPolicy, Given, HostPolicy, Mention, Policy};
use crate::starts;
use crate::syscall::{Host, Multiplexer, Syscall};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// How many clauses the condition of one effect is given in, at most.
const CLAUSE_LIMIT: usize = 12;

/// Compares two policies that were built in one store, on the hosts that both were asked for.
///
/// # Errors
/// [`TooLarge`] where a bound of the store is reached.
pub fn compare(store: &mut Store, old: &Policy, new: &Policy) -> Result<Comparison, TooLarge> {
    compared(store, old, new, true)
}

/// What differs, with a call as proof of each effect, and no more: no conditions in words, so that one
/// call can have more effects than [`compare`] tells of it, no ids and nothing of the files.
///
/// # Errors
/// As [`compare`].
pub(crate) fn sketch(
    store: &mut Store,
    old: &Policy,
    new: &Policy,
) -> Result<Comparison, TooLarge> {
    compared(store, old, new, false)
}

fn compared(
    store: &mut Store,
    old: &Policy,
    new: &Policy,
    in_words: bool,
) -> Result<Comparison, TooLarge> {
    let mut comparer = Comparer {
        store,
        in_words,
        pieces: FxHashMap::default(),
        words: FxHashMap::default(),
        described: FxHashMap::default(),
        nothing: Rc::default(),
        found: FxHashMap::default(),
        beyond: Vec::new(),
        of_sets: FxHashMap::default(),
        open: FxHashMap::default(),
        digests: FxHashMap::default(),
    };
    let mut comparison = Comparison::default();
    let mut pairs = Vec::new();
    for old_host in old.hosts() {
        let host = old_host.host;
        let Some(new_host) = new.hosts().iter().find(|policy| policy.host == host) else {
            continue;
        };
        match (&old_host.abis, &new_host.abis) {
            (Ok(old_abis), Ok(new_abis)) => {
                comparison.hosts.push(host);
                for (old_abi, new_abi) in old_abis.iter().zip(new_abis) {
                    let place = Place { host, abi: old_abi.abi };
                    pairs.push((place, old_abi, new_abi));
                    if old_abi.in_filter || new_abi.in_filter {
                        comparison.places.push(place);
                    }
                    comparer.abi(place, old_abi, new_abi)?;
                }
            }
            _ => comparison.not_compared.push(not_compared(old_host, new_host)),
        }
    }
    // They follow from what differs for others, and are told where nothing else does.
    let beyond = std::mem::take(&mut comparer.beyond);
    if comparer.found.is_empty() {
        for (subject, place, number, moves, boundary) in beyond {
            comparer.add(subject, (place, number, None), &moves, boundary)?;
        }
    }
    let mut found: Vec<_> = std::mem::take(&mut comparer.found).into_iter().collect();
    found.sort_unstable_by_key(|&(subject, _)| subject);
    let count = found.len();
    for (at, (subject, found)) in found.into_iter().enumerate() {
        comparer.store.meter().set_progress(Stage::Changes, at, count);
        comparer.store.meter().set_subject(match subject {
            Subject::Syscall(syscall) => Some(syscall.index() as u16),
            _ => None,
        });
        let change = comparer.change(subject, found, old, new, &pairs)?;
        comparison.changes.push(change);
    }
    // A filter that is not there is loaded with nothing, and of one in the kernel nobody knows.
    if !old.is_filter()
        && !new.is_filter()
        && !old.is_off()
        && !new.is_off()
        && !comparison.hosts.is_empty()
    {
        comparison.settings = settings::compare(old, new);
    }
    comparison.changes.sort_by(|a, b| {
        let rank = |c: &Change| (std::cmp::Reverse(c.severity), c.kind, c.subject);
        rank(a).cmp(&rank(b))
    });
    // On one machine nothing else than a stricter call can stop a start.
    let effects = || comparison.changes.iter().flat_map(|change| &change.effects);
    let is_stricter = effects().any(|effect| effect.direction != Direction::Weaker)
        || !comparison.not_compared.is_empty();
    if in_words && (is_stricter || old.settings() != new.settings()) {
        comparison.breaks = starts::newly_breaks(store, old, new);
    }
    Ok(comparison)
}

fn not_compared(old: &HostPolicy, new: &HostPolicy) -> NotCompared {
    let why = |policy: &HostPolicy| policy.abis.as_ref().err().cloned();
    NotCompared { host: old.host, old: why(old), new: why(new) }
}

/// Those of runc's stub in the old and in the new policy.
type Boundaries = Option<(Option<u32>, Option<u32>)>;

/// Calls that go from one action to another.
type Move = (Leaf, Leaf, Set);

/// The calls of one number whose action differs, by cause.
#[derive(Clone, Debug, Default)]
struct Pieces {
    /// Rules answer differently.
    rules: Vec<Move>,
    /// No rule answers, and the default actions differ.
    default: Vec<Move>,
    /// Only runc's stub answers differently.
    boundary: Vec<Move>,
    /// Of these the calls that begin or cease to run, and the others.
    run: Vec<Move>,
    blocked: Vec<Move>,
}

/// An effect before it is put in words for the places where it holds.
struct Found {
    from: Leaf,
    to: Leaf,
    /// One of those that the comparer holds each once.
    when: Rc<Description>,
    boundary: Boundaries,
    places: Vec<Place>,
    calls: Vec<Syscall>,
    /// Of the first place: for the witness.
    number: u32,
    syscall: Option<Syscall>,
    set: Set,
}

/// What is asked of a set for every call that has it.
#[derive(Clone, Copy)]
struct OfSet {
    needs_capability: bool,
    environments: Set,
}

/// What a digest is of: actions and conditions, these by their addresses.
type DigestKey = Vec<(Leaf, Leaf, *const Description)>;

struct Comparer<'a> {
    store: &'a mut Store,
    /// Whether it is all to be told.
    in_words: bool,
    pieces: FxHashMap<[Decision; 6], Rc<Pieces>>,
    words: FxHashMap<(Set, bool), Rc<Description>>,
    /// Every description once: two that say the same are one.
    described: FxHashMap<Rc<Description>, ()>,
    /// The description of many calls.
    nothing: Rc<Description>,
    found: FxHashMap<Subject, Vec<Found>>,
    /// What differs for numbers that no kernel has a call for.
    beyond: Vec<(Subject, Place, u32, Vec<Move>, Boundaries)>,
    of_sets: FxHashMap<Set, OfSet>,
    /// Whether some call with that decision is let through.
    open: FxHashMap<Decision, bool>,
    digests: FxHashMap<DigestKey, String>,
}

impl Comparer<'_> {
    fn abi(&mut self, place: Place, old: &AbiPolicy, new: &AbiPolicy) -> Result<(), TooLarge> {
        if old == new {
            return Ok(());
        }
        let one_has_it = old.in_filter != new.in_filter;
        let boundary = Some((old.boundary, new.boundary));
        let defaults = [old.default(), new.default()];
        for (number, syscall, [old_call, new_call, old_bare, new_bare]) in old.differing(new) {
            let key = [old_call, new_call, old_bare, new_bare, defaults[0], defaults[1]];
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
            let moves = self.moves(a, b, differs)?;
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
        let [old, new, old_bare, new_bare, old_default, new_default] = key;
        let store = &mut *self.store;
        let differs = different(store, old, new)?;
        let rules_differ = different(store, old_bare, new_bare)?;
        let boundary = store.minus(differs, rules_differ)?;
        let mut rules = store.and(differs, rules_differ)?;
        let mut default = Set::EMPTY;
        if let (Some(old_default), Some(new_default)) =
            (old_default.as_leaf(), new_default.as_leaf())
            && old_default != new_default
        {
            let both = store
                .zip(old_bare, new_bare, &|a, b| (a == old_default && b == new_default) as Leaf)?;
            let both = store.set_where(both, &|leaf| leaf == 1)?;
            default = store.and(rules, both)?;
            rules = store.minus(rules, both)?;
        }
        let boundary = self.moves(old, new, boundary)?;
        let runs = |&(from, to, _): &Move| {
            [from, to].into_iter().any(|leaf| semantics::action(leaf).lets_through())
        };
        let (run, blocked) = boundary.iter().copied().partition(runs);
        let pieces = Rc::new(Pieces {
            rules: self.moves(old, new, rules)?,
            default: self.moves(old, new, default)?,
            boundary,
            run,
            blocked,
        });
        self.pieces.insert(key, pieces.clone());
        Ok(pieces)
    }

    /// Splits a set of calls by the actions that they go from and to.
    fn moves(&mut self, old: Decision, new: Decision, within: Set) -> Result<Vec<Move>, TooLarge> {
        let mut moves = Vec::new();
        if within.is_empty() {
            return Ok(moves);
        }
        let (from_all, to_all) = (self.store.leaves(old), self.store.leaves(new));
        self.store.meter().charge(Part::Rules, from_all.len() * to_all.len())?;
        for from in from_all {
            let was = self.store.set_where(old, &|leaf| leaf == from)?;
            let was = self.store.and(was, within)?;
            if was.is_empty() {
                continue;
            }
            for &to in &to_all {
                let is = self.store.set_where(new, &|leaf| leaf == to)?;
                let set = self.store.and(was, is)?;
                if from != to && !set.is_empty() {
                    moves.push((from, to, set));
                }
            }
        }
        Ok(moves)
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
                true => self.describe(set, place.abi.is_32bit())?,
                false => self.nothing.clone(),
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

    fn describe(&mut self, set: Set, is_32bit: bool) -> Result<Rc<Description>, TooLarge> {
        if let Some(known) = self.words.get(&(set, is_32bit)) {
            return Ok(known.clone());
        }
        // What asks for no argument is said alike of all widths.
        let other = self.words.get(&(set, !is_32bit));
        if let Some(other) = other.filter(|_| !self.store.asks_arguments(set.decision())).cloned() {
            self.words.insert((set, is_32bit), other.clone());
            return Ok(other);
        }
        let width = if is_32bit { 32 } else { 64 };
        let description = Rc::new(words::describe(self.store, set, width, CLAUSE_LIMIT)?);
        let known = self.described.get_key_value(&description).map(|(known, ())| known.clone());
        let description = known.unwrap_or_else(|| {
            self.described.insert(description.clone(), ());
            description
        });
        self.words.insert((set, is_32bit), description.clone());
        Ok(description)
    }

    fn of_set(&mut self, set: Set) -> Result<OfSet, TooLarge> {
        if let Some(known) = self.of_sets.get(&set) {
            return Ok(*known);
        }
        let needs_capability = needs_capability(self.store, set)?;
        let of_set = OfSet { needs_capability, environments: self.store.environments(set)? };
        self.of_sets.insert(set, of_set);
        Ok(of_set)
    }

    fn change(
        &mut self,
        subject: Subject,
        found: Vec<Found>,
        old: &Policy,
        new: &Policy,
        pairs: &[(Place, &AbiPolicy, &AbiPolicy)],
    ) -> Result<Change, TooLarge> {
        let mut calls: Vec<Syscall> = Vec::new();
        let mut effects = Vec::with_capacity(found.len());
        let key: DigestKey =
            found.iter().map(|found| (found.from, found.to, Rc::as_ptr(&found.when))).collect();
        for found in found {
            calls.extend(&found.calls);
            effects.push(self.effect(subject, found, old, new)?);
        }
        effects.sort_by_key(|e| (e.direction, std::cmp::Reverse(e.to), e.from));
        calls.sort_unstable();
        calls.dedup();
        let through = match subject {
            Subject::Syscall(syscall) => self.lets_through(syscall, pairs),
            _ => [
                effects.iter().any(|effect| effect.from.lets_through()),
                effects.iter().any(|effect| effect.to.lets_through()),
            ],
        };
        let kind = kind(&effects, through);
        let severity = effects.iter().map(severity).max().unwrap_or(Severity::Info);
        let id = match self.in_words {
            true => id(subject, kind, self.digests.entry(key).or_insert_with(|| digest(&effects))),
            false => String::new(),
        };
        Ok(Change { id, subject, kind, severity, effects, calls })
    }

    fn effect(
        &mut self,
        subject: Subject,
        found: Found,
        old: &Policy,
        new: &Policy,
    ) -> Result<Effect, TooLarge> {
        let Found { from, to, when, boundary, places, number, syscall, set, .. } = found;
        let OfSet { needs_capability, environments } = self.of_set(set)?;
        let (from, to) = (semantics::action(from), semantics::action(to));
        let mut mentions = |policy: &Policy, action: Action| match subject {
            Subject::Syscall(syscall) if self.in_words => {
                relevant(self.store, policy.mentions(syscall), action, &places, environments)
            }
            _ => Ok(Vec::new()),
        };
        let old_mentions = mentions(old, from)?;
        let new_mentions = mentions(new, to)?;
        let opens = match (subject, Direction::of(from, to)) {
            (Subject::Syscall(syscall), Direction::Weaker)
                if self.in_words && to.lets_through() =>
            {
                self.opens(syscall, set, &places, new)?
            }
            _ => Vec::new(),
        };
        let mut witness = witness::find(self.store, set, places[0], number, syscall, from, to)?;
        // What is given is not asked for any more, and is the environment of the call all the same.
        let Given { capabilities, kernel } = new.settings().given;
        witness.point.capabilities = capabilities.unwrap_or(witness.point.capabilities);
        witness.point.kernel = kernel.unwrap_or(witness.point.kernel);
        let direction = Direction::of(from, to);
        Ok(Effect {
            direction,
            from,
            to,
            when: Description::clone(&when),
            places,
            witness,
            needs_capability,
            opens,
            boundary,
            old_mentions,
            new_mentions,
        })
    }

    /// The calls behind a multiplexer that the new profile blocks, for some arguments, in programs
    /// of the host's own ABI, and that other programs can now make through the multiplexer.
    fn opens(
        &mut self,
        syscall: Syscall,
        through: Set,
        places: &[Place],
        new: &Policy,
    ) -> Result<Vec<Opened>, TooLarge> {
        let mut opened = Vec::new();
        let multiplexers = [Multiplexer::Socketcall, Multiplexer::Ipc];
        if !multiplexers.iter().any(|multiplexer| multiplexer.syscall() == Some(syscall)) {
            return Ok(opened);
        }
        for behind in Syscall::all() {
            let Some((multiplexer, inside)) = behind.multiplexer() else { continue };
            if multiplexer.syscall() != Some(syscall) {
                continue;
            }
            let reached = witness::fix(self.store, through, Group::Arg(0), inside.into())?;
            let direct = places.iter().find_map(|place| {
                let abi = place.host.native();
                let decision = new.abi(place.host, abi)?.decision(behind.number(abi)?);
                Some((abi, decision)).filter(|_| abi != place.abi)
            });
            let Some((abi, decision)) = direct.filter(|_| !reached.is_empty()) else { continue };
            let blocked =
                self.store.set_where(decision, &|leaf| !semantics::action(leaf).lets_through())?;
            if !blocked.is_empty() {
                let when = self.describe(blocked, abi.is_32bit())?;
                opened.push(Opened { syscall: behind, abi, when: Description::clone(&when) });
            }
        }
        Ok(opened)
    }

    /// Whether the old and the new policies let some of a call through.
    fn lets_through(
        &mut self,
        syscall: Syscall,
        pairs: &[(Place, &AbiPolicy, &AbiPolicy)],
    ) -> [bool; 2] {
        let mut through = [false; 2];
        // The decisions of one place are mostly those of the place before it.
        let mut last = [None; 2];
        for &(place, old, new) in pairs {
            let Some(at) = syscall.place(place.abi) else { continue };
            for (side, policy) in [old, new].into_iter().enumerate() {
                let decision = policy.decision_at(at);
                if through[side] || last[side] == Some(decision) {
                    continue;
                }
                last[side] = Some(decision);
                through[side] = *self.open.entry(decision).or_insert_with(|| {
                    let lets_through = |leaf: &Leaf| semantics::action(*leaf).lets_through();
                    self.store.leaves(decision).iter().any(lets_through)
                });
            }
        }
        through
    }
}

fn different(store: &mut Store, a: Decision, b: Decision) -> Result<Set, TooLarge> {
    if a == b {
        return Ok(Set::EMPTY);
    }
    let differs = store.zip(a, b, &|a, b| (a != b) as Leaf)?;
    store.set_where(differs, &|leaf| leaf == 1)
}

/// Whether nothing of a set is left for the capabilities that Docker grants.
fn needs_capability(store: &mut Store, set: Set) -> Result<bool, TooLarge> {
    let fixed = |var| match var::group(var) {
        var::Group::Capability(bit) => {
            Capability::from_bit(bit).filter(|c| !c.is_docker_default()).map(|_| false)
        }
        _ => None,
    };
    Ok(store.fix(set.decision(), &fixed)? == Set::EMPTY.decision())
}

/// The places in a profile that can have led to an action: those with that action if there are
/// any, else all, in rules that are kept where it happens.
fn relevant(
    store: &mut Store,
    mentions: &[Mention],
    action: Action,
    places: &[Place],
    environments: Set,
) -> Result<Vec<Mention>, TooLarge> {
    let mut kept = Vec::new();
    store.meter().charge(Part::Rules, mentions.len())?;
    for mention in mentions {
        let is_there = |host: Host| mention.is_on(host);
        let together = store.and(mention.kept, environments)?;
        if places.iter().any(|place| is_there(place.host)) && !together.is_empty() {
            kept.push(*mention);
        }
    }
    if kept.iter().any(|mention| mention.action == action) {
        kept.retain(|mention| mention.action == action);
    }
    Ok(kept)
}
