//! Stage 2: what an engine makes of a profile, for all hosts and environments at once.

use super::reader::Reader;
use crate::decision::{Leaf, Memory, Meter, Part, Set, Stage, Store, TooLarge};
use crate::machine::{Engine, Machine, Runtime};
use crate::profile::{
    ActionName, ArgCmp, Capability, Filter, KernelVersion, Profile, Rule, Span, Spanned,
};
use crate::semantics::code;
use crate::semantics::error::{Problem, SemanticsError};
use crate::semantics::libseccomp::{Condition, LibRule};
use crate::semantics::settings::Settings;
use crate::syscall::{Abi, Host, Syscall, errno_number};
use rustc_hash::FxHashMap;

/// With this `defaultErrnoRet` runc leaves its stub out: it compares it with libseccomp's whole
/// action, `SCMP_ACT_ERRNO(ENOSYS)`, where `ENOSYS` was meant (measured with 1.1.5).
const WITHOUT_STUB: u64 = 0x0005_0026;

/// libseccomp refuses errnos from here on (its `MAX_ERRNO`; measured with 2.5.4), of which runc
/// hands over the low 16 bits.
const ERRNO_LIMIT: u16 = 4095;

/// A rule that some host and environment keeps.
#[derive(Debug)]
pub(in crate::semantics) struct ResolvedRule {
    /// Its place in the profile's `syscalls`.
    pub index: usize,
    /// In which environments it is kept.
    pub kept: Set,
    /// On which hosts it is kept: a bit for each, by discriminant.
    pub hosts: u32,
    /// The action's code.
    pub action: Leaf,
    /// Whether its action is the default one, so that runc leaves it out of the filter.
    pub is_default: bool,
    /// What libseccomp gets for each name: handles of [`LibRules`].
    pub lib_rules: Vec<LibRuleId>,
    /// How many names it has, whether anything knows them or not.
    pub names: usize,
    /// The names that libseccomp knows, in the order of the file.
    pub syscalls: Vec<(Syscall, Span)>,
}

impl ResolvedRule {
    pub fn is_kept_on(&self, host: Host) -> bool {
        self.hosts >> host as u32 & 1 == 1
    }
}

/// A profile as an engine reads it.
#[derive(Debug)]
pub(in crate::semantics) struct Resolved {
    /// The default action's code; `None` switches seccomp off.
    pub default: Option<Leaf>,
    /// Whether runc leaves its stub out for the sake of `defaultErrnoRet`.
    pub without_stub: bool,
    pub rules: Vec<ResolvedRule>,
    pub lib_rules: LibRules,
    /// The hosts that were asked for: a bit for each, by discriminant.
    pub asked: u32,
    /// What all of it takes.
    _held: Memory,
}

/// Which rules of a profile count, and what answers where none of them does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// As runc loads it.
    Whole,
    /// The rules that runc loads, and [`UNMATCHED`](code::UNMATCHED) where none answers.
    Matches,
    /// The rules that runc leaves out, because their action is the default one, and `UNMATCHED`.
    DefaultMatches,
}

/// Rules as libseccomp takes them, each once.
#[derive(Clone, Debug, Default)]
pub(in crate::semantics) struct LibRules {
    rules: Vec<LibRule>,
    /// Of each rule, whether it asks nothing on 64 bits, and on 32.
    unconditional: Vec<[bool; 2]>,
    known: FxHashMap<LibRule, LibRuleId>,
}

pub(in crate::semantics) type LibRuleId = u32;

impl LibRules {
    pub fn intern(&mut self, rule: LibRule) -> LibRuleId {
        if let Some(&known) = self.known.get(&rule) {
            return known;
        }
        let id = self.rules.len() as LibRuleId;
        self.unconditional.push([false, true].map(|is_32bit| rule.is_unconditional(is_32bit)));
        self.rules.push(rule.clone());
        self.known.insert(rule, id);
        id
    }

