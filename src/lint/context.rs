//! What every lint looks at: the profile, and what it does.

use super::defaults::default_of;
use super::finding::Proof;
use super::origin::{Origin, text_origin};
use super::usual::usual;
use crate::baseline::{self, Release};
use crate::decision::var::Group;
use crate::decision::{Assignment, Decision, Meter, Set, Store, TooLarge};
use crate::diff::Place;
use crate::idle::{WithoutEffect, rules_without_effect_in};
use crate::load::Loaded;
use crate::profile::{Filter, KernelVersion, Profile};
use crate::semantics::{self, Engine, Policy, Reader, SemanticsError, Settings};
use crate::syscall::{Abi, Host, Syscall};
use rustc_hash::FxHashMap;
use std::rc::Rc;
use std::sync::Arc;

/// A profile that loads, and its policies, all in one store.
pub(super) struct Context<'a> {
    pub loaded: &'a Loaded,
    pub profile: &'a Profile,
    pub settings: Settings,
    pub store: Store,
    /// Environments open.
    pub policy: Policy,
    /// With the capabilities that Docker grants, where none are given.
    pub usual: Policy,
    /// Docker's newest default in the same environments.
    pub default: Policy,
    /// What decisions let through, as far as that was asked.
    opens: FxHashMap<Decision, Set>,
    /// Looked for once it is asked for.
    idle: Option<Rc<WithoutEffect>>,
    /// Looked for once it is asked for.
    origin: Option<Option<Rc<Origin>>>,
    /// Looked for once it is asked for.
    text: Option<Rc<crate::origin::Origin>>,
}

/// A kernel for witnesses that do not ask for one.
const KERNEL: KernelVersion = KernelVersion { kernel: 6, major: 12 };

impl<'a> Context<'a> {
    pub fn new(
        loaded: &'a Loaded,
        settings: &Settings,
        meter: &Arc<Meter>,
    ) -> Result<Context<'a>, SemanticsError> {
        let profile = &loaded.profile;
        let mut store = Store::metered(meter.clone());
        let policy = Policy::build(&mut store, profile, settings)?;
        let usual_settings = usual(settings);
        let usual = match asks_environment(profile) {
            true => Policy::build(&mut store, profile, &usual_settings)?,
            // Whatever is given, the same rules are kept.
            false => policy.clone().given(&usual_settings),
        };
        let default = default_policy(&mut store, &usual_settings, (profile, &usual))?;
        let opens = FxHashMap::default();
        Ok(Context {
            loaded,
            profile,
            settings: settings.clone(),
            store,
            policy,
            usual,
            default,
            opens,
            idle: None,
            origin: None,
            text: None,
        })
    }

    pub fn engine(&self) -> Engine {
        self.settings.machine.engine
    }

    /// The names that do nothing.
    pub fn idle(&mut self) -> Rc<WithoutEffect> {
        if let Some(idle) = &self.idle {
            return idle.clone();
        }
        // It may use up its share on a profile that is large, and says so then.
        let allowance = Arc::new(self.store.meter().allowance(2));
        let store = self.store.clone_metered(allowance.clone());
        let idle = Rc::new(rules_without_effect_in(store, self.profile, &self.policy));
        self.store.meter().settle(&allowance);
        self.idle.insert(idle).clone()
    }

    /// The default that the profile is, or is a copy of.
    pub fn origin(&mut self) -> Option<Rc<Origin>> {
        if self.origin.is_none() {
            let copied = |context: &mut Context| {
                context.text_origin().first().map(|first| first.state.release())
            };
            let release = self.loaded.baseline.or_else(|| copied(self));
            let found = release.and_then(|release| self.origin_of(release));
            self.origin = Some(found.map(Rc::new));
        }
        self.origin.clone().flatten()
    }

    fn origin_of(&mut self, release: &'static Release) -> Option<Origin> {
        let known = (self.profile, [&self.policy, &self.usual]);
        Origin::find(&mut self.store, &self.settings, release, known, &self.default)
    }

    /// What its text is a copy of, as its engine reads it.
    pub fn text_origin(&mut self) -> Rc<crate::origin::Origin> {
        let engine = self.engine();
        self.text.get_or_insert_with(|| Rc::new(text_origin(self.profile, engine))).clone()
    }

    /// Where programs run whose calls the filter looks at, the native programs first.
    pub fn places(&self) -> Vec<Place> {
        let mut places: Vec<Place> = Vec::new();
        for native in [true, false] {
            for &host in &self.settings.hosts {
                let abis = host.abis().iter().filter(|&&abi| (abi == host.native()) == native);
                let is_in = |abi: &&Abi| self.policy.abi(host, **abi).is_some_and(|p| p.in_filter);
                places.extend(abis.filter(is_in).map(|&abi| Place { host, abi }));
            }
        }
        places
    }

    /// Where the profile names a call first.
    pub fn mention(&self, syscall: Syscall) -> Option<crate::profile::Span> {
        self.policy.mentions(syscall).first().map(|mention| mention.span)
    }

    /// Whether a rule of the profile names the call to block it, or to let only some calls
    /// through: its author cares.
    pub fn is_restricted(&self, syscall: Syscall) -> bool {
        let mentions = self.policy.mentions(syscall);
        mentions.iter().any(|mention| {
            let rule = self.profile.rules.get(mention.rule);
            !mention.action.lets_through() || rule.is_some_and(|rule| !rule.args.is_empty())
        })
    }

    /// The decision for a call in a policy; `None` where its ABI lacks it or the filter lacks the
    /// ABI.
    pub fn decision(policy: &Policy, place: Place, syscall: Syscall) -> Option<Decision> {
        let number = syscall.number(place.abi)?;
        let abi = policy.abi(place.host, place.abi)?;
        abi.in_filter.then(|| abi.decision(number))
    }

    /// The calls that a policy lets through.
    pub fn open(&mut self, decision: Decision) -> Result<Set, TooLarge> {
        if let Some(&known) = self.opens.get(&decision) {
            return Ok(known);
        }
        let lets_through = |leaf| semantics::action(leaf).lets_through();
        let open = self.store.set_where(decision, &lets_through)?;
        self.opens.insert(decision, open);
        Ok(open)
    }

    /// One call of a set as proof, with what a decision of `policy` answers. It is in the environment
    /// that the policy was asked about: what holds with given capabilities need not hold without.
    pub fn proof(
        &self,
        policy: &Policy,
        set: Set,
        decision: Decision,
        place: Place,
        syscall: Syscall,
    ) -> Option<Proof> {
        let mut point = self.store.witness(set)?;
        let given = policy.settings().given;
        if let Some(capabilities) = given.capabilities {
            point.capabilities = capabilities;
        }
        if point.kernel == KernelVersion::default() {
            point = self.with_kernel(point, set);
        }
        let action = semantics::action(self.store.evaluate(decision, &point));
        let asks_kernel = given.kernel.is_some() || self.store.asks(decision, Group::Kernel);
        Some(Proof { place, syscall, point, action, asks_kernel, engine: None })
    }

    /// With a kernel of today, where the set does not mind.
    fn with_kernel(&self, point: Assignment, set: Set) -> Assignment {
        let kernel = self.settings.given.kernel.unwrap_or(KERNEL);
        let newer = Assignment { kernel, ..point };
        if self.store.evaluate(set.decision(), &newer) == 1 { newer } else { point }
    }
}

