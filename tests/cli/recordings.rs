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
    // A team's host counts where no line says another one.
    let settings = "[defaults]\nhosts = [\"riscv64\", \"amd64\"]\n";
    let on = |recording: &str| {
        let test = sdiff("explain default --trace t").file("t", recording);
        test.file("sdiff.toml", settings).run().stdout
    };
    let said = on("getcwd\n");
    assert!(said.contains("on which host: riscv64, by the settings"), "{said}");
    assert!(on(text).contains("on arm64"));
}

#[test]
fn the_result_counts() {
    let text = "chown(\"/x\", 0, 0) = -1 EPERM (Operation not permitted)\nkeyctl(0, 0, 0) = 0\n";
    let ran = sdiff("explain default --trace t").file("t", text).run().status(1);
    ran.stdout_has("not seccomp: chown() failed with EPERM 1 time,")
        .stdout_has("it ran 1 time in the recording, which was not made under this profile");
    // What a filter stopped is not let through because this profile would.
    let of = |code: &str| {
        let record = "type=SECCOMP msg=audit(1600000000.123:45): auid=0 uid=0 gid=0 ses=1 pid=9 comm=\"x\" \
                      sig=0 arch=c000003e syscall=0 compat=0 ip=0x7f code=";
        sdiff("explain default --trace t")
            .file("t", &format!("{record}{code}\n"))
            .run()
            .status(0)
            .stdout
    };
    for code in ["0x0", "0x30000", "0x50001", "0x7ff00000", "0x80000000"] {
        let said = of(code);
        assert!(said.contains("another filter: read() was stopped 1 time"), "{code}: {said}");
    }
    for code in ["0x7fc00000", "0x7ffc0000", "0x7fff0000"] {
        assert!(!of(code).contains("another filter"), "{code}");
    }
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
    assert_eq!(rules[0]["names"], serde_json::json!(["clone3"]), "{overlay}");
    assert_eq!((&rules[0]["errnoRet"], rules.len()), (&serde_json::json!(38), 2), "{overlay}");
    assert_eq!(rules[1]["names"], serde_json::json!(["keyctl"]), "{overlay}");
    // KEYCTL_GET_KEYRING_ID, and no other one.
    assert_eq!(rules[1]["args"][0]["value"], 0, "{overlay}");
    for said in [
        "`rseq` needs nothing",
        "`clone3` gets ENOSYS",
        "`socket` is dangerous and stays stopped: domain was not recorded",
    ] {
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
    run("").status(1).stdout_has("stopped for some values of arg0 (domain)");
}

/// What says what a dangerous call does is kept also where the profile does not look at it.
#[test]
fn a_call_that_is_stopped_whole_is_opened_for_what_was_recorded() {
    let suggest = |text: &str| {
        let ran = sdiff("explain default --host amd64 --caps none --trace t --suggest");
        let ran = ran.file("t", text).run().status(0);
        let overlay: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
        (overlay["syscalls"].clone(), ran.stderr)
    };
    let (rules, _) = suggest("keyctl(KEYCTL_READ, 1, 0, 0) = 0\nkeyctl(KEYCTL_REVOKE, 1) = 0\n");
    let values: Vec<_> = (0..2).map(|at| rules[at]["args"][0]["value"].as_u64()).collect();
    assert_eq!(
        (values, rules.as_array().map(Vec::len)),
        (vec![Some(3), Some(11)], Some(2)),
        "{rules}"
    );
    let (rules, said) = suggest("keyctl\n");
    assert_eq!(rules, serde_json::json!([]));
    assert!(said.contains("stays stopped: operation was not recorded"), "{said}");
}

/// Where the filter kills all calls of an ABI, no rule helps.
#[test]
fn a_call_of_an_abi_that_is_not_in_the_filter_is_told() {
    let profile = r#"{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64"], "syscalls": []}"#;
    let text = "[ Process PID=12 runs in 32 bit mode. ]\nopen(\"/x\", O_RDONLY) = 3\n";
    let test = sdiff("explain a.json --host amd64 --trace t --suggest");
    let ran = test.file("a.json", profile).file("t", text).run().status(2);
    let said =
        "no rule reaches `open` as x86 programs call it: add SCMP_ARCH_X86 to `architectures`";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert_eq!(ran.stdout, "");
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
