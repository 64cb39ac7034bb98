//! The overlay that makes one profile of another, with no rule that could be left out.

use super::layers::error::OverlayError;
use super::layers::layer::{self, Cell, Filters, Grid, Layer, over, rules_of};
use super::layers::target::{Strategy, same_answers};
use super::merge::merge;
use super::synthesis::conditions::Style;
use super::synthesis::goal::multiplexer;
use super::synthesis::plan::{Edits, Wanted};
use super::synthesis::synth;
use crate::decision::{Decision, Leaf, Store};
use crate::profile::{Profile, Rule};
use crate::semantics::UNMATCHED;
use crate::syscall::{Host, Syscall};
use std::collections::BTreeMap;

/// Of how many things a rule makes its answer hang.
fn tests(rule: &Rule) -> usize {
    rule.args.len()
        + usize::from(!rule.includes.is_empty())
        + usize::from(!rule.excludes.is_empty())
}

/// Rules without their conditions on hosts, capabilities and kernels, each once.
fn for_everybody(rules: &[Rule]) -> Vec<Rule> {
    let mut bare: Vec<Rule> = Vec::with_capacity(rules.len());
    for rule in rules {
        let (includes, excludes) = Default::default();
        let rule = Rule { includes, excludes, ..rule.clone() };
        if !bare.contains(&rule) {
            bare.push(rule);
        }
    }
    bare
}

/// With so many rules for a call an overlay still says no more than what differs; with more of them it says
/// all of the call, where that is shorter.
pub const EXACT: usize = 8;

/// A small overlay which makes `wanted` of `base`: no rule of it can be left out. It speaks of the arguments
/// for which the two differ alone, so that over a later base it is what a rebase gives. Who has them
/// already by some capability is no exception: a rule is for everybody where that is the same over `base`.
/// Only where it takes more than [`EXACT`] rules for a system call (`personality` for all but five
/// values) it answers every call of it. It has no default action: with a rule in it Docker refuses it,
/// where it would take one with a default action for a whole profile.
///
/// # Errors
/// [`OverlayError`], [`OverlayError::NotAnOverlay`] where the difference is in what belongs to a
/// profile as a whole.
pub fn overlay(
    store: &mut Store,
    base: &Layer,
    wanted: &Layer,
    hosts: &[Host],
) -> Result<Profile, OverlayError> {
    let error = OverlayError::of_layer;
    let filters = base.filters(hosts).map_err(error(0))?;
    let wanted_filters = wanted.filters(hosts).map_err(error(1))?;
    let same = filters.iter().all(|(host, abis)| {
        let other = wanted_filters.iter().find(|(of, _)| of == host);
        other.is_none_or(|(_, other)| {
            other.len() == abis.len() && abis.iter().all(|abi| other.contains(abi))
        })
    });
    if !same {
        return Err(OverlayError::NotAnOverlay("the ABIs of the filter"));
    }
    let default = base.default(store).map_err(error(0))?;
    if default != wanted.default(store).map_err(error(1))? {
        return Err(OverlayError::NotAnOverlay("the default action"));
    }
    let is_common = |(host, _): &(Host, _)| wanted_filters.iter().any(|(of, _)| of == host);
    let filters: Filters = filters.into_iter().filter(is_common).collect();
    let of = &base.profile;
    let below = base.matches(store, of, &filters).map_err(error(0))?;
    let above = wanted.matches(store, of, &filters).map_err(error(1))?;
    let mut search =
        Search { store, wanted, filters: &filters, of, default, below: &below, above: &above };
    let mut rules = BTreeMap::new();
    for syscall in Syscall::all().filter(|syscall| multiplexer(*syscall).is_none()) {
        search.add(syscall, &mut rules)?;
    }
    let profile = search.profile(&rules);
    if search.proves(base, &profile)? {
        return Ok(profile);
    }
    // Where the multiplexers' own rules differ, too.
    for syscall in Syscall::all().filter(|syscall| multiplexer(*syscall).is_some()) {
        search.add(syscall, &mut rules)?;
    }
    let profile = search.profile(&rules);
    match search.proves(base, &profile)? {
        true => Ok(profile),
        false => Err(OverlayError::NotAnOverlay("what `socketcall` and `ipc` stand for")),
    }
}

struct Search<'a> {
    store: &'a mut Store,
    wanted: &'a Layer,
    filters: &'a Filters,
    of: &'a Profile,
    default: Leaf,
    below: &'a Grid,
    above: &'a Grid,
}

