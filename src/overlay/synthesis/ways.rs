//! The ways on which a system call gets its rules, the most readable first.
//!
//! libseccomp sorts the tests of all rules of a call into one program, and gets the program wrong
//! for some sets of rules that do not overlap at all. A way that turns out wrong is followed by the
//! next; the last ones have a form that it seldom gets wrong:
//!
//! - A test that leads on where it *fails* (`NE`, `LT`, `LE`) lets the library come upon the test
//!   behind it while the right word is in the accumulator, so that it adds no load there, which
//!   other ways to that test would need. Rules without these three operators have no such place.
//! - Where every rule asks for the same arguments, no rule ends where another goes on: nothing is
//!   dropped as redundant, and nothing is refused as a contradiction.

use super::conditions::Style;
use super::goal::{Goal, first_difference, multiplexer};
use super::meaning::leaf_of;
use super::synth::{self, Made};
use crate::decision::{Assignment, Leaf, Store};
use crate::overlay::layers::error::OverlayError;
use crate::overlay::layers::layer::{Cell, rules_of};
use crate::profile::{ArgCmp, Op, Profile, Rule, Span};
use crate::semantics::{UNMATCHED, action};
use crate::syscall::{Abi, Syscall};
use rustc_hash::{FxHashMap, FxHashSet};

/// How a call gets its rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// The base's own rules stay, or another layer's are taken as they are.
    Reuse,
    /// Those of the base's that say nothing wrong stay, and others are added.
    Mend,
    Plain,
    /// As [`Way::Plain`], each rule asking for every argument that one of them asks for.
    Full,
    /// Without operators that libseccomp writes by their negation.
    Positive,
    FullPositive,
    Masks,
    FullMasks,
    /// As [`Way::Reuse`], be it that the order of the rules matters.
    Verbatim,
}

const WAYS: [Way; 9] = [
    Way::Reuse,
    Way::Mend,
    Way::Plain,
    Way::Full,
    Way::Positive,
    Way::FullPositive,
    Way::Masks,
    Way::FullMasks,
    Way::Verbatim,
];

/// The way on which each call is.
#[derive(Debug, Default)]
pub(in crate::overlay) struct Ways {
    of: FxHashMap<Syscall, usize>,
    /// Calls of which rules with different actions would be one rule of `socketcall` or `ipc`.
    parted: FxHashSet<Syscall>,
    /// Calls whose rules ask for so many arguments at least.
    padded: FxHashMap<Syscall, usize>,
    /// Calls that no ABI of the filters has, and whose rules libseccomp refuses all the same.
    idle: FxHashSet<Syscall>,
    /// Why there are no rules on some way.
    why: FxHashMap<Syscall, OverlayError>,
}

impl Ways {
    fn of(&self, syscall: Syscall) -> Way {
        let at = self.of.get(&syscall).copied().unwrap_or_default();
        WAYS.get(at).copied().unwrap_or(Way::Verbatim)
    }

    /// Whether the order of a call's rules may matter.
    pub fn is_ordered(&self, syscall: Syscall) -> bool {
        self.of(syscall) == Way::Verbatim
    }

    /// Whether there is another way on which the order does not matter.
    pub fn is_open(&self, syscall: Syscall) -> bool {
        self.of(syscall) < Way::FullMasks
    }

    /// Goes on to a call's next way, if there is one.
    pub fn go_on(&mut self, syscall: Syscall) -> bool {
        let at = self.of.entry(syscall).or_default();
        *at = (*at + 1).min(WAYS.len());
        *at < WAYS.len()
    }

    /// Goes to the way that libseccomp has the least work with, if that is still to come.
    pub fn simplify(&mut self, syscall: Syscall) -> bool {
        let simplest = WAYS.len() - 2;
        let at = self.of.entry(syscall).or_default();
        let is_to_come = *at < simplest;
        *at = simplest.max(*at);
        is_to_come
    }

