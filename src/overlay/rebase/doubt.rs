//! Several profiles that one's own may have been made from: what each of them gives, and the strictest.

use crate::decision::words::{self, Description};
use crate::decision::{Decision, Leaf, Set, Store, TooLarge};
use crate::profile::Action;
use crate::semantics::{UNMATCHED, action};
use crate::syscall::{Abi, Host, Syscall};

/// What hangs on which of several profiles one's own was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// About what.
    pub about: DoubtAbout,
    /// On which hosts, for which programs, as far as it hangs on them.
    pub places: Vec<(Host, Abi)>,
    /// What each of the profiles gives, in their order.
    pub gives: Vec<Given>,
    /// What was taken: the strictest.
    pub taken: Given,
}

/// What a [`Doubt`] is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DoubtAbout {
    /// The default action.
    Default,
    /// Whether programs of an ABI are let run at all; the places say of which.
    Architectures,
    /// Calls of one system call.
    Calls {
        /// Which.
        syscall: Syscall,
        /// Which calls of it.
        when: Description,
    },
}

/// What a rebase from one profile gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// That action; the default action where there is no rule.
    Action(Action),
    /// A conflict.
    Conflict,
    /// The ABI is in the filter, or is not.
    Listed(bool),
}

/// The answers for the calls of one cell from each profile, with the calls that are a conflict there.
pub(super) type Answers = Vec<(Decision, Set)>;

/// How many clauses the condition of a doubt is given in, at most, and how many sets of calls with other answers
/// are told apart.
const CLAUSES: usize = 6;
const PARTS: usize = 8;

/// The stricter of two answers, where `default` stands for no rule; of two of one rank the first.
pub(super) fn stricter(default: Leaf) -> impl Fn(Leaf, Leaf) -> Leaf {
    move |a, b| {
        let rank = |leaf| action(if leaf == UNMATCHED { default } else { leaf }).rank();
        if rank(b) < rank(a) { b } else { a }
    }
}

/// What all profiles give, the strictest where they do not agree, and the calls that all of them leave a
/// conflict. A conflict that some of them have is the stricter of both sides.
pub(super) fn strictest(
    store: &mut Store,
    answers: &Answers,
    [mine, onto]: [Decision; 2],
    default: Leaf,
) -> Result<(Decision, Set), TooLarge> {
    let Some((first, rest)) = answers.split_first() else {
        return Ok((onto, Set::EMPTY));
    };
    if rest.iter().all(|other| other == first) {
        return Ok(*first);
    }
    let mut all = first.1;
    for (_, both) in rest {
        all = store.and(all, *both)?;
    }
    let sides = store.zip(mine, onto, &stricter(default))?;
    let mut decision: Option<Decision> = None;
    for &(own, both) in answers {
        let own = store.choose(both, sides, own)?;
        decision = Some(match decision {
            None => own,
            Some(before) => store.zip(before, own, &stricter(default))?,
        });
    }
    let decision = store.choose(all, first.0, decision.unwrap_or(onto))?;
    Ok((decision, all))
}

/// The calls of a cell for which the profiles give different answers, by what they give.
pub(super) fn doubts_of(
    store: &mut Store,
    syscall: Syscall,
    (host, abi): (Host, Abi),
    answers: &Answers,
    taken: Decision,
    default: Leaf,
) -> Result<Vec<Doubt>, TooLarge> {
    let Some((first, rest)) = answers.split_first() else { return Ok(Vec::new()) };
    let mut open = Set::EMPTY;
    for other in rest.iter().filter(|other| *other != first) {
        let value = |leaf| if leaf == UNMATCHED { default } else { leaf };
        let differs = store.zip(first.0, other.0, &|a, b| (value(a) != value(b)) as Leaf)?;
        let mut differs = store.set_where(differs, &|leaf| leaf == 1)?;
        let either = store.or(first.1, other.1)?;
        let both = store.and(first.1, other.1)?;
        let one = store.minus(either, both)?;
        differs = store.or(differs, one)?;
        open = store.or(open, differs)?;
    }
    let width = if abi.is_32bit() { 32 } else { 64 };
    let mut found = Vec::new();
    for part in 0..PARTS {
        let Some(point) = store.witness(open) else { break };
        let mut same = open;
        let mut gives = Vec::with_capacity(answers.len());
        let value = |leaf: Leaf| if leaf == UNMATCHED { default } else { leaf };
        for &(decision, both) in answers {
            let inside = store.contains(both, &point);
            let leaf = value(store.evaluate(decision, &point));
            let alike = match inside {
                true => both,
                false => {
                    let alike = store.set_where(decision, &|other| value(other) == leaf)?;
                    store.minus(alike, both)?
                }
            };
            same = store.and(same, alike)?;
            gives.push(if inside { Given::Conflict } else { Given::Action(action(leaf)) });
        }
        let last = part + 1 == PARTS;
        let when = words::describe(store, if last { open } else { same }, width, CLAUSES)?;
        let taken = Given::Action(action(value(store.evaluate(taken, &point))));
        let about = DoubtAbout::Calls { syscall, when };
        found.push(Doubt { about, places: vec![(host, abi)], gives, taken });
        open = store.minus(open, same)?;
    }
    Ok(found)
}

/// A doubt is told once for all places with the same answers.
pub(super) fn add(doubts: &mut Vec<Doubt>, doubt: Doubt) {
    let is_same = |other: &&mut Doubt| {
        other.about == doubt.about && other.gives == doubt.gives && other.taken == doubt.taken
    };
    match doubts.iter_mut().find(is_same) {
        Some(other) => other.places.extend(doubt.places),
        None => doubts.push(doubt),
    }
}