    /// [`LibRule::is_unconditional`], which is asked for each number of each host.
    pub fn is_unconditional(&self, id: LibRuleId, is_32bit: bool) -> bool {
        self.unconditional[id as usize][usize::from(is_32bit)]
    }

    /// [`LibRule::has_one_condition`]
    pub fn has_one_condition(&self, id: LibRuleId) -> bool {
        self.get(id).has_one_condition()
    }

    pub fn get(&self, id: LibRuleId) -> &LibRule {
        &self.rules[id as usize]
    }
}

/// Reads a profile as `settings.machine` does. What does not depend on the host is checked here.
pub(in crate::semantics) fn resolve(
    store: &mut Store,
    profile: &Profile,
    settings: &Settings,
    scope: Scope,
) -> Result<Resolved, SemanticsError> {
    let Machine { engine, runtime, library } = settings.machine;
    let mut lib_rules = LibRules::default();
    let asked = settings.hosts.iter().fold(0, |set, host| set | 1 << *host as u32);
    let default = match &profile.default_action {
        Some(default) => Some(default),
        // An engine leaves seccomp out, and so does runc; crun wants an action.
        None if profile.rules.is_empty()
            && (engine != Engine::Containerd || !matches!(runtime, Runtime::Crun(_))) =>
        {
            return Ok(Resolved {
                default: None,
                without_stub: true,
                rules: Vec::new(),
                lib_rules,
                asked,
                _held: Memory::new(store.meter()),
            });
        }
        None if scope == Scope::Whole => {
            return Err(SemanticsError::new(Problem::NoDefault, None));
        }
        None => None,
    };
    let reader = Reader::new(engine, profile);
    if reader.reads_filters()
        && !profile.arch_map.is_empty()
        && let Some(first) = profile.architectures.first()
    {
        let other = profile.arch_map.first().map(|entry| entry.architecture.span);
        let span = Some(first.span);
        return Err(SemanticsError { kind: Problem::ArchitecturesAndArchMap, span, other });
    }
    if let Some(flag) = profile.flags.iter().find(|flag| !runtime.knows_flag(&flag.value, library))
    {
        return Err(at(flag.span, Problem::Flag(flag.value.clone(), runtime)));
    }
    let value = errno(engine, &profile.default_errno, &profile.default_errno_ret)?;
    if let Some(default) = default {
        let span = span_of(&profile.default_errno, &profile.default_errno_ret);
        check_action(runtime, default, value, span)?;
    }
    let value = value.filter(|_| runtime.reads_default_errno());
    let without_stub = value == Some(WITHOUT_STUB);
    let default = match default {
        Some(default) if default.value == ActionName::Notify && runtime.is_strict() => {
            return Err(at(default.span, Problem::NotifyDefault));
        }
        Some(default) => {
            let errno_span = || span_of(&profile.default_errno, &profile.default_errno_ret);
            check_errno(default.value, value, errno_span)?;
            code::rule_code(default.value, value)
        }
        // Rules alone.
        None => code::UNMATCHED,
    };
    let mut rules = Vec::with_capacity(profile.rules.len());
    let meter = store.meter().clone();
    let mut held = Memory::new(&meter);
    for (index, rule) in profile.rules.iter().enumerate() {
        meter.set_progress(Stage::Rules, index, profile.rules.len());
        charge(&meter, &mut held, rule).map_err(|bound| at(rule.span, Problem::Whole(bound)))?;
        let read = (reader, settings);
        let resolved = resolve_rule(store, index, rule, read, default, &mut lib_rules)?;
        rules.extend(resolved);
    }
    let default = match scope {
        Scope::Whole => default,
        Scope::Matches => code::UNMATCHED,
        Scope::DefaultMatches => {
            for rule in &mut rules {
                rule.is_default = !rule.is_default;
            }
            code::UNMATCHED
        }
    };
    Ok(Resolved { default: Some(default), without_stub, rules, lib_rules, asked, _held: held })
}

