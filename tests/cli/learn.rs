//! `sdiff learn`.

use super::*;
use serde_json::{Value, json};

const RECORDING: &str = "\
execve(\"/bin/true\", [\"true\"], 0x7ffc /* 3 vars */) = 0
openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY|O_CLOEXEC) = 3
read(3, \"root\", 4096) = 4
read(3, \"\", 4096) = 0
socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0) = 4
socket(AF_ALG, SOCK_SEQPACKET, 0) = 5
keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0) = 7
clone3({flags=CLONE_VM|CLONE_THREAD, exit_signal=0}, 88) = 77
exit_group(0) = ?
+++ exited with 0 +++
";

fn rules(profile: &str) -> Vec<Value> {
    let value: Value = serde_json::from_str(profile).expect("JSON");
    value["syscalls"].as_array().cloned().unwrap_or_default()
}

/// The answer of a learned profile, by the program itself.
fn answer(profile: &str, call: &str) -> String {
    let test =
        sdiff("explain p.json --host amd64 --kernel 6.1 --caps docker-default").argument(call);
    test.file("p.json", profile).run().status(0).stdout
}

#[test]
fn an_overlay_says_what_the_base_lacks() {
    let ran = sdiff("learn t").file("t", RECORDING).run().status(0);
    let value: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(value["extends"], "default");
    // A dangerous call by the argument that says what it does; `clone3` has its answer already.
    let args =
        |value: u64, index: u8| json!({ "index": index, "value": value, "op": "SCMP_CMP_EQ" });
    let text = ran.stdout.clone();
    let rules = rules(&text);
    assert_eq!(rules.len(), 2, "{text}");
    assert_eq!(rules[0]["names"], json!(["keyctl"]));
    assert_eq!(rules[0]["args"], json!([args(0, 0)]));
    assert_eq!(rules[1]["names"], json!(["socket"]));
    assert_eq!(rules[1]["args"], json!([args(38, 0), args(5, 1)]));
    ran.stderr_has("`keyctl` is let through for 1 kind, and dangerous")
        .stderr_has("`clone3` gets ENOSYS, after which programs make `clone` instead")
        .stderr_has("lets through were not recorded:")
        .stderr_has("recorded once only:");
    let merged = sdiff("merge default o.json").file("o.json", &text).run().status(0).stdout;
    assert!(answer(&merged, "keyctl(0, 0, 0)").contains("ALLOW"));
    assert!(answer(&merged, "keyctl(1, 0, 0)").contains("EPERM"));
}

/// What `socketcall` carries: as C libraries call it, or directly, where libseccomp lets it through both ways.
#[test]
fn sockets_of_32_bits_are_learned() {
    let learned = |text: &str| {
        let test = sdiff("learn t --host amd64 --start scratch").file("t", text);
        let ran = test.run().status(0);
        let text = ran.stdout.clone();
        ran.stderr_has("a container starts");
        text
    };
    let text = "7 execve(\"/t\", [\"t\"], 0x7ffc /* 9 vars */) = 0\n7 fstat64(0, {}) = 0\n\
                7 socket(AF_UNIX, SOCK_STREAM, 0) = 3\n7 accept(3, NULL, NULL) = 4\n";
    let by_carrier: Vec<Value> = rules(&learned(text))
        .into_iter()
        .filter(|rule| rule["names"] == json!(["socketcall"]))
        .map(|rule| rule["args"][0]["value"].clone())
        .collect();
    assert_eq!(by_carrier, [json!(1), json!(5)]);
    let direct = learned(
        "[  59] execve(\"/t\", [\"t\"], 0x7ffc /* 9 vars */) = 0\n\
         [  59] [ Process PID=7 runs in 32 bit mode. ]\n[ 361] bind(3, {}, 110) = 0\n",
    );
    assert!(direct.contains("\"bind\"") && !direct.contains("socketcall"), "{direct}");
}

#[test]
fn a_whole_profile_starts_and_has_nothing_else() {
    let ran = sdiff("learn t --start scratch -o p.json").file("t", RECORDING).run().status(0);
    let profile = ran.read("p.json");
    ran.stdout("").stderr_has("a container starts");
    let value: Value = serde_json::from_str(&profile).expect("JSON");
    assert_eq!(value["architectures"], json!(["SCMP_ARCH_X86_64"]));
    for (call, action) in [
        ("read", "ALLOW"),
        ("execve", "ALLOW"),
        ("rt_sigreturn", "ALLOW"),
        ("socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC)", "ALLOW"),
        ("socket(AF_INET, SOCK_STREAM)", "EPERM"),
        ("clone3", "ENOSYS"),
        ("clone(CLONE_VM|CLONE_THREAD)", "ALLOW"),
        ("clone(CLONE_NEWUSER)", "EPERM"),
        ("uname", "EPERM"),
    ] {
        let found = answer(&profile, call);
        assert!(found.contains(action), "{call}: {found}");
    }
    let checked = sdiff("check p.json --host amd64 --format json").file("p.json", &profile).run();
    assert!(!checked.stdout.contains("no-start"), "{}", checked.stdout);
}

