//! Which baselines a profile is nearest to, by what calls get and not by text.

use crate::baseline::{self, Date, Product, Release};
use crate::decision::Store;
use crate::diff::distance;
use crate::load::{LoadOptions, load};
use crate::origin::State;
use crate::overlay::layers::error::OverlayError;
use crate::overlay::layers::layer::Layer;
use crate::profile::{Format, Profile};
use crate::semantics::{Engine, Policy, Runtime, SemanticsError, Settings};
use crate::syscall::Host;
use std::sync::OnceLock;

/// A baseline and how far a profile is from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Near {
    /// The first release that ships it.
    pub release: &'static Release,
    /// The last release that ships it.
    pub last: &'static Release,
    /// How many changes a comparison of the two finds on all hosts, without runc's stub: a system
    /// call, an ABI of the filter and the default action count for one each.
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
    /// Of a state of a default: from its last release, or where none ships it from its day.
    pub(crate) fn of_state(state: &State) -> Age {
        let line = state.line();
        match state.releases.iter().rfind(|release| release.product == line) {
            Some(last) => Age::of(last),
            None => {
                let later = baseline::releases(line).iter();
                let later = later.filter(|release| release.date > state.date());
                let day = |date| Date::parse(date).map_or(0, Date::days);
                let newest = later.clone().map(|release| day(release.date)).max().unwrap_or(0);
                Age { days: newest.saturating_sub(day(state.date())), releases: later.count() }
            }
        }
    }

    fn of(release: &Release) -> Age {
        let all = baseline::releases(release.product).iter();
        let later = all.skip_while(|other| other.version != release.version).skip(1);
        let day = |release: &Release| Date::parse(release.date).map_or(0, Date::days);
        let newest = later.clone().last().map_or(0, day);
        Age { days: newest.saturating_sub(day(release)), releases: later.count() }
    }
}

/// A profile as it is read if it came from a product.
#[derive(Clone, Debug)]
pub struct ReadAs {
    /// Among whose baselines its origin is looked for.
    pub product: Product,
    /// What it says to the engine that reads it then.
    pub layer: Layer,
}

impl ReadAs {
    /// The ways in which a profile can be read: as the engine does, if one is given; else as its
    /// text says; else as the product has it; else both as Docker's and as Podman's.
    ///
    /// # Errors
    /// An errno that the engine does not know.
    pub fn all(
        name: &str,
        profile: &Profile,
        engine: Option<Engine>,
        product: Option<Product>,
    ) -> Result<Vec<ReadAs>, SemanticsError> {
        let told = (profile.format != Format::Docker).then(|| Engine::of(profile.format));
        let engines = match (engine.or(told), product) {
            (Some(engine), _) => vec![engine],
            (None, Some(product)) => vec![Engine::of(product.format())],
            (None, None) => vec![Engine::Docker, Engine::Podman],
        };
        let read = |engine: Engine| {
            let product = match engine.is_containers_common() {
                true => Product::ContainersCommon,
                false => Product::Docker,
            };
            Ok(ReadAs { product, layer: Layer::new(name, profile, engine)? })
        };
        engines.into_iter().map(read).collect()
    }
}

/// The nearest baselines, the nearest first: of the product of each way to read the profile
/// `count`, and those that are as near as the last of them. Of two at one distance the newer is
/// first, and what the first way gives.
///
/// # Errors
/// [`OverlayError`]; in [`OverlayError::Meaning`] the profile is layer 1, the baseline layer 0.
pub fn nearest(
    store: &mut Store,
    mine: &[ReadAs],
    count: usize,
) -> Result<Vec<Near>, OverlayError> {
    let mut near = Vec::new();
    for (at, read) in mine.iter().enumerate() {
        match policy(store, &read.layer, &Host::ALL) {
            Ok(mine) => near.extend(of_product(store, read, &mine, count)?),
            // Then it is none of that product's.
            Err(_) if at > 0 => {}
            Err(error) => return Err(OverlayError::of_layer(1)(error)),
        }
    }
    near.sort_by_key(|near: &Near| near.distance);
    Ok(near)
}

