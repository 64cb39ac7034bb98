//! The environments in which the same rules are added for a call, and the program for each.

use super::added::Added;
use super::lists::ListId;
use super::programs::Programs;
use crate::decision::{Bound, Decision, Part, Set, Store, TooLarge};
use crate::profile::Span;
use crate::semantics::libseccomp::{Failure, Program, Refused};
use crate::semantics::resolve::rules::LibRules;

/// In how many different environments the rules of one system call are looked at.
pub(in crate::semantics) const CLASS_LIMIT: usize = 4096;

/// A class of environments that add the same rules for a call, and the program for them.
#[derive(Clone, Copy, Debug)]
pub(in crate::semantics) struct Way {
    pub class: Set,
    pub program: Program,
}

/// Why there is no decision.
pub(super) enum Stop {
    Bound(TooLarge),
    Refused { problem: Refused, rule: Span, other: Option<Span> },
}

impl From<TooLarge> for Stop {
    fn from(bound: TooLarge) -> Stop {
        Stop::Bound(bound)
    }
}

/// Splits all environments into those that add the same rules.
pub(super) struct Classes<'a> {
    rules: &'a LibRules,
    programs: &'a mut Programs,
    store: &'a mut Store,
    added: &'a [Added],
    is_32bit: bool,
    /// The rules that the present class adds, as places in `added`.
    active: Vec<usize>,
    /// These rules.
    list: ListId,
    /// How many classes are open.
    depth: usize,
    /// The decision in the classes that are done.
    decision: Decision,
    ways: Vec<Way>,
}

impl<'a> Classes<'a> {
    pub fn new(
        store: &'a mut Store,
        rules: &'a LibRules,
        programs: &'a mut Programs,
        added: &'a [Added],
        is_32bit: bool,
        default: Decision,
    ) -> Classes<'a> {
        Classes {
            rules,
            programs,
            store,
            added,
            is_32bit,
            active: Vec::new(),
            list: ListId::EMPTY,
            depth: 0,
            decision: default,
            ways: Vec::new(),
        }
    }

    /// Looks at every class: the decision for all of them together, and the program of each.
    pub fn decide(mut self) -> Result<(Decision, Vec<Way>), Stop> {
        self.split(0, Set::ALL)?;
        Ok((self.decision, self.ways))
    }

    fn split(&mut self, from: usize, class: Set) -> Result<(), Stop> {
        let (active, list) = (self.active.len(), self.list);
        let mut class = class;
        for at in from..self.added.len() {
            self.store.meter().charge(Part::Rules, 1)?;
            let Added { kept, id, .. } = self.added[at];
            let with = self.store.and(class, kept)?;
            if with.is_empty() {
                continue;
            }
            if with != class {
                let without = self.store.minus(class, kept)?;
                self.deeper()?;
                self.split(at + 1, without)?;
                self.depth -= 1;
                class = with;
            }
            self.active.push(at);
            self.list = self.programs.lists.with(self.store.meter(), self.list, id)?;
            if self.rules.is_unconditional(id, self.is_32bit) {
                break;
            }
        }
        self.finish(class)?;
        self.active.truncate(active);
        self.list = list;
        Ok(())
    }

    /// Each class that is open will be one that is done.
    fn deeper(&mut self) -> Result<(), TooLarge> {
        self.depth += 1;
        match self.depth + self.ways.len() > CLASS_LIMIT {
            true => Err(self.store.meter().error(Bound::Environments(CLASS_LIMIT as u32))),
            false => Ok(()),
        }
    }

    fn finish(&mut self, class: Set) -> Result<(), Stop> {
        self.store.meter().charge(Part::Environments, 1)?;
        if self.ways.len() >= CLASS_LIMIT {
            let bound = Bound::Environments(CLASS_LIMIT as u32);
            return Err(self.store.meter().error(bound).into());
        }
        let program = match self.programs.compiled(self.store, self.rules, self.list, self.is_32bit)
        {
            Ok(program) => program,
            Err(Failure::TooLarge(bound)) => return Err(Stop::Bound(bound)),
            Err(Failure::Refused(problem)) => return Err(self.refused(problem)?),
        };
        let decision = self.programs.decided(self.store, program)?;
        self.decision = self.store.choose(class, decision, self.decision)?;
        self.ways.push(Way { class, program });
        Ok(())
    }

    /// Finds the rule that a refused one contradicts: the first that is refused beside it alone,
    /// else the last before it with another action.
    fn refused(&mut self, problem: Refused) -> Result<Stop, TooLarge> {
        let position = problem.position().min(self.active.len().saturating_sub(1));
        let at = self.active.get(position).copied().unwrap_or_default();
        let refused = self.added[at];
        let earlier = self.active[..position].to_vec();
        let mut other = None;
        for &candidate in earlier.iter().take(CLASS_LIMIT) {
            let (meter, lists) = (self.store.meter(), &mut self.programs.lists);
            let first = lists.with(meter, ListId::EMPTY, self.added[candidate].id)?;
            let pair = lists.with(meter, first, refused.id)?;
            let result = self.programs.compiled(self.store, self.rules, pair, self.is_32bit);
            if matches!(result, Err(Failure::Refused(_))) {
                other = Some(candidate);
                break;
            }
        }
        let action = |at: usize| self.rules.get(self.added[at].id).action;
        let other =
            other.or_else(|| earlier.iter().rev().copied().find(|&c| action(c) != action(at)));
        let other = other.map(|candidate| self.added[candidate].span);
        Ok(Stop::Refused { problem, rule: refused.span, other })
    }
}