/// The runtime's own calls are those of its version, where one is asked for.
#[test]
fn the_startup_set_is_the_runtimes() {
    let startup = |more: &str| {
        let line = format!("learn t --start scratch --format json {more}");
        let ran = sdiff(&line).file("t", "read(0, \"\", 1) = 0\n").run().status(0);
        let value: Value = serde_json::from_str(&ran.stdout).expect("JSON");
        value["startup"].clone()
    };
    let of = |more: &str, name: &str| {
        startup(more)["calls"].as_array().expect("a list").iter().any(|call| call == name)
    };
    assert_eq!(startup("--runtime crun")["runtimes"].as_array().map(Vec::len), Some(1));
    assert!(startup("")["runtimes"].as_array().map(Vec::len) > Some(1));
    assert!(of("--runtime runc@1.3.6", "execve") && of("--runtime crun", "execve"));
    assert!(of("", "getppid") && !of("--runtime crun", "getppid"));
    assert!(
        !of("", "pselect6") && of("--runtime crun", "pselect6") && of("--engine podman", "select")
    );
    assert_eq!(startup("--runtime none")["runtimes"], json!([]));
}

/// The host is the recording's, whatever hosts a team has.
#[test]
fn a_teams_settings_say_what_the_command_line_does_not() {
    let settings = "[defaults]\nruntime = \"crun\"\nhosts = [\"arm64\"]\n";
    let run = |more: &str| {
        let line = format!("learn t --start scratch --format json {more}");
        let recording = "open(\"/etc/passwd\", O_RDONLY) = 3\n";
        let test = sdiff(&line).file("t", recording).file("sdiff.toml", settings);
        let ran = test.run().status(0);
        let value: Value = serde_json::from_str(&ran.stdout).expect("JSON");
        (value["startup"]["runtimes"].clone(), value["host"].clone(), ran.stderr)
    };
    let (runtimes, host, said) = run("");
    assert_eq!((runtimes.as_array().map(Vec::len), host), (Some(1), json!("amd64")));
    assert!(said.contains("note: by sdiff.toml: runtime\n"), "{said}");
    let (runtimes, _, said) = run("--runtime none");
    assert_eq!((runtimes, said.contains("note: by")), (json!([]), false));
    assert!(run("--no-config").0.as_array().map(Vec::len) > Some(1));
}

#[test]
fn details_decide_of_arguments() {
    let conditions = |detail: &str| {
        let line = format!("learn t --start scratch --detail {detail}");
        let ran = sdiff(&line).file("t", RECORDING).run().status(0);
        let with = |rule: &&Value| rule.get("args").is_some();
        let found = rules(&ran.stdout);
        let names = found.iter().filter(with).map(|rule| rule["names"][0].to_string());
        names.collect::<std::collections::BTreeSet<String>>().into_iter().collect::<Vec<_>>()
    };
    assert_eq!(conditions("names"), ["\"clone\""]);
    assert_eq!(conditions("dangerous"), ["\"clone\"", "\"keyctl\"", "\"socket\""]);
    assert!(conditions("all").len() <= conditions("dangerous").len() + 1);
    let all = sdiff("learn t --start scratch --detail all")
        .file("t", "madvise(0x1000, 4096, MADV_FREE) = 0\n");
    let all = all.run().status(0).stdout;
    assert!(
        rules(&all)
            .iter()
            .any(|rule| rule["names"] == json!(["madvise"]) && rule["args"][0]["value"] == 8),
        "{all}"
    );
}