fn of_product(
    store: &mut Store,
    read: &ReadAs,
    mine: &Policy,
    count: usize,
) -> Result<Vec<Near>, OverlayError> {
    let built = built(read.product)?;
    // On some of the hosts it is no greater than on all.
    let mut beside = built.store.clone_metered(store.meter().clone());
    let on_one = policy(&mut beside, &read.layer, &[ONE]).ok();
    let mut bounds: Vec<(usize, Near)> = Vec::with_capacity(built.contents.len());
    for &(release, last, ref base) in &built.contents {
        let distance = match &on_one {
            Some(mine) => distance(&mut beside, base, mine).map_err(OverlayError::Compare)?,
            None => 0,
        };
        bounds.push((0, Near { release, last, distance, age: Age::default() }));
    }
    bounds.reverse();
    // Of two at one distance the newer is first.
    for (at, (place, _)) in bounds.iter_mut().enumerate() {
        *place = at;
    }
    bounds.sort_by_key(|(_, near)| near.distance);
    let mut exact: Vec<(usize, Near)> = Vec::new();
    let last = |exact: &[(usize, Near)]| Some(exact.get(count.checked_sub(1)?)?.1.distance);
    for (age, bound) in bounds {
        if last(&exact).is_some_and(|last| bound.distance > last) {
            break;
        }
        let distance = to(store, bound.release, mine, &Host::ALL)?;
        exact.push((age, Near { distance, ..bound }));
        exact.sort_by_key(|&(age, near)| (near.distance, age));
    }
    let farthest = last(&exact).unwrap_or(usize::MAX);
    let near = exact.into_iter().map(|(_, near)| near).filter(|near| near.distance <= farthest);
    Ok(near.map(|near| Near { age: Age::of(near.last), ..near }).collect())
}

/// The host on which all are held against a profile, before the few that are near are on every one.
const ONE: Host = Host::Amd64;

/// The defaults of a product on one host.
struct Built {
    store: Store,
    /// Each content once: the first and the last release that ship it, the oldest first.
    contents: Vec<(&'static Release, &'static Release, Policy)>,
}

/// They are built once a run: many profiles are held against them.
fn built(product: Product) -> Result<&'static Built, OverlayError> {
    static DOCKER: OnceLock<Built> = OnceLock::new();
    static PODMAN: OnceLock<Built> = OnceLock::new();
    let known = if product == Product::Docker { &DOCKER } else { &PODMAN };
    if let Some(built) = known.get() {
        return Ok(built);
    }
    let mut store = Store::default();
    let mut contents: Vec<(&Release, &Release, Policy)> = Vec::new();
    for release in baseline::releases(product) {
        match contents.iter_mut().find(|(known, ..)| known.content == release.content) {
            Some((_, last, _)) => *last = release,
            None => {
                let policy = policy(&mut store, &baseline_layer(release)?, &[ONE]);
                contents.push((release, release, policy.map_err(OverlayError::of_layer(0))?));
            }
        }
    }
    Ok(known.get_or_init(|| Built { store, contents }))
}

/// How far a profile is from the baseline of a release.
fn to(
    store: &mut Store,
    release: &Release,
    mine: &Policy,
    hosts: &[Host],
) -> Result<usize, OverlayError> {
    let base = policy(store, &baseline_layer(release)?, hosts);
    let base = base.map_err(OverlayError::of_layer(0))?;
    distance(store, &base, mine).map_err(OverlayError::Compare)
}

/// The baseline of a release as a layer.
fn baseline_layer(release: &Release) -> Result<Layer, OverlayError> {
    let name = release.to_string();
    let loaded = load(&name, &LoadOptions::default())
        .map_err(|error| OverlayError::Unreadable(error.to_string()))?;
    Layer::new(&name, &loaded.profile, Engine::of_loaded(&loaded))
        .map_err(OverlayError::of_layer(0))
}

/// The function of the filter alone.
pub(in crate::overlay) fn policy(
    store: &mut Store,
    layer: &Layer,
    hosts: &[Host],
) -> Result<Policy, SemanticsError> {
    let hosts = hosts.to_vec();
    let settings = Settings { hosts, ..Settings::new(Engine::Docker).with_runtime(Runtime::None) };
    Policy::build(store, layer.profile(), &settings)
}
