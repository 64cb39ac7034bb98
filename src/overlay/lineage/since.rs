//! What a profile came from, what it changed there, and what happened there since.

use super::nearest::{Near, ReadAs, nearest, policy};
use crate::baseline::{self, Release};
use crate::decision::{Decision, Set, Store, TooLarge};
use crate::diff::{Comparison, compare};
use crate::load::{LoadOptions, Loaded, load};
use crate::overlay::layers::error::OverlayError;
use crate::overlay::layers::layer::Layer;
use crate::semantics::{Engine, Policy, action};
use crate::syscall::{Abi, Host, Syscall, numbers};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// What a profile came from, and what happened there since.
#[derive(Clone, Debug)]
pub struct Lineage {
    /// The nearest baselines, the nearest first; of two at one distance the newer. Never empty.
    pub nearest: Vec<Near>,
    /// The newest release of their product.
    pub newest: &'static Release,
    /// The profile of the nearest, as its last release ships it.
    pub base: Loaded,
    /// What that means.
    pub base_policy: Policy,
    /// What the profile in question means.
    pub mine_policy: Policy,
    /// What it changes against the nearest: the intent.
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

/// Which baselines a profile is nearest to, and what lies between it, the nearest and the newest:
/// at most `count` of the product of the nearest, and at least one. Of the ways to read the profile
/// the one counts that brings it nearest. runc's stub counts for nothing.
///
/// # Errors
/// [`OverlayError`]; in [`OverlayError::Meaning`] the profile is layer 1, the baseline layer 0.
pub fn lineage(store: &mut Store, mine: &[ReadAs], count: usize) -> Result<Lineage, OverlayError> {
    let mut near = nearest(store, mine, count.max(1))?;
    let product = near.first().ok_or(OverlayError::NoBaseline)?.release.product;
    near.retain(|near| near.release.product == product);
    near.truncate(count.max(1));
    let first = near.first().ok_or(OverlayError::NoBaseline)?;
    let mine = mine.iter().find(|read| read.product == product).ok_or(OverlayError::NoBaseline)?;
    // What came before has no part in what happened since.
    let later = baseline::releases(product).iter();
    let later: Vec<_> = later.skip_while(|release| **release != *first.last).collect();
    let newest = later.last().copied().ok_or(OverlayError::NoBaseline)?;

    let base = read(first.last)?;
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
    Ok(Lineage {
        nearest: near,
        newest,
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
