//! The policy of a profile: its whole function, for every host, ABI and system call.

use super::abi::{AbiPolicy, HostPolicy};
use super::mention::Mention;
use super::numbered;
use super::stub::Stub;
use crate::decision::{Assignment, Decision, Leaf, Memory, Set, Stage, Store, TooLarge};
use crate::machine::Machine;
use crate::profile::{Action, KernelVersion, Profile};
use crate::semantics::by_call::ByCall;
use crate::semantics::code;
use crate::semantics::compile::compiler::Compiler;
use crate::semantics::compile::sharing;
use crate::semantics::compile::unloaded;
use crate::semantics::error::{Problem, SemanticsError};
use crate::semantics::filter_settings::FilterSettings;
use crate::semantics::resolve::highest::Highest;
use crate::semantics::resolve::rules::{self, Resolved, ResolvedRule, Scope};
use crate::semantics::settings::Settings;
use crate::syscall::{Abi, Host, Syscall, numbers};
use std::sync::Arc;

/// The function of a profile under some [`Settings`].
#[derive(Clone, Debug)]
pub struct Policy {
    settings: Settings,
    hosts: Vec<HostPolicy>,
    default: Action,
    is_off: bool,
    is_filter: bool,
    mentions: ByCall<Mention>,
    /// Whether no program of a call hangs on how libseccomp comes upon its blocks.
    is_plain: bool,
    /// Whether none hangs on another call's.
    is_by_call: bool,
    /// Whether runc leaves its stub out for the sake of `defaultErrnoRet`.
    pub(super) without_stub: bool,
    /// What these take.
    _held: Option<Arc<Memory>>,
    loaded_with: FilterSettings,
}

/// What a [`Mention`] takes where it is kept.
const MENTION_BYTES: u64 = 40;

impl Policy {
    /// Builds the function of a profile.
    ///
    /// # Errors
    /// [`SemanticsError`] where the engine or runc refuses the profile, or where a bound of the
    /// store is reached. A list of architectures that only some hosts can load is no error: those
    /// hosts then say so in [`HostPolicy::abis`].
    pub fn build(
        store: &mut Store,
        profile: &Profile,
        settings: &Settings,
    ) -> Result<Policy, SemanticsError> {
        Policy::build_scope(store, profile, settings, Scope::Whole)
    }

    /// The function of some of the rules alone. [`Policy::default_action`] and
    /// [`Policy::evaluate`] have no meaning then: leaves can be
    /// [`UNMATCHED`](crate::semantics::UNMATCHED).
    ///
    /// # Errors
    /// As [`Policy::build`].
    pub(crate) fn build_scope(
        store: &mut Store,
        profile: &Profile,
        settings: &Settings,
        scope: Scope,
    ) -> Result<Policy, SemanticsError> {
        let built = Policy::built(store, profile, settings, scope);
        built.map_err(|error| error.placed(profile))
    }

    fn built(
        store: &mut Store,
        profile: &Profile,
        settings: &Settings,
        scope: Scope,
    ) -> Result<Policy, SemanticsError> {
        store.meter().set_subject(None);
        let resolved = rules::resolve(store, profile, settings, scope)?;
        let default_leaf = resolved.default.map_or(code::leaf(Action::Allow), code::kernel_leaf);
        let default = code::action(default_leaf);
        let names = resolved.rules.iter().map(|rule| rule.syscalls.len()).sum();
        let mut mentions = Vec::with_capacity(names);
        for rule in &resolved.rules {
            for &(syscall, span) in &rule.syscalls {
                let ResolvedRule { index: rule, action, kept, hosts, .. } = *rule;
                let action = code::action(code::kernel_leaf(action));
                mentions.push((syscall, Mention { rule, span, action, kept, hosts }));
            }
        }
        let mut held = Memory::new(store.meter());
        let bound = |bound| SemanticsError::whole(bound);
        held.more(mentions.len() as u64 * MENTION_BYTES).map_err(bound)?;
        let (resolved_rules, x32) = (&resolved, X32::Absent);
        let mut builder = Builder {
            store,
            profile,
            settings,
            resolved: resolved_rules,
            default,
            default_leaf,
            x32,
            highest: None,
        };
        let (hosts, [is_plain, is_by_call]) = builder.hosts()?;
        if let Some(HostPolicy { abis: Err(refused), .. }) = hosts.first()
            && hosts.iter().all(|host| host.abis.is_err())
        {
            return Err(refused.clone());
        }
        let is_off = resolved.default.is_none();
        let mentions = ByCall::new(&mentions);
        let loaded_with = FilterSettings::of(profile);
        Ok(Policy {
            settings: settings.clone(),
            hosts,
            default,
            is_off,
            is_filter: false,
            mentions,
            is_plain,
            is_by_call,
            without_stub: resolved.without_stub,
            _held: Some(Arc::new(held)),
            loaded_with,
        })
    }