/// What a name takes where a policy is built: what is read of it, where it stands, the rule that it
/// becomes.
const NAME_BYTES: u64 = 160;

/// Charges what a rule says.
fn charge(meter: &Meter, held: &mut Memory, rule: &Rule) -> Result<(), TooLarge> {
    let filters = [&rule.includes, &rule.excludes].map(|f| f.arches.len() + f.caps.len());
    let words = rule.names.len() + rule.args.len() + filters.iter().sum::<usize>();
    held.more(words as u64 * NAME_BYTES)?;
    meter.charge(Part::Names, 1 + words)
}

fn at(span: Span, kind: Problem) -> SemanticsError {
    SemanticsError::new(kind, Some(span))
}

fn resolve_rule(
    store: &mut Store,
    index: usize,
    rule: &Rule,
    (reader, settings): (Reader, &Settings),
    default: Leaf,
    lib_rules: &mut LibRules,
) -> Result<Option<ResolvedRule>, SemanticsError> {
    let Machine { engine, runtime, library } = settings.machine;
    let both = rule.name.as_ref().filter(|_| reader.reads_filters() && !rule.names.is_empty());
    // moby looks for it before it looks at the filters, containers-common after that.
    if let Some(name) = both
        && engine.is_moby()
    {
        return Err(at(name.span, Problem::NameAndNames));
    }
    let (hosts, kept) = match reader.reads_filters() {
        true => {
            (kept_hosts(rule, reader, settings), kept_environments(store, rule, reader, settings)?)
        }
        false => (u32::MAX, Set::ALL),
    };
    if hosts == 0 || kept.is_empty() {
        return Ok(None);
    }
    if let Some(name) = both {
        return Err(at(name.span, Problem::NameAndNames));
    }
    let value = errno(engine, &rule.errno, &rule.errno_ret)?;
    check_action(runtime, &rule.action, value, span_of(&rule.errno, &rule.errno_ret))?;
    let action = code::rule_code(rule.action.value, value);
    let single = rule.name.iter().filter(|_| reader.reads_filters());
    let mut syscalls = Vec::with_capacity(rule.names.len() + 1);
    let mut names = 0;
    for name in single.chain(&rule.names) {
        names += 1;
        if name.value.is_empty() && runtime.is_strict() {
            return Err(at(name.span, Problem::EmptyName));
        }
        if rule.action.value == ActionName::Notify && name.value == "write" && runtime.is_strict() {
            return Err(at(name.span, Problem::NotifyWrite));
        }
        let known = Syscall::from_name(&name.value).filter(|call| call.is_known_to(library));
        syscalls.extend(known.map(|syscall| (syscall, name.span)));
    }
    if names == 0 && runtime.wants_names() {
        return Err(at(rule.span, Problem::NoNames(runtime)));
    }
    let args = &rule.args[..rule.args.len().min(runtime.condition_limit())];
    let lib_rules = split(args)
        .into_iter()
        .map(|conditions| lib_rules.intern(LibRule { action, conditions }))
        .collect();
    let is_default = action == default;
    if is_default && !runtime.leaves_out_default() && !syscalls.is_empty() {
        return Err(at(rule.action.span, Problem::EqualsDefault(runtime)));
    }
    if !is_default && !syscalls.is_empty() {
        check_errno(rule.action.value, value, || span_of(&rule.errno, &rule.errno_ret))?;
    }
    Ok(Some(ResolvedRule { index, kept, hosts, action, is_default, lib_rules, names, syscalls }))
}

fn span_of(text: &Option<Spanned<String>>, number: &Option<Spanned<u64>>) -> Option<Span> {
    text.as_ref().map(|text| text.span).or(number.as_ref().map(|number| number.span))
}

fn check_errno(
    action: ActionName,
    value: Option<u64>,
    span: impl Fn() -> Option<Span>,
) -> Result<(), SemanticsError> {
    match value {
        Some(value) if action == ActionName::Errno && value as u16 >= ERRNO_LIMIT => {
            Err(SemanticsError::new(Problem::ErrnoTooLarge(value), span()))
        }
        _ => Ok(()),
    }
}

