//! What was gathered of a subject, told as a change: conditions, proofs, places in the profiles.

use super::describe::Descriptions;
use super::gather::Found;
use crate::decision::var::Group;
use crate::decision::words::Description;
use crate::decision::{Decision, Leaf, Part, Set, Store, TooLarge, var};
use crate::diff::changes::change::{Change, Effect, Opened, Subject};
use crate::diff::changes::judge::{digest, id, kind, severity};
use crate::diff::changes::kind::{Direction, Severity};
use crate::diff::changes::place::Place;
use crate::diff::changes::witness;
use crate::profile::{Action, Capability};
use crate::semantics::{self, AbiPolicy, Given, Mention, Policy};
use crate::syscall::{Host, Multiplexer, Syscall};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// What is asked of a set for every call that has it.
#[derive(Clone, Copy)]
struct OfSet {
    needs_capability: bool,
    environments: Set,
}

/// What a digest is of: actions and conditions, these by their addresses.
type DigestKey = Vec<(Leaf, Leaf, *const Description)>;

/// A place with the policies of both sides there.
pub(in crate::diff) type Pair<'p> = (Place, &'p AbiPolicy, &'p AbiPolicy);

/// Tells changes one after the other.
pub(in crate::diff) struct Teller<'a> {
    pub store: &'a mut Store,
    /// Whether it is all to be told.
    in_words: bool,
    descriptions: Descriptions,
    of_sets: FxHashMap<Set, OfSet>,
    /// Whether some call with that decision is let through.
    open: FxHashMap<Decision, bool>,
    digests: FxHashMap<DigestKey, String>,
}

impl<'a> Teller<'a> {
    pub fn new(store: &'a mut Store, descriptions: Descriptions, in_words: bool) -> Teller<'a> {
        Teller {
            store,
            in_words,
            descriptions,
            of_sets: FxHashMap::default(),
            open: FxHashMap::default(),
            digests: FxHashMap::default(),
        }
    }

    fn of_set(&mut self, set: Set) -> Result<OfSet, TooLarge> {
        if let Some(known) = self.of_sets.get(&set) {
            return Ok(*known);
        }
        let needs_capability = needs_capability(self.store, set)?;
        // They are asked for what the files say.
        let environments = match self.in_words {
            true => self.store.environments(set)?,
            false => Set::ALL,
        };
        let of_set = OfSet { needs_capability, environments };
        self.of_sets.insert(set, of_set);
        Ok(of_set)
    }

    /// The change of a subject.
    pub fn change(
        &mut self,
        subject: Subject,
        found: Vec<Found>,
        old: &Policy,
        new: &Policy,
        pairs: &[Pair],
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
                let when = self.descriptions.of(self.store, blocked, abi.is_32bit())?;
                opened.push(Opened { syscall: behind, abi, when: Description::clone(&when) });
            }
        }
        Ok(opened)
    }

    /// Whether the old and the new policies let some of a call through.
    fn lets_through(&mut self, syscall: Syscall, pairs: &[Pair]) -> [bool; 2] {
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
