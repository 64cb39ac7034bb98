//! `sdiff explain --trace`: every line is accounted for.

use super::sdiff;

#[test]
fn nothing_understood_is_no_answer() {
    let ran = sdiff("explain default --trace t").file("t", "hello\nyou there\n").run().status(2);
    assert!(ran.stdout.is_empty(), "{}", ran.stdout);
    for said in
        ["no call was found in the 2 lines of t", "line 1 is not understood: hello", "strace"]
    {
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
    let ran = sdiff("explain default --trace t").file("t", "").run().status(2);
    assert!(ran.stderr.contains("t is empty"), "{}", ran.stderr);
}

#[test]
fn all_lines_are_counted() {
    let text = "read(0, \"\", 1) = 1\n+++ exited with 0 +++\n\u{1b}]0;what is it\n";
    let ran = sdiff("explain default --trace t").file("t", text).run().status(0);
    let ran = ran.stdout_has("1 with calls").stdout_has("1 with none, 1 not understood");
    assert!(ran.stdout.starts_with("Much of the recording was not understood"), "{}", ran.stdout);
    assert!(!ran.stdout.contains('\u{1b}'), "{:?}", ran.stdout);
    sdiff("explain default --trace t --strict").file("t", text).run().status(2);
}

#[test]
fn a_record_says_on_which_host_it_was_made() {
    let text = "type=SECCOMP msg=audit(1.2:3): sig=0 arch=c00000b7 syscall=40 code=0x50000\n";
    let ran = sdiff("explain default --trace t").file("t", text).run().status(1);
    ran.stdout_has("mount").stdout_has("on arm64");
    let ran = sdiff("explain default --trace -").stdin("getcwd\n").run().status(0);
    ran.stdout_has("the recording does not say on which host: amd64 is guessed");
}

#[test]
fn the_result_counts() {
    let text = "chown(\"/x\", 0, 0) = -1 EPERM (Operation not permitted)\nkeyctl(0, 0, 0) = 0\n";
    let ran = sdiff("explain default --trace t").file("t", text).run().status(1);
    ran.stdout_has("not seccomp: chown() failed with EPERM 1 times")
        .stdout_has("it ran 1 times in the recording, which was not made under this profile");
}

/// `clone3` under ENOSYS, `rseq`, `socket` without its arguments.
#[test]
fn a_suggestion_opens_no_more_than_is_needed() {
    let allow = r#"{"names": ["read"], "action": "SCMP_ACT_ALLOW"}, {"names": ["socket"],
        "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}"#;
    let profile = format!("{{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{allow}]}}");
    let text = "clone3({flags=CLONE_VM}, 88) = -1 EPERM (Operation not permitted)\n\
                rseq(0x7f, 0x20, 0, 0x53053053) = 0\nsocket(0x\nSYS_socket\nkeyctl(0, 0, 0) = 0\n";
    let run = |more: &str| {
        let test = sdiff(&format!("explain a.json --host amd64 --runtime none --trace t {more}"));
        test.file("a.json", &profile).file("t", text).run()
    };
    let ran = run("--suggest").status(0);
    let overlay: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let rules = overlay["syscalls"].as_array().expect("rules");
    assert_eq!(rules[0]["names"], serde_json::json!(["keyctl"]), "{overlay}");
    assert_eq!(rules[1]["names"], serde_json::json!(["clone3"]), "{overlay}");
    assert_eq!((&rules[1]["errnoRet"], rules.len()), (&serde_json::json!(38), 2), "{overlay}");
    for said in [
        "`rseq` needs nothing",
        "`clone3` gets ENOSYS",
        "`socket` is dangerous and stays stopped: domain was not recorded",
    ] {
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
    run("").status(1).stdout_has("stopped for some values of arg0 (domain)");
}

/// A kernel that lacks a call is not answered by opening it.
#[test]
fn what_was_absent_stays_so() {
    let text = "io_uring_setup(8, {flags=0}) = -1 ENOSYS (Function not implemented)\n";
    let ran = sdiff("explain default --host amd64 --trace t --suggest").file("t", text).run();
    let ran = ran.status(0);
    let overlay: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let rule = &overlay["syscalls"][0];
    assert_eq!((&rule["action"], &rule["errnoRet"]), (&"SCMP_ACT_ERRNO".into(), &38.into()));
    assert!(ran.stderr.contains("`io_uring_setup` failed with ENOSYS in the recording"));
}

#[test]
fn sets_of_other_engines() {
    let of = |set: &str| {
        sdiff(&format!("explain default mknod --host amd64 --caps {set} --format json"))
            .run()
            .status(0)
    };
    assert_eq!(of("kubernetes-default").stdout, of("docker-default").stdout);
    sdiff("explain default read --caps podman-default").run().status(0);
}
