//! `sdiff explain`: one call, a whole system call, a recording.

use super::{allow, profile, sdiff};

const AMD64: &str = "--host amd64 --caps docker-default --kernel 6.1";

#[test]
fn a_call_with_the_rules_that_did_not_answer() {
    let ran = sdiff(&format!("explain default {AMD64}")).argument("socket(AF_VSOCK, 1, 0)").run();
    assert_eq!(ran.status, 0);
    for wanted in [
        "EPERM",
        "Operation not permitted",
        "by the default action: no rule answers",
        "arg0 (domain) is AF_VSOCK, not < AF_ALG (38)",
    ] {
        assert!(ran.stdout.contains(wanted), "{wanted}: {}", ran.stdout);
    }
    let ran = sdiff(&format!("explain default {AMD64}")).argument("clone(CLONE_NEWUSER|17)").run();
    assert!(ran.stdout.contains("(CLONE_NEWUSER set)"), "{}", ran.stdout);
    assert!(ran.stdout.contains("dropped: needs CAP_SYS_ADMIN"), "{}", ran.stdout);
}

#[test]
fn the_rule_that_decides_with_its_line() {
    let text = profile(&allow("read", ""));
    let ran = sdiff("explain mine.json read(0) --host amd64").file("mine.json", &text).run();
    assert!(ran.stdout.contains("by the rule at mine.json:4:12"), "{}", ran.stdout);
    assert!(ran.stdout.contains("decides\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("^^^^^^"), "{}", ran.stdout);
}

/// On s390 the flags of `clone` are its second argument, and the default has a rule of its own.
#[test]
fn the_rule_is_named_by_host_and_abi() {
    let ran = sdiff("explain default").argument("clone(17, 0, 0, 0, 0)").run().status(0);
    let s390x = ran.stdout.find("  ALLOW    on s390x").expect("s390x by itself");
    let rule_at = |text: &str| {
        let (_, rest) = text.split_once("by the rule at default:").expect("a rule");
        rest.lines().next().unwrap_or_default().to_owned()
    };
    let (others, own) = ran.stdout.split_at(s390x);
    assert_ne!(rule_at(others), rule_at(own), "{}", ran.stdout);
    assert!(own.contains("seen by clone(17, 0, 0, 0, 0) on s390x"), "{own}");
}

#[test]
fn hosts_on_which_nothing_starts_are_shown() {
    let text = r#"{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_S390X"],
        "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}"#;
    let run = |more: &str| {
        let arguments = format!("explain mine.json read --host amd64,s390x,arm64 {more}");
        sdiff(&arguments).file("mine.json", text).run().status(0).stdout
    };
    let told = run("");
    assert!(told.contains("no container starts on amd64: s390x cannot be in a filter"), "{told}");
    assert!(told.contains("no container starts on arm64"), "{told}");
    let told: serde_json::Value = serde_json::from_str(&run("--format json")).expect("JSON");
    let without = &told["profiles"][0]["withoutStart"];
    assert_eq!(without[0]["hosts"], serde_json::json!(["amd64"]), "{told}");
}

/// What is said of a rule does not contradict what is said of the answer.
#[test]
fn why_a_rule_that_matches_does_not_answer() {
    let x86_64 = r#""architectures": ["SCMP_ARCH_X86_64"]"#;
    let lacks = format!(
        r#"{{"defaultAction": "SCMP_ACT_ERRNO", {x86_64}, "syscalls": [
            {{"names": ["read"], "action": "SCMP_ACT_ALLOW"}}]}}"#
    );
    // The call with the fewest tests is not there on x86_64: the number is never loaded.
    let blind = format!(
        r#"{{"defaultAction": "SCMP_ACT_ERRNO", {}, "syscalls": [
            {{"names": ["stat64"], "action": "SCMP_ACT_ALLOW"}},
            {{"names": ["read"], "action": "SCMP_ACT_ALLOW",
              "args": [{{"index": 0, "op": "SCMP_CMP_EQ", "value": 3}}]}}]}}"#,
        r#""architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X32"]"#
    );
    for (text, call, wanted) in [
        (&lacks, "read(3)", "not asked: the filter lacks the ABI of x86 programs"),
        (&blind, "read(3)", "by the default action: libseccomp's filter never looks at the number"),
        (&blind, "read(3)", "matches, but the filter never asks for it"),
    ] {
        let ran = sdiff("explain mine.json").argument(call).file("mine.json", text).run().status(0);
        assert!(ran.stdout.contains(wanted), "{wanted}: {}", ran.stdout);
        for wrong in ["matches, but another rule decides", "no rule answers"] {
            assert!(!ran.stdout.contains(wrong), "{wrong}: {}", ran.stdout);
        }
    }
}

#[test]
fn a_name_alone_is_a_table_and_two_profiles_stand_side_by_side() {
    let ran = sdiff("explain docker@20.10.0 socket --in default --host amd64").run();
    let sides = ran.stdout.lines().filter_map(|line| line.split_once('│'));
    let (left, right): (String, String) = sides.unzip();
    assert!(left.contains("ALLOW") && !left.contains("EPERM"), "{}", ran.stdout);
    assert!(right.contains("EPERM") && right.contains("AF_VSOCK"), "{}", ran.stdout);
}

#[test]
fn what_is_no_call_is_said_with_what_is_near() {
    let ran = sdiff("explain default sokcet").run();
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("did you mean `socket`?"), "{}", ran.stderr);
    let ran = sdiff("explain default socket(AF_VSOK)").run();
    assert!(ran.stderr.contains("did you mean `AF_VSOCK`?"), "{}", ran.stderr);
}

const STRACE: &str = "\
7 socket(AF_VSOCK, SOCK_STREAM, 0) = 3
[pid 8] socket(AF_INET, SOCK_STREAM, 0) = 4
8 keyctl(KEYCTL_READ, 1, \"a, (b\", 3) = 0
8 keyctl(KEYCTL_READ, 2, NULL, 0) = 0
8 +++ exited with 0 +++
";

#[test]
fn a_recording_and_the_smallest_overlay() {
    let ran = sdiff("explain default --trace calls").file("calls", STRACE).run();
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("default stops 3 of 4 recorded calls on amd64"), "{}", ran.stdout);
    assert!(ran.stdout.contains("      2  EPERM      keyctl()"), "{}", ran.stdout);
    let ran = sdiff("explain default --trace calls --suggest").file("calls", STRACE).run();
    assert_eq!(ran.status, 0);
    assert!(ran.stderr.contains("`keyctl` is dangerous"), "{}", ran.stderr);
    let overlay: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(overlay["extends"], "default");
    assert_eq!(overlay["syscalls"][0]["names"], serde_json::json!(["keyctl"]));
    assert_eq!(overlay["syscalls"][1]["args"][0]["value"], 40);
}