impl Search<'_> {
    /// Adds the rules for a call for which the two differ.
    fn add(
        &mut self,
        syscall: Syscall,
        rules: &mut BTreeMap<String, Wanted>,
    ) -> Result<(), OverlayError> {
        let row = |grid: &Grid| grid.get(syscall.index()).cloned().unwrap_or_default();
        let (below, above) = (row(self.below), row(self.above));
        if same_answers(self.store, &below, &above, self.default)? {
            return Ok(());
        }
        let mut whole = above.clone();
        let mut differing = above.clone();
        for ((whole, differing), below) in whole.iter_mut().zip(&mut differing).zip(&below) {
            let default = Decision::leaf(self.default);
            whole.decision = over(self.store, whole.decision, default)?;
            let base = over(self.store, below.decision, default)?;
            differing.decision = self.store.zip(whole.decision, base, &|wanted, base| {
                if wanted == base { UNMATCHED } else { wanted }
            })?;
        }
        let mut none = None;
        for style in [Style::Plain, Style::Positive, Style::Masks] {
            let mut candidates = Vec::new();
            for (cells, is_exact) in [(&whole, false), (&differing, true)] {
                match synth::rules(self.store, syscall, cells, style, &[]) {
                    Ok(made) => {
                        candidates.push((is_exact, for_everybody(&made.rules)));
                        candidates.push((is_exact, made.rules));
                    }
                    Err(error) => none = Some(error),
                }
            }
            candidates.push((false, rules_of(&self.wanted.profile, syscall.name())));
            candidates.sort_by_key(|(is_exact, rules)| {
                let is_long = !is_exact || rules.len() > EXACT;
                let tests = rules.iter().map(tests).sum::<usize>();
                (is_long, rules.len(), tests)
            });
            for (_, candidate) in candidates {
                if self.does(syscall, &candidate, &below, &whole)? {
                    let least = self.without_needless(syscall, candidate, &below, &whole)?;
                    let wanted = Wanted { rules: least, by: String::new(), ordered: false };
                    rules.insert(syscall.name().to_owned(), wanted);
                    return Ok(());
                }
            }
        }
        Err(match (none, differing.first()) {
            (Some(error), _) => error,
            (None, Some(&cell)) => {
                let nothing = Decision::leaf(UNMATCHED);
                OverlayError::not_proved(self.store, syscall, cell, nothing, self.default)
            }
            (None, None) => OverlayError::NoHost,
        })
    }

    /// Leaves out one rule after the other as long as nothing changes.
    fn without_needless(
        &mut self,
        syscall: Syscall,
        mut rules: Vec<Rule>,
        below: &[Cell],
        whole: &[Cell],
    ) -> Result<Vec<Rule>, OverlayError> {
        let mut at = rules.len();
        while at > 0 && rules.len() > 1 {
            at -= 1;
            let mut fewer = rules.clone();
            fewer.remove(at);
            if self.does(syscall, &fewer, below, whole)? {
                rules = fewer;
            }
        }
        Ok(rules)
    }

    /// Whether rules over the base give what is wanted.
    fn does(
        &mut self,
        syscall: Syscall,
        rules: &[Rule],
        below: &[Cell],
        whole: &[Cell],
    ) -> Result<bool, OverlayError> {
        let profile = Profile {
            architectures: self.of.architectures.clone(),
            arch_map: self.of.arch_map.clone(),
            rules: rules.to_vec(),
            ..Profile::default()
        };
        let Ok(grid) = layer::matches(self.store, &profile, self.filters) else { return Ok(false) };
        let own = grid.get(syscall.index()).cloned().unwrap_or_default();
        let mut joined = own.clone();
        for (cell, below) in joined.iter_mut().zip(below) {
            cell.decision = over(self.store, cell.decision, below.decision)?;
        }
        Ok(same_answers(self.store, &joined, whole, self.default)?)
    }

    fn profile(&self, rules: &BTreeMap<String, Wanted>) -> Profile {
        Edits::new(&Profile::default(), rules).apply(&Profile::default())
    }

    /// Whether the overlay over the base is what was wanted.
    fn proves(&mut self, base: &Layer, overlay: &Profile) -> Result<bool, OverlayError> {
        let hosts: Vec<Host> = self.filters.iter().map(|(host, _)| *host).collect();
        let layers = [base.clone(), self.wanted.with(overlay.clone())];
        let merged = merge(self.store, &layers, Strategy::Override, &hosts)?;
        let grid = layer::matches(self.store, &merged.profile, self.filters)
            .map_err(|error| OverlayError::Refused(Box::new(error)))?;
        for (found, wanted) in grid.iter().zip(self.above) {
            if !same_answers(self.store, found, wanted, self.default)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
