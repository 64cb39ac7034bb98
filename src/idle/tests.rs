//! Whether what the rules of a call tell is what whole filters tell.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::load::{LoadOptions, load, parse};

/// What the rules of a call tell of a name is what two whole filters tell.
#[test]
fn a_name_that_is_seen_to_differ_does() {
    let mut seen = [0; 2];
    for spec in ["docker@1.12.0", "docker@20.10.0", "default", "podman"] {
        let profile = load(spec, &LoadOptions::default()).unwrap().profile;
        let engine = Engine::of(profile.format);
        let settings = Settings { hosts: vec![Host::Amd64], ..Settings::new(engine) };
        let mut store = Store::default();
        let whole = Policy::build(&mut store, &profile, &settings).unwrap();
        let mut search = Search::new(store, &profile, &whole);
        let reading = Reading::new(&mut search.store, &profile, &settings).unwrap();
        let mut names = reading.names(search.store.meter(), whole.is_plain()).unwrap();
        for unit in search.candidates() {
            let named = search.named(unit).unwrap();
            // Without some the profile is refused: of these nothing is known.
            let differs = names.differs(&mut search.store, named, &LeftOut::default());
            let differs = differs.unwrap_or(false);
            let is_sure = !differs
                && whole.is_by_call()
                && names.is_sure(&mut search.store, named, &LeftOut::default()).unwrap_or(false);
            if differs || is_sure {
                seen[usize::from(is_sure)] += 1;
                let mut without = profile.clone();
                take(&mut without, unit);
                let is_same = search.is_same(&without, false);
                assert_eq!(matches!(is_same, Ok(true)), is_sure, "{spec}: {}", named.syscall);
            }
        }
    }
    assert!(seen[0] > 100 && seen[1] > 10, "{seen:?}");
}

/// Programs that hang on how libseccomp comes upon their blocks, as on hosts with `socketcall`,
/// hang on no other call's where no two of them share such a block.
#[test]
fn a_name_of_which_the_rules_are_sure_does_nothing_on_any_host() {
    let (mut seen, mut hanging) = (0, 0);
    for spec in ["docker@20.10.0", "default", "podman"] {
        let mut profile = load(spec, &LoadOptions::default()).unwrap().profile;
        let again = profile.rules[0].names[..3].to_vec();
        profile.rules[0].names.extend(again);
        let settings = Settings::new(Engine::of(profile.format));
        let mut store = Store::default();
        let whole = Policy::build(&mut store, &profile, &settings).unwrap();
        assert!(whole.is_by_call(), "{spec}");
        hanging += usize::from(!whole.is_plain());
        let mut search = Search::new(store, &profile, &whole);
        let reading = Reading::new(&mut search.store, &profile, &settings).unwrap();
        let mut names = reading.names(search.store.meter(), whole.is_plain()).unwrap();
        let none = LeftOut::default();
        for unit in search.candidates() {
            let named = search.named(unit).unwrap();
            let store = &mut search.store;
            let differs = names.differs(store, named, &none).unwrap_or(true);
            if !differs && names.is_sure(store, named, &none).unwrap_or(false) {
                seen += 1;
                let mut without = profile.clone();
                take(&mut without, unit);
                let is_same = search.is_same(&without, false);
                assert!(matches!(is_same, Ok(true)), "{spec}: {}", named.syscall);
            }
        }
    }
    assert!(seen > 10 && hanging > 0, "{seen} {hanging}");
}

/// Generated rules of several calls that share tests of words, so that libseccomp comes upon a block of one
/// by way of another; what is sure by the rules of a call is held against two whole filters.
#[test]
fn where_calls_share_blocks_nothing_is_sure_that_whole_filters_deny() {
    let mut state = 1_u64;
    let mut next = |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    const CALLS: [&str; 4] = ["read", "write", "ioctl", "fcntl"];
    const VALUES: [u64; 4] = [0, 1, 1 << 32, (1 << 32) + 1];
    const OPERATORS: [&str; 4] = ["EQ", "NE", "GT", "GE"];
    let (mut sure, mut disputed) = (0, 0);
    for _ in 0..600 {
        let rules: Vec<String> = (0..3 + next(5))
            .map(|_| {
                let conditions: Vec<String> = (0..1 + next(3))
                    .map(|_| {
                        let (index, value, op) = (next(3), VALUES[next(4)], OPERATORS[next(4)]);
                        format!(r#"{{"index":{index},"value":{value},"op":"SCMP_CMP_{op}"}}"#)
                    })
                    .collect();
                let (one, other) = (CALLS[next(4)], CALLS[next(4)]);
                let action = ["ALLOW", "ERRNO", "LOG"][next(3)];
                format!(
                    r#"{{"names":["{one}","{other}"],"action":"SCMP_ACT_{action}","args":[{}]}}"#,
                    conditions.join(",")
                )
            })
            .collect();
        let text = format!(
            r#"{{"defaultAction":"SCMP_ACT_ERRNO","archMap":[{{"architecture":"SCMP_ARCH_X86_64"}}],
            "syscalls":[{{"names":["getpid"],"action":"SCMP_ACT_ALLOW"}},{}]}}"#,
            rules.join(",")
        );
        let profile = parse("p.json", text.as_bytes(), &LoadOptions::default()).unwrap().profile;
        let settings = Settings { hosts: vec![Host::Amd64], ..Settings::new(Engine::Docker) };
        let mut store = Store::default();
        let Ok(whole) = Policy::build(&mut store, &profile, &settings) else { continue };
        disputed += usize::from(!whole.is_by_call());
        let mut search = Search::new(store, &profile, &whole);
        let reading = Reading::new(&mut search.store, &profile, &settings).unwrap();
        let mut names = reading.names(search.store.meter(), whole.is_plain()).unwrap();
        let none = LeftOut::default();
        for unit in search.candidates() {
            // Of so few names whole filters are asked, as here.
            let syscall = Syscall::from_name(&name(&profile, unit).unwrap().value).unwrap();
            let named = Named { rule: unit.rule, syscall };
            let store = &mut search.store;
            let differs = names.differs(store, named, &none).unwrap_or(true);
            if !differs && names.is_sure(store, named, &none).unwrap_or(false) {
                sure += 1;
                let mut without = profile.clone();
                take(&mut without, unit);
                let is_same = search.is_same(&without, false);
                assert!(matches!(is_same, Ok(true)), "{}: {text}", named.syscall);
            }
        }
    }
    assert!(sure > 100 && disputed > 10, "{sure} {disputed}");
}