    /// A policy that no profile gave.
    pub(in crate::semantics) fn without_rules(
        settings: Settings,
        hosts: Vec<HostPolicy>,
        default: Action,
    ) -> Policy {
        let mentions = ByCall::new(&[]);
        let loaded_with = FilterSettings::of(&Profile::default());
        let (is_off, is_filter, _held) = (false, true, None);
        Policy {
            settings,
            hosts,
            default,
            is_off,
            is_filter,
            mentions,
            is_plain: false,
            is_by_call: false,
            without_stub: false,
            _held,
            loaded_with,
        }
    }

    /// The same under settings that differ in what is given alone, for a profile of which no rule hangs on
    /// that.
    pub(crate) fn given(self, settings: &Settings) -> Policy {
        Policy { settings: settings.clone(), ..self }
    }

    /// The same with other hosts, and with what `kept` makes of where rules are kept. What it takes is not
    /// held against the question that it was built for.
    pub(super) fn with(
        &self,
        hosts: Vec<HostPolicy>,
        kept: &mut dyn FnMut(Set) -> Result<Set, TooLarge>,
    ) -> Result<Policy, TooLarge> {
        let mut mentions = self.mentions.clone();
        for mention in mentions.all_mut() {
            mention.kept = kept(mention.kept)?;
        }
        let Policy { default, is_off, is_filter, is_plain, is_by_call, without_stub, .. } = *self;
        let (settings, loaded_with) = (self.settings.clone(), self.loaded_with.clone());
        Ok(Policy {
            settings,
            hosts,
            default,
            is_off,
            is_filter,
            mentions,
            is_plain,
            is_by_call,
            without_stub,
            _held: None,
            loaded_with,
        })
    }

    /// What was asked.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What the profile does on each host that was asked for.
    pub fn hosts(&self) -> &[HostPolicy] {
        &self.hosts
    }

    /// The action for calls without a rule; `ALLOW` with seccomp off.
    pub fn default_action(&self) -> Action {
        self.default
    }

    /// Whether the profile, having neither a default action nor rules, switches seccomp off.
    pub fn is_off(&self) -> bool {
        self.is_off
    }

    /// What the filter is loaded with besides its rules.
    pub fn loaded_with(&self) -> &FilterSettings {
        &self.loaded_with
    }

    /// Whether no program of a call hangs on how libseccomp comes upon its blocks.
    pub(crate) fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// Whether the decision for each call hangs on the rules for that call alone, runc's stub left out.
    pub(crate) fn is_by_call(&self) -> bool {
        self.is_by_call
    }

    /// Whether it is of programs in the kernel, not of a profile.
    pub fn is_filter(&self) -> bool {
        self.is_filter
    }

    /// Where the profile names a system call, in rules that some host and environment keeps.
    pub fn mentions(&self, syscall: Syscall) -> &[Mention] {
        self.mentions.get(syscall)
    }

    /// Where one rule names a call. All of them are in the order of the rules.
    pub(crate) fn mentions_in(&self, syscall: Syscall, rule: usize) -> &[Mention] {
        let all = self.mentions(syscall);
        let first = all.partition_point(|mention| mention.rule < rule);
        let own = &all[first..];
        &own[..own.partition_point(|mention| mention.rule == rule)]
    }

    /// What the profile does to the programs of an ABI on a host, if that was asked and a
    /// container starts there.
    pub fn abi(&self, host: Host, abi: Abi) -> Option<&AbiPolicy> {
        let of_host = self.hosts.iter().find(|policy| policy.host == host)?;
        of_host.abis.as_ref().ok()?.iter().find(|policy| policy.abi == abi)
    }

