//! Following upstream: what a profile changed against the one it came from, done again to a newer
//! one. Everything is about what calls get, never about text.

use super::calls::Grids;
use super::conflict::{Conflict, ConflictAbout, Favor, three_way};
use super::doubt::Doubt;
use super::filter::{all_filters, one_default};
use super::kind::{Kind, default_of};
use crate::decision::{Leaf, Store};
use crate::overlay::layers::error::OverlayError;
use crate::overlay::layers::layer::{Cell, Filters, Grid, Layer};
use crate::overlay::layers::source::Source;
use crate::overlay::merge::{editable, with_architectures, with_default};
use crate::overlay::synthesis::goal::{Goal, multiplexer};
use crate::overlay::synthesis::realise::{Merged, realise};
use crate::profile::{Profile, Spanned, normalize};
use crate::semantics::UNMATCHED;
use crate::syscall::{Host, Syscall};
use std::collections::{BTreeMap, BTreeSet};

/// The outcome of a rebase.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant)] // there is one of it
pub enum Rebased {
    /// A proved profile.
    Clean(Merged),
    /// Both sides changed the same, and neither is favoured.
    Conflicts(Vec<Conflict>),
}

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
    three(store, &[from], [mine, onto], favor, hosts, Kind::Whole).map(|(rebased, _)| rebased)
}

/// Does to `onto` what was done to one of several profiles to make `mine`: what all of them give, and where
/// they do not agree the strictest, which is told. A conflict is one that all of them have.
///
/// # Errors
/// [`OverlayError`], where the layers are counted as one of `from`, `mine`, `onto`.
pub fn rebase_from_any(
    store: &mut Store,
    from: &[&Layer],
    [mine, onto]: [&Layer; 2],
    favor: Option<Favor>,
    hosts: &[Host],
) -> Result<(Rebased, Vec<Doubt>), OverlayError> {
    three(store, from, [mine, onto], favor, hosts, Kind::Whole)
}

/// The three-way merge of each of `from`, `mine` and `onto`.
pub(in crate::overlay) fn three(
    store: &mut Store,
    from: &[&Layer],
    [mine, onto]: [&Layer; 2],
    favor: Option<Favor>,
    hosts: &[Host],
    kind: Kind,
) -> Result<(Rebased, Vec<Doubt>), OverlayError> {
    let onto = &Layer { name: onto.name.clone(), profile: editable(&onto.profile) };
    let Some(first) = from.first() else { return Err(OverlayError::NoLayers) };
    let layers = [first, mine, onto];
    let (mut conflicts, mut doubts) = (Vec::new(), Vec::new());
    let filters = all_filters(from, [mine, onto], favor, hosts, &mut conflicts, &mut doubts)?;
    let base = listed(layers, &filters)?;
    let base = members(base, layers, favor, &mut conflicts);
    let error = OverlayError::of_layer;
    let side = |store: &mut Store, at: usize, layer: &Layer| {
        let default = default_of(store, layer, kind).map_err(error(at))?;
        Ok::<_, OverlayError>((default, layer.matches(store, &base, &filters).map_err(error(at))?))
    };
    let (mine_default, mine_grid) = side(store, 1, mine)?;
    let (onto_default, onto_grid) = side(store, 2, onto)?;
    let mut sides: Vec<(Leaf, Grid)> = Vec::with_capacity(from.len());
    for from in from {
        sides.push(side(store, 0, from)?);
    }
    let defaults: Vec<[Leaf; 3]> =
        sides.iter().map(|(from, _)| [*from, mine_default, onto_default]).collect();
    let default = one_default(&defaults, layers, favor, &mut conflicts, &mut doubts);

    let grids = Grids {
        from: &sides,
        defaults: &defaults,
        mine: &mine_grid,
        onto: &onto_grid,
        default,
        kind,
        favor,
    };
    let mut rows: Vec<Option<Vec<Cell>>> = vec![None; Syscall::count()];
    for syscall in Syscall::all() {
        let met = grids.meet(store, syscall, is_spread(layers, syscall), &mut doubts)?;
        conflicts.extend(met.conflicts);
        // With another default action every call may need rules.
        if (met.is_other || onto_default != default)
            && let Some(slot) = rows.get_mut(syscall.index()).filter(|_| !met.row.is_empty())
        {
            *slot = Some(met.row);
        }
    }
    if !conflicts.is_empty() {
        return Ok((Rebased::Conflicts(conflicts), doubts));
    }
    let base = match default {
        UNMATCHED => Profile { default_action: None, default_errno_ret: None, ..base },
        default => with_default(base, default, onto_default),
    };
    let stays = (onto_default == default).then_some(default);
    let sources = [
        Source::new(store, onto, &onto_grid, &filters, stays).map_err(error(2))?,
        Source::new(store, mine, &mine_grid, &filters, None).map_err(error(1))?,
    ];
    let unknown = unknown(layers, &onto_grid);
    let by = |_: &str| mine.name.clone();
    let exact = kind == Kind::Overlay;
    let goal = Goal { base, default, filters, rows, exact, sources: &sources, unknown, by: &by };
    Ok((Rebased::Clean(realise(store, &goal)?), doubts))
}

