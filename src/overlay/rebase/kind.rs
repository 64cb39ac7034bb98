//! Whole profiles and overlays: two kinds of functions that can be rebased and compared.

use crate::decision::{Leaf, Store};
use crate::overlay::layers::error::OverlayError;
use crate::overlay::layers::layer::{Filters, Layer};
use crate::overlay::layers::target::same_answers;
use crate::overlay::merge::with_architectures;
use crate::profile::{Profile, normalize};
use crate::semantics::{SemanticsError, UNMATCHED};
use crate::syscall::{Abi, Host};
use std::collections::BTreeSet;

/// What is rebased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whole profiles: a call without a rule gets the default action.
    Whole,
    /// Overlays: a call without a rule is left to what lies below.
    Overlay,
}

/// Whether two profiles, or two overlays, are one function with the same members beside it.
///
/// # Errors
/// [`OverlayError`], where the layers are counted as `a`, `b`.
pub fn same(
    store: &mut Store,
    [a, b]: [&Layer; 2],
    kind: Kind,
    hosts: &[Host],
) -> Result<bool, OverlayError> {
    let error = OverlayError::of_layer;
    let beside = |layer: &Layer| normalize(&Profile { rules: Vec::new(), ..layer.profile.clone() });
    let (of_a, of_b) = (beside(a), beside(b));
    let is_overlay = kind == Kind::Overlay;
    if is_overlay && of_a != of_b
        || (of_a.flags, of_a.listener_path, of_a.listener_metadata)
            != (of_b.flags, of_b.listener_path, of_b.listener_metadata)
    {
        return Ok(false);
    }
    let (a, b) = match kind {
        Kind::Whole => (a.clone(), b.clone()),
        Kind::Overlay => (of_every_abi(a, hosts)?, of_every_abi(b, hosts)?),
    };
    let filters = sets(a.filters(hosts).map_err(error(0))?);
    if filters != sets(b.filters(hosts).map_err(error(1))?) {
        return Ok(false);
    }
    let default = default_of(store, &a, kind).map_err(error(0))?;
    if default != default_of(store, &b, kind).map_err(error(1))? {
        return Ok(false);
    }
    let filters: Filters =
        filters.into_iter().map(|(h, abis)| (h, abis.into_iter().collect())).collect();
    let below = a.matches(store, &a.profile, &filters).map_err(error(0))?;
    let above = b.matches(store, &a.profile, &filters).map_err(error(1))?;
    let default = if is_overlay { UNMATCHED } else { default };
    for (a, b) in below.iter().zip(&above) {
        if !same_answers(store, a, b, default)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn sets(filters: Filters) -> Vec<(Host, BTreeSet<Abi>)> {
    filters.into_iter().map(|(host, abis)| (host, abis.into_iter().collect())).collect()
}

/// What an overlay lists counts for nothing: its rules are for every ABI that the base can have.
pub(super) fn of_every_abi(layer: &Layer, hosts: &[Host]) -> Result<Layer, OverlayError> {
    let every = hosts.iter().map(|host| (*host, host.abis().to_vec())).collect();
    let bare = Profile { architectures: Vec::new(), arch_map: Vec::new(), ..layer.profile.clone() };
    with_architectures(&bare, &every).map(|profile| layer.with(profile))
}

/// The default action of a layer; an overlay mostly has none.
pub(in crate::overlay) fn default_of(
    store: &mut Store,
    layer: &Layer,
    kind: Kind,
) -> Result<Leaf, SemanticsError> {
    match (kind, &layer.profile.default_action) {
        (Kind::Overlay, None) => Ok(UNMATCHED),
        _ => layer.default(store),
    }
}
