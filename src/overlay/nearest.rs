//! Which baselines a profile is nearest to, by what calls get and not by text.

use super::error::OverlayError;
use super::layer::{Filters, Grid, Layer};
use super::target::same_answers;
use crate::baseline::{self, Product, Release};
use crate::decision::Store;
use crate::lint::Date;
use crate::load::{LoadOptions, load};
use crate::semantics::Engine;
use crate::syscall::Host;

/// A baseline and how far a profile is from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Near {
    /// The first release that ships it.
    pub release: &'static Release,
    /// The last release that ships it.
    pub last: &'static Release,
    /// For how many system calls the profile gives another answer, on whatever host.
    pub distance: usize,
    /// How old it is.
    pub age: Age,
}

/// How far a baseline is behind the newest one of its product, whatever today's date: counted from
/// the last release that ships it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Age {
    /// So many days later the newest release came out.
    pub days: u32,
    /// So many releases have a higher version.
    pub releases: usize,
}

impl Age {
    fn of(release: &Release) -> Age {
        let all = baseline::list().iter().filter(|other| other.product == release.product);
        let later = all.skip_while(|other| other.version != release.version).skip(1);
        let day = |release: &Release| Date::parse(release.date).map_or(0, Date::days);
        let newest = later.clone().last().map_or(0, day);
        Age { days: newest.saturating_sub(day(release)), releases: later.count() }
    }
}

/// The `count` nearest baselines, the nearest first, and those that are as near as the last of
/// them; of two at one distance the newer is first.
///
/// # Errors
/// [`OverlayError`]
pub fn nearest(
    store: &mut Store,
    mine: &Layer,
    product: Product,
    count: usize,
) -> Result<Vec<Near>, OverlayError> {
    let mut near: Vec<Near> = Vec::new();
    for release in baseline::list().iter().filter(|release| release.product == product) {
        if let Some(known) = near.iter_mut().find(|near| near.release.content == release.content) {
            known.last = release;
            continue;
        }
        let base = baseline_layer(release)?;
        // On some of the hosts it is no greater than on all.
        let distance = distance(store, &base, mine, &[Host::Amd64])?;
        near.push(Near { release, last: release, distance, age: Age::default() });
    }
    near.reverse();
    // Of two at one distance the newer is first.
    let mut bounds: Vec<(usize, Near)> = near.into_iter().enumerate().collect();
    bounds.sort_by_key(|(_, near)| near.distance);
    let mut exact: Vec<(usize, Near)> = Vec::new();
    let last = |exact: &[(usize, Near)]| Some(exact.get(count.checked_sub(1)?)?.1.distance);
    for (age, bound) in bounds {
        if last(&exact).is_some_and(|last| bound.distance > last) {
            break;
        }
        let base = baseline_layer(bound.release)?;
        let distance = distance(store, &base, mine, &Host::ALL)?;
        exact.push((age, Near { distance, ..bound }));
        exact.sort_by_key(|&(age, near)| (near.distance, age));
    }
    let farthest = last(&exact).unwrap_or(usize::MAX);
    let near = exact.into_iter().map(|(_, near)| near).filter(|near| near.distance <= farthest);
    Ok(near.map(|near| Near { age: Age::of(near.last), ..near }).collect())
}

/// The baseline of a release as a layer.
fn baseline_layer(release: &Release) -> Result<Layer, OverlayError> {
    let name = release.to_string();
    let loaded = load(&name, &LoadOptions::default())
        .map_err(|error| OverlayError::Unreadable(error.to_string()))?;
    Layer::new(&name, &loaded.profile, Engine::of(loaded.profile.format))
        .map_err(OverlayError::of_layer(0))
}

/// For how many system calls two profiles differ, on the hosts on which both can be loaded. A
/// filter with other ABIs, or another default action, counts for one.
fn distance(
    store: &mut Store,
    base: &Layer,
    mine: &Layer,
    hosts: &[Host],
) -> Result<usize, OverlayError> {
    let error = OverlayError::of_layer;
    let own = mine.filters(hosts).map_err(error(1))?;
    let filters = base.filters(hosts).map_err(error(0))?;
    let is_common = |(host, _): &(Host, _)| own.iter().any(|(of, _)| of == host);
    let filters: Filters = filters.into_iter().filter(is_common).collect();
    let default = base.default(store).map_err(error(0))?;
    let mut distance = usize::from(default != mine.default(store).map_err(error(1))?)
        + usize::from(!filters.iter().all(|filter| own.contains(filter)));
    let of = base.profile();
    let below: Grid = base.matches(store, of, &filters).map_err(error(0))?;
    let above: Grid = mine.matches(store, of, &filters).map_err(error(1))?;
    for (a, b) in below.iter().zip(&above) {
        distance += usize::from(!same_answers(store, a, b, default)?);
    }
    Ok(distance)
}
