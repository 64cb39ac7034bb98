//! Two uses to what becomes of the calls.

use super::super::judge::Question;
use super::super::{Repository, Side, Trouble};
use super::profile::{Filter, Known, Profiles, capabilities, off};
use crate::decision::{Assignment, Store};
use crate::diff::{Direction, Kind, Place, Subject, Witness, compare};
use crate::profile::KernelVersion;
use crate::report::account::{Item, Level, compared};
use crate::report::{Report, Side as ReportSide, witness_text};
use crate::semantics::{Engine, Policy};
use crate::syscall::Syscall;
use crate::syscall::danger;
use crate::uses::Use;
use std::collections::HashMap;
use std::rc::Rc;

/// What the comparison of two functions comes to.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    /// Subjects of which calls get a more permissive action, the worst first.
    pub weaker: Vec<String>,
    /// Subjects of which calls get a stricter one, and none a weaker one.
    pub stricter: Vec<String>,
    /// What else differs.
    pub other: usize,
    /// A call that shows it, the worst one.
    pub proof: Option<String>,
    /// Why that is bad.
    pub dangers: Vec<String>,
    /// Why there is none.
    pub trouble: Option<String>,
}

type Key = (String, u64, String, u64);

/// Compares, each pair of functions once.
pub(super) struct Judge<'r> {
    pub profiles: Profiles<'r>,
    pub question: &'r Question,
    outcomes: HashMap<Key, Rc<Outcome>>,
}

impl<'r> Judge<'r> {
    pub fn new(repository: &'r dyn Repository, question: &'r Question) -> Judge<'r> {
        let profiles = Profiles::new(repository, question.engine);
        Judge { profiles, question, outcomes: HashMap::new() }
    }

    pub fn filter(&mut self, side: Side, file: &str, one: &Use) -> Result<Filter, Trouble> {
        self.profiles.filter(side, file, one)
    }

    pub fn capabilities(&self, one: &Use) -> u64 {
        let given = self.question.settings.given.capabilities;
        given.unwrap_or_else(|| capabilities(self.profiles.engine(one.runner), one))
    }

    /// Two filters that are known, each with the capabilities of its container.
    pub fn compare(&mut self, old: (&Filter, u64), new: (&Filter, u64)) -> Rc<Outcome> {
        let identity = |filter: &Filter| match filter {
            Filter::Known(known) => known.identity.clone(),
            _ => "off".to_owned(),
        };
        // Without a filter nothing hangs on them.
        let set =
            |(filter, set): (&Filter, u64)| if matches!(filter, Filter::Off) { 0 } else { set };
        let key = (identity(old.0), set(old), identity(new.0), set(new));
        if key.0 == key.2 && key.1 == key.3 {
            return Rc::default();
        }
        if let Some(known) = self.outcomes.get(&key) {
            return Rc::clone(known);
        }
        let outcome = Rc::new(self.outcome(old, new));
        self.outcomes.insert(key, Rc::clone(&outcome));
        outcome
    }

    fn outcome(&self, old: (&Filter, u64), new: (&Filter, u64)) -> Outcome {
        let trouble = |why: String| Outcome { trouble: Some(why), ..Outcome::default() };
        let Some(off) = off() else { return Outcome::default() };
        let off = Rc::new(Known {
            loaded: off,
            engine: engine_of(old.0).or(engine_of(new.0)).unwrap_or(Engine::Docker),
            name: "no filter".to_owned(),
            identity: String::new(),
        });
        let known = |filter: &Filter| match filter {
            Filter::Known(known) => Rc::clone(known),
            _ => Rc::clone(&off),
        };
        let (was, is) = (known(old.0), known(new.0));
        let mut store = Store::default();
        let mut build = |known: &Known, set: u64| {
            let mut settings = self.question.settings.clone().read_by(known.engine);
            settings.given.capabilities = Some(set);
            Policy::build(&mut store, &known.loaded.profile, &settings)
                .map_err(|error| format!("{} does not load: {error}", known.name))
        };
        // A container without a filter has what the other one has: only the filter is compared.
        let sets = match (old.0, new.0) {
            (Filter::Off, _) => [new.1, new.1],
            (_, Filter::Off) => [old.1, old.1],
            _ => [old.1, new.1],
        };
        let (before, after) = match (build(&was, sets[0]), build(&is, sets[1])) {
            (Ok(before), Ok(after)) => (before, after),
            (Err(why), _) | (_, Err(why)) => return trouble(why),
        };
        let comparison = match compare(&mut store, &before, &after) {
            Ok(comparison) => comparison,
            Err(bound) => return trouble(format!("too complex to compare: {bound}")),
        };
        let report = Report {
            old: ReportSide { loaded: &was.loaded, policy: &before },
            new: ReportSide { loaded: &is.loaded, policy: &after },
            comparison: &comparison,
            only: &Kind::ALL,
            hints: None,
            accepted: &[],
        };
        let mut outcome = Outcome::default();
        let mut items: Vec<Item> = compared(&report).items;
        // A call that is known to be dangerous says most.
        items.sort_by_key(|item| (std::cmp::Reverse(item.level), item.dangers.is_empty()));
        for item in &items {
            // The default action is of all calls that no rule names.
            let change = comparison.changes.iter().find(|change| change.id == item.id);
            let calls = change.filter(|change| !matches!(change.subject, Subject::Syscall(_)));
            let names = calls.map_or(Vec::new(), |change| {
                change.calls.iter().map(|call| call.name().to_owned()).collect()
            });
            let names = if names.is_empty() { vec![item.subject.clone()] } else { names };
            match item.rule {
                "unconfined" => {}
                "added" | "weakened" | "host-opens" => outcome.weaker.extend(names),
                "removed" | "tightened" | "host-lost" => outcome.stricter.extend(names),
                _ => outcome.other += 1,
            }
        }
        if let Some((call, witness)) = telling(&store, &before, &after, &outcome) {
            let why = danger(call).map(|why| format!("{call}: {why}"));
            outcome.dangers = why.into_iter().collect();
            outcome.proof = Some(witness_text(&report, &witness));
            let names = match outcome.weaker.is_empty() {
                true => &mut outcome.stricter,
                false => &mut outcome.weaker,
            };
            names.sort_by_key(|name| name != call.name());
            return outcome;
        }
        let is_weaker =
            |item: &&Item| matches!(item.rule, "added" | "weakened") && item.level > Level::Note;
        let telling = items.iter().find(is_weaker);
        let telling = telling.or_else(|| items.iter().find(|item| item.proof.is_some()));
        if let Some(item) = telling {
            outcome.proof.clone_from(&item.proof);
            outcome.dangers = item.dangers.iter().take(2).cloned().collect();
        }
        outcome
    }
}

