//! Which default a profile comes from: what is so there already is not the profile's own doing.
//!
//! That is the one that it is a copy of. Of a text that is no copy it is the nearest in what it does, if
//! one is near.

use super::usual::usual;
use crate::baseline::{self, Product, Release};
use crate::decision::{Decision, Store};
use crate::facts::{self, Hash, Memo};
use crate::load::{LoadOptions, Loaded, parse_baseline};
use crate::origin;
use crate::profile::Profile;
use crate::semantics::{Engine, Policy, Settings};
use crate::syscall::{Host, Syscall};
use std::sync::{Arc, Mutex};

/// Every call of an ABI.
pub(super) type Calls = Vec<(Syscall, Decision)>;

/// With more calls that differ, a profile has not come from the default.
const NEAR: usize = 60;

/// The default that a profile comes from, as the engine that ships it reads it.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub release: &'static Release,
    /// Environments open, but for what is given.
    pub open: Policy,
    /// With the capabilities that Docker grants, where none are given.
    pub usual: Policy,
}

impl Origin {
    /// Of a profile with that text and meaning; `own` is the default that it is itself, if it is one.
    pub fn find(
        store: &mut Store,
        settings: &Settings,
        (profile, policy): (&Profile, &Policy),
        own: Option<&'static Release>,
    ) -> Option<Origin> {
        let copied = || {
            let origin = text_origin(profile, settings.machine.engine);
            origin.first().map(|first| first.state.release())
        };
        let release = match own.or_else(copied) {
            Some(release) => release,
            None => {
                let host = *settings.hosts.first()?;
                nearest(store, settings, &calls(policy, host)?, host)?.1
            }
        };
        let open = self::policy(store, settings, release)?;
        let usual = self::policy(store, &usual(settings), release)?;
        Some(Origin { release, open, usual })
    }

    /// Its profile.
    pub fn loaded(&self) -> Option<Loaded> {
        loaded(self.release)
    }
}

/// What a profile is a copy of, as its engine reads it.
pub(super) fn text_origin(profile: &Profile, engine: Engine) -> origin::Origin {
    let lines = match engine.is_containers_common() {
        true => &[Product::ContainersCommon][..],
        false => &[Product::Docker, Product::ContainersCommon],
    };
    origin::origin(profile, lines)
}

/// The nearest default, if one is near, with the number of calls that differ: the newest of them.
fn nearest(
    store: &Store,
    settings: &Settings,
    own: &Calls,
    host: Host,
) -> Option<(usize, &'static Release)> {
    let settings = usual(settings);
    let own = hashes(store, own);
    let near = match facts::are_for(&settings) {
        true => facts::distances(&own, host),
        false => distances(&settings, &own, host),
    };
    let near = near.into_iter().zip(facts::releases());
    let (distance, release) = near.min_by_key(|(distance, _)| *distance)?;
    let release = baseline::find(release).ok()?;
    (distance <= NEAR).then_some((distance, release))
}

/// Of how many calls each default makes something else, where nobody wrote that down: by the order
/// of [`facts::releases`]. One that does not load is at every distance.
fn distances(settings: &Settings, own: &[Hash], host: Host) -> Vec<usize> {
    /// The questions of this run, which many files share.
    static ASKED: Mutex<Vec<(Settings, Arc<Defaults>)>> = Mutex::new(Vec::new());
    let settings = Settings { hosts: vec![host], ..settings.clone() };
    let known = |asked: &[(Settings, Arc<Defaults>)]| {
        asked.iter().find(|(of, _)| *of == settings).map(|(_, defaults)| defaults.clone())
    };
    let defaults = match ASKED.lock().ok().and_then(|asked| known(&asked)) {
        Some(defaults) => defaults,
        None => {
            let releases = facts::releases().iter();
            let defaults: Defaults = releases.map(|of| default(&settings, of, host)).collect();
            let defaults = Arc::new(defaults);
            if let Ok(mut asked) = ASKED.lock() {
                asked.truncate(MOST_ASKED);
                asked.insert(0, (settings, defaults.clone()));
            }
            defaults
        }
    };
    let distance = |theirs: &Vec<Hash>| own.iter().zip(theirs).filter(|(a, b)| a != b).count();
    defaults.iter().map(|theirs| theirs.as_ref().map_or(usize::MAX, distance)).collect()
}

/// The hashes of every default that loads.
type Defaults = Vec<Option<Vec<Hash>>>;

/// How many questions are remembered.
const MOST_ASKED: usize = 31;

fn default(settings: &Settings, release: &str, host: Host) -> Option<Vec<Hash>> {
    let mut store = Store::default();
    let calls = build(&mut store, settings, baseline::find(release).ok()?, host)?;
    Some(hashes(&store, &calls))
}

/// Equal decisions of two stores have one hash.
fn hashes(store: &Store, calls: &Calls) -> Vec<Hash> {
    let mut memo = Memo::default();
    calls.iter().map(|(_, decision)| facts::hash(store, *decision, &mut memo)).collect()
}

pub(super) fn build(
    store: &mut Store,
    settings: &Settings,
    release: &'static Release,
    host: Host,
) -> Option<Calls> {
    let settings = Settings { hosts: vec![host], ..settings.clone() };
    calls(&policy(store, &settings, release)?, host)
}

fn loaded(release: &'static Release) -> Option<Loaded> {
    let options = LoadOptions { format: Some(release.product.format()), ..LoadOptions::default() };
    parse_baseline(&release.to_string(), release, &options).ok()
}

fn policy(store: &mut Store, settings: &Settings, release: &'static Release) -> Option<Policy> {
    let loaded = loaded(release)?;
    let settings = settings.clone().read_by(Engine::of_loaded(&loaded));
    Policy::build(store, &loaded.profile, &settings).ok()
}

/// What a policy does to native programs, without runc's stub, which every new name moves.
pub(super) fn calls(policy: &Policy, host: Host) -> Option<Calls> {
    let abi = policy.abi(host, host.native())?;
    Some(abi.calls().zip(abi.bare_calls()).map(|((_, syscall, _), bare)| (syscall, bare)).collect())
}
