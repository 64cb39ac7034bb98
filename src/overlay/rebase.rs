//! Following upstream: what a profile changed against the one it came from, done again to a newer
//! one. Everything is about what calls get, never about text.

use super::error::OverlayError;
use super::layer::{Cell, Filters, Layer};
use super::merge::{editable, with_architectures, with_default};
use super::realise::{Goal, Merged, multiplexer, realise};
use super::source::Source;
use crate::decision::words::{self, Description};
use crate::decision::{Decision, Leaf, Set, Store, TooLarge};
use crate::profile::Action;
use crate::semantics::{UNMATCHED, action};
use crate::syscall::{Abi, Host, Syscall};
use std::collections::{BTreeMap, BTreeSet};

/// Whose change counts where both sides changed the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Favor {
    /// One's own.
    Mine,
    /// That of the profile onto which is rebased.
    Upstream,
}

/// What both sides changed, differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// About what.
    pub about: ConflictAbout,
    /// On which hosts, for which programs, as far as it hangs on them.
    pub places: Vec<(Host, Abi)>,
}

/// What a [`Conflict`] is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConflictAbout {
    /// The default action: before, in one's own, in upstream's.
    Default(Action, Action, Action),
    /// The ABIs of the filter.
    Architectures,
    /// Calls of one system call.
    Calls {
        /// Which.
        syscall: Syscall,
        /// Which calls of it.
        when: Description,
        /// The action before; `None`: the default one.
        from: Option<Action>,
        /// In one's own profile.
        mine: Option<Action>,
        /// In upstream's.
        onto: Option<Action>,
    },
}

/// The outcome of a rebase.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant)] // there is one of it
pub enum Rebased {
    /// A proved profile.
    Clean(Merged),
    /// Both sides changed the same, and neither is favoured.
    Conflicts(Vec<Conflict>),
}

/// How many clauses the condition of a conflict is given in, at most.
const CLAUSES: usize = 6;

/// Does to `onto` what was done to `from` to make `mine`.
///
/// # Errors
/// [`OverlayError`], where the layers are counted as `from`, `mine`, `onto`.
pub fn rebase(
    store: &mut Store,
    [from, mine, onto]: [&Layer; 3],
    favor: Option<Favor>,
    hosts: &[Host],
) -> Result<Rebased, OverlayError> {
    let onto = &Layer { name: onto.name.clone(), profile: editable(&onto.profile) };
    let layers = [from, mine, onto];
    let mut conflicts = Vec::new();
    let filters = filters(layers, favor, hosts, &mut conflicts)?;
    let base = with_architectures(&onto.profile, &filters)?;
    let mut defaults = [UNMATCHED; 3];
    let mut grids = Vec::with_capacity(3);
    for (at, (layer, default)) in layers.iter().zip(&mut defaults).enumerate() {
        *default = layer.default(store).map_err(OverlayError::of_layer(at))?;
        let grid = layer.matches(store, &base, &filters);
        grids.push(grid.map_err(OverlayError::of_layer(at))?);
    }
    let default = three_way(defaults, favor).unwrap_or_else(|| {
        let [from, mine, onto] = defaults.map(action);
        let about = ConflictAbout::Default(from, mine, onto);
        conflicts.push(Conflict { about, places: Vec::new() });
        UNMATCHED
    });

    let mut rows: Vec<Option<Vec<Cell>>> = vec![None; Syscall::count()];
    for syscall in Syscall::all() {
        let own: Vec<&[Cell]> = grids
            .iter()
            .map(|grid| grid.get(syscall.index()).map_or(&[][..], Vec::as_slice))
            .collect();
        let [from, mine, onto] = own[..] else { continue };
        let mut row = onto.to_vec();
        let mut is_other = false;
        let mut found: Vec<Conflict> = Vec::new();
        for (at, cell) in row.iter_mut().enumerate() {
            let (Some(from), Some(mine), Some(onto)) = (from.get(at), mine.get(at), onto.get(at))
            else {
                continue;
            };
            let three = [from.decision, mine.decision, onto.decision];
            let mut answers = [Decision::leaf(UNMATCHED); 3];
            for ((answer, decision), default) in answers.iter_mut().zip(three).zip(defaults) {
                // A rule with the default action says nothing else than no rule.
                *answer = store
                    .map(decision, &|leaf| if leaf == default { UNMATCHED } else { leaf })
                    .map_err(|bound| OverlayError::TooLarge { syscall, bound })?;
            }
            let (decision, both) = joined(store, answers, favor)
                .map_err(|bound| OverlayError::TooLarge { syscall, bound })?;
            is_other |= decision != answers[2];
            cell.decision = decision;
            if favor.is_none() && !both.is_empty() && multiplexer(syscall).is_none() {
                let conflict = conflict(store, syscall, cell, answers, both)?;
                match found.iter_mut().find(|other| other.about == conflict.about) {
                    Some(other) => other.places.extend(conflict.places),
                    None => found.push(conflict),
                }
            }
        }
        conflicts.extend(found);
        // With another default action every call may need rules.
        if (is_other || defaults[2] != default)
            && let Some(slot) = rows.get_mut(syscall.index()).filter(|_| !row.is_empty())
        {
            *slot = Some(row);
        }
    }
    if !conflicts.is_empty() {
        return Ok(Rebased::Conflicts(conflicts));
    }
    let base = with_default(base, default, defaults[2]);
    let [_, mine_grid, onto_grid] = &grids[..] else { return Err(OverlayError::NoLayers) };
    let stays = (defaults[2] == default).then_some(default);
    let error = OverlayError::of_layer;
    let sources = [
        Source::new(store, onto, onto_grid, &filters, stays).map_err(error(2))?,
        Source::new(store, mine, mine_grid, &filters, None).map_err(error(1))?,
    ];
    let unknown = unknown(from, mine, onto);
    let by = |_: &str| mine.name.clone();
    let goal =
        Goal { base, default, filters, rows, exact: false, sources: &sources, unknown, by: &by };
    realise(store, &goal).map(Rebased::Clean)
}