    /// Goes on with a call for which there are no rules on its way.
    ///
    /// # Errors
    /// The reason, where there is no further way.
    pub fn go_on_without(
        &mut self,
        syscall: Syscall,
        error: OverlayError,
    ) -> Result<(), OverlayError> {
        // What no rules can say that do not overlap, or too many, a layer's own may: the forms to
        // come take no fewer.
        let is_many = matches!(error, OverlayError::TooManyRules { .. });
        match self.of(syscall) {
            _ if error.is_final() => _ = self.simplify(syscall),
            Way::Reuse => _ = self.go_on(syscall), // it mended as the next way does
            way if is_many && way >= Way::Plain => _ = self.simplify(syscall),
            _ => {}
        }
        let known = self.why.insert(syscall, error);
        match known {
            Some(known) if known.is_final() => self.why.insert(syscall, known),
            _ => None,
        };
        match self.go_on(syscall) {
            true => Ok(()),
            false => self.why(syscall).map_or(Ok(()), Err),
        }
    }

    /// Why a call has no rules on some way; `None` where it has some on each.
    pub fn why(&self, syscall: Syscall) -> Option<OverlayError> {
        self.why.get(&syscall).cloned()
    }

    /// Goes on with a call that libseccomp refuses. Of a multiplexer, the rules that meet there are
    /// those of the calls behind it: these are parted first.
    pub fn go_on_refused(&mut self, syscall: Syscall, goal: &Goal) -> bool {
        let Some(family) = multiplexer(syscall) else {
            return match goal.row(syscall) {
                Some(_) => self.go_on(syscall),
                None => self.idle.insert(syscall),
            };
        };
        let is_member = |syscall: &Syscall| {
            syscall.multiplexer().is_some_and(|(of, _)| of == family)
                && goal.row(*syscall).is_some()
        };
        let members: Vec<Syscall> = Syscall::all().filter(is_member).collect();
        let parted = members.iter().filter(|member| self.parted.insert(**member)).count();
        parted > 0 || members.into_iter().filter(|member| self.go_on(*member)).count() > 0
    }

    /// Lets the rules of calls that an ABI does not have ask for one more argument. libseccomp
    /// looks first for the call with the fewest tests, and where it is such a one it never looks at
    /// the number.
    pub fn pad(&mut self, profile: &Profile, abi: Abi) -> bool {
        let mut found = false;
        for name in profile.rules.iter().flat_map(|rule| &rule.names) {
            let Some(syscall) = Syscall::from_name(&name.value) else { continue };
            if syscall.number(abi).is_none() {
                let count = self.padded.entry(syscall).or_default();
                found |= *count < 6;
                *count = (*count + 1).min(6);
            }
        }
        found
    }

    /// Whether a call's rules are changed though they say what is wanted.
    pub fn is_reshaped(&self, syscall: Syscall) -> bool {
        self.of.contains_key(&syscall)
            || self.padded.contains_key(&syscall)
            || self.idle.contains(&syscall)
    }

    /// The rules for a call on its way; `None` to leave the base's as they are.
    pub fn rules(
        &self,
        store: &mut Store,
        goal: &Goal,
        syscall: Syscall,
    ) -> Result<Option<Vec<Rule>>, OverlayError> {
        if self.idle.contains(&syscall) {
            return Ok(Some(Vec::new()));
        }
        let found = match goal.wanted(syscall) {
            Some(row) => self.unshaped(store, goal, syscall, row)?,
            None => None,
        };
        let is_shaped = self.parted.contains(&syscall) || self.padded.contains_key(&syscall);
        if !is_shaped {
            return Ok(found);
        }
        let mut rules = found.unwrap_or_else(|| rules_of(&goal.base, syscall.name()));
        if self.parted.contains(&syscall) {
            part(store, goal, syscall, &mut rules);
        }
        if let Some(count) = self.padded.get(&syscall) {
            rules.iter_mut().for_each(|rule| pad(rule, *count));
        }
        Ok(Some(rules))
    }

    fn unshaped(
        &self,
        store: &mut Store,
        goal: &Goal,
        syscall: Syscall,
        row: &[Cell],
    ) -> Result<Option<Vec<Rule>>, OverlayError> {
        let way = self.of(syscall);
        if matches!(way, Way::Reuse | Way::Verbatim) {
            for (at, source) in goal.sources.iter().enumerate() {
                let is_base = at == 0;
                let Some(own) = source.grid.get(syscall.index()) else { continue };
                if (way == Way::Reuse && source.fragile.contains(&syscall))
                    || first_difference(store, goal, row, own)?.is_some()
                {
                    continue;
                }
                let named = source.names.contains(syscall.name());
                match is_base {
                    true => return Ok(None),
                    false if named => return Ok(Some(source.layer.rules_of(syscall.name()))),
                    // Nobody answers: the base's rules go.
                    false => {}
                }
            }
        }
        if let (Way::Verbatim, Some(why)) = (way, self.why(syscall)) {
            return Err(why);
        }
        let known = match way {
            Way::Reuse | Way::Mend => rules_of(&goal.base, syscall.name()),
            _ => Vec::new(),
        };
        let style = match way {
            Way::Masks | Way::FullMasks => Style::Masks,
            Way::Positive | Way::FullPositive => Style::Positive,
            _ => Style::Plain,
        };
        let row = without_default(store, goal, syscall, row)?;
        let Made { mut rules, alone } = synth::rules(store, syscall, &row, style, &known)?;
        if matches!(way, Way::Full | Way::FullPositive | Way::FullMasks) {
            fill(&mut rules, &alone);
        }
        Ok(Some(rules))
    }
}

