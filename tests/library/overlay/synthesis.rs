//! Rules for what takes some care to say: of 64-bit programs alone, behind a multiplexer, in a small
//! filter, and what no rules say.
#![allow(clippy::unwrap_used, clippy::panic)]

use sdiff::decision::Store;
use sdiff::load::{LoadOptions, parse};
use sdiff::overlay::{Layer, Merged, OverlayError, Strategy, merge};
use sdiff::profile::{Op, Rule};
use sdiff::semantics::{Engine, Policy, Settings};
use sdiff::syscall::{Abi, Host, Syscall};

fn layer(name: &str, rest: &str) -> Layer {
    let text = format!("{{{rest}}}");
    let loaded = parse(name, text.as_bytes(), &LoadOptions::default()).unwrap();
    Layer::new(name, &loaded.profile, Engine::Docker).unwrap()
}

fn merged(strategy: Strategy, layers: [&Layer; 2], hosts: &[Host]) -> Result<Merged, OverlayError> {
    merge(&mut Store::default(), &layers.map(Clone::clone), strategy, hosts)
}

/// What programs of amd64 get for a call, by ABI.
fn answers(merged: &Merged, name: &str, args: [u64; 6], abis: &[Abi]) -> Vec<String> {
    let mut store = Store::default();
    let settings = Settings { hosts: vec![Host::Amd64], ..Settings::new(Engine::Docker) };
    let policy = Policy::build(&mut store, &merged.profile, &settings).unwrap();
    let syscall = Syscall::from_name(name).unwrap();
    let answer = |abi: &Abi| {
        let number = syscall.number(*abi).unwrap();
        let kernel = sdiff::profile::KernelVersion::parse("6.1").unwrap();
        policy.evaluate(&store, Host::Amd64, *abi, number, &args, 0, kernel).unwrap().to_string()
    };
    abis.iter().map(answer).collect()
}

fn rules<'a>(merged: &'a Merged, name: &str) -> Vec<&'a Rule> {
    let of = |rule: &&Rule| rule.names.iter().any(|n| n.value == name);
    merged.profile.rules.iter().filter(of).collect()
}

const BOTH: [Abi; 2] = [Abi::X86_64, Abi::X86];
const NATIVE: &str = r#""defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64"]"#;
const WITH_X86: &str =
    r#""defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"]"#;

/// A layer without the 32-bit ABI kills its programs; what it allows more, it allows others.
#[test]
fn a_union_allows_64_bit_programs_alone() {
    let native = layer(
        "native",
        &format!(
            r#"{NATIVE}, "syscalls": [{{"names": ["keyctl"], "action": "SCMP_ACT_ALLOW"}},
               {{"names": ["personality"], "action": "SCMP_ACT_ALLOW",
                 "args": [{{"index": 0, "value": 8, "op": "SCMP_CMP_GE"}}]}}]"#
        ),
    );
    let both = layer(
        "both",
        &format!(
            r#"{WITH_X86}, "syscalls": [{{"names": ["personality"], "action": "SCMP_ACT_ALLOW",
                "args": [{{"index": 0, "value": 0, "op": "SCMP_CMP_EQ"}}]}}]"#
        ),
    );
    let found = merged(Strategy::Union, [&native, &both], &[Host::Amd64]).unwrap();
    let high = 0x1_0000_0000;
    // The condition that parts the two is on an argument that nothing else is asked of.
    for (last, before) in [(0, 0), (high, 0), (high | 5, high), (u64::MAX, u64::MAX)] {
        let args = [0, 0, 0, 0, before, last];
        assert_eq!(answers(&found, "keyctl", args, &BOTH), ["ALLOW", "EPERM"], "{args:x?}");
    }
    for (value, expected) in [
        (0, ["ALLOW", "ALLOW"]),
        (7, ["EPERM", "EPERM"]),
        (8, ["ALLOW", "EPERM"]),
        (high, ["ALLOW", "ALLOW"]),
        (high | 7, ["ALLOW", "EPERM"]),
    ] {
        let args = [value, 0, 0, 0, 0, 0];
        assert_eq!(answers(&found, "personality", args, &BOTH), expected, "{value:x}");
    }
    let comments = rules(&found, "keyctl").into_iter().map(|rule| rule.comment.clone());
    assert!(comments.flatten().all(|comment| comment.ends_with("for 64-bit programs alone")));
}