/// Whether some rule hangs on capabilities or the kernel.
fn asks_environment(profile: &Profile) -> bool {
    let asks = |filter: &Filter| !filter.caps.is_empty() || filter.min_kernel.is_some();
    profile.rules.iter().any(|rule| asks(&rule.includes) || asks(&rule.excludes))
}

/// What Docker's newest default does. `known` is a profile with its policy in the same store, which can
/// be that one.
fn default_policy(
    store: &mut Store,
    settings: &Settings,
    known: (&Profile, &Policy),
) -> Result<Policy, SemanticsError> {
    // A test holds that it is there and loads; a profile without rules would be seccomp off.
    let newest = baseline::find("default").ok();
    let Some(default) = newest.and_then(|newest| default_of(newest, settings)) else {
        return Policy::build(store, &Profile::default(), settings);
    };
    match *known.1.settings() == default.settings && *known.0 == default.loaded.profile {
        true => Ok(known.1.clone()),
        false => default.policy(store),
    }
}

/// The hosts that a profile is for: those whose native ABI it lists, all where it lists none. Where
/// it lists a 64-bit host with its 32-bit ABI, 32-bit hosts are not meant.
pub fn hosts_of(profile: &Profile, engine: Engine) -> Vec<Host> {
    let lists = |host: &Host| {
        let native = host.native().oci_name();
        let mapped = Reader::new(engine, profile).arch_map_key(*host).is_some();
        profile.architectures.iter().any(|name| name.value == native)
            || mapped && profile.arch_map.iter().any(|entry| entry.architecture.value == native)
    };
    let mut hosts: Vec<Host> = Host::ALL.into_iter().filter(lists).collect();
    let listed = hosts.clone();
    hosts.retain(|host| {
        let secondary = |other: &Host| {
            other.native() != host.native() && other.abis()[1..].contains(&host.native())
        };
        !(host.native().is_32bit() && listed.iter().any(secondary))
    });
    if hosts.is_empty() { Host::ALL.to_vec() } else { hosts }
}
