//! The laws of merging and rebasing, on generated profiles, judged by the decision engine.
//!
//! A merge may end in one of its named errors; such a case proves nothing, and too many of them fail
//! the test by themselves (proptest's bound on rejected cases).
#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;
use sdiff::decision::Store;
use sdiff::diff::{Kind, compare};
use sdiff::load::{LoadOptions, parse};
use sdiff::overlay::{Layer, Merged, Rebased, Strategy as Way, merge, overlay, rebase};
use sdiff::profile::Profile;
use sdiff::semantics::{Engine, Policy, Runtime, Settings};
use sdiff::syscall::Host;

const HOSTS: [Host; 2] = [Host::Amd64, Host::Arm64];
const CALLS: [&str; 5] = ["keyctl", "ptrace", "socket", "clone", "bpf"];
const ACTIONS: [&str; 5] = ["ALLOW", "ERRNO", "LOG", "KILL_PROCESS", "TRAP"];

/// A rule on one of the calls, plain or with a condition, for whoever has a capability or not.
fn rule() -> impl Strategy<Value = String> {
    let condition = (0..3_u8, 0..4_usize, 0..40_u64);
    let parts = (0..ACTIONS.len(), 1..5_u8, prop::option::of(condition), 0..6_u8);
    parts.prop_map(|(action, errno, condition, cap)| {
        let errno = match ACTIONS[action] {
            "ERRNO" => format!(", \"errnoRet\": {errno}"),
            _ => String::new(),
        };
        let args = condition.map_or(String::new(), |(index, op, value)| {
            let op = ["EQ", "NE", "GE", "LT"][op];
            format!(
                ", \"args\": [{{\"index\": {index}, \"op\": \"SCMP_CMP_{op}\", \"value\": {value}}}]"
            )
        });
        let caps = match cap {
            0 => ", \"includes\": {\"caps\": [\"CAP_SYS_ADMIN\"]}",
            1 => ", \"excludes\": {\"caps\": [\"CAP_SYS_ADMIN\"]}",
            _ => "",
        };
        format!("\"action\": \"SCMP_ACT_{}\"{errno}{args}{caps}", ACTIONS[action])
    })
}

/// A profile with at most one rule a call.
fn profile() -> impl Strategy<Value = Layer> {
    let rules = prop::collection::vec(prop::option::weighted(0.6, rule()), CALLS.len());
    (prop::bool::ANY, rules).prop_map(|(is_open, rules)| {
        let default = if is_open { "ALLOW" } else { "ERRNO" };
        let rules = rules.iter().zip(CALLS).filter_map(|(rule, call)| {
            rule.as_ref().map(|rule| format!("{{\"names\": [\"{call}\"], {rule}}}"))
        });
        let rules: Vec<String> = rules.collect();
        let text = format!(
            "{{\"defaultAction\": \"SCMP_ACT_{default}\", \"syscalls\": [{}]}}",
            rules.join(", ")
        );
        layer(&text)
    })
}

fn layer(text: &str) -> Layer {
    let loaded = parse("layer", text.as_bytes(), &LoadOptions::default()).unwrap();
    Layer::new("layer", &loaded.profile, Engine::Docker).unwrap()
}

/// The merged profile, if there is no named error.
fn merged(way: Way, layers: &[&Layer]) -> Option<Layer> {
    let layers: Vec<Layer> = layers.iter().map(|layer| (*layer).clone()).collect();
    as_layer(merge(&mut Store::default(), &layers, way, &HOSTS).ok()?)
}

fn as_layer(merged: Merged) -> Option<Layer> {
    Layer::new("merged", &merged.profile, Engine::Docker).ok()
}

/// The changes from one to the other.
fn kinds(old: &Profile, new: &Profile) -> Vec<Kind> {
    let mut store = Store::default();
    let hosts = HOSTS.to_vec();
    let settings = Settings { hosts, ..Settings::new(Engine::Docker).with_runtime(Runtime::None) };
    let old = Policy::build(&mut store, old, &settings).unwrap();
    let new = Policy::build(&mut store, new, &settings).unwrap();
    let found = compare(&mut store, &old, &new).unwrap();
    found.changes.iter().map(|change| change.kind).collect()
}

fn is_same(a: &Layer, b: &Layer) -> bool {
    kinds(a.profile(), b.profile()).is_empty()
}

/// As [`is_same`], but for which errno a blocked call gives: of two layers that block a call the
/// later one's counts, as with two filters in the kernel.
fn is_same_but_for_errnos(a: &Layer, b: &Layer) -> bool {
    kinds(a.profile(), b.profile()).iter().all(|kind| *kind == Kind::Changed)
}

fn is_within(new: &Layer, old: &Layer) -> bool {
    !kinds(old.profile(), new.profile()).iter().any(|kind| kind.is_weaker())
}

