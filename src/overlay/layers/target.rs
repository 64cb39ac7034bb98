//! The definition: what the merged profile answers, from the matches of its layers.

use super::error::OverlayError;
use super::layer::{Cell, Filters, Grid, Layer, over};
use crate::decision::{Decision, Leaf, Store, TooLarge};
use crate::profile::{Action, ActionName};
use crate::semantics::{UNMATCHED, action, leaf};
use crate::syscall::{Abi, Host, Syscall};
use rustc_hash::FxHashMap;

/// How layers become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// The last layer with a match answers; where none has one, the base's default action.
    #[default]
    Override,
    /// As override, but a call that a layer names is answered by that layer alone.
    Replace,
    /// The most permissive of the layers' answers, default actions included.
    Union,
    /// The strictest of the layers' answers, default actions included.
    Stack,
}

impl Strategy {
    /// All of them.
    pub const ALL: [Strategy; 4] =
        [Strategy::Override, Strategy::Replace, Strategy::Union, Strategy::Stack];

    /// The name in options and files.
    pub const fn name(self) -> &'static str {
        match self {
            Strategy::Override => "override",
            Strategy::Replace => "replace",
            Strategy::Union => "union",
            Strategy::Stack => "stack",
        }
    }

    /// The strategy of that name.
    pub fn from_name(name: &str) -> Option<Strategy> {
        Strategy::ALL.into_iter().find(|strategy| strategy.name() == name)
    }

    /// Whether default actions take part.
    pub const fn counts_defaults(self) -> bool {
        matches!(self, Strategy::Union | Strategy::Stack)
    }

    /// The answer of two, the second of the later layer. Of two answers of one rank, as two
    /// errnos, the later layer's counts, as the kernel has it with stacked filters.
    pub(in crate::overlay) fn join(self, first: Leaf, second: Leaf) -> Leaf {
        let rank = |leaf| action(leaf).rank();
        let keeps_first = match self {
            Strategy::Union => rank(first) > rank(second),
            Strategy::Stack => rank(first) < rank(second),
            Strategy::Override | Strategy::Replace => second == UNMATCHED,
        };
        if keeps_first { first } else { second }
    }
}

/// What a layer says of every call.
#[derive(Clone, Debug)]
pub(in crate::overlay) struct Said {
    /// The matches, on the ABIs of the merged filter.
    pub grid: Grid,
    pub default: Leaf,
    /// The ABIs of its own filter; `None` where it lists none and is read with the others'.
    pub filters: Option<Filters>,
}

impl Said {
    /// What a layer says in a filter with the ABIs of another profile.
    pub fn of(
        store: &mut Store,
        layer: &Layer,
        of: &crate::profile::Profile,
        filters: &Filters,
    ) -> Result<Said, crate::semantics::SemanticsError> {
        let hosts: Vec<Host> = filters.iter().map(|(host, _)| *host).collect();
        Ok(Said {
            grid: layer.matches(store, of, filters)?,
            default: layer.default(store)?,
            filters: layer.lists_abis().then(|| layer.filters(&hosts)).transpose()?,
        })
    }

    fn has(&self, host: Host, abi: Abi) -> bool {
        let Some(filters) = &self.filters else { return true };
        filters.iter().any(|(of, abis)| *of == host && abis.contains(&abi))
    }

    /// The whole answer for a cell: with the default action, and `KILL` for absent ABIs.
    fn answer(&self, store: &mut Store, cell: &Cell) -> Result<Decision, TooLarge> {
        match self.has(cell.host, cell.abi) {
            true => over(store, cell.decision, Decision::leaf(self.default)),
            false => Ok(Decision::leaf(leaf(Action::KillThread))),
        }
    }
}

/// The merged default action.
pub(in crate::overlay) fn default(strategy: Strategy, layers: &[Said]) -> Leaf {
    let first = layers.first().map_or(UNMATCHED, |said| said.default);
    match strategy.counts_defaults() {
        true => {
            layers.iter().skip(1).fold(first, |joined, said| strategy.join(joined, said.default))
        }
        false => first,
    }
}

/// Pairs of decisions that were joined before: most hosts, ABIs and calls say the same.
pub(in crate::overlay) type Joined = FxHashMap<(Decision, Decision), Decision>;

/// The cells of one call in the merged profile. With a strategy that counts default actions they
/// are whole answers, else matches.
pub(in crate::overlay) fn cells(
    store: &mut Store,
    strategy: Strategy,
    layers: &[Said],
    names: impl Fn(usize) -> bool,
    syscall: Syscall,
    known: &mut Joined,
) -> Result<Vec<Cell>, OverlayError> {
    let row =
        |said: &Said, at: usize| said.grid.get(syscall.index()).and_then(|r| r.get(at)).copied();
    let mut cells =
        layers.first().and_then(|said| said.grid.get(syscall.index())).cloned().unwrap_or_default();
    for (place, cell) in cells.iter_mut().enumerate() {
        let joined = (|| {
            let mut joined: Option<Decision> = None;
            for (at, said) in layers.iter().enumerate() {
                let Some(own) = row(said, place) else { continue };
                let next = match strategy.counts_defaults() {
                    true => said.answer(store, &own)?,
                    false => own.decision,
                };
                joined = Some(match (joined, strategy) {
                    (None, _) => next,
                    (Some(_), Strategy::Replace) if names(at) => next,
                    (Some(before), _) if before == next => before,
                    (Some(before), _) => match known.get(&(before, next)) {
                        Some(&known) => known,
                        None => {
                            let both = match strategy {
                                // Without its name a layer can match `socketcall` and `ipc`.
                                Strategy::Override | Strategy::Replace => {
                                    over(store, next, before)?
                                }
                                _ => store.zip(before, next, &|a, b| strategy.join(a, b))?,
                            };
                            known.insert((before, next), both);
                            both
                        }
                    },
                });
            }
            Ok(joined)
        })();
        let joined = joined.map_err(|bound| OverlayError::TooLarge { syscall, bound })?;
        cell.decision = joined.unwrap_or(cell.decision);
    }
    Ok(cells)
}