/// What the runtime refuses of an action and its errno.
fn check_action(
    runtime: Runtime,
    action: &Spanned<ActionName>,
    errno: Option<u64>,
    errno_span: Option<Span>,
) -> Result<(), SemanticsError> {
    // A name that is not in a file, as in a merged profile, is the short one.
    let written = action.span.end.saturating_sub(action.span.start) as usize;
    let is_in_full = written >= action.value.oci_name().len();
    if !runtime.knows_action(action.value, is_in_full) {
        return Err(at(action.span, Problem::Action { action: action.value, runtime }));
    }
    let takes_errno = matches!(action.value, ActionName::Errno | ActionName::Trace);
    if errno.is_some() && !takes_errno && runtime.refuses_idle_errno() {
        let span = errno_span.or(Some(action.span));
        let problem = Problem::IdleErrno { action: action.value, runtime };
        return Err(SemanticsError::new(problem, span));
    }
    Ok(())
}

/// The conditions of the rules that runc adds for one entry: one for all, or one for each
/// condition if an argument occurs twice.
fn split(args: &[ArgCmp]) -> Vec<[Option<Condition>; 6]> {
    let mut together = [None; 6];
    for arg in args {
        together[usize::from(arg.index.min(5))] = Some(Condition::new(arg));
    }
    if together.iter().flatten().count() == args.len() {
        return vec![together];
    }
    let alone = |arg: &ArgCmp| {
        let mut alone = [None; 6];
        alone[usize::from(arg.index.min(5))] = Some(Condition::new(arg));
        alone
    };
    args.iter().map(alone).collect()
}

/// The value of an errno: containers-common reads `errno` (a number or a name) before `errnoRet`.
fn errno(
    engine: Engine,
    text: &Option<Spanned<String>>,
    number: &Option<Spanned<u64>>,
) -> Result<Option<u64>, SemanticsError> {
    if let Some(text) = text
        && engine.is_containers_common()
        && !text.value.is_empty()
    {
        // Go's ParseUint(..., 10, 32), then a table of names.
        let is_number = text.value.bytes().all(|b| b.is_ascii_digit());
        let number = is_number.then(|| text.value.parse::<u32>().ok()).flatten();
        return match number.map(u64::from).or(errno_number(&text.value).map(u64::from)) {
            Some(value) => Ok(Some(value)),
            None => Err(at(text.span, Problem::Errno(text.value.clone()))),
        };
    }
    Ok(number.as_ref().map(|number| number.value))
}

fn kept_hosts(rule: &Rule, reader: Reader, settings: &Settings) -> u32 {
    let names = |arches: &[Spanned<String>], host| {
        reader.token(host).is_some_and(|token| arches.iter().any(|arch| arch.value == token))
    };
    let kept = |host: &Host| {
        let Filter { arches: included, .. } = &rule.includes;
        !names(&rule.excludes.arches, *host) && (included.is_empty() || names(included, *host))
    };
    settings.hosts.iter().filter(|host| kept(host)).fold(0, |set, host| set | 1 << *host as u32)
}

fn kept_environments(
    store: &mut Store,
    rule: &Rule,
    reader: Reader,
    settings: &Settings,
) -> Result<Set, SemanticsError> {
    let kernel = |filter: &Filter| match &filter.min_kernel {
        Some(version) if reader.reads_kernel() => kernel_version(reader, version).map(Some),
        _ => Ok(None),
    };
    let (excluded_from, included_from) = (kernel(&rule.excludes)?, kernel(&rule.includes)?);
    let mut build = || {
        let mut kept = Set::ALL;
        for name in &rule.includes.caps {
            let has = has_capability(store, name, settings)?;
            kept = store.and(kept, has)?;
        }
        for name in &rule.excludes.caps {
            let has = has_capability(store, name, settings)?;
            kept = store.minus(kept, has)?;
        }
        if let Some(version) = included_from {
            let reached = reaches(store, version, settings)?;
            kept = store.and(kept, reached)?;
        }
        if let Some(version) = excluded_from {
            let reached = reaches(store, version, settings)?;
            kept = store.minus(kept, reached)?;
        }
        Ok(kept)
    };
    build().map_err(|bound| at(rule.span, Problem::Whole(bound)))
}

