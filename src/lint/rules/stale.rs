//! `stale`

use crate::baseline::{self, Product, Release};
use crate::decision::{Decision, Store, TooLarge};
use crate::lint::context::{Context, usual};
use crate::lint::{Finding, Lint, Severity};
use crate::load::{LoadOptions, parse_baseline};
use crate::semantics::{Engine, Given, Policy, Settings, action};
use crate::syscall::{HOST_COUNT, Host, Syscall};
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::hash::BuildHasher;
use std::sync::OnceLock;

pub(super) const LINT: Lint = Lint {
    id: "stale",
    severity: Severity::Info,
    summary: "a profile that follows a default which has moved on",
    story: "\
Most custom profiles are a default with a few changes, of the day when they were made. Upstream
has since blocked calls that turned out to be dangerous (`AF_VSOCK` and `AF_ALG` sockets, `io_uring`) and
allowed calls that newer libraries need. The lint finds the built-in default that is nearest by what
it does (the fewest calls with another answer, for native programs of one host with Docker's
capabilities), and says what has happened since then that the profile does not follow. It is silent
where no default is near.

It is a `warning` where a call that upstream has blocked since is still open.",
    fires: r#"docker@18.09"#,
    silent: r#"default"#,
    check: Some(check),
};

/// Every call of an ABI.
type Calls = Vec<(Syscall, Decision)>;

/// With more calls that differ, a profile has not come from the default.
const NEAR: usize = 60;

fn check(context: &mut Context) -> Result<Vec<Finding>, TooLarge> {
    let Some(&host) = context.settings.hosts.first() else { return Ok(Vec::new()) };
    let Some(own) = calls(&context.usual, host) else { return Ok(Vec::new()) };
    let Some((distance, release)) = nearest(context, &own, host) else { return Ok(Vec::new()) };
    let newest = baseline::find(release.product.name()).ok();
    let Some(newest) = newest.filter(|newest| newest.content != release.content) else {
        return Ok(Vec::new());
    };
    let settings = usual(&context.settings);
    let build = |store: &mut Store, release| build(store, &settings, release, host);
    let Some(then) = build(&mut context.store, release) else { return Ok(Vec::new()) };
    let Some(now) = build(&mut context.store, newest) else { return Ok(Vec::new()) };
    let (mut blocked, mut allowed) = (Vec::new(), Vec::new());
    for ((&(syscall, own), &(_, then)), &(_, now)) in own.iter().zip(&then).zip(&now) {
        if then == now || own == now {
            continue;
        }
        if lets_more(&mut context.store, then, now)? && lets_more(&mut context.store, own, now)? {
            blocked.push(syscall.name());
        }
        if lets_more(&mut context.store, now, then)? && lets_more(&mut context.store, now, own)? {
            allowed.push(syscall.name());
        }
    }
    if blocked.is_empty() && allowed.is_empty() {
        return Ok(Vec::new());
    }
    let apart = match distance {
        0 => String::new(),
        1 => ", but for 1 call".to_owned(),
        count => format!(", but for {count} calls"),
    };
    let mut message = format!("it does what {release} ({}) does{apart}", release.date);
    for (names, what) in
        [(&blocked, "has blocked what it lets through"), (&allowed, "has allowed what it blocks")]
    {
        if !names.is_empty() {
            message += &format!("; {newest} {what} of {}", listed(names));
        }
    }
    let help = format!("compare it: `sdiff FILE {newest}`");
    let severity = if blocked.is_empty() { LINT.severity } else { Severity::Warning };
    Ok(vec![Finding::new("profile", message, help).with_severity(severity)])
}

fn listed(names: &[&str]) -> String {
    match names.len() {
        0..=5 => format!("`{}`", names.join("`, `")),
        count => format!("`{}` and {} more", names[..4].join("`, `"), count - 4),
    }
}

/// A default and what it does, as a hash for each call.
struct Known {
    release: &'static Release,
    hashes: Vec<u64>,
}

/// The nearest default, if one is near, with the number of calls that differ.
fn nearest(context: &Context, own: &Calls, host: Host) -> Option<(usize, &'static Release)> {
    /// What the defaults do with Docker's capabilities: the usual question, by host.
    static USUAL: [OnceLock<Vec<Known>>; HOST_COUNT] = [const { OnceLock::new() }; HOST_COUNT];
    let settings = usual(&context.settings);
    let docker = Given { capabilities: Some(Given::docker_default()), kernel: None };
    let asked;
    let defaults = match settings.given == docker {
        true => USUAL[host as usize].get_or_init(|| defaults(&settings, host)),
        false => {
            asked = defaults(&settings, host);
            &asked
        }
    };
    let own = hashes(&context.store, own);
    let distance = |known: &Known| own.iter().zip(&known.hashes).filter(|(a, b)| a != b).count();
    let near = defaults.iter().map(|known| (distance(known), known.release));
    near.min_by_key(|(distance, _)| *distance).filter(|(distance, _)| *distance <= NEAR)
}

/// Every default with another content, the newest first.
fn defaults(settings: &Settings, host: Host) -> Vec<Known> {
    let mut known: Vec<Known> = Vec::new();
    for release in baseline::list().iter().rev() {
        let is_known = known.iter().any(|known| known.release.content == release.content);
        // Those of which people take copies: containerd and CRI-O have no file to copy.
        let is_copied = matches!(release.product, Product::Docker | Product::ContainersCommon);
        if !is_copied || is_known {
            continue;
        }
        let mut store = Store::default();
        if let Some(calls) = build(&mut store, settings, release, host) {
            known.push(Known { release, hashes: hashes(&store, &calls) });
        }
    }
    known
}

/// Equal decisions of two stores have one hash.
fn hashes(store: &Store, calls: &Calls) -> Vec<u64> {
    let mut memo = FxHashMap::default();
    let mut hash = |decision| {
        store.fold(decision, &mut memo, &|leaf| FxBuildHasher.hash_one((leaf, 1)), &|var, a, b| {
            FxBuildHasher.hash_one((var, a, b))
        })
    };
    calls.iter().map(|(_, decision)| hash(*decision)).collect()
}

fn build(
    store: &mut Store,
    settings: &Settings,
    release: &'static Release,
    host: Host,
) -> Option<Calls> {
    let options = LoadOptions { format: Some(release.product.format()), ..LoadOptions::default() };
    let loaded = parse_baseline(&release.to_string(), release, &options).ok()?;
    let engine = Engine::of_loaded(&loaded);
    let settings = Settings { hosts: vec![host], ..settings.clone() }.read_by(engine);
    let policy = Policy::build(store, &loaded.profile, &settings).ok()?;
    calls(&policy, host)
}

/// What a policy does to native programs, without runc's stub, which every new name moves.
fn calls(policy: &Policy, host: Host) -> Option<Calls> {
    let abi = policy.abi(host, host.native())?;
    Some(abi.calls().zip(abi.bare_calls()).map(|((_, syscall, _), bare)| (syscall, bare)).collect())
}

/// Whether the first lets a call through that the second stops.
fn lets_more(store: &mut Store, first: Decision, second: Decision) -> Result<bool, TooLarge> {
    let open = |leaf| action(leaf).lets_through();
    let more = store.zip(first, second, &|a, b| u32::from(open(a) && !open(b)))?;
    Ok(more != Decision::leaf(0))
}
