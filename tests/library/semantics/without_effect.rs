//! Rules that do nothing: each claim with its reason, and its nearest neighbour without one.

// Clippy takes only the functions marked as tests for tests.
#![allow(clippy::unwrap_used)]
use sdiff::decision::Store;
use sdiff::diff::compare;
use sdiff::lint::{Reason, rules_without_effect};
use sdiff::load::{self, LoadOptions};
use sdiff::semantics::{Engine, Policy, Settings};
use sdiff::syscall::Host;
use std::path::Path;

const READ: &str = r#"{"names": ["read"], "action": "SCMP_ACT_ALLOW"}"#;

/// What does nothing in a profile with these rules, by name and kind of reason.
fn idle(rules: &str) -> Vec<(String, String)> {
    let text = format!(
        r#"{{"defaultAction": "SCMP_ACT_ERRNO", "archMap": [{{"architecture": "SCMP_ARCH_X86_64",
        "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]}}], "syscalls": [{READ}, {rules}]}}"#
    );
    let loaded = load::parse("test.json", text.as_bytes(), &LoadOptions::default()).unwrap();
    let hosts = vec![Host::Amd64, Host::Arm64];
    let settings = Settings { hosts, ..Settings::new(Engine::Docker) };
    let found = rules_without_effect(&loaded.profile, &settings).unwrap();
    assert_eq!(found.unchecked, 0);
    let kind = |reason: &Reason| {
        format!("{reason:?}").split([' ', '(', '{']).next().unwrap_or_default().to_owned()
    };
    found.names.iter().map(|idle| (idle.name.value.clone(), kind(&idle.reason))).collect()
}

fn one(name: &str, kind: &str) -> Vec<(String, String)> {
    vec![(name.to_owned(), kind.to_owned())]
}

#[test]
fn an_unconditional_rule_beats_every_conditional_one() {
    let deny = r#"{"names": ["clone"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38,
        "args": [{"index": 0, "value": 268435456, "valueTwo": 268435456, "op": "SCMP_CMP_MASKED_EQ"}]}"#;
    let allow = r#"{"names": ["clone"], "action": "SCMP_ACT_ALLOW"}"#;
    assert_eq!(idle(&format!("{deny}, {allow}")), one("clone", "Shadowed"));
    assert_eq!(idle(&format!("{allow}, {deny}")), one("clone", "Shadowed"));
    assert_eq!(idle(deny), []);
}

#[test]
fn of_two_unconditional_rules_the_first_counts() {
    let deny = r#"{"names": ["kcmp"], "action": "SCMP_ACT_KILL"}"#;
    let allow = r#"{"names": ["kcmp"], "action": "SCMP_ACT_ALLOW"}"#;
    assert_eq!(idle(&format!("{deny}, {allow}")), one("kcmp", "Shadowed"));
    let with = r#"{"names": ["kcmp"], "action": "SCMP_ACT_KILL", "includes": {"caps": ["CAP_SYS_PTRACE"]}}"#;
    assert_eq!(idle(&format!("{with}, {allow}")), []);
    assert_eq!(idle(&format!("{allow}, {allow}")), one("kcmp", "Repeated"));
}

#[test]
fn rules_that_say_what_holds_anyway() {
    let of = |name: &str, rest: &str| format!(r#"{{"names": ["{name}"], "action": {rest}}}"#);
    assert_eq!(idle(&of("chwon", r#""SCMP_ACT_ALLOW""#)), one("chwon", "Unknown"));
    assert_eq!(idle(&of("breakpoint", r#""SCMP_ACT_ALLOW""#)), one("breakpoint", "Absent"));
    let ptrace = r#""SCMP_ACT_ALLOW", "includes": {"arches": ["x32"]}"#;
    assert_eq!(idle(&of("ptrace", ptrace)), one("ptrace", "NeverKept"));
    let close = of("close", r#""SCMP_ACT_ALLOW""#);
    let late = of("open", r#""SCMP_ACT_ERRNO""#);
    // 2 and 3 are below the highest number: nothing moves. `landlock_create_ruleset` moves runc's
    // boundary.
    assert_eq!(idle(&format!("{close}, {late}")), one("open", "EqualsDefault"));
    assert_eq!(idle(&of("landlock_create_ruleset", r#""SCMP_ACT_ERRNO""#)), []);
}

#[test]
fn conditions_that_cannot_hold() {
    let of = |op: &str, value: u64| {
        format!(
            r#"{{"names": ["kcmp"], "action": "SCMP_ACT_ALLOW",
            "args": [{{"index": 1, "value": {value}, "valueTwo": 5, "op": "SCMP_CMP_{op}"}}]}},
            {{"names": ["clone3"], "action": "SCMP_ACT_ALLOW"}}"#
        )
    };
    assert_eq!(idle(&of("LT", 0)), one("kcmp", "Impossible"));
    assert_eq!(idle(&of("LT", 1)), []);
    assert_eq!(idle(&of("GT", u64::MAX)), one("kcmp", "Impossible"));
    assert_eq!(idle(&of("GT", u64::from(u32::MAX))), []);
    // The datum is masked: 5 under the mask 2 is 0.
    assert_eq!(idle(&of("MASKED_EQ", 2)), []);
}

/// `corpus/changes/krukkeniels-safe-ai-27c8d7e1-17`: argument filters for clone, prctl and ioctl
/// beside unconditional rules that allow them.
#[test]
fn a_published_fix_that_consists_of_nothing_else() {
    let path = "../shared/corpus/changes/krukkeniels-safe-ai-27c8d7e1-17.new.json";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let Ok(bytes) = std::fs::read(path) else { return eprintln!("skipped: no ../shared") };
    let loaded = load::parse("fix.json", &bytes, &LoadOptions::default()).unwrap();
    let found = rules_without_effect(&loaded.profile, &Settings::new(Engine::Docker)).unwrap();
    for name in ["clone", "prctl", "ioctl"] {
        let idle =
            found.names.iter().find(|idle| idle.name.value == name && idle.reason.is_overruled());
        assert!(idle.is_some(), "{name}: {found:?}");
    }
}

/// Docker's default allows `sync_file_range2` on arm, which calls it `arm_sync_file_range`.
#[test]
fn without_all_of_them_the_policy_is_the_same() {
    for spec in ["default", "docker@1.12.0", "podman"] {
        let release = sdiff::baseline::find(spec).unwrap();
        let options = LoadOptions::default();
        let loaded = load::parse(spec, release.text().as_bytes(), &options).unwrap();
        let settings = Settings::new(Engine::Docker);
        let found = rules_without_effect(&loaded.profile, &settings).unwrap();
        assert!(spec != "default" || found.names[0].reason == Reason::Absent);
        let mut without = loaded.profile.clone();
        for idle in found.names.iter().rev() {
            without.rules[idle.rule].names.retain(|name| name.span != idle.name.span);
        }
        let mut store = Store::default();
        let with = Policy::build(&mut store, &loaded.profile, &settings).unwrap();
        let without = Policy::build(&mut store, &without, &settings).unwrap();
        assert!(compare(&mut store, &with, &without).unwrap().is_same_policy());
    }
}
