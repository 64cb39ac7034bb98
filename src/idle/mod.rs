//! Rules that do nothing, proved: without them every call gets the action that it had.
//!
//! A claim is never read off the text. The rules of the call are decided again without the name in
//! question; where more than these can hang on it, the whole profile is built again, and the two policies
//! are compared in one store, where equality is exact. Only the reason is looked up in the text
//! afterwards.

pub(crate) mod condition;
mod reason;

pub use reason::Reason;
pub(crate) use reason::is_same;
pub(crate) use reason::widths;

use crate::decision::{Stage, Store};
use crate::profile::{Profile, Span, Spanned};
use crate::semantics::{
    Engine, HostPolicy, LeftOut, Mention, Named, Names, Policy, Reading, SemanticsError, Settings,
};
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
    let mut store = Store::default();
    let whole = Policy::build(&mut store, profile, settings)?;
    Ok(rules_without_effect_in(store, profile, &whole))
}

/// The same of a policy of that profile, where there is one in a store.
pub(crate) fn rules_without_effect_in(
    store: Store,
    profile: &Profile,
    whole: &Policy,
) -> WithoutEffect {
    Search::new(store, profile, whole).run()
}

/// Of a filter with more names runc asks libseccomp to look for calls by their number.
const MANY: usize = 64;

/// After how many rules looked at what was learned of them is forgotten, for the memory it takes.
const REMEMBERED: usize = 50_000;

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
    whole: &'a Policy,
    settings: &'a Settings,
    /// The first host alone.
    one: Settings,
    is_changed: bool,
    /// Whether all that was found so far is so by the rules of the calls that are named, in a filter in
    /// which no call hangs on another.
    is_by_call: bool,
    /// The names that were found to do nothing so far, as far as they are rules of calls.
    left_out: LeftOut,
}

impl<'a> Search<'a> {
    fn new(store: Store, profile: &'a Profile, whole: &'a Policy) -> Search<'a> {
        let (working, settings) = (profile.clone(), whole.settings());
        let hosts = settings.hosts.first().copied().into_iter().collect();
        let one = Settings { hosts, ..settings.clone() };
        let (is_changed, is_by_call, left_out) = (false, whole.is_by_call(), LeftOut::default());
        Search { store, profile, working, whole, settings, one, is_changed, is_by_call, left_out }
    }

    fn run(&mut self) -> WithoutEffect {
        let mut units = self.candidates();
        let names: usize = self.profile.rules.iter().map(|rule| 1 + rule.names.len()).sum();
        let most = (WORK / names.max(1)).max(16);
        let mut result = WithoutEffect::default();
        // From the end, so that of two equal rules the later one is said to do nothing.
        units.reverse();
        result.unchecked = units.len().saturating_sub(most);
        let reading = Reading::new(&mut self.store, self.profile, self.settings).ok();
        let meter = self.store.meter().clone();
        let fresh =
            || reading.as_ref().and_then(|reading| reading.names(&meter, self.whole.is_plain()));
        let (mut names, mut remembered) = (fresh(), 0);
        for (place, &unit) in units.iter().enumerate().take(most) {
            self.store.meter().set_progress(Stage::Idle, place, units.len());
            remembered += self.rules_beside(unit);
            if remembered > REMEMBERED {
                (names, remembered) = (fresh(), 0);
            }
            match self.is_idle(names.as_mut(), unit) {
                Ok(true) => {
                    let reason = reason::find(&mut self.store, self.profile, self.whole, unit);
                    let Some(name) = name(self.profile, unit) else { continue };
                    result.names.push(Idle { rule: unit.rule, name: name.clone(), reason });
                }
                Ok(false) => {}
                // Without it the profile is refused, so it does something; or a bound is reached.
                Err(error) if error.is_bound() => {
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
        let Some(mention) = self.whole.mentions_in(syscall, rule).first() else { return true };
        let family = [Multiplexer::Socketcall, Multiplexer::Ipc]
            .into_iter()
            .find(|multiplexer| multiplexer.syscall() == Some(syscall));
        self.whole.mentions(syscall).len() > 1
            || family.is_some()
            || mention.action == self.whole.default_action()
            || is_absent(self.whole, syscall, mention)
    }

    /// How many rules there are for the call that a unit names.
    fn rules_beside(&self, unit: Unit) -> usize {
        let syscall = name(self.profile, unit).and_then(|name| Syscall::from_name(&name.value));
        syscall.map_or(0, |syscall| self.whole.mentions(syscall).len())
    }

    /// What a name is to the rules of its call, if the engine reads it and the filter is so large
    /// that it is not put together in another way without the name.
    fn named(&self, unit: Unit) -> Option<Named> {
        let is_read = unit.name.is_some() || reads_name(self.settings.machine.engine);
        let names: usize = self.working.rules.iter().map(|rule| rule.names.len()).sum();
        let syscall = Syscall::from_name(&name(&self.working, unit)?.value)?;
        (is_read && names > MANY).then_some(Named { rule: unit.rule, syscall })
    }

    /// Leaves the name out of the working profile if so.
    fn is_idle(&mut self, names: Option<&mut Names>, unit: Unit) -> Result<bool, SemanticsError> {
        let named = self.named(unit);
        if let (Some(named), Some(names)) = (named, names) {
            if names.differs(&mut self.store, named, &self.left_out).unwrap_or(false) {
                return Ok(false);
            }
            let is_sure = self.is_by_call
                && names.is_sure(&mut self.store, named, &self.left_out).unwrap_or(false);
            if is_sure {
                take(&mut self.working, unit);
                self.is_changed = true;
                *self.left_out.entry(named).or_default() += 1;
                return Ok(true);
            }
        }
        // Nothing is copied: profiles are long, and most names do something.
        let mut working = std::mem::take(&mut self.working);
        let taken = take(&mut working, unit);
        // Of a large filter the rules of the call have been asked already: the first host would say
        // what all of them do.
        let is_asked = named.is_some();
        let mut is_idle = self.is_same(&working, is_asked);
        if matches!(is_idle, Ok(true)) && self.is_changed {
            // By itself as well, not only with the others gone.
            let mut alone = self.profile.clone();
            take(&mut alone, unit);
            is_idle = self.is_same(&alone, is_asked);
        }
        if matches!(is_idle, Ok(true)) {
            self.is_changed = true;
            if let Some(named) = named {
                self.is_by_call = false;
                *self.left_out.entry(named).or_default() += 1;
            }
        } else {
            put_back(&mut working, unit, taken);
        }
        self.working = working;
        is_idle
    }

    fn is_same(&mut self, other: &Profile, is_asked: bool) -> Result<bool, SemanticsError> {
        // A cheap question before the dear one.
        if !is_asked && self.settings.hosts.len() > 1 && self.whole.hosts()[0].abis.is_ok() {
            let policy = Policy::build(&mut self.store, other, &self.one)?;
            if !is_same_function(&self.whole.hosts()[..1], policy.hosts()) {
                return Ok(false);
            }
        }
        let policy = Policy::build(&mut self.store, other, self.settings)?;
        Ok(is_same_function(self.whole.hosts(), policy.hosts()))
    }
}

/// Whether two policies of one store give every call the same action on some hosts.
fn is_same_function(a: &[HostPolicy], b: &[HostPolicy]) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| match (&a.abis, &b.abis) {
            (Ok(a), Ok(b)) => a.iter().zip(b).all(|(a, b)| {
                a.in_filter == b.in_filter && a.calls().eq(b.calls()) && a.others() == b.others()
            }),
            (Err(a), Err(b)) => a.kind == b.kind,
            _ => false,
        })
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

#[cfg(test)]
mod tests;