fn has_capability(
    store: &mut Store,
    name: &Spanned<String>,
    settings: &Settings,
) -> Result<Set, TooLarge> {
    match (Capability::from_name(&name.value), settings.given.capabilities) {
        // No container has a capability that does not exist.
        (None, _) => Ok(Set::EMPTY),
        (Some(capability), None) => store.with_capability(capability),
        (Some(capability), Some(given)) => {
            Ok(if given >> capability.bit() & 1 == 1 { Set::ALL } else { Set::EMPTY })
        }
    }
}

fn reaches(
    store: &mut Store,
    version: KernelVersion,
    settings: &Settings,
) -> Result<Set, TooLarge> {
    match settings.given.kernel {
        Some(kernel) => Ok(if kernel >= version { Set::ALL } else { Set::EMPTY }),
        None => store.kernel_at_least(version),
    }
}

fn kernel_version(reader: Reader, text: &Spanned<String>) -> Result<KernelVersion, SemanticsError> {
    let version = reader.kernel_version(&text.value);
    version.ok_or_else(|| at(text.span, Problem::KernelVersion(text.value.clone())))
}

/// The architectures of a host's filter.
#[derive(Debug)]
pub(in crate::semantics) struct Architectures {
    /// Those in the object that runc gets: the stub knows these alone.
    pub listed: Vec<Abi>,
    /// Those in the filter: the listed ones and the host's own.
    pub filter: Vec<Abi>,
}

/// The ABIs in the filter of a host.
pub(crate) fn filter_abis(
    profile: &Profile,
    machine: Machine,
    host: Host,
) -> Result<Vec<Abi>, SemanticsError> {
    architectures(profile, machine, host).map(|architectures| architectures.filter)
}

/// The architectures that a machine finds for a host.
pub(in crate::semantics) fn architectures(
    profile: &Profile,
    machine: Machine,
    host: Host,
) -> Result<Architectures, SemanticsError> {
    let reader = Reader::new(machine.engine, profile);
    if !profile.architectures.is_empty()
        && let Some(listed) = reader.architectures(host)
    {
        // The host's own is the first of those that it has.
        let filter = if listed.is_empty() { vec![host.native()] } else { listed.to_vec() };
        return Ok(Architectures { listed: listed.to_vec(), filter });
    }
    let mut written: Vec<&Spanned<String>> = profile.architectures.iter().collect();
    if written.is_empty()
        && let Some(key) = reader.arch_map_key(host)
        && let Some(entry) =
            profile.arch_map.iter().find(|entry| entry.architecture.value == key.oci_name())
    {
        written.push(&entry.architecture);
        written.extend(&entry.sub_architectures);
    }
    let mut listed = Vec::with_capacity(written.len());
    let mut filter = vec![host.native()];
    for name in written {
        let Some(abi) = machine.runtime.abi(&name.value) else {
            return Err(at(name.span, Problem::Architecture(name.value.clone())));
        };
        if abi.is_big_endian() != host.native().is_big_endian() {
            return Err(at(name.span, Problem::ByteOrder { abi, host }));
        }
        if !listed.contains(&abi) {
            listed.push(abi);
        }
        if !filter.contains(&abi) {
            filter.push(abi);
        }
    }
    if machine.engine == Engine::DockerNext
        && let Some(native) = reader.arch_map_key(host)
        && !listed.contains(&native)
    {
        listed.push(native);
    }
    Ok(Architectures { listed, filter })
}
