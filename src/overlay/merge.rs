//! Layers to one profile.

use super::layers::error::OverlayError;
use super::layers::layer::{Filters, Layer};
use super::layers::source::Source;
use super::layers::target::{self, Said, Strategy};
use super::synthesis::goal::Goal;
use super::synthesis::realise::{Merged, realise};
use crate::decision::{Leaf, Store};
use crate::profile::{Action, ArchMapEntry, Format, Profile, Spanned};
use crate::semantics::{Engine, Machine, action, filter_abis};
use crate::syscall::{Abi, Host, Syscall};
use std::collections::{BTreeMap, BTreeSet};

/// Merges layers, the base first, for the hosts that are asked for. What the result does on others
/// is not looked at.
///
/// # Errors
/// [`OverlayError`]; whatever is returned has been proved.
pub fn merge(
    store: &mut Store,
    layers: &[Layer],
    strategy: Strategy,
    hosts: &[Host],
) -> Result<Merged, OverlayError> {
    // A layer that says nothing changes nothing.
    let speaks = |(at, layer): &(usize, &Layer)| *at == 0 || !layer.is_empty();
    let layers: Vec<Layer> =
        layers.iter().enumerate().filter(speaks).map(|(_, layer)| layer.clone()).collect();
    let layers = &layers[..];
    let Some((first, above)) = layers.split_first() else { return Err(OverlayError::NoLayers) };
    let first = &Layer { name: first.name.clone(), profile: editable(&first.profile) };
    let filters = target::filters(strategy, layers, hosts)?;
    let base = with_architectures(&first.profile, &filters)?;
    let mut said = Vec::with_capacity(layers.len());
    for (at, layer) in std::iter::once(first).chain(above).enumerate() {
        let said_by = Said::of(store, layer, &base, &filters);
        said.push(said_by.map_err(OverlayError::of_layer(at))?);
    }
    let default = target::default(strategy, &said);
    let base =
        with_default(base, default, first.default(store).map_err(OverlayError::of_layer(0))?);
    let same_default = said.first().is_some_and(|said| said.default == default);

    let mut sources = Vec::with_capacity(layers.len());
    // The base, then the other layers from the last: its rules are the likeliest.
    let order = std::iter::once(0).chain((1..layers.len()).rev());
    for at in order {
        let layer = if at == 0 { Some(first) } else { layers.get(at) };
        let (Some(layer), Some(said)) = (layer, said.get(at)) else { continue };
        let stays = (at == 0 && same_default).then_some(default);
        let source = Source::new(store, layer, &said.grid, &filters, stays);
        sources.push(source.map_err(OverlayError::of_layer(at))?);
    }
    let named = |at: usize, name: &str| {
        // By the layers' own order.
        let place = if at == 0 { 0 } else { layers.len() - at };
        sources.get(place).is_some_and(|source| source.names.contains(name))
    };
    let above_name = |name: &str| (1..layers.len()).any(|at| named(at, name));
    let families: BTreeSet<_> = Syscall::all()
        .filter(|syscall| above_name(syscall.name()))
        .filter_map(|syscall| syscall.multiplexer().map(|(multiplexer, _)| multiplexer))
        .collect();
    let mut rows = vec![None; Syscall::count()];
    let mut joined = target::Joined::default();
    for syscall in Syscall::all() {
        let is_asked = strategy.counts_defaults()
            || above_name(syscall.name())
            || families.iter().any(|multiplexer| multiplexer.syscall() == Some(syscall));
        if !is_asked {
            continue;
        }
        let names = |at: usize| named(at, syscall.name());
        let cells = target::cells(store, strategy, &said, names, syscall, &mut joined)?;
        if let Some(row) = rows.get_mut(syscall.index()).filter(|_| !cells.is_empty()) {
            *row = Some(cells);
        }
    }
    let mut unknown = BTreeMap::new();
    for (place, source) in sources.iter().enumerate().skip(1).rev() {
        for name in &source.names {
            let row = Syscall::from_name(name).and_then(|syscall| rows.get(syscall.index()));
            if !matches!(row, Some(Some(_))) && !named(0, name) {
                unknown.insert(name.clone(), place);
            }
        }
    }
    let by = |name: &str| {
        let family = Syscall::from_name(name)
            .map(|syscall| families.iter().any(|m| m.syscall() == Some(syscall)));
        let all: Vec<&str> = (1..layers.len())
            .filter(|at| named(*at, name) || strategy.counts_defaults() || family == Some(true))
            .filter_map(|at| layers.get(at))
            .map(|layer| layer.name.as_str())
            .collect();
        if all.is_empty() { first.name.clone() } else { all.join(", ") }
    };
    let exact = !strategy.counts_defaults();
    let goal = Goal { base, default, filters, rows, exact, sources: &sources, unknown, by: &by };
    let softened = match strategy {
        Strategy::Stack => target::softened(layers, &goal.filters),
        _ => Ok(Vec::new()),
    };
    Ok(Merged { softened: softened?, ..realise(store, &goal)? })
}

/// A profile in which every group can be edited: an old `name` becomes `names` in its place. Beside
/// `names` it stays, for engines to refuse.
pub(super) fn editable(profile: &Profile) -> Profile {
    let mut profile = profile.clone();
    for rule in profile.rules.iter_mut().filter(|rule| rule.names.is_empty()) {
        rule.names.extend(rule.name.take());
    }
    profile
}

/// The profile with a default action of its own where it shall have another.
pub(super) fn with_default(mut profile: Profile, default: Leaf, before: Leaf) -> Profile {
    profile.format = Format::Docker;
    if profile.default_action.is_some() && default == before {
        return profile;
    }
    let default = action(default);
    profile.default_action = Some(Spanned::bare(default.name()));
    profile.default_errno_ret = match default {
        Action::Errno(value) | Action::Trace(value) => Some(Spanned::bare(value.into())),
        _ => None,
    };
    profile
}

/// The profile with an `archMap` that gives these filters, if its own gives others.
pub(super) fn with_architectures(
    profile: &Profile,
    filters: &Filters,
) -> Result<Profile, OverlayError> {
    let gives = |profile: &Profile| {
        filters.iter().find(|(host, wanted)| {
            let own =
                filter_abis(profile, Machine::newest(Engine::Docker), *host).unwrap_or_default();
            let set = |abis: &[Abi]| {
                let own = abis.iter().filter(|abi| host.abis().contains(abi));
                own.copied().collect::<BTreeSet<_>>()
            };
            set(&own) != set(wanted)
        })
    };
    if gives(profile).is_none() {
        return Ok(profile.clone());
    }
    let name = |abi: &Abi| Spanned::bare(abi.oci_name().to_owned());
    let mut arch_map = Vec::new();
    for (host, abis) in filters {
        let Some(key) = Engine::Docker.arch_map_key(*host) else { continue };
        let sub: Vec<_> = abis.iter().filter(|abi| **abi != key).map(name).collect();
        arch_map.push(ArchMapEntry { architecture: name(&key), sub_architectures: sub });
    }
    let profile = Profile { architectures: Vec::new(), arch_map, ..profile.clone() };
    match gives(&profile) {
        Some((host, _)) => Err(OverlayError::Architectures { host: *host }),
        None => Ok(profile),
    }
}
