//! Whether an overlay lets through what was recorded, and nothing else.

use super::Recorded;
use super::conditions::{self, Condition};
use super::trace::judge;
use crate::decision::var::Group;
use crate::decision::{Set, Store, TooLarge};
use crate::load::Loaded;
use crate::overlay::{self, OverlayError, Strategy};
use crate::profile::ActionName;
use crate::recording::Recording;
use crate::semantics::{self, Policy, SemanticsError};
use crate::syscall::{Abi, Host, Syscall};

/// What an overlay was found not to do.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the fields are named for what they hold
pub enum Unproved {
    #[error("{0}")]
    Merge(#[from] OverlayError),
    #[error("{0}")]
    Meaning(#[from] SemanticsError),
    #[error(transparent)]
    Bound(#[from] TooLarge),
    #[error("a recorded call of `{0}` would still be stopped")]
    Stopped(Syscall),
    #[error(
        "no rule reaches `{0}` as {abi} programs call it: add {scmp} to `architectures`",
        abi = .1.name(), scmp = .1.oci_name()
    )]
    NotInFilter(Syscall, Abi),
    #[error("calls of `{0}` would be let through that were not recorded")]
    More(Syscall),
    #[error("rule {0} of it could be left out")]
    Idle(usize),
}

/// Proves what `suggest` says of an overlay over `profile`, by the merged profile: every recorded
/// call passes; apart from calls of `widened`, none passes that neither passed before nor was
/// recorded; and without any one of the rules that let through, a recorded call is stopped. Calls of
/// `left` may stay stopped.
///
/// # Errors
/// [`Unproved`]
pub fn prove(
    profile: &Loaded,
    overlay: &Loaded,
    policy: &Policy,
    recording: &Recording,
    widened: &[Syscall],
    left: &[Syscall],
) -> Result<(), Unproved> {
    let Some(&host) = policy.settings().hosts.first() else { return Ok(()) };
    let mut store = Store::default();
    let before = Policy::build(&mut store, &profile.profile, policy.settings())?;
    let recorded = judge(&mut store, &before, host, recording)?;
    let after = merged(&mut store, profile, overlay, policy)?;
    // By the calls as they were recorded: what the profile did not look at, the overlay may.
    let passed = judge(&mut store, &after, host, recording)?;
    let is_done = |recorded: &Recorded| recorded.passes() || left.contains(&recorded.seen.syscall);
    if let Some(stopped) = passed.iter().find(|recorded| !is_done(recorded)) {
        let (syscall, abi) = (stopped.seen.syscall, stopped.seen.abi);
        return Err(match after.abi(host, abi) {
            Some(policy) if policy.in_filter => Unproved::Stopped(syscall),
            _ => Unproved::NotInFilter(syscall, abi),
        });
    }
    nothing_else(&mut store, host, (&before, &after), &recorded, widened)?;
    for left_out in 0..overlay.profile.rules.len() {
        // A rule that gives another errno lets nothing through.
        if overlay.profile.rules[left_out].action.value == ActionName::Errno {
            continue;
        }
        let mut less = overlay.clone();
        less.profile.rules.remove(left_out);
        let after = merged(&mut store, profile, &less, policy)?;
        if judge(&mut store, &after, host, recording)?.iter().all(is_done) {
            return Err(Unproved::Idle(left_out + 1));
        }
    }
    Ok(())
}

fn merged(
    store: &mut Store,
    profile: &Loaded,
    overlay: &Loaded,
    policy: &Policy,
) -> Result<Policy, Unproved> {
    let settings = policy.settings();
    let layers = [profile.clone(), overlay.clone()];
    let engine = Some(settings.machine.engine);
    let merged = overlay::merge_loaded(
        &mut store.beside(),
        &layers,
        engine,
        Strategy::Override,
        &settings.hosts,
    )?;
    // A merged profile is in Docker's terms.
    let settings = settings.clone().read_by(semantics::Engine::Docker);
    Ok(Policy::build(store, &merged.profile, &settings)?)
}

fn nothing_else(
    store: &mut Store,
    host: Host,
    (before, after): (&Policy, &Policy),
    recorded: &[Recorded],
    widened: &[Syscall],
) -> Result<(), Unproved> {
    for &abi in host.abis() {
        let (Some(old), Some(new)) = (before.abi(host, abi), after.abi(host, abi)) else {
            continue;
        };
        for ((_, syscall, was), (.., is)) in old.calls().zip(new.calls()) {
            if was == is || widened.contains(&syscall) {
                continue;
            }
            let mut known = open(store, was)?;
            for recorded in recorded.iter().filter(|recorded| recorded.seen.syscall == syscall) {
                let whole: Vec<(u8, Option<u64>)> = (0..)
                    .zip(recorded.seen.args)
                    .filter(|&(index, _)| store.asks(was, Group::Arg(index)))
                    .collect();
                let is_read = |variant: &&Vec<(u8, Option<u64>)>| {
                    variant.iter().all(|(_, value)| value.is_some())
                };
                let variants = match recorded.variants.is_empty() {
                    true => vec![&whole],
                    false => recorded.variants.iter().filter(is_read).collect(),
                };
                for variant in variants {
                    let known_of = |&(index, value): &(u8, Option<u64>)| {
                        Some(Condition::of_value(index, value?))
                    };
                    let tuple: Vec<Condition> = variant.iter().filter_map(known_of).collect();
                    let calls = conditions::set(store, abi, &tuple)?;
                    known = store.or(known, calls)?;
                }
            }
            let now = open(store, is)?;
            if !store.minus(now, known)?.is_empty() {
                return Err(Unproved::More(syscall));
            }
        }
    }
    Ok(())
}

/// The calls that a decision lets through.
fn open(store: &mut Store, decision: crate::decision::Decision) -> Result<Set, TooLarge> {
    store.set_where(decision, &|leaf| semantics::action(leaf).lets_through())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{LoadOptions, parse};
    use crate::recording::read;
    use crate::semantics::{Engine, Settings};

    fn loaded(rules: &str) -> Loaded {
        let text = format!("{{\"extends\": [], \"syscalls\": [{rules}]}}");
        parse("o.json", text.as_bytes(), &LoadOptions::default()).unwrap()
    }

    fn verdict(rules: &str, recording: &str) -> Result<(), Unproved> {
        let text = r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
            {"names": ["socket"], "action": "SCMP_ACT_ALLOW",
             "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}]}"#;
        let profile = parse("p.json", text.as_bytes(), &LoadOptions::default()).unwrap();
        let settings = Settings { hosts: vec![Host::Amd64], ..Settings::new(Engine::Docker) };
        let policy = Policy::build(&mut Store::default(), &profile.profile, &settings).unwrap();
        let recording = read(recording.as_bytes(), Some(Host::Amd64)).unwrap();
        prove(&profile, &loaded(rules), &policy, &recording, &[], &[])
    }

    const SOCKET: &str = r#"{"names": ["socket"], "action": "SCMP_ACT_ALLOW",
        "args": [{"index": 0, "value": 16, "op": "SCMP_CMP_EQ"}]}"#;

    #[test]
    fn only_what_is_enough_and_no_more_is_proved() {
        let recording = "socket(AF_NETLINK, SOCK_RAW, 0) = 3\nread(0) = 0";
        let read = r#"{"names": ["read"], "action": "SCMP_ACT_ALLOW"}"#;
        let both = format!("{read}, {SOCKET}");
        assert!(verdict(&both, recording).is_ok());
        assert!(matches!(verdict(read, recording), Err(Unproved::Stopped(_))));
        let all = format!("{read}, {}", SOCKET.replace("_EQ", "_GE"));
        assert!(matches!(verdict(&all, recording), Err(Unproved::More(_))));
        let other = format!("{both}, {}", read.replace("read", "write"));
        assert!(matches!(verdict(&other, recording), Err(Unproved::More(_))));
        let twice = format!("{both}, {read}");
        assert!(matches!(verdict(&twice, recording), Err(Unproved::Idle(_))));
    }
}