#[test]
fn what_32_bit_programs_alone_shall_do_no_rule_says() {
    // The overlay's rule is for no 32-bit value, and takes the only 64-bit one of the base's.
    let base = layer(
        "base",
        &format!(
            r#"{WITH_X86}, "syscalls": [{{"names": ["personality"], "action": "SCMP_ACT_ALLOW",
                "args": [{{"index": 0, "value": 4294967301, "op": "SCMP_CMP_EQ"}}]}}]"#
        ),
    );
    let overlay = layer(
        "overlay",
        r#""syscalls": [{"names": ["personality"], "action": "SCMP_ACT_LOG",
            "args": [{"index": 0, "value": 4294967295, "op": "SCMP_CMP_GT"}]}]"#,
    );
    match merged(Strategy::Override, [&base, &overlay], &[Host::Amd64]) {
        Err(error @ OverlayError::NotOneText { .. }) => assert_eq!(
            error.to_string(),
            "no profile can say it: on amd64, `personality(0x5)` gets ALLOW in x86 \
             programs and the default action in 64-bit ones, and every rule that fits the first \
             fits the second"
        ),
        other => panic!("{other:?}"),
    }
}

#[test]
fn two_32_bit_abis_are_one_to_every_rule() {
    let three = WITH_X86.replace("\"SCMP_ARCH_X86\"", "\"SCMP_ARCH_X86\", \"SCMP_ARCH_X32\"");
    let base = layer("base", &three);
    let more = layer(
        "more",
        &format!(
            r#"{WITH_X86}, "syscalls": [{{"names": ["keyctl"], "action": "SCMP_ACT_ALLOW"}}]"#
        ),
    );
    match merged(Strategy::Union, [&base, &more], &[Host::Amd64]) {
        Err(error @ OverlayError::OneWidth { .. }) => {
            let text = error.to_string();
            assert!(
                text.contains("keyctl(") && text.contains("x86") && text.contains("x32"),
                "{text}"
            );
        }
        other => panic!("{other:?}"),
    }
}

/// Two actions for `socket` are one rule of `socketcall`, which keeps nothing of the first argument:
/// libseccomp would refuse them.
#[test]
fn rules_that_meet_behind_a_multiplexer_are_parted() {
    let base = layer(
        "base",
        &format!(
            r#"{WITH_X86}, "syscalls": [{{"names": ["socket"], "action": "SCMP_ACT_ALLOW",
                "args": [{{"index": 0, "value": 40, "op": "SCMP_CMP_NE"}}]}}]"#
        ),
    );
    let killing = WITH_X86.replace("ERRNO", "KILL");
    let above = layer(
        "above",
        &format!(r#"{killing}, "syscalls": [{{"names": ["socket"], "action": "SCMP_ACT_ALLOW"}}]"#),
    );
    let found = merged(Strategy::Stack, [&base, &above], &[Host::Amd64]).unwrap();
    assert_eq!(answers(&found, "socket", [2, 0, 0, 0, 0, 0], &BOTH), ["ALLOW", "ALLOW"]);
    assert_eq!(answers(&found, "socket", [40, 0, 0, 0, 0, 0], &BOTH), ["EPERM", "EPERM"]);
    // What both layers say of `socketcall(SYS_SOCKET, ...)`.
    assert_eq!(answers(&found, "socketcall", [1, 9, 0, 0, 0, 0], &[Abi::X86]), ["ALLOW"]);
    assert!(found.multiplexed.is_empty(), "{:?}", found.multiplexed);
}

/// In a filter this small, libseccomp never looks at the number where the call with the fewest tests
/// does not exist: aarch64 has no `mkdir`.
#[test]
fn a_call_that_an_abi_lacks_does_not_blind_its_filter() {
    let base = layer(
        "base",
        r#""defaultAction": "SCMP_ACT_ALLOW",
           "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO"}]"#,
    );
    let overlay = layer(
        "overlay",
        r#""syscalls": [{"names": ["socket"], "action": "SCMP_ACT_ERRNO",
            "args": [{"index": 0, "value": 10, "op": "SCMP_CMP_EQ"}]}]"#,
    );
    let found = merged(Strategy::Override, [&base, &overlay], &Host::ALL).unwrap();
    assert_eq!(found.hosts.len(), Host::ALL.len());
    let mkdir = rules(&found, "mkdir");
    let [rule] = &mkdir[..] else { panic!("{mkdir:?}") };
    assert!(rule.args.iter().all(|arg| (arg.op, arg.value) == (Op::Ge, 0)), "{rule:?}");
    // With more tests than it needs nobody would read it.
    assert_eq!(rule.args.len(), 1);
}

