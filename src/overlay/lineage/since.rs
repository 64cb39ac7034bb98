//! What a profile came from, what it changed there, and what happened there since.

use super::nearest::{Age, Near, ReadAs, nearest, policy};
use crate::baseline::{self, Product, Release};
use crate::decision::{Decision, Set, Store, TooLarge};
use crate::diff::{Comparison, compare};
use crate::load::{LoadOptions, Loaded, load};
use crate::origin::{self, Origin, State};
use crate::overlay::layers::error::OverlayError;
use crate::overlay::layers::layer::Layer;
use crate::profile::Profile;
use crate::semantics::{Engine, Policy, action};
use crate::syscall::{Abi, Host, Syscall, numbers};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// What a profile came from, and what happened there since.
#[derive(Clone, Debug)]
pub struct Lineage {
    /// The states that it can be a copy of, with the reasons.
    pub origin: Origin,
    /// What happened since the nearest of them, if it is a copy of any.
    pub history: Option<History>,
    /// The default that is nearest in what calls get, if it is a copy of none.
    pub nearest: Option<Near>,
}

/// What lies between a default, a copy of it and the newest.
#[derive(Clone, Debug)]
pub struct History {
    /// The newest release of the line of defaults.
    pub newest: &'static Release,
    /// How far behind it each of the candidates is.
    pub ages: Vec<Age>,
    /// The default.
    pub base: Loaded,
    /// What that means.
    pub base_policy: Policy,
    /// What the profile in question means.
    pub mine_policy: Policy,
    /// What it changes against the default: the intent.
    pub intent: Comparison,
    /// What upstream let through then and blocks now, and the profile still lets through; by name.
    pub blocked_since: Vec<Since>,
    /// What upstream blocked then and lets through now, and the profile still blocks; by name.
    pub allowed_since: Vec<Since>,
}

/// A system call, some calls of which upstream answers otherwise than the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Since {
    /// The system call.
    pub syscall: Syscall,
    /// The first release, by version, that answers some of these calls as the newest does.
    pub release: &'static Release,
}

/// Which defaults a profile can be a copy of, and what lies between it, the nearest and the newest.
///
/// # Errors
/// [`OverlayError`]; in [`OverlayError::Meaning`] the profile is layer 1, the baseline layer 0.
pub fn lineage(
    store: &mut Store,
    profile: &Profile,
    mine: &[ReadAs],
) -> Result<Lineage, OverlayError> {
    let origin = origin_of(profile, mine);
    let Some(first) = origin.first() else {
        let nearest = nearest(store, mine, 1)?.into_iter().next();
        return Ok(Lineage { origin, history: None, nearest });
    };
    let line = first.state.line();
    let mine = mine.iter().find(|read| read.product == line).ok_or(OverlayError::NoBaseline)?;
    let history = history(store, &origin, first.state, mine)?;
    Ok(Lineage { origin, history: Some(history), nearest: None })
}

/// Where a profile came from, among the defaults as which it can be read.
pub fn origin_of(profile: &Profile, mine: &[ReadAs]) -> Origin {
    let lines: Vec<Product> = mine.iter().map(|read| read.product).collect();
    origin::origin(profile, &lines)
}

fn history(
    store: &mut Store,
    origin: &Origin,
    state: &'static State,
    mine: &ReadAs,
) -> Result<History, OverlayError> {
    // What came before has no part in what happened since.
    let last = state.releases.iter().rfind(|release| release.product == state.line());
    let is_later = |release: &&'static Release| match last {
        Some(last) => release.order() >= last.order(),
        None => release.date > state.date(),
    };
    let releases = baseline::releases(state.line());
    let mut later: Vec<_> = releases.iter().filter(is_later).collect();
    let newest = releases.last().ok_or(OverlayError::NoBaseline)?;
    if later.is_empty() {
        later.push(newest);
    }
    let of_line = origin.candidates.iter().map(|one| Age::of_state(one.state));
    let ages = of_line.collect();

    let base = read(state.release())?;
    let base_policy = policy_of(store, &base)?;
    let mine_policy = policy(store, &mine.layer, &Host::ALL).map_err(OverlayError::of_layer(1))?;
    let intent = compare(store, &base_policy, &mine_policy).map_err(OverlayError::Compare)?;
    let mut history: Vec<(&Release, Policy)> = Vec::new();
    for release in later {
        if history.iter().all(|(known, _)| known.content != release.content) {
            let loaded = read(release)?;
            history.push((release, policy_of(store, &loaded)?));
        }
    }
    let head = history.iter().find(|(release, _)| release.content == newest.content);
    let (_, head) = head.ok_or(OverlayError::NoBaseline)?;
    let mut since = |lets_through| -> Result<Vec<Since>, TooLarge> {
        let open = parted(store, [&base_policy, &mine_policy, head], lets_through)?;
        first_releases(store, &open, &history, newest, lets_through)
    };
    let blocked_since = since(false).map_err(OverlayError::Compare)?;
    let allowed_since = since(true).map_err(OverlayError::Compare)?;
    Ok(History {
        newest,
        ages,
        base,
        base_policy,
        mine_policy,
        intent,
        blocked_since,
        allowed_since,
    })
}