/// Names that no table knows and that one's own profile added.
fn unknown(from: &Layer, mine: &Layer, onto: &Layer) -> BTreeMap<String, usize> {
    let (from, onto) = (from.names(), onto.names());
    let is_new = |name: &&str| {
        Syscall::from_name(name).is_none() && !from.contains_key(name) && !onto.contains_key(name)
    };
    mine.names().into_keys().filter(is_new).map(|name| (name.to_owned(), 1)).collect()
}

/// The value that one side changed; `None` if both did, differently.
fn three_way<T: PartialEq + Copy>([from, mine, onto]: [T; 3], favor: Option<Favor>) -> Option<T> {
    match favor {
        _ if mine == from || mine == onto => Some(onto),
        _ if onto == from => Some(mine),
        Some(Favor::Mine) => Some(mine),
        Some(Favor::Upstream) => Some(onto),
        None => None,
    }
}

fn filters(
    layers: [&Layer; 3],
    favor: Option<Favor>,
    hosts: &[Host],
    conflicts: &mut Vec<Conflict>,
) -> Result<Filters, OverlayError> {
    let mut all = Vec::with_capacity(3);
    for (at, layer) in layers.iter().enumerate() {
        all.push(layer.filters(hosts).map_err(OverlayError::of_layer(at))?);
    }
    let mut filters = Filters::new();
    for &host in hosts {
        let of = |filters: &Filters| {
            let found = filters.iter().find(|(of, _)| *of == host);
            found.map(|(_, abis)| abis.iter().copied().collect::<BTreeSet<Abi>>())
        };
        let sets: Vec<_> = all.iter().filter_map(of).collect();
        let [from, mine, onto] = &sets[..] else { continue };
        match three_way([from, mine, onto], favor) {
            Some(abis) => {
                let abis = host.abis().iter().copied().filter(|abi| abis.contains(abi));
                filters.push((host, abis.collect()));
            }
            None => {
                let about = ConflictAbout::Architectures;
                conflicts.push(Conflict { about, places: vec![(host, host.native())] });
                filters.push((host, onto.iter().copied().collect()));
            }
        }
    }
    if filters.is_empty() { Err(OverlayError::NoHost) } else { Ok(filters) }
}

/// The three-way answer for every call, and the calls that both sides changed differently.
fn joined(
    store: &mut Store,
    [from, mine, onto]: [Decision; 3],
    favor: Option<Favor>,
) -> Result<(Decision, Set), TooLarge> {
    if mine == from || mine == onto {
        return Ok((onto, Set::EMPTY));
    }
    if onto == from {
        return Ok((mine, Set::EMPTY));
    }
    let mut differ = |a, b| {
        let differs = store.zip(a, b, &|a, b| (a != b) as Leaf)?;
        store.set_where(differs, &|leaf| leaf == 1)
    };
    let (by_mine, by_onto, apart) = (differ(from, mine)?, differ(from, onto)?, differ(mine, onto)?);
    let both = store.and(by_mine, by_onto)?;
    let both = store.and(both, apart)?;
    let mut decision = store.choose(by_mine, mine, onto)?;
    if favor == Some(Favor::Upstream) {
        decision = store.choose(both, onto, decision)?;
    }
    Ok((decision, both))
}

fn conflict(
    store: &mut Store,
    syscall: Syscall,
    cell: &Cell,
    answers: [Decision; 3],
    both: Set,
) -> Result<Conflict, OverlayError> {
    let width = if cell.abi.is_32bit() { 32 } else { 64 };
    let when = words::describe(store, both, width, CLAUSES)
        .map_err(|bound| OverlayError::TooLarge { syscall, bound })?;
    let point = store.witness(both).unwrap_or_default();
    let [from, mine, onto] = answers.map(|answer| {
        let leaf = store.evaluate(answer, &point);
        (leaf != UNMATCHED).then(|| action(leaf))
    });
    let about = ConflictAbout::Calls { syscall, when, from, mine, onto };
    Ok(Conflict { about, places: vec![(cell.host, cell.abi)] })
}