/// The overlay says nothing of `socket`, and would blind the filter to it: what stays as it is in the
/// base is proved, too.
#[test]
fn a_call_that_no_overlay_names_stays_what_it_is() {
    let base = layer(
        "base",
        r#""defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["socket"],
            "action": "SCMP_ACT_ERRNO", "args": [{"index": 0, "value": 10, "op": "SCMP_CMP_EQ"}]}]"#,
    );
    let overlay =
        layer("overlay", r#""syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO"}]"#);
    let found = merged(Strategy::Override, [&base, &overlay], &Host::ALL).unwrap();
    let mut store = Store::default();
    let settings = Settings { hosts: vec![Host::Arm64], ..Settings::new(Engine::Docker) };
    let policies = [base.profile(), &found.profile]
        .map(|profile| Policy::build(&mut store, profile, &settings).unwrap());
    let number = Syscall::from_name("socket").unwrap().number(Abi::Aarch64).unwrap();
    let decisions = policies.map(|p| p.abi(Host::Arm64, Abi::Aarch64).unwrap().decision(number));
    assert_eq!(decisions[0], decisions[1]);
}

/// A list of architectures says for which hosts a profile was written.
#[test]
fn a_union_leaves_out_hosts_that_a_layer_was_not_written_for() {
    let map = r#""defaultAction": "SCMP_ACT_ERRNO", "archMap": [
        {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]},
        {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]}],
        "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]"#;
    let listed = layer(
        "listed",
        &format!(
            r#"{WITH_X86}, "syscalls": [{{"names": ["keyctl"], "action": "SCMP_ACT_ALLOW"}}]"#
        ),
    );
    let found = merged(Strategy::Union, [&layer("map", map), &listed], &Host::ALL).unwrap();
    assert!(found.hosts.contains(&Host::Amd64) && !found.hosts.contains(&Host::Arm64));
    // Asked for alone, it is not left out without a word.
    let alone = merged(Strategy::Union, [&layer("map", map), &listed], &[Host::Arm64]);
    assert_eq!(alone.unwrap().hosts, [Host::Arm64]);
}

/// libseccomp prefers a rule without conditions to those that it spreads from the calls behind.
#[test]
fn a_multiplexer_is_denied_as_a_whole() {
    let base = layer(
        "base",
        &format!(
            r#"{WITH_X86}, "syscalls": [
               {{"names": ["semop", "socket"], "action": "SCMP_ACT_ALLOW"}}]"#
        ),
    );
    let deny = |action: &str| {
        let rules = format!(
            r#""syscalls": [{{"names": ["ipc", "socketcall"], "action": "SCMP_ACT_{action}"}}]"#
        );
        layer("deny", &rules)
    };
    for strategy in [Strategy::Override, Strategy::Replace] {
        let found = merged(strategy, [&base, &deny("KILL_PROCESS")], &[Host::Amd64]).unwrap();
        assert_eq!(found.multiplexed, []);
        for name in ["ipc", "socketcall"] {
            for number in 0..25 {
                let args = [number, 0, 0, 0, 0, 0];
                assert_eq!(answers(&found, name, args, &[Abi::X86]), ["KILL_PROCESS"], "{number}");
            }
        }
        assert_eq!(answers(&found, "socket", [0; 6], &[Abi::X86_64]), ["ALLOW"]);
        // runc leaves a rule with the default action out: that is told.
        let found = merged(strategy, [&base, &deny("ERRNO")], &[Host::Amd64]).unwrap();
        let behind: Vec<&str> =
            found.multiplexed.iter().filter_map(|call| Some(call.behind?.name())).collect();
        assert_eq!(behind, ["semop", "socket"]);
    }
}

/// A layer that names `connect` says something of `socketcall` without its name.
#[test]
fn a_multiplexer_that_a_layer_does_not_name_is_overridden() {
    let base = layer(
        "base",
        &format!(
            r#"{WITH_X86}, "syscalls": [{{"names": ["bind", "connect", "socketcall"], "action": "SCMP_ACT_ALLOW"}}]"#
        ),
    );
    let deny = layer(
        "deny",
        r#""syscalls": [{"names": ["connect"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13}]"#,
    );
    for strategy in [Strategy::Override, Strategy::Replace] {
        let found = merged(strategy, [&base, &deny], &[Host::Amd64]).unwrap();
        for (number, expected) in [(2, "ALLOW"), (3, "EACCES"), (4, "ALLOW")] {
            let args = [number, 0, 0, 0, 0, 0];
            assert_eq!(answers(&found, "socketcall", args, &[Abi::X86]), [expected], "{number}");
        }
    }
}
