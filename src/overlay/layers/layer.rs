//! A layer: a profile in Docker's terms, and which of its rules answer which calls.
//!
//! The *match* of a layer is the action that its rules give a call, without runc's stub. A rule
//! with the default action is one that runc does not load, so that it carves no exception out of
//! another rule of its layer; where none of the others answers, it is a match all the same, and
//! an overlay can deny by it.

use super::terms::in_dockers_terms;
use crate::decision::{Decision, Leaf, Store};
use crate::profile::{Profile, Rule, Spanned};
use crate::semantics::{
    Engine, Machine, Mention, Policy, Problem, Runtime, Scope, SemanticsError, Settings, UNMATCHED,
    filter_abis, leaf,
};
use crate::syscall::{Abi, Host, Syscall, numbers};
use std::collections::{BTreeMap, BTreeSet};

/// A profile as one of several layers.
#[derive(Clone, Debug)]
pub struct Layer {
    /// What messages and comments call it.
    pub name: String,
    /// In Docker's terms.
    pub(in crate::overlay) profile: Profile,
}

/// The decision for a system call on one ABI of one host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::overlay) struct Cell {
    pub host: Host,
    pub abi: Abi,
    pub decision: Decision,
}

/// The decisions for every system call, by [`Syscall::index`]; for one call the cells of two
/// grids over the same hosts and ABIs stand in the same order.
pub(in crate::overlay) type Grid = Vec<Vec<Cell>>;

/// The ABIs of the filter on each host.
pub(in crate::overlay) type Filters = Vec<(Host, Vec<Abi>)>;

impl Layer {
    /// A profile that an engine reads, as a layer.
    ///
    /// # Errors
    /// An errno that the engine does not know.
    pub fn new(name: &str, profile: &Profile, engine: Engine) -> Result<Layer, SemanticsError> {
        Ok(Layer { name: name.to_owned(), profile: in_dockers_terms(profile, engine)? })
    }

    /// The layer under another name.
    pub fn named(self, name: &str) -> Layer {
        Layer { name: name.to_owned(), ..self }
    }

    /// The layer with each `name` as `names`; its rules stay where they are.
    pub fn with_names(mut self) -> Layer {
        for rule in self.profile.rules.iter_mut().filter(|rule| rule.names.is_empty()) {
            rule.names.extend(rule.name.take());
        }
        self
    }

    /// The profile in Docker's terms.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// A layer of that name with another profile.
    pub(in crate::overlay) fn with(&self, profile: Profile) -> Layer {
        Layer { name: self.name.clone(), profile }
    }

    /// The default action's leaf; that of `ALLOW` with seccomp off, `UNMATCHED` where rules have
    /// none beside them: a fragment that is good for nothing but an overlay.
    pub(in crate::overlay) fn default(&self, store: &mut Store) -> Result<Leaf, SemanticsError> {
        default(store, &self.profile)
    }

    /// Whether it says nothing at all: as an overlay it changes nothing.
    pub(in crate::overlay) fn is_empty(&self) -> bool {
        self.profile.default_action.is_none() && self.profile.rules.is_empty()
    }

    /// Whether it lists the ABIs of its filter, by host or for all.
    pub(in crate::overlay) fn lists_abis(&self) -> bool {
        !self.profile.architectures.is_empty() || !self.profile.arch_map.is_empty()
    }

