//! Which default a profile comes from: what is so there already is not the profile's own doing.
//!
//! That is the one that it is a copy of. A text that is no copy comes from none, however near to one
//! it is in what it does: all of that is its own.

use super::defaults::default_of;
use super::usual::usual;
use crate::baseline::{self, Product, Release};
use crate::decision::{Decision, Store};
use crate::origin;
use crate::profile::Profile;
use crate::semantics::{Engine, Policy, Settings};
use crate::syscall::{Host, Syscall};

/// Every call of an ABI.
pub(super) type Calls = Vec<(Syscall, Decision)>;

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
    /// That default, read by the machine of `settings`. `known` are policies of a profile, and `newest` one of
    /// the newest default in the same store, which can be the one in question.
    pub fn find(
        store: &mut Store,
        settings: &Settings,
        release: &'static Release,
        known: (&Profile, [&Policy; 2]),
        newest: &Policy,
    ) -> Option<Origin> {
        let is_newest = baseline::find("default").is_ok_and(|newest| newest == release);
        let mut build = |settings: &Settings| {
            let default = default_of(release, settings)?;
            let is_known = |policy: &&&Policy| *policy.settings() == default.settings;
            match known.1.iter().find(is_known) {
                Some(policy) if default.loaded.profile == *known.0 => Some((*policy).clone()),
                _ if is_newest && *newest.settings() == default.settings => Some(newest.clone()),
                _ => default.policy(store).ok(),
            }
        };
        let (open, usual) = (build(settings)?, build(&usual(settings))?);
        Some(Origin { release, open, usual })
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

pub(super) fn build(
    store: &mut Store,
    settings: &Settings,
    release: &'static Release,
    host: Host,
) -> Option<Calls> {
    let settings = Settings { hosts: vec![host], ..settings.clone() };
    let policy = default_of(release, &settings)?.policy(store).ok()?;
    calls(&policy, host)
}

/// What a policy does to native programs, without runc's stub, which every new name moves.
pub(super) fn calls(policy: &Policy, host: Host) -> Option<Calls> {
    let abi = policy.abi(host, host.native())?;
    Some(abi.calls().zip(abi.bare_calls()).map(|((_, syscall, _), bare)| (syscall, bare)).collect())
}