/// Calls that say most to a reader, where they are among those that differ.
const TELLING: [&str; 10] = [
    "keyctl",
    "bpf",
    "io_uring_setup",
    "userfaultfd",
    "mount",
    "unshare",
    "ptrace",
    "perf_event_open",
    "kexec_load",
    "init_module",
];

/// One of these calls, in a program of the first host, that gets the weaker action, or where none
/// does the stricter one.
fn telling(
    store: &Store,
    before: &Policy,
    after: &Policy,
    outcome: &Outcome,
) -> Option<(Syscall, Witness)> {
    let names = if outcome.weaker.is_empty() { &outcome.stricter } else { &outcome.weaker };
    let wanted = if outcome.weaker.is_empty() { Direction::Stricter } else { Direction::Weaker };
    let host = before.hosts().iter().find(|policy| policy.abis.is_ok())?.host;
    let place = Place { host, abi: host.native() };
    let settings = after.settings();
    let kernel = settings.given.kernel.unwrap_or(KernelVersion { kernel: 6, major: 12 });
    TELLING.iter().filter(|name| names.iter().any(|known| known == *name)).find_map(|name| {
        let call = Syscall::from_name(name)?;
        let number = call.number(place.abi)?;
        let capabilities = settings.given.capabilities.unwrap_or_default();
        let of = |policy: &Policy| {
            let set = policy.settings().given.capabilities.unwrap_or(capabilities);
            policy.evaluate(store, host, place.abi, number, &[0; 6], set, kernel)
        };
        let (from, to) = (of(before)?, of(after)?);
        let point = Assignment { capabilities, kernel, ..Assignment::default() };
        let asks_kernel = settings.given.kernel.is_some();
        let witness = Witness { place, number, syscall: Some(call), point, asks_kernel, from, to };
        (Direction::of(from, to) == wanted).then_some((call, witness))
    })
}

fn engine_of(filter: &Filter) -> Option<Engine> {
    match filter {
        Filter::Known(known) => Some(known.engine),
        _ => None,
    }
}
