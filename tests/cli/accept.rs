//! Changes that `sdiff.toml` accepts.

use super::{Test, allow, profile, sdiff};

fn test(arguments: &str) -> Test {
    let test = sdiff(&format!("{arguments} old.json new.json"));
    let test = test.file("old.json", &profile(&allow("read mseal", "")));
    test.file("new.json", &profile(&allow("read keyctl bpf mseal", "")))
}

/// The ids of the two changes.
fn ids() -> [String; 2] {
    let ran = test("--format json").run().status(1);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let id = |call: &str| {
        let mut findings = report["findings"].as_array().expect("findings").iter();
        let found = findings.find(|finding| finding["id"].to_string().contains(call));
        found.expect("a finding")["id"].as_str().expect("an id").to_owned()
    };
    [id("keyctl"), id("bpf")]
}

fn accept(id: &str, more: &str) -> String {
    format!("[[accept]]\nchange = \"{id}\"\nreason = \"the build's keyring\"\n{more}\n")
}

#[test]
fn what_is_accepted_fails_no_gate_and_is_shown() {
    let [keyctl, bpf] = ids();
    let ran = test("").file("sdiff.toml", &accept(&keyctl, "")).run().status(1);
    let ran = ran.stdout_has("+ added      bpf, keyctl (2 calls)\n");
    ran.stdout_has(&format!("accepted: {keyctl}: the build's keyring\n")).stderr_has("");
    let both = accept(&keyctl, "") + &accept(&bpf, "");
    let before = both.replace("sd2-", "");
    assert!(before != both, "ids say for which machines they are");
    test("--fail-on weakened").file("sdiff.toml", &before).run().status(0).stderr("");
    for arguments in ["", "--fail-on weakened", "--fail-on any"] {
        // Nothing is made better than it is.
        let ran = test(arguments).file("sdiff.toml", &both).run().status(0);
        ran.stdout_has("new.json lets through 2 kinds of calls that old.json blocks.");
    }
    // Whether one is within the other is a question of its own.
    test("--within").file("sdiff.toml", &both).run().status(1).stdout_has("no\n");
    test("--no-config").file("sdiff.toml", &both).run().status(1);
    test("--config c.toml").file("c.toml", &both).run().status(0);
    let ran = test("--format markdown").file("sdiff.toml", &both).run().status(0);
    ran.stdout_has("### ✅ ").stdout_has("✔️ accepted: keyctl is let through");
    let ran = test("--format json").file("sdiff.toml", &both).run().status(0);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(report["accepted"].as_array().expect("a list").len(), 2);
}

#[test]
fn what_counts_for_nothing_is_told() {
    let [keyctl, _] = ids();
    let over = accept(&keyctl, "expires = \"2020-01-01\"");
    let ran = test("--fail-on weakened").file("sdiff.toml", &over).run().status(1);
    ran.stderr_has(&format!("sdiff.toml:2: the acceptance of {keyctl} has expired\n"));
    let other = accept("added-mount-0", "profile = \"new.json\"");
    let ran = test("").file("sdiff.toml", &other).run().status(1);
    ran.stderr_has("sdiff.toml:2: the acceptance of added-mount-0 is not needed here\n");
    // An id hangs on what the calls get, which another machine can change.
    let was = accept("added-keyctl-0123456789abcdef", "");
    let ran = test("").file("sdiff.toml", &was).run().status(1);
    ran.stderr_has(&format!("fits no change any more: it is now {keyctl}\n"));
    let elsewhere = accept(&keyctl, "profile = \"other/*.json\"");
    test("").file("sdiff.toml", &elsewhere).run().status(1).stderr("");
    let wrong = "[[accept]]\nchange = \"x\"\nreason = \" \"\n";
    let ran = test("").file("sdiff.toml", wrong).run().status(2).stdout("");
    ran.stderr_has("sdiff.toml:2: an acceptance needs a `reason`");
}