/// What was not read is not let through, and the status says so; what can be learned is written.
#[test]
fn calls_that_no_profile_lets_through_alone() {
    let ran =
        sdiff("learn t").file("t", "SYS_socket\nSYS_keyctl\nSYS_kcmp\nread\n").run().status(1);
    assert!(rules(&ran.stdout).is_empty(), "{}", ran.stdout);
    ran.stderr_has(
        "`keyctl` is dangerous and stays stopped where arg0 (operation) was not recorded",
    );
    let text = "syscall_0x7fff(1) = 0\nchown(\"/etc/passwd\", 0, 0) = -1 EPERM (Operation not permitted)\n";
    let ran = sdiff("learn t").file("t", text).run().status(1);
    ran.stderr_has("no profile can name").stderr_has("by something else, which no profile changes");
    // By name, as one asks for it.
    let ran = sdiff("learn t --detail names").file("t", "SYS_keyctl\n").run().status(0);
    assert_eq!(rules(&ran.stdout)[0]["names"], json!(["keyctl"]));
    let text = "type=SECCOMP msg=audit(1.1:1): auid=1 uid=0 gid=0 ses=1 pid=9 comm=\"x\" exe=\"/x\" sig=0 arch=40000003 syscall=20 compat=1 ip=0xf7 code=0x7ffc0000\n";
    let base = r#"{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64"], "syscalls": [{"names": ["read", "execve"], "action": "SCMP_ACT_ALLOW"}]}"#;
    let ran =
        sdiff("learn t --base b.json --runtime none").file("t", text).file("b.json", base).run();
    ran.status(1).stderr_has("an overlay cannot add an architecture");
}

#[test]
fn recordings_are_joined() {
    let test = sdiff("learn a b --start scratch --format json");
    let ran =
        test.file("a", "read(0, \"\", 1) = 0\n").file("b", "read(0, \"\", 1) = 0\nuname({}) = 0\n");
    let ran = ran.run().status(0);
    let value: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let count = |name: &str| {
        let calls = value["calls"].as_array().expect("a list");
        calls.iter().find(|call| call["syscall"] == name).map(|call| call["count"].clone())
    };
    assert_eq!((count("read"), count("uname")), (Some(json!(2)), Some(json!(1))));
    assert_eq!(value["once"], json!(["uname"]));
    assert_eq!(value["lines"]["calls"], 3);
    let schema: Value =
        serde_json::from_str(include_str!("../../docs/learn.schema.json")).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> = schema.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    // Of one of them nothing is known: that is trouble, and nothing is written.
    let ran =
        sdiff("learn a b -o p.json").file("a", "read(0, \"\", 1) = 0\n").file("b", "what\n").run();
    assert_eq!(ran.files(), ["a", "b"]);
    ran.status(2).stderr_has("no call was found in the 1 line of b");
    let arm = "type=SECCOMP msg=audit(1.1:1): pid=9 comm=\"x\" sig=0 arch=c00000b7 syscall=63 compat=0 ip=0xf7 code=0x7ffc0000\n";
    let amd = arm.replace("c00000b7 syscall=63", "c000003e syscall=0");
    let ran = sdiff("learn a b").file("a", arm).file("b", &amd).run();
    ran.status(2).stdout("").stderr_has("recordings of several machines (amd64, arm64)");
}

/// What failed as if there were no such call fails so again, for EPERM is something else to programs.
#[test]
fn enosys_is_kept() {
    let text = "read(0, \"\", 1) = 0\nmembarrier(0) = -1 ENOSYS (none)\n\
                statx(1) = -1 ENOSYS (none)\n";
    let ran = sdiff("learn t --start scratch").file("t", text).run().status(0);
    assert!(answer(&ran.stdout, "membarrier").contains("ENOSYS"), "{}", ran.stdout);
    // What a runtime needs it gets.
    assert!(answer(&ran.stdout, "statx").contains("ALLOW"), "{}", ran.stdout);
    ran.stderr_has("`membarrier` failed with ENOSYS in the recording");
}

#[test]
fn the_profile_to_record_with() {
    let ran = sdiff("learn --complain").run().status(0);
    let value: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(
        (&value["defaultAction"], value.get("defaultErrnoRet")),
        (&json!("SCMP_ACT_LOG"), None)
    );
    for (call, action) in [("keyctl", "LOG"), ("read", "ALLOW"), ("clone3", "ENOSYS")] {
        let found = answer(&ran.stdout, call);
        assert!(found.contains(action), "{call}: {found}");
    }
    let ran = sdiff("learn --complain --start scratch -o p.json").run().status(0);
    assert!(answer(&ran.read("p.json"), "read").contains("LOG"));
    sdiff("learn --complain t").run().status(2).stdout("");
    sdiff("learn").run().status(2).stdout("");
}

/// A file finds its base from its own folder.
#[test]
fn a_base_is_named_from_where_the_overlay_is() {
    let base = profile(&allow("read execve", ""));
    let test = sdiff("learn t --base b.json --host amd64 --runtime none -o out/o.json");
    let ran = test.file("t", RECORDING).file("b.json", &base).folder_file("out", "x", "").run();
    let overlay: Value = serde_json::from_str(&ran.status(0).read("out/o.json")).expect("JSON");
    assert_eq!(overlay["extends"], "../b.json");
    sdiff("learn t --base -").file("t", RECORDING).run().status(2).stdout("");
}