/// Goes on with what is there.
macro_rules! some {
    ($($name:ident = $value:expr),* $(,)?) => {
        $(let $name = $value; prop_assume!($name.is_some()); let $name = $name.unwrap();)*
    };
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, max_global_rejects: 1000, ..Default::default() })]

    #[test]
    fn every_strategy_is_associative(a in profile(), b in profile(), c in profile()) {
        for way in Way::ALL {
            some!(ab = merged(way, &[&a, &b]), bc = merged(way, &[&b, &c]));
            some!(abc = merged(way, &[&a, &b, &c]), left = merged(way, &[&ab, &c]));
            prop_assert!(is_same(&abc, &left), "{way:?}");
            // To the right the middle's default action would count as the overlay's own.
            if way.counts_defaults() {
                some!(right = merged(way, &[&a, &bc]));
                prop_assert!(is_same(&abc, &right), "{way:?}");
            }
        }
    }

    #[test]
    fn nothing_over_a_layer_is_the_layer(a in profile()) {
        for way in [Way::Override, Way::Replace] {
            some!(same = merged(way, &[&a, &layer("{}")]), twice = merged(way, &[&a, &a]));
            prop_assert!(is_same(&a, &same), "{way:?}");
            prop_assert!(is_same(&a, &twice), "{way:?}");
        }
    }

    #[test]
    fn union_and_stack_know_no_order(a in profile(), b in profile()) {
        for way in [Way::Union, Way::Stack] {
            some!(ab = merged(way, &[&a, &b]), ba = merged(way, &[&b, &a]));
            prop_assert!(is_same_but_for_errnos(&ab, &ba), "{way:?}");
            some!(aa = merged(way, &[&a, &a]));
            prop_assert!(is_same(&aa, &a), "{way:?}");
        }
    }

    #[test]
    fn a_stack_is_within_each_and_each_within_the_union(a in profile(), b in profile()) {
        some!(stack = merged(Way::Stack, &[&a, &b]), union = merged(Way::Union, &[&a, &b]));
        for one in [&a, &b] {
            prop_assert!(is_within(&stack, one));
            prop_assert!(is_within(one, &union));
        }
    }

    #[test]
    fn rebasing(from in profile(), mine in profile(), onto in profile()) {
        let rebased = |from: &Layer, mine: &Layer, onto: &Layer| {
            match rebase(&mut Store::default(), [from, mine, onto], None, &HOSTS) {
                Ok(Rebased::Clean(merged)) => Ok(as_layer(merged).unwrap()),
                Ok(Rebased::Conflicts(conflicts)) => Err(format!("{conflicts:#?}")),
                Err(error) => Err(error.to_string()),
            }
        };
        // Where one side changed nothing there is no conflict, and always a profile.
        let (newest, own) = (rebased(&from, &from, &onto), rebased(&from, &mine, &from));
        prop_assert!(newest.is_ok() && own.is_ok(), "{:?} {:?}", newest.err(), own.err());
        prop_assert!(is_same(&newest.unwrap(), &onto), "an unmodified baseline becomes the new one");
        prop_assert!(is_same(&own.unwrap(), &mine), "onto its own base a profile stays");
        // What a rebase gives, its overlay gives, too.
        if let Ok(whole) = rebased(&from, &mine, &onto)
            && let Ok(least) = overlay(&mut Store::default(), &onto, &whole, &HOSTS)
        {
            let least = Layer::new("least", &least, Engine::Docker).unwrap();
            let layered = merged(Way::Override, &[&onto, &least]);
            prop_assert!(is_same(&layered.unwrap(), &whole), "an overlay is a rebase");
        }
    }

    #[test]
    fn the_least_overlay_is_enough_and_has_nothing_to_spare(from in profile(), mine in profile()) {
        some!(least = overlay(&mut Store::default(), &from, &mine, &HOSTS).ok());
        let with = |profile: &Profile| {
            merged(Way::Override, &[&from, &Layer::new("least", profile, Engine::Docker).ok()?])
        };
        some!(whole = with(&least));
        // The default action is the base's: what no rule names is not an overlay's to change.
        let same_default = from.profile().default_action.as_ref().map(|action| action.value)
            == mine.profile().default_action.as_ref().map(|action| action.value);
        prop_assume!(same_default);
        prop_assert!(is_same(&whole, &mine));
        for at in 0..least.rules.len() {
            let mut less = least.clone();
            less.rules.remove(at);
            some!(without = with(&less));
            prop_assert!(!is_same(&without, &mine), "rule {at} of {:#?}", least.rules);
        }
    }
}

/// What a stack tells of the ABIs that it leaves out hangs on what comes of it: in every order of the
/// layers, and however they are put together, it is one.
#[test]
fn what_a_stack_tells_does_not_hang_on_the_order() {
    let of = |default: &str, arches: &str, more: &str| {
        format!(
            r#"{{"defaultAction": "SCMP_ACT_{default}", "architectures": [{arches}], "syscalls": [
            {{"names": ["read", "write", "close"], "action": "SCMP_ACT_ALLOW"}}{more}]}}"#
        )
    };
    let kill = r#", {"names": ["ptrace"], "action": "SCMP_ACT_KILL_PROCESS"}"#;
    let both = r#""SCMP_ARCH_X86_64", "SCMP_ARCH_X86""#;
    let one = r#""SCMP_ARCH_X86_64""#;
    let told = |layers: &[Layer]| {
        let layers = layers.to_vec();
        merge(&mut Store::default(), &layers, Way::Stack, &[Host::Amd64]).unwrap()
    };
    for (texts, expected) in [
        ([of("ERRNO", both, kill), of("ERRNO", one, ""), of("ERRNO", both, "")], true),
        ([of("KILL_PROCESS", both, ""), of("ERRNO", one, ""), of("ERRNO", both, "")], true),
        ([of("ERRNO", both, ""), of("ERRNO", one, ""), of("ERRNO", both, "")], false),
        ([of("ERRNO", both, kill), of("ERRNO", both, ""), of("ERRNO", both, "")], false),
    ] {
        let layers = texts.each_ref().map(|text| layer(text));
        for [a, b, c] in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let [a, b, c] = [&layers[a], &layers[b], &layers[c]].map(Clone::clone);
            let lower = as_layer(told(&[a.clone(), b.clone()])).unwrap();
            let upper = as_layer(told(&[b.clone(), c.clone()])).unwrap();
            for layers in [vec![a.clone(), b, c.clone()], vec![lower, c], vec![a, upper]] {
                let softened = told(&layers).softened;
                assert_eq!(!softened.is_empty(), expected, "{texts:?}: {softened:?}");
            }
        }
    }
}
