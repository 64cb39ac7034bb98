//! `stale`

use crate::baseline::{self, Release};
use crate::decision::{Decision, Store, TooLarge};
use crate::facts::{self, Hash, Memo};
use crate::lint::context::{Context, usual};
use crate::lint::{Finding, Lint, Severity};
use crate::load::{LoadOptions, parse_baseline};
use crate::semantics::{Engine, Policy, Settings, action};
use crate::syscall::{Host, Syscall};
use std::sync::{Arc, Mutex};

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

/// The nearest default, if one is near, with the number of calls that differ: the newest of them.
fn nearest(context: &Context, own: &Calls, host: Host) -> Option<(usize, &'static Release)> {
    let settings = usual(&context.settings);
    let own = hashes(&context.store, own);
    let near = match facts::are_for(&settings) {
        true => facts::distances(&own, host),
        false => distances(&settings, &own, host),
    };
    let near = near.into_iter().zip(facts::releases());
    let (distance, release) = near.min_by_key(|(distance, _)| *distance)?;
    let release = baseline::find(release).ok()?;
    (distance <= NEAR).then_some((distance, release))
}

/// Of how many calls each default makes something else, where nobody wrote that down: by the order
/// of [`facts::releases`]. One that does not load is at every distance.
fn distances(settings: &Settings, own: &[Hash], host: Host) -> Vec<usize> {
    /// The questions of this run, which many files share.
    static ASKED: Mutex<Vec<(Settings, Arc<Defaults>)>> = Mutex::new(Vec::new());
    let settings = Settings { hosts: vec![host], ..settings.clone() };
    let known = |asked: &[(Settings, Arc<Defaults>)]| {
        asked.iter().find(|(of, _)| *of == settings).map(|(_, defaults)| defaults.clone())
    };
    let defaults = match ASKED.lock().ok().and_then(|asked| known(&asked)) {
        Some(defaults) => defaults,
        None => {
            let releases = facts::releases().iter();
            let defaults: Defaults = releases.map(|of| default(&settings, of, host)).collect();
            let defaults = Arc::new(defaults);
            if let Ok(mut asked) = ASKED.lock() {
                asked.truncate(MOST_ASKED);
                asked.insert(0, (settings, defaults.clone()));
            }
            defaults
        }
    };
    let distance = |theirs: &Vec<Hash>| own.iter().zip(theirs).filter(|(a, b)| a != b).count();
    defaults.iter().map(|theirs| theirs.as_ref().map_or(usize::MAX, distance)).collect()
}

/// The hashes of every default that loads.
type Defaults = Vec<Option<Vec<Hash>>>;

/// How many questions are remembered.
const MOST_ASKED: usize = 31;

fn default(settings: &Settings, release: &str, host: Host) -> Option<Vec<Hash>> {
    let mut store = Store::default();
    let calls = build(&mut store, settings, baseline::find(release).ok()?, host)?;
    Some(hashes(&store, &calls))
}

/// Equal decisions of two stores have one hash.
fn hashes(store: &Store, calls: &Calls) -> Vec<Hash> {
    let mut memo = Memo::default();
    calls.iter().map(|(_, decision)| facts::hash(store, *decision, &mut memo)).collect()
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
