//! Exit status, `--fail-on`, `--only`, `--quiet` and `--within`.

use super::*;

/// `new.json` against `old.json`, which allows `read`, and `chown` on 64 bits.
fn against(rules: &str, arguments: &str) -> Ran {
    let old = profile(&allow("read chown", ""));
    sdiff(arguments)
        .argument("old.json")
        .argument("new.json")
        .file("old.json", &old)
        .file("new.json", &profile(rules))
        .run()
}

fn same() -> String {
    format!("{},\n{}", allow("chown", ""), allow("read", ""))
}

fn weaker() -> String {
    allow("read chown keyctl", "")
}

fn stricter() -> String {
    allow("read", "")
}

/// Another errno for `mount`.
fn other() -> String {
    let errno = allow("mount", ", \"errnoRet\": 13").replace("ALLOW", "ERRNO");
    format!("{},\n{errno}", allow("read chown", ""))
}

#[test]
fn the_status_is_that_of_diff() {
    for arguments in ["", "--exit-code"] {
        against(&same(), arguments).status(0).stdout("same policy\n");
        against(&weaker(), arguments).status(1);
        against(&stricter(), arguments).status(1);
        against(&other(), arguments).status(1);
    }
}

#[test]
fn a_gate_fails_for_what_it_is_asked() {
    let statuses = |arguments: &str| {
        [same(), weaker(), stricter(), other()].map(|rules| against(&rules, arguments).status)
    };
    assert_eq!(statuses("--fail-on weakened"), [0, 1, 0, 0]);
    assert_eq!(statuses("--fail-on any"), [0, 1, 1, 0]);
    assert_eq!(statuses("--fail-on never"), [0, 0, 0, 0]);
}

#[test]
fn quiet_says_nothing() {
    against(&weaker(), "--quiet").status(1).stdout("").stderr("");
    against(&same(), "-q").status(0).stdout("").stderr("");
    against(&allow("raed", ""), "-q").status(1).stdout("").stderr("");
}

#[test]
fn only_some_kinds_are_looked_at() {
    let rules = allow("read keyctl", "");
    against(&rules, "--only removed").status(1).stdout_has("1 removed; not shown: 1 added");
    against(&rules, "--only weakened,tightened").status(0).stdout_has("not shown: 1 added, 1 remo");
    let shown = against(&rules, "--only added").stdout;
    assert!(!shown.contains("chown"), "{shown}");
}

#[test]
fn within_answers_with_a_proof() {
    against(&same(), "--within").status(0).stdout("yes\n").stderr("");
    against(&stricter(), "--within").status(0).stdout("yes\n");
    against(&other(), "--within").status(0).stdout("yes\n");
    against(&weaker(), "--within").status(1).stdout(
        "no\nkeyctl(KEYCTL_GET_KEYRING_ID, 0, 0, 0, 0) on amd64, no capabilities: ENOSYS → ALLOW\n",
    );
    against(&weaker(), "--within -q").status(1).stdout("");
}

/// A profile that lets everything through but some calls.
fn denying(names: &str) -> String {
    profile(&allow(names, "").replace("ALLOW", "ERRNO")).replacen("ERRNO", "ALLOW", 1)
}

#[test]
fn that_no_container_starts_any_more_is_said_with_the_verdict() {
    let ran = |new: &str, arguments: &str| {
        let (old, new) = (denying("keyctl"), denying(new));
        let asked = sdiff(arguments).argument("old.json").argument("new.json");
        asked.file("old.json", &old).file("new.json", &new).run()
    };
    let said = "breaks: no container starts with runc 1.3.6: it needs `execve`.\n";
    let asked = |rest: &str| format!("--runtime runc@1.3.6 {rest}");
    ran("keyctl execve", &asked("--within")).status(0).stdout(&format!("yes\n{said}"));
    let text = ran("keyctl execve", &asked("")).status(1).stdout;
    assert!(
        text.starts_with("new.json is within old.json") && text.contains(&format!("\n{said}")),
        "{text}"
    );
    ran("keyctl execve", "--fail-on breaks").status(1).stdout_has("(measured: 1.3.6)");
    ran("keyctl execve", "--fail-on weakened").status(0);
    ran("keyctl execve", "--fail-on breaks --host arm64").status(0);
    ran("keyctl execve", "--fail-on breaks --runtime none").status(0);
    ran("keyctl setuid", "--fail-on breaks")
        .status(1)
        .stdout_has("(measured: 1.3.6) without no_new_privs: it needs\n`setuid`.");
    ran("keyctl setuid", "--fail-on breaks --runtime crun").status(0);
    ran("keyctl kcmp", "--fail-on breaks").status(0);
    // With one runtime it starts, with the other it does not.
    let statx =
        |runtime: &str| ran("keyctl statx", &format!("--fail-on breaks --runtime {runtime}"));
    statx("runc@1.1.15").status(0);
    statx("runc@1.3.6").status(1);
    statx("crun").status(0);
    let json = ran("keyctl execve", &asked("--format json")).status(1).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["breaks"]["needs"][0]["syscall"], "execve");
    assert_eq!(json["breaks"]["no_new_privs"], serde_json::Value::Null);
    for face in ["markdown", "github", "junit", "sarif", "gitlab"] {
        let ran = ran("keyctl execve", &asked(&format!("--format {face}")));
        assert!(ran.stdout.contains("no container starts with runc"), "{face}: {}", ran.stdout);
    }
}