/// The cells, where a match with the default action says no more than none, if it does.
fn without_default(
    store: &mut Store,
    goal: &Goal,
    syscall: Syscall,
    row: &[Cell],
) -> Result<Vec<Cell>, OverlayError> {
    let mut row = row.to_vec();
    if !goal.exact {
        for cell in &mut row {
            let none = |leaf| if leaf == goal.default { UNMATCHED } else { leaf };
            let mapped = store.map(cell.decision, &none);
            cell.decision = mapped.map_err(|bound| OverlayError::TooLarge { syscall, bound })?;
        }
    }
    Ok(row)
}

/// A condition that always holds, and that libseccomp tests all the same.
fn always(index: u8) -> ArgCmp {
    ArgCmp { index, op: Op::Ge, value: 0, value_two: 0, span: Span::default() }
}

fn asks(rule: &Rule, index: u8) -> bool {
    rule.args.iter().any(|arg| arg.index == index)
}

fn ask(rule: &mut Rule, index: u8) {
    if !asks(rule, index) {
        rule.args.push(always(index));
        rule.args.sort_by_key(|arg| arg.index);
        rule.comment.get_or_insert_with(|| "`>= 0` always holds: for libseccomp".to_owned());
    }
}

/// Lets each rule ask for every argument that one of them asks for, but for those `alone`, which
/// have a form of their own.
fn fill(rules: &mut [Rule], alone: &FxHashSet<usize>) {
    let shared = |at: &usize| !alone.contains(at);
    let asked: Vec<u8> = (0..6)
        .filter(|index| {
            let mut rules = rules.iter().enumerate().filter(|(at, _)| shared(at));
            rules.any(|(_, rule)| asks(rule, *index))
        })
        .collect();
    for (_, rule) in rules.iter_mut().enumerate().filter(|(at, _)| shared(at)) {
        asked.iter().for_each(|index| ask(rule, *index));
    }
}

/// Lets a rule ask for so many arguments at least.
fn pad(rule: &mut Rule, count: usize) {
    for index in 0..6 {
        if rule.args.len() < count {
            ask(rule, index);
        }
    }
}

/// Lets the rules of each action ask for an argument of its own. For the multiplexer, which keeps
/// nothing of the first argument, they contradict each other no more: libseccomp asks for higher
/// arguments first, whatever the order of the rules. First comes what the multiplexer shall answer,
/// then what is strictest.
fn part(store: &Store, goal: &Goal, syscall: Syscall, rules: &mut [Rule]) {
    let wanted = (|| {
        let (family, number) = syscall.multiplexer()?;
        let cell = goal.row(family.syscall()?)?.first()?;
        let point = Assignment { args: [number.into(), 0, 0, 0, 0, 0], ..Assignment::default() };
        Some(store.evaluate(cell.decision, &point))
    })();
    let mut actions: Vec<Leaf> = rules.iter().map(leaf_of).collect();
    actions.sort_by_key(|leaf| (Some(*leaf) != wanted, action(*leaf)));
    actions.dedup();
    actions.retain(|leaf| *leaf != goal.default);
    let free: Vec<u8> =
        (1..6).rev().filter(|index| !rules.iter().any(|rule| asks(rule, *index))).collect();
    if actions.len() < 2 || free.len() < actions.len() {
        return;
    }
    for rule in rules {
        let own = leaf_of(rule);
        let place = actions.iter().position(|leaf| *leaf == own);
        if let Some(index) = place.and_then(|place| free.get(place)) {
            ask(rule, *index);
        }
    }
}