/// Through `socketcall` and `ipc` both sides also change what they change of the calls behind: a conflict is
/// told of these.
fn is_spread(layers: [&Layer; 3], syscall: Syscall) -> bool {
    let own_rules = |layer: &Layer| {
        let rules = layer.rules_of(syscall.name());
        normalize(&Profile { rules, ..Profile::default() }).rules
    };
    multiplexer(syscall).is_some() && {
        let [from, mine, onto] = layers.map(own_rules);
        from == mine && from == onto
    }
}

/// The profile onto which is rebased with lists of ABIs that give these filters: its own, those of
/// one's own profile, or others.
fn listed([_, mine, onto]: [&Layer; 3], filters: &Filters) -> Result<Profile, OverlayError> {
    let own = Profile {
        architectures: mine.profile.architectures.clone(),
        arch_map: mine.profile.arch_map.clone(),
        ..onto.profile.clone()
    };
    let base = with_architectures(&onto.profile, filters)?;
    if base == onto.profile {
        return Ok(base);
    }
    match with_architectures(&own, filters)? {
        listed if listed == own => Ok(own),
        _ => Ok(base),
    }
}

/// The base with what belongs to a profile as a whole and gives no call another action.
fn members(
    base: Profile,
    layers: [&Layer; 3],
    favor: Option<Favor>,
    conflicts: &mut Vec<Conflict>,
) -> Profile {
    let mut joined = |name, values: [Vec<String>; 3]| {
        let [from, mine, onto] = &values;
        three_way([from, mine, onto], favor).cloned().unwrap_or_else(|| {
            let said = |value: &Vec<String>| match value.is_empty() {
                true => "none".to_owned(),
                false => value.join(", "),
            };
            let values = [from, mine, onto].map(said);
            let about = ConflictAbout::Member { name, values };
            conflicts.push(Conflict { about, places: Vec::new() });
            Vec::new()
        })
    };
    let flags = |layer: &Layer| {
        let set: BTreeSet<&str> = layer.profile.flags.iter().map(|flag| &*flag.value).collect();
        set.into_iter().map(str::to_owned).collect()
    };
    let path = |layer: &Layer| layer.profile.listener_path.clone().into_iter().collect();
    let data = |layer: &Layer| layer.profile.listener_metadata.clone().into_iter().collect();
    let merged: Vec<String> = joined("flags", layers.map(flags));
    let listener_path = joined("listenerPath", layers.map(path)).pop();
    let listener_metadata = joined("listenerMetadata", layers.map(data)).pop();
    let is_own = merged == flags(layers[2]);
    let flags = match is_own {
        true => base.flags.clone(),
        false => merged.into_iter().map(Spanned::bare).collect(),
    };
    Profile { flags, listener_path, listener_metadata, ..base }
}

/// Names that one's own profile added and no filter here has a call for, most of them in no table.
fn unknown([from, mine, onto]: [&Layer; 3], grid: &Grid) -> BTreeMap<String, usize> {
    let (from, onto) = (from.names(), onto.names());
    let has_cells = |name: &str| {
        let row = Syscall::from_name(name).and_then(|syscall| grid.get(syscall.index()));
        row.is_some_and(|row| !row.is_empty())
    };
    let is_new =
        |name: &&str| !has_cells(name) && !from.contains_key(name) && !onto.contains_key(name);
    mine.names().into_keys().filter(is_new).map(|name| (name.to_owned(), 1)).collect()
}
