//! A fingerprint and a comparison never contradict each other.

// Clippy takes only the functions marked as tests for tests.
#![allow(clippy::expect_used)]

use sdiff::baseline;
use sdiff::decision::Store;
use sdiff::diff::compare;
use sdiff::load::{self, LoadOptions};
use sdiff::profile::Profile;
use sdiff::semantics::{Engine, Policy, Settings};
use sdiff::syscall::Host;

/// A profile of each content.
fn profiles() -> Vec<Profile> {
    let mut contents = Vec::new();
    let first = baseline::list().iter().filter(|release| {
        let is_first = !contents.contains(&release.content);
        contents.push(release.content);
        is_first
    });
    let load = |name: String| load::load(&name, &LoadOptions::default()).expect("loads").profile;
    first.map(|release| load(release.to_string())).collect()
}

fn settings(profile: &Profile) -> Settings {
    let hosts = vec![Host::Amd64, Host::Mips64, Host::S390x];
    Settings { hosts, ..Settings::new(Engine::of(profile.format)) }
}

#[test]
fn equal_exactly_where_nothing_differs() {
    let profiles = profiles();
    for (at, old) in profiles.iter().enumerate() {
        for new in profiles.iter().skip(at).take(4) {
            let mut store = Store::default();
            let mut build = |of| Policy::build(&mut store, of, &settings(of)).expect("a policy");
            let (old, new) = (build(old), build(new));
            let comparison = compare(&mut store, &old, &new).expect("within the bounds");
            let is_same = comparison.is_same_policy()
                && comparison.not_compared.iter().all(|h| h.old == h.new);
            assert_eq!(old.fingerprint(&store) == new.fingerprint(&store), is_same, "{at}");
        }
    }
}

#[test]
fn nothing_else_in_the_store_matters() {
    let profiles = profiles();
    let mut shared = Store::default();
    for profile in profiles.iter().rev() {
        let policy = Policy::build(&mut shared, profile, &settings(profile)).expect("a policy");
        let mut own = Store::default();
        let alone = Policy::build(&mut own, profile, &settings(profile)).expect("a policy");
        assert_eq!(policy.fingerprint(&shared), alone.fingerprint(&own));
    }
}
