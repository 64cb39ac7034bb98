//! What every lint looks at: the profile, and what it does.

use super::finding::Proof;
use super::idle::{WithoutEffect, rules_without_effect_in};
use crate::decision::{Assignment, Compare, Decision, Set, Store, TooLarge};
use crate::diff::Place;
use crate::load::Loaded;
use crate::profile::{ArgCmp, KernelVersion, Op, Profile};
use crate::semantics::{self, Engine, Given, Policy, Reader, SemanticsError, Settings};
use crate::syscall::{Abi, Host, Syscall};
use std::sync::{Arc, OnceLock};

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
    pub idle: WithoutEffect,
}

/// A kernel for witnesses that do not ask for one.
const KERNEL: KernelVersion = KernelVersion { kernel: 6, major: 12 };

impl<'a> Context<'a> {
    pub fn new(loaded: &'a Loaded, settings: &Settings) -> Result<Context<'a>, SemanticsError> {
        let profile = &loaded.profile;
        let mut store = Store::default();
        let policy = Policy::build(&mut store, profile, settings)?;
        // It may use up its share on a profile that is large, and says so then.
        let allowance = Arc::new(store.meter().allowance(2));
        let idle =
            rules_without_effect_in(store.clone_metered(allowance.clone()), profile, &policy);
        store.meter().settle(&allowance);
        let usual_settings = usual(settings);
        let usual = Policy::build(&mut store, profile, &usual_settings)?;
        let default = default_policy(&mut store, &usual_settings)?;
        Ok(Context {
            loaded,
            profile,
            settings: settings.clone(),
            store,
            policy,
            usual,
            default,
            idle,
        })
    }

    pub fn engine(&self) -> Engine {
        self.settings.machine.engine
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
        self.store.set_where(decision, &|leaf| semantics::action(leaf).lets_through())
    }

    /// One call of a set as proof, with what `policy` answers.
    pub fn proof(
        &self,
        set: Set,
        decision: Decision,
        place: Place,
        syscall: Syscall,
    ) -> Option<Proof> {
        let mut point = self.store.witness(set)?;
        let settings = &self.settings;
        if let Some(capabilities) = settings.given.capabilities {
            point.capabilities = capabilities;
        }
        if point.kernel == KernelVersion::default() {
            point = self.with_kernel(point, set);
        }
        let action = semantics::action(self.store.evaluate(decision, &point));
        Some(Proof { place, syscall, point, action })
    }

    /// With a kernel of today, where the set does not mind.
    fn with_kernel(&self, point: Assignment, set: Set) -> Assignment {
        let kernel = self.settings.given.kernel.unwrap_or(KERNEL);
        let newer = Assignment { kernel, ..point };
        if self.store.evaluate(set.decision(), &newer) == 1 { newer } else { point }
    }
}

/// The question with Docker's capabilities, where none are given.
pub(super) fn usual(settings: &Settings) -> Settings {
    let capabilities = settings.given.capabilities.or(Some(Given::docker_default()));
    Settings { given: Given { capabilities, ..settings.given }, ..settings.clone() }
}

fn default_policy(store: &mut Store, settings: &Settings) -> Result<Policy, SemanticsError> {
    /// Many files are compared with it.
    static DEFAULT: OnceLock<Profile> = OnceLock::new();
    let settings = settings.clone().read_by(Engine::Docker);
    let profile = DEFAULT.get_or_init(|| {
        let loaded = crate::load::load_baseline("default");
        // A test holds that the baselines load; a profile without rules would be seccomp off.
        loaded.map(|loaded| loaded.profile).unwrap_or_default()
    });
    Policy::build(store, profile, &settings)
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

/// The calls that fulfil a condition, as libseccomp compares on words of that width.
pub(super) fn condition(store: &mut Store, arg: &ArgCmp, is_32bit: bool) -> Result<Set, TooLarge> {
    let (width, highest) = if is_32bit { (32, u64::from(u32::MAX)) } else { (64, u64::MAX) };
    let value = arg.value & highest;
    let mut compare =
        |compare, mask, datum| store.compare_arg(arg.index, 0, width, mask, compare, datum);
    let (set, negated) = match arg.op {
        Op::Eq => (compare(Compare::Eq, highest, value)?, false),
        Op::Ne => (compare(Compare::Eq, highest, value)?, true),
        Op::Ge => (compare(Compare::Ge, highest, value)?, false),
        Op::Lt => (compare(Compare::Ge, highest, value)?, true),
        Op::Gt => (compare(Compare::Gt, highest, value)?, false),
        Op::Le => (compare(Compare::Gt, highest, value)?, true),
        Op::MaskedEq => (compare(Compare::Eq, value, arg.value_two & value)?, false),
    };
    if negated { store.not(set) } else { Ok(set) }
}
