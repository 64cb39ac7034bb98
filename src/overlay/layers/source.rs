//! Where the rules of a merged profile can come from: its layers, with what they match.

use super::layer::{self, Filters, Grid, Layer};
use crate::decision::{Leaf, Part, Set, Store};
use crate::profile::Profile;
use crate::semantics::{Mention, Policy, Scope, SemanticsError, leaf};
use crate::syscall::Syscall;
use rustc_hash::FxHashSet;
use std::collections::BTreeSet;

/// A layer with its matches.
pub(in crate::overlay) struct Source<'a> {
    pub layer: &'a Layer,
    pub grid: &'a Grid,
    pub names: BTreeSet<String>,
    /// Calls of which the rules mean something else in another order or beside another default.
    pub fragile: FxHashSet<Syscall>,
}

impl<'a> Source<'a> {
    /// A layer as a source for a profile with a default action.
    pub fn new(
        store: &mut Store,
        layer: &'a Layer,
        grid: &'a Grid,
        filters: &Filters,
        default: Option<Leaf>,
    ) -> Result<Source<'a>, SemanticsError> {
        let fragile = fragile(store, layer, grid, filters, default)?;
        let names = layer.names().into_keys().map(str::to_owned).collect();
        Ok(Source { layer, grid, names, fragile })
    }
}

/// Calls of which rules with different actions meet. `default` is the action of rules that do not
/// count, where the layer stays the base.
fn fragile(
    store: &mut Store,
    layer: &Layer,
    grid: &Grid,
    filters: &Filters,
    default: Option<Leaf>,
) -> Result<FxHashSet<Syscall>, SemanticsError> {
    let names = layer.names();
    let candidates = names.iter().filter(|(_, places)| places.len() > 1);
    let candidates: Vec<Syscall> =
        candidates.filter_map(|(name, _)| Syscall::from_name(name)).collect();
    let mut fragile = FxHashSet::default();
    if candidates.is_empty() {
        return Ok(fragile);
    }
    let settings = layer::settings(filters);
    let wanted: BTreeSet<&str> = candidates.iter().map(|syscall| syscall.name()).collect();
    let profile = Profile {
        arch_map: Vec::new(),
        architectures: Vec::new(),
        ..layer::naming(&layer.profile, &wanted)
    };
    let policy = Policy::build_scope(store, &profile, &settings, Scope::Matches)?;
    for syscall in candidates {
        let counts = policy.mentions(syscall).iter().filter(|m| Some(leaf(m.action)) != default);
        // Most rules are kept alike, and only these can be many.
        let hosts = |m: &Mention| settings.hosts.iter().map(|host| m.is_on(*host)).collect();
        let key = |m: &Mention| -> (Leaf, Set, Vec<bool>) { (leaf(m.action), m.kept, hosts(m)) };
        let counts: Vec<_> = counts.map(key).collect::<FxHashSet<_>>().into_iter().collect();
        'pairs: for (at, (first, first_kept, first_on)) in counts.iter().enumerate() {
            store.meter().charge(Part::Rules, at).map_err(SemanticsError::whole)?;
            for (second, second_kept, second_on) in counts.iter().take(at) {
                let kept = store.and(*first_kept, *second_kept).map_err(SemanticsError::whole)?;
                if first != second
                    && !kept.is_empty()
                    && first_on.iter().zip(second_on).any(|(first, second)| *first && *second)
                {
                    fragile.insert(syscall);
                    break 'pairs;
                }
            }
        }
    }
    if fragile.is_empty() || default.is_none() {
        return Ok(fragile);
    }
    // A base's own rules stay if the reverse order means the same.
    let mut reversed =
        Profile { arch_map: Vec::new(), architectures: Vec::new(), ..layer.profile.clone() };
    reversed.rules.reverse();
    if let Ok(other) = layer.with(reversed).matches(store, &layer.profile, filters) {
        let row = |grid: &Grid, syscall: &Syscall| grid.get(syscall.index()).cloned();
        fragile.retain(|syscall| row(grid, syscall) != row(&other, syscall));
    }
    Ok(fragile)
}
