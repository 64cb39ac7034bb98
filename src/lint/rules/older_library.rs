//! `older-library`

use crate::decision::{Store, TooLarge};
use crate::diff::Place;
use crate::lint::context::Context;
use crate::lint::{Finding, Lint, Severity};
use crate::phrase::action_text;
use crate::profile::{Action, Profile};
use crate::semantics::{self, Elsewhere, Machine, Policy, Settings};
use crate::syscall::{Host, Library, Syscall};

pub(super) const LINT: Lint = Lint {
    id: "older-library",
    severity: Severity::Info,
    summary: "calls that get another answer where the runtime's libseccomp is older",
    story: "\
A runtime asks libseccomp for the number of each name, and passes over a name that the library does
not know, without a word. The same file then means less on an older machine: with Debian 12's
libseccomp 2.5.4 a profile that allows `mseal` or `statmount` does not, and the program gets `ENOSYS`
or `EPERM`. A rule that blocks such a call by name does nothing there either, which matters where the
default action lets calls through.

The lint names the calls whose answer is another with a library from before the release that first
knows them, and says what they get there; so it does for argument conditions that 2.6.1 mended
(GHSA-4q85-33p6-j5g6). It asks about the libseccomp of the question: `--libseccomp 2.5.4` says what is
so with that one. `sdiff machines` lists who ships which.",
    fires: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["read", "mseal"], "action": "SCMP_ACT_ALLOW"}]}"#,
    silent: r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"}]}"#,
    check: Some(check),
};

/// How many calls of a release a finding names.
const SHOWN: usize = 3;

/// Calls that get something else before a release.
type Older = (Library, Action, Vec<Syscall>);

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    let asked = context.settings.machine.library;
    let mut found: Vec<Older> = Vec::new();
    for pair in Library::ALL.windows(2).rev() {
        let [before, since] = *pair else { continue };
        if since > asked {
            continue;
        }
        let candidates = candidates(context, since);
        let Context { store, profile, usual, .. } = context;
        let (told, built) = (Vec::new(), Vec::new());
        let mut before = Before { library: before, profile, usual, told, built };
        for (place, syscall) in candidates {
            let Some(there) = before.answer(store, place, syscall)? else { continue };
            match found.iter_mut().find(|(at, action, _)| (*at, *action) == (since, there)) {
                Some((.., calls)) => calls.push(syscall),
                None => found.push((since, there, vec![syscall])),
            }
        }
    }
    Ok(finding(context, &found).into_iter().collect())
}

/// The calls of the profile that a release first knows, or reads otherwise than the one before it,
/// each where the first programs have it.
fn candidates(context: &Context, since: Library) -> Vec<(Place, Syscall)> {
    let places = context.places();
    let is_new = |call: &Syscall| {
        // The comparison of arguments that this release mended.
        let is_mended = since == Library::V2_6_1 && has_conditions(context, *call);
        (call.since() == since || is_mended) && !context.policy.mentions(*call).is_empty()
    };
    let calls = Syscall::all().filter(is_new);
    let placed = calls.filter_map(|call| {
        let place = places.iter().find(|place| call.number(place.abi).is_some())?;
        Some((*place, call))
    });
    placed.collect()
}

fn has_conditions(context: &Context, call: Syscall) -> bool {
    let mut rules = context.policy.mentions(call).iter().map(|mention| mention.rule);
    rules.any(|rule| context.profile.rules.get(rule).is_some_and(|rule| !rule.args.is_empty()))
}

/// The profile with an older library.
struct Before<'a> {
    library: Library,
    profile: &'a Profile,
    usual: &'a Policy,
    /// By host: what `usual` tells of it.
    told: Vec<(Host, Option<Elsewhere<'a>>)>,
    /// Of hosts of which it does not: the profile read anew.
    built: Vec<Policy>,
}

impl Before<'_> {
    /// What some of a call gets, if that is another answer.
    fn answer(
        &mut self,
        store: &mut Store,
        place: Place,
        syscall: Syscall,
    ) -> Result<Option<Action>, TooLarge> {
        let here = Context::decision(self.usual, place, syscall);
        let there = match self.told(store, place)? {
            Some(told) => told.decision(store, syscall)?,
            None => {
                let built = self.built(store, place.host);
                built.and_then(|policy| Context::decision(policy, place, syscall))
            }
        };
        let (Some(there), Some(here)) = (there, here) else { return Ok(None) };
        if there == here {
            return Ok(None);
        }
        let differ = store.zip(here, there, &|a, b| if a == b { 0 } else { b + 1 })?;
        let leaf = store.leaves(differ).into_iter().find(|&leaf| leaf != 0);
        Ok(leaf.map(|leaf| semantics::action(leaf - 1)))
    }

    fn told(
        &mut self,
        store: &mut Store,
        place: Place,
    ) -> Result<Option<&Elsewhere<'_>>, TooLarge> {
        let host = place.host;
        if place.abi != host.native() {
            return Ok(None);
        }
        let at = match self.told.iter().position(|(of, _)| *of == host) {
            Some(at) => at,
            None => {
                let own = self.usual.settings().machine;
                let machine = Machine { library: self.library, ..own };
                let told = self.usual.elsewhere(store, self.profile, host, machine)?;
                self.told.push((host, told));
                self.told.len() - 1
            }
        };
        Ok(self.told[at].1.as_ref())
    }

    /// Where no container starts with it there is no answer to compare.
    fn built(&mut self, store: &mut Store, host: Host) -> Option<&Policy> {
        let is_it = |policy: &&Policy| policy.settings().hosts == [host];
        if !self.built.iter().any(|policy| is_it(&policy)) {
            let settings = Settings { hosts: vec![host], ..self.usual.settings().clone() };
            let settings = settings.with_library(self.library);
            self.built.push(Policy::build(store, self.profile, &settings).ok()?);
        }
        self.built.iter().find(is_it)
    }
}

fn finding(context: &Context, found: &[Older]) -> Option<Finding> {
    let (.., first) = found.first()?;
    let parts: Vec<String> = found.iter().map(words).collect();
    let count: usize = found.iter().map(|(.., calls)| calls.len()).sum();
    let (calls, get) = if count == 1 { ("call", "gets") } else { ("calls", "get") };
    let message = format!(
        "{count} {calls} {get} another answer with an older libseccomp: {}",
        parts.join("; ")
    );
    let help = "see `sdiff FILE FILE --new-libseccomp VERSION`, and `sdiff machines` for who has which; run it \
         with a newer one, or leave the calls out";
    let span = first.first().and_then(|call| context.mention(*call));
    Some(Finding::new("libseccomp", message, help).at_any(span))
}

/// `mseal`, `statmount` and 8 more get ENOSYS before 2.5.6
fn words((since, there, calls): &Older) -> String {
    let shown: Vec<String> = calls.iter().take(SHOWN).map(|call| format!("`{call}`")).collect();
    let more = match calls.len().saturating_sub(SHOWN) {
        0 => String::new(),
        count => format!(" and {count} more"),
    };
    let gets = if calls.len() == 1 { "gets" } else { "get" };
    let names = shown.join(", ") + &more;
    format!("before {since} {names} {gets} {}", action_text(*there))
}