    /// The hosts on which it can be loaded, with those ABIs of the filter there that the host has,
    /// in the host's order.
    pub(in crate::overlay) fn filters(&self, hosts: &[Host]) -> Result<Filters, SemanticsError> {
        let mut filters = Vec::new();
        for &host in hosts {
            match filter_abis(&self.profile, Machine::newest(Engine::Docker), host) {
                Ok(abis) => {
                    let in_filter = host.abis().iter().copied().filter(|abi| abis.contains(abi));
                    filters.push((host, in_filter.collect()));
                }
                Err(SemanticsError { kind: Problem::ByteOrder { .. }, .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filters)
    }

    /// Its matches in filters with the ABIs of another profile.
    pub(in crate::overlay) fn matches(
        &self,
        store: &mut Store,
        of: &Profile,
        filters: &Filters,
    ) -> Result<Grid, SemanticsError> {
        let lists = |profile: &Profile| (profile.architectures.clone(), profile.arch_map.clone());
        let (architectures, arch_map) = lists(of);
        if lists(&self.profile) == (architectures.clone(), arch_map.clone()) {
            return matches(store, &self.profile, filters);
        }
        let rules = self.profile.rules.clone();
        let profile = Profile { architectures, arch_map, rules, ..self.profile.without_rules() };
        matches(store, &profile, filters)
    }

    /// The rules that name a system call, each with that name alone.
    pub(in crate::overlay) fn rules_of(&self, name: &str) -> Vec<Rule> {
        rules_of(&self.profile, name)
    }

    /// The names in its rules, each with the places of the rules.
    pub(in crate::overlay) fn names(&self) -> BTreeMap<&str, Vec<usize>> {
        let mut names: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, rule) in self.profile.rules.iter().enumerate() {
            for name in rule.name.iter().chain(&rule.names) {
                let places = names.entry(&name.value).or_default();
                if places.last() != Some(&at) {
                    places.push(at);
                }
            }
        }
        names
    }
}

/// The rules of a profile that name a system call, each with that name alone.
pub(in crate::overlay) fn rules_of(profile: &Profile, name: &str) -> Vec<Rule> {
    let names = |rule: &&Rule| rule.name.iter().chain(&rule.names).any(|n| n.value == name);
    let alone = |rule: &Rule| rule.with_names(vec![Spanned::bare(name.to_owned())]);
    profile.rules.iter().filter(names).map(alone).collect()
}

/// Of a filter with more names than that, runc asks libseccomp to look for calls in another way;
/// the half of them may hang on the environment.
const MANY: usize = 64;

/// A profile with some names, all in `names`, and as many others as it takes to look for calls in
/// the same way. The multiplexers stay, whose rules can make no matter what else would meet there.
pub(in crate::overlay) fn naming(profile: &Profile, names: &BTreeSet<&str>) -> Profile {
    let mut others = 0;
    let mut kept = |name: &&Spanned<String>| {
        let name = name.value.as_str();
        let is_kept = names.contains(name) || matches!(name, "socketcall" | "ipc") || others < MANY;
        others += usize::from(is_kept);
        is_kept
    };
    let mut rules = Vec::new();
    for rule in &profile.rules {
        let all = rule.name.iter().chain(&rule.names);
        let names: Vec<_> = all.filter(&mut kept).cloned().collect();
        if !names.is_empty() {
            rules.push(rule.with_names(names));
        }
    }
    Profile { rules, ..profile.without_rules() }
}

/// What is asked of layers: everything, of the filter alone.
pub(in crate::overlay) fn settings(filters: &[(Host, Vec<Abi>)]) -> Settings {
    Settings {
        hosts: filters.iter().map(|(host, _)| *host).collect(),
        ..Settings::new(Engine::Docker).with_runtime(Runtime::None)
    }
}

fn default(store: &mut Store, profile: &Profile) -> Result<Leaf, SemanticsError> {
    if profile.default_action.is_none() && !profile.rules.is_empty() {
        return Ok(UNMATCHED);
    }
    let alone = profile.without_rules();
    let settings = Settings { hosts: Vec::new(), ..settings(&[]) };
    Ok(leaf(Policy::build(store, &alone, &settings)?.default_action()))
}

/// The matches of a profile in Docker's terms.
pub(in crate::overlay) fn matches(
    store: &mut Store,
    profile: &Profile,
    filters: &Filters,
) -> Result<Grid, SemanticsError> {
    let settings = settings(filters);
    if profile.default_action.is_none() && profile.rules.is_empty() {
        return Ok(constant(filters));
    }
    let loaded = Policy::build_scope(store, profile, &settings, Scope::Matches)?;
    let mut grid = cells(&loaded);
    if has_default_rules(&loaded, default(store, profile)?) {
        let left_out = Policy::build_scope(store, profile, &settings, Scope::DefaultMatches)?;
        for (row, other) in grid.iter_mut().zip(cells(&left_out)) {
            for (cell, other) in row.iter_mut().zip(other) {
                cell.decision =
                    over(store, cell.decision, other.decision).map_err(SemanticsError::whole)?;
            }
        }
    }
    Ok(grid)
}

/// One function over another: the second answers where the first has no match.
pub(in crate::overlay) fn over(
    store: &mut Store,
    upper: Decision,
    lower: Decision,
) -> Result<Decision, crate::decision::TooLarge> {
    let none = Decision::leaf(UNMATCHED);
    if upper == none || upper == lower {
        return Ok(lower);
    }
    if lower == none || upper.as_leaf().is_some() {
        return Ok(upper);
    }
    store.zip(upper, lower, &|upper, lower| if upper == UNMATCHED { lower } else { upper })
}

fn has_default_rules(policy: &Policy, default: Leaf) -> bool {
    let is_default = |mention: &Mention| leaf(mention.action) == default;
    Syscall::all().any(|syscall| policy.mentions(syscall).iter().any(is_default))
}

/// Where filters never look at the number of a call ([`AbiPolicy::is_blind`]).
///
/// [`AbiPolicy::is_blind`]: crate::semantics::AbiPolicy::is_blind
pub(in crate::overlay) fn blind(
    store: &mut Store,
    profile: &Profile,
    filters: &Filters,
) -> Result<Vec<(Host, Abi)>, SemanticsError> {
    let policy = Policy::build_scope(store, profile, &settings(filters), Scope::Matches)?;
    let abis = policy.hosts().iter().flat_map(|on| {
        let blind = on.abis.iter().flatten().filter(|abi| abi.is_blind);
        blind.map(|abi| (on.host, abi.abi))
    });
    Ok(abis.collect())
}

fn cells(policy: &Policy) -> Grid {
    let mut grid = vec![Vec::new(); Syscall::count()];
    for host in policy.hosts() {
        for abi in host.abis.iter().flatten().filter(|abi| abi.in_filter) {
            for (&(_, syscall), decision) in numbers(abi.abi).iter().zip(abi.bare_calls()) {
                if let Some(row) = grid.get_mut(syscall.index()) {
                    row.push(Cell { host: host.host, abi: abi.abi, decision });
                }
            }
        }
    }
    grid
}

/// Nothing matches.
pub(in crate::overlay) fn constant(filters: &Filters) -> Grid {
    let mut grid = vec![Vec::new(); Syscall::count()];
    let decision = Decision::leaf(UNMATCHED);
    for (host, filter) in filters {
        for &abi in host.abis().iter().filter(|abi| filter.contains(abi)) {
            for &(_, syscall) in numbers(abi) {
                if let Some(row) = grid.get_mut(syscall.index()) {
                    row.push(Cell { host: *host, abi, decision });
                }
            }
        }
    }
    grid
}