/// Calls on which upstream has left both its old ways and the profile.
struct Parted {
    syscall: Syscall,
    host: Host,
    abi: Abi,
    /// The call's place among the ABI's.
    at: usize,
    calls: Set,
}

/// What the last of three policies, and neither of the others, lets through, or blocks. Of programs
/// that not every filter knows nothing is said: that is no change of a call.
fn parted(
    store: &mut Store,
    [base, mine, head]: [&Policy; 3],
    lets_through: bool,
) -> Result<Vec<Parted>, TooLarge> {
    let mut parted = Vec::new();
    let mut known: FxHashMap<[Decision; 3], Set> = FxHashMap::default();
    for (host, abi) in Host::ALL.iter().flat_map(|host| host.abis().iter().map(|abi| (*host, *abi)))
    {
        let of = |policy: &Policy| {
            let of = policy.abi(host, abi)?;
            (of.in_filter || policy.is_off()).then(|| of.bare_calls().collect::<Vec<Decision>>())
        };
        let (Some(base), Some(mine), Some(head)) = (of(base), of(mine), of(head)) else { continue };
        let answers = base.into_iter().zip(mine).zip(head);
        let answers = answers.map(|((base, mine), head)| [base, mine, head]);
        for (at, (answers, &(_, syscall))) in answers.zip(numbers(abi)).enumerate() {
            let calls = match known.get(&answers) {
                Some(&calls) => calls,
                None => {
                    let calls = alone(store, answers, lets_through)?;
                    *known.entry(answers).or_insert(calls)
                }
            };
            if !calls.is_empty() {
                parted.push(Parted { syscall, host, abi, at, calls });
            }
        }
    }
    Ok(parted)
}

/// Where the last of three answers is of that kind and the others are not.
fn alone(
    store: &mut Store,
    [base, mine, head]: [Decision; 3],
    lets_through: bool,
) -> Result<Set, TooLarge> {
    let head = answered(store, head, lets_through)?;
    let base = answered(store, base, lets_through)?;
    let mine = answered(store, mine, lets_through)?;
    let new = store.minus(head, base)?;
    store.minus(new, mine)
}

/// The calls that are let through, or those that are not.
fn answered(store: &mut Store, decision: Decision, lets_through: bool) -> Result<Set, TooLarge> {
    store.set_where(decision, &|leaf| action(leaf).lets_through() == lets_through)
}

/// Each system call once, with the first release that answers some of its calls that way.
fn first_releases(
    store: &mut Store,
    parted: &[Parted],
    history: &[(&'static Release, Policy)],
    newest: &'static Release,
    lets_through: bool,
) -> Result<Vec<Since>, TooLarge> {
    let mut open: BTreeMap<Syscall, Vec<&Parted>> = BTreeMap::new();
    for part in parted {
        open.entry(part.syscall).or_default().push(part);
    }
    let mut since = Vec::new();
    for (syscall, parts) in open {
        let mut first = newest;
        for (release, policy) in history {
            if answers_some(store, policy, &parts, lets_through)? {
                first = release;
                break;
            }
        }
        since.push(Since { syscall, release: first });
    }
    Ok(since)
}

fn answers_some(
    store: &mut Store,
    policy: &Policy,
    parts: &[&Parted],
    lets_through: bool,
) -> Result<bool, TooLarge> {
    for part in parts {
        let abi = policy.abi(part.host, part.abi);
        let Some(answer) = abi.and_then(|abi| abi.bare_calls().nth(part.at)) else { continue };
        let answered = answered(store, answer, lets_through)?;
        if !store.and(answered, part.calls)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn read(release: &Release) -> Result<Loaded, OverlayError> {
    let loaded = load(&release.to_string(), &LoadOptions::default());
    loaded.map_err(|error| OverlayError::Unreadable(error.to_string()))
}

fn policy_of(store: &mut Store, baseline: &Loaded) -> Result<Policy, OverlayError> {
    let engine = Engine::of_loaded(baseline);
    let layer = Layer::new(&baseline.source.name, &baseline.profile, engine);
    let failed = OverlayError::of_layer(0);
    policy(store, &layer.map_err(&failed)?, &Host::ALL).map_err(failed)
}