/// The ABIs of the merged filter on every host on which each layer can be loaded.
pub(in crate::overlay) fn filters(
    strategy: Strategy,
    layers: &[Layer],
    hosts: &[Host],
) -> Result<Filters, OverlayError> {
    let mut merged: Option<Filters> = None;
    for (at, layer) in layers.iter().enumerate() {
        let own = layer.filters(hosts).map_err(OverlayError::of_layer(at))?;
        merged = Some(match merged {
            None => own,
            Some(merged) if !strategy.counts_defaults() || !layer.lists_abis() => merged,
            Some(_) if !layers.iter().take(at).any(Layer::lists_abis) => own,
            Some(merged) => {
                let of = |host| own.iter().find(|(of, _)| *of == host).map(|(_, abis)| abis);
                let both = merged.into_iter().filter_map(|(host, abis)| {
                    let own = of(host)?;
                    let mut joined: Vec<Abi> = match strategy {
                        Strategy::Stack => {
                            abis.into_iter().filter(|abi| own.contains(abi)).collect()
                        }
                        _ => abis.into_iter().chain(own.iter().copied()).collect(),
                    };
                    let mut seen = Vec::new();
                    joined.retain(|abi| {
                        !seen.contains(abi) && {
                            seen.push(*abi);
                            true
                        }
                    });
                    Some((host, joined))
                });
                both.collect()
            }
        });
    }
    let mut merged = merged.ok_or(OverlayError::NoLayers)?;
    if strategy == Strategy::Union {
        let meant: Vec<Host> = merged.iter().map(|(host, _)| *host).collect();
        let meant: Vec<Host> = meant.into_iter().filter(|host| is_meant(layers, *host)).collect();
        if !meant.is_empty() {
            merged.retain(|(host, _)| meant.contains(host));
        }
    }
    if merged.is_empty() { Err(OverlayError::NoHost) } else { Ok(merged) }
}

/// The ABIs of a layer's filter that the merged one leaves out, where a layer kills processes. Which of
/// the layers does is no matter: what is merged of some of them is a layer, too, and has neither the
/// ABI nor the calls of it any more.
pub(in crate::overlay) fn softened(
    layers: &[Layer],
    filters: &Filters,
) -> Result<Vec<(Host, Abi)>, OverlayError> {
    let kills = |layer: &Layer| {
        let profile = layer.profile();
        let actions = profile.rules.iter().map(|rule| &rule.action).chain(&profile.default_action);
        actions.into_iter().any(|action| action.value == ActionName::KillProcess)
    };
    if !layers.iter().any(kills) {
        return Ok(Vec::new());
    }
    let hosts: Vec<Host> = filters.iter().map(|(host, _)| *host).collect();
    let mut softened = Vec::new();
    for (at, layer) in layers.iter().enumerate().filter(|(_, layer)| layer.lists_abis()) {
        for (host, abis) in layer.filters(&hosts).map_err(OverlayError::of_layer(at))? {
            let merged = filters.iter().find(|(of, _)| *of == host).map(|(_, abis)| &abis[..]);
            let gone = abis.into_iter().filter(|abi| !merged.unwrap_or_default().contains(abi));
            softened.extend(gone.map(|abi| (host, abi)));
        }
    }
    softened.sort_unstable();
    softened.dedup();
    Ok(softened)
}

/// Whether each layer that lists architectures lists those of a host, or all layers have the same
/// ABIs there. A layer that does not, and has less ABIs, was written for other hosts: what it says of
/// the others of this one, that no call of theirs is ever made, nobody meant.
fn is_meant(layers: &[Layer], host: Host) -> bool {
    let lists_native = |layer: &&Layer| {
        let listed = &layer.profile().architectures;
        listed.is_empty() || listed.iter().any(|name| name.value == host.native().oci_name())
    };
    let abis = |layer: &Layer| {
        let own = layer.filters(&[host]).ok()?.pop().map(|(_, abis)| abis);
        own.map(|abis| abis.into_iter().collect::<std::collections::BTreeSet<Abi>>())
    };
    let mut sets = layers.iter().filter(|layer| layer.lists_abis()).map(abis);
    let first = sets.next();
    layers.iter().all(|layer| lists_native(&layer)) || sets.all(|set| Some(set) == first)
}

/// The function of a profile with the default action in place of no match.
pub(in crate::overlay) fn with_default(
    store: &mut Store,
    cells: &mut [Cell],
    default: Leaf,
) -> Result<(), TooLarge> {
    let mut last: Option<(Decision, Decision)> = None;
    for cell in cells {
        let filled = match last {
            Some((of, filled)) if of == cell.decision => filled,
            _ => over(store, cell.decision, Decision::leaf(default))?,
        };
        last = Some((cell.decision, filled));
        cell.decision = filled;
    }
    Ok(())
}

/// Whether two rows are one function where calls without a match get the default action.
pub(in crate::overlay) fn same_answers(
    store: &mut Store,
    a: &[Cell],
    b: &[Cell],
    default: Leaf,
) -> Result<bool, TooLarge> {
    let (mut a, mut b) = (a.to_vec(), b.to_vec());
    with_default(store, &mut a, default)?;
    with_default(store, &mut b, default)?;
    Ok(a == b)
}
