//! Rules that do nothing, proved: without them every call gets the action that it had.
//!
//! A claim is never read off the text. The profile is built again without the name in question,
//! and the two policies are compared in one store, where equality is exact. Only the reason is
//! looked up in the text afterwards.

mod reason;

pub use reason::Reason;
pub(crate) use reason::is_same;

use crate::decision::Store;
use crate::profile::{Profile, Span, Spanned};
use crate::semantics::{Engine, Mention, Policy, Problem, Runtime, SemanticsError, Settings};
use crate::syscall::{Host, Multiplexer, Syscall};

/// What a profile says to no effect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WithoutEffect {
    /// In the order of the file. All of them together can be left out, and each by itself.
    pub names: Vec<Idle>,
    /// Names that were not looked at, because that would have taken too long. Nothing is claimed
    /// of them.
    pub unchecked: usize,
}

/// A name in a rule, without which every call gets the action that it had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idle {
    /// The rule's place in `syscalls`.
    pub rule: usize,
    /// The name in the file.
    pub name: Spanned<String>,
    /// Why it does nothing.
    pub reason: Reason,
}

impl WithoutEffect {
    /// The rules of which something does nothing, with whether that is so of all their names.
    pub fn rules<'a>(&'a self, profile: &'a Profile) -> impl Iterator<Item = (usize, bool)> + 'a {
        self.names.chunk_by(|a, b| a.rule == b.rule).map(|of_rule| {
            let rule = of_rule[0].rule;
            let names = profile.rules.get(rule);
            let count = names.map_or(0, |r| r.names.len() + usize::from(r.name.is_some()));
            (rule, count == of_rule.len())
        })
    }
}

/// How much work is done for one profile: names to look at, times names in the profile.
const WORK: usize = 2_000_000;

/// Finds the names in rules that do nothing on the hosts and in the environments of `settings`.
///
/// runc's `ENOSYS` stub counts: a rule that equals the default action and holds the highest number
/// of an ABI does something.
///
/// # Errors
/// [`SemanticsError`] where the profile itself has no meaning.
pub fn rules_without_effect(
    profile: &Profile,
    settings: &Settings,
) -> Result<WithoutEffect, SemanticsError> {
    Ok(Search::new(profile, settings)?.run())
}

/// Of a filter with more names runc asks libseccomp to look for calls by their number.
const MANY: usize = 64;

/// A name's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Unit {
    rule: usize,
    /// Its place in `names`; `None` for the single `name`.
    name: Option<usize>,
}

struct Search<'a> {
    store: Store,
    profile: &'a Profile,
    /// Without what was found to do nothing so far.
    working: Profile,
    whole: Policy,
    /// On the first host alone, if a container starts there.
    first: Option<Policy>,
    settings: Settings,
    one: Settings,
    is_changed: bool,
}