    /// The action for one call in one environment, as [`Policy::abi`].
    #[allow(clippy::too_many_arguments)]
    pub fn evaluate(
        &self,
        store: &Store,
        host: Host,
        abi: Abi,
        number: u32,
        args: &[u64; 6],
        capabilities: u64,
        kernel: KernelVersion,
    ) -> Option<Action> {
        let decision = self.abi(host, abi)?.decision(number);
        let point = Assignment { capabilities, kernel, args: *args, ..Assignment::default() };
        Some(code::action(store.evaluate(decision, &point)))
    }
}

/// What a filter that has x86_64 makes of x32.
#[derive(Clone, Copy)]
enum X32 {
    Absent,
    Present { has_stub: bool },
}

struct Builder<'a> {
    store: &'a mut Store,
    profile: &'a Profile,
    settings: &'a Settings,
    resolved: &'a Resolved,
    default: Action,
    default_leaf: Leaf,
    x32: X32,
    /// The highest number of each rule on each ABI, once it is asked for.
    highest: Option<Highest>,
}

impl Builder<'_> {
    /// The hosts, with [`Policy::is_plain`] and [`Policy::is_by_call`].
    fn hosts(&mut self) -> Result<(Vec<HostPolicy>, [bool; 2]), SemanticsError> {
        let Some(default) = self.resolved.default else {
            let allow = |abi: &Abi| AbiPolicy::constant(*abi, true, Action::Allow);
            let off = |host: &Host| HostPolicy {
                host: *host,
                abis: Ok(host.abis().iter().map(allow).collect()),
            };
            return Ok((self.settings.hosts.iter().map(off).collect(), [true; 2]));
        };
        let mut compiler =
            Compiler::new(self.store.meter(), self.resolved, self.settings.machine, default);
        let mut hosts = Vec::with_capacity(self.settings.hosts.len());
        for (at, &host) in self.settings.hosts.iter().enumerate() {
            self.store.meter().set_progress(Stage::Hosts, at, self.settings.hosts.len());
            let abis = match self.host(host, &mut compiler) {
                Err(error @ SemanticsError { kind: Problem::ByteOrder { .. }, .. }) => Err(error),
                result => Ok(result?),
            };
            hosts.push(HostPolicy { host, abis });
        }
        Ok((hosts, [!compiler.has_contested(), compiler.disputed().is_empty()]))
    }

    fn host(
        &mut self,
        host: Host,
        compiler: &mut Compiler,
    ) -> Result<Vec<AbiPolicy>, SemanticsError> {
        let architectures = rules::architectures(self.profile, self.settings.machine, host)?;
        // What the library refuses for an ABI that no program here uses, it refuses all the same.
        let mut filter = Vec::with_capacity(architectures.filter.len());
        for &abi in &architectures.filter {
            filter.push((abi, compiler.compile(self.store, host, abi)?));
        }
        sharing::adjust(self.store, compiler, host, &mut filter)?;
        let Machine { runtime, .. } = self.settings.machine;
        let has_stub = |abi: Abi| {
            let is_native = runtime.stub_has_native() && abi == host.native();
            runtime.has_stub() && (is_native || architectures.listed.contains(&abi))
        };
        self.x32 = match architectures.filter.contains(&Abi::X32) {
            true => X32::Present { has_stub: has_stub(Abi::X32) },
            false => X32::Absent,
        };
        let mut abis = Vec::with_capacity(host.abis().len());
        for &abi in host.abis() {
            let Some((_, calls)) = filter.iter_mut().find(|(of, _)| *of == abi) else {
                abis.push(AbiPolicy::constant(abi, false, Action::KillThread));
                continue;
            };
            let mut calls = std::mem::take(calls);
            let is_blind = self.unload(host, abi, &architectures.filter, compiler, &mut calls)?;
            let policy = self.abi(host, abi, calls, has_stub(abi));
            let policy = policy.map_err(|bound| SemanticsError::new(Problem::Whole(bound), None));
            abis.push(AbiPolicy { is_blind, ..policy? });
        }
        Ok(abis)
    }

    /// Gives the default action to every call where the filter does not look at the number. Whether
    /// there is such an environment.
    fn unload(
        &mut self,
        host: Host,
        abi: Abi,
        filter: &[Abi],
        compiler: &mut Compiler,
        calls: &mut [Decision],
    ) -> Result<bool, SemanticsError> {
        let pair = [Abi::X86_64, Abi::X32];
        let together: Vec<Abi> = match pair.contains(&abi) {
            true => filter.iter().copied().filter(|abi| pair.contains(abi)).collect(),
            false => vec![abi],
        };
        let default = Decision::leaf(self.default_leaf);
        let change = || {
            let set = unloaded::environments(self.store, compiler, host, &together)?;
            if !set.is_empty() {
                for call in calls {
                    *call = self.store.choose(set, default, *call)?;
                }
            }
            Ok(!set.is_empty())
        };
        change().map_err(SemanticsError::whole)
    }

    fn abi(
        &mut self,
        host: Host,
        abi: Abi,
        mut calls: Vec<Decision>,
        has_stub: bool,
    ) -> Result<AbiPolicy, TooLarge> {
        let default = Decision::leaf(self.default_leaf);
        let stub = if has_stub { self.stub(host, abi)? } else { None };
        let Some(stub) = stub else {
            let others = self.others(host, abi, None)?;
            return Ok(AbiPolicy::of_calls(abi, calls, default, others));
        };
        let bare = calls.clone();
        let enosys = Decision::leaf(code::leaf(Action::Errno(Stub::ERRNO)));
        let mut rest = calls.as_mut_slice();
        let mut numbers = numbers(abi);
        for (upto, set) in stub.pieces() {
            let within = numbers.partition_point(|&(number, _)| number <= upto);
            let (piece, behind) = rest.split_at_mut(within);
            if !set.is_empty() {
                for call in piece {
                    *call = self.store.choose(set, enosys, *call)?;
                }
            }
            (rest, numbers) = (behind, &numbers[within..]);
        }
        let others = self.others(host, abi, Some(&stub))?;
        let boundary = Some(stub.boundary());
        let (in_filter, is_blind) = (true, false);
        Ok(AbiPolicy { abi, in_filter, is_blind, calls, bare, default, others, boundary })
    }

    fn stub(&mut self, host: Host, abi: Abi) -> Result<Option<Stub>, TooLarge> {
        let machine = self.settings.machine;
        let highest =
            self.highest.get_or_insert_with(|| Highest::new(self.resolved, machine.library));
        Stub::build(self.store, self.resolved, machine, (host, abi), (self.default, highest))
    }

    /// What numbers without a name get. libseccomp takes numbers from 2^30 on for x32's, and where
    /// the filter has no x32 it kills for them, -1 left out; runc's stub tells x32 by bit 30 alone.
    fn others(
        &mut self,
        host: Host,
        abi: Abi,
        stub: Option<&Stub>,
    ) -> Result<Vec<(u32, Decision)>, TooLarge> {
        let default = Decision::leaf(self.default_leaf);
        let enosys = Decision::leaf(code::leaf(Action::Errno(Stub::ERRNO)));
        let mut pieces = Vec::new();
        for (upto, set) in stub.map_or(vec![(u32::MAX, Set::EMPTY)], |stub| stub.pieces().collect())
        {
            pieces.push((upto, self.store.choose(set, enosys, default)?));
        }
        if abi == Abi::X86_64 {
            let last = |stub: &Stub| stub.pieces().last().map_or(Set::EMPTY, |(_, set)| set);
            let kill = Decision::leaf(code::leaf(Action::KillThread));
            let without_bit = stub.map_or(Set::EMPTY, last);
            let (with_bit, elsewhere) = match self.x32 {
                X32::Absent => (Set::EMPTY, kill),
                X32::Present { has_stub: false } => (Set::EMPTY, default),
                X32::Present { has_stub: true } => {
                    let stub = self.stub(host, Abi::X32)?;
                    (stub.as_ref().map_or(Set::EMPTY, last), default)
                }
            };
            if let Some(highest) = pieces.last_mut() {
                highest.0 = i32::MAX as u32;
            }
            pieces.push((0xbfff_ffff, self.store.choose(without_bit, enosys, elsewhere)?));
            pieces.push((u32::MAX - 1, self.store.choose(with_bit, enosys, elsewhere)?));
            pieces.push((u32::MAX, self.store.choose(with_bit, enosys, default)?));
        }
        Ok(numbered::settled(abi, &pieces))
    }
}