impl<'a> Search<'a> {
    fn new(profile: &'a Profile, settings: &Settings) -> Result<Search<'a>, SemanticsError> {
        let mut store = Store::default();
        let whole = Policy::build(&mut store, profile, settings)?;
        // A cheap question before the dear one.
        let hosts = settings.hosts.first().copied().into_iter().collect();
        let one = Settings { hosts, ..settings.clone() };
        let first = Policy::build(&mut store, profile, &one).ok();
        let working = profile.clone();
        let settings = settings.clone();
        Ok(Search { store, profile, working, whole, first, settings, one, is_changed: false })
    }

    fn run(&mut self) -> WithoutEffect {
        let mut units = self.candidates();
        let names: usize = self.profile.rules.iter().map(|rule| 1 + rule.names.len()).sum();
        let most = (WORK / names.max(1)).max(16);
        let mut result = WithoutEffect::default();
        // From the end, so that of two equal rules the later one is said to do nothing.
        units.reverse();
        result.unchecked = units.len().saturating_sub(most);
        for (place, &unit) in units.iter().enumerate().take(most) {
            match self.is_idle(unit) {
                Ok(true) => {
                    let reason = reason::find(&mut self.store, self.profile, &self.whole, unit);
                    let Some(name) = name(self.profile, unit) else { continue };
                    result.names.push(Idle { rule: unit.rule, name: name.clone(), reason });
                }
                Ok(false) => {}
                // Without it the profile is refused, so it does something; or a bound is reached.
                Err(error) if is_bound(&error) => {
                    result.unchecked = units.len() - place;
                    break;
                }
                Err(_) => {}
            }
        }
        result.names.sort_by_key(|idle| (idle.rule, idle.name.span));
        result
    }

    /// The names that could do nothing. A name that stands alone for its call, without conditions
    /// and with another action than the default one, decides it.
    fn candidates(&self) -> Vec<Unit> {
        let mut units = Vec::new();
        for (at, rule) in self.profile.rules.iter().enumerate() {
            let single = rule.name.iter().map(|name| (None, name));
            let names = rule.names.iter().enumerate().map(|(place, name)| (Some(place), name));
            for (place, name) in single.chain(names) {
                if !rule.args.is_empty() || self.may_be_idle(at, &name.value) {
                    units.push(Unit { rule: at, name: place });
                }
            }
        }
        units
    }

    fn may_be_idle(&self, rule: usize, name: &str) -> bool {
        let Some(syscall) = Syscall::from_name(name) else { return true };
        let mut mentions = self.whole.mentions(syscall).iter();
        let Some(mention) = mentions.find(|mention| mention.rule == rule) else { return true };
        let family = [Multiplexer::Socketcall, Multiplexer::Ipc]
            .into_iter()
            .find(|multiplexer| multiplexer.syscall() == Some(syscall));
        self.whole.mentions(syscall).len() > 1
            || family.is_some()
            || mention.action == self.whole.default_action()
            || is_absent(&self.whole, syscall, mention)
    }

    /// Whether a rule makes a difference to the others of its call, where nothing else is in the
    /// filter; no answer where a filter that small could be another one. Most names end here, at a
    /// hundredth of the cost of two filters.
    fn decides_alone(&mut self, unit: Unit) -> Option<bool> {
        let name = name(&self.working, unit)?.value.clone();
        let syscall = Syscall::from_name(&name)?;
        let families = [Multiplexer::Socketcall, Multiplexer::Ipc];
        let is_multiplexed = syscall.multiplexer().is_some()
            || families.iter().any(|family| family.syscall() == Some(syscall));
        let names: usize = self.working.rules.iter().map(|rule| rule.names.len()).sum();
        if is_multiplexed || names <= MANY {
            return None;
        }
        let mut without = self.working.without_rules();
        let mut with = without.clone();
        for (at, rule) in self.working.rules.iter().enumerate() {
            let is_its = |(place, own): &(Option<usize>, &Spanned<String>)| {
                own.value == name && (at, *place) != (unit.rule, unit.name)
            };
            let all = rule.names.iter().enumerate().map(|(place, own)| (Some(place), own));
            let others = rule.name.iter().map(|own| (None, own)).chain(all).filter(is_its).count();
            let alone = |count: usize| {
                let own = Spanned::bare(name.clone());
                let mut alone = rule.with_names(vec![own.clone(); count]);
                if unit.name.is_none() {
                    (alone.name, alone.names) = ((count > 0).then_some(own), Vec::new());
                }
                alone
            };
            let is_unit = at == unit.rule;
            if others > 0 {
                without.rules.push(alone(others));
            }
            if others > 0 || is_unit {
                with.rules.push(alone(others + usize::from(is_unit)));
            }
        }
        let settings = Settings { runtime: Runtime::None, ..self.one.clone() };
        let mut decided = |profile| {
            let policy = Policy::build(&mut self.store, profile, &settings).ok()?;
            let mut decisions = Vec::new();
            for abi in policy.hosts().first()?.abis.as_ref().ok()? {
                if abi.is_blind {
                    return None;
                }
                decisions.extend(syscall.number(abi.abi).map(|number| abi.decision(number)));
            }
            Some(decisions)
        };
        Some(decided(&with)? != decided(&without)?)
    }

    /// Leaves the name out of the working profile if so.
    fn is_idle(&mut self, unit: Unit) -> Result<bool, SemanticsError> {
        if self.decides_alone(unit) == Some(true) {
            return Ok(false);
        }
        // Nothing is copied: profiles are long, and most names do something.
        let mut working = std::mem::take(&mut self.working);
        let taken = take(&mut working, unit);
        let mut is_idle = self.is_same(&working);
        if matches!(is_idle, Ok(true)) && self.is_changed {
            // By itself as well, not only with the others gone.
            let mut alone = self.profile.clone();
            take(&mut alone, unit);
            is_idle = self.is_same(&alone);
        }
        if matches!(is_idle, Ok(true)) {
            self.is_changed = true;
        } else {
            put_back(&mut working, unit, taken);
        }
        self.working = working;
        is_idle
    }

    fn is_same(&mut self, other: &Profile) -> Result<bool, SemanticsError> {
        if let Some(first) = &self.first
            && self.settings.hosts.len() > 1
        {
            let policy = Policy::build(&mut self.store, other, &self.one)?;
            if !is_same_function(first, &policy) {
                return Ok(false);
            }
        }
        let policy = Policy::build(&mut self.store, other, &self.settings)?;
        Ok(is_same_function(&self.whole, &policy))
    }
}

/// Whether two policies of one store give every call the same action.
fn is_same_function(a: &Policy, b: &Policy) -> bool {
    a.hosts().len() == b.hosts().len()
        && a.hosts().iter().zip(b.hosts()).all(|(a, b)| match (&a.abis, &b.abis) {
            (Ok(a), Ok(b)) => a.iter().zip(b).all(|(a, b)| {
                a.in_filter == b.in_filter && a.calls().eq(b.calls()) && a.others() == b.others()
            }),
            (Err(a), Err(b)) => a.kind == b.kind,
            _ => false,
        })
}

fn is_bound(error: &SemanticsError) -> bool {
    matches!(
        error.kind,
        Problem::TooLarge { .. } | Problem::Whole(_) | Problem::Environments { .. }
    )
}

/// Whether no ABI of any filter has the call, where the rule is kept.
fn is_absent(policy: &Policy, syscall: Syscall, mention: &Mention) -> bool {
    let has = |host: Host| {
        host.abis().iter().any(|&abi| {
            let is_known = syscall.resolved(abi).is_some();
            is_known && policy.abi(host, abi).is_some_and(|abi| abi.in_filter)
        })
    };
    !policy.hosts().iter().any(|of_host| mention.is_on(of_host.host) && has(of_host.host))
}

fn name(profile: &Profile, unit: Unit) -> Option<&Spanned<String>> {
    let rule = profile.rules.get(unit.rule)?;
    match unit.name {
        None => rule.name.as_ref(),
        Some(place) => rule.names.get(place),
    }
}

/// Takes a name out. Units are removed from the last to the first, so that those before keep
/// their places. A rule without names stays: it means nothing.
fn take(profile: &mut Profile, unit: Unit) -> Option<Spanned<String>> {
    let rule = profile.rules.get_mut(unit.rule)?;
    match unit.name {
        None => rule.name.take(),
        Some(place) => (place < rule.names.len()).then(|| rule.names.remove(place)),
    }
}

/// Undoes [`take`].
fn put_back(profile: &mut Profile, unit: Unit, taken: Option<Spanned<String>>) {
    let (Some(rule), Some(taken)) = (profile.rules.get_mut(unit.rule), taken) else { return };
    match unit.name {
        None => rule.name = Some(taken),
        Some(place) => rule.names.insert(place, taken),
    }
}

/// A place in the file, if it is one.
fn known(span: Span) -> Option<Span> {
    (span != Span::default()).then_some(span)
}

/// Whether an engine reads the single `name` at all.
fn reads_name(engine: Engine) -> bool {
    engine.reads_filters()
}
