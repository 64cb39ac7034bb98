//! `sdiff explain` side by side, as JSON, and its suggestions.

use super::{Ran, allow, profile, sdiff};
use serde_json::Value;

const SCHEMA: &str = include_str!("../../docs/explain.schema.json");

/// Lines of `strace -f` of a shell that starts a program.
const RECORDING: &str = "\
412 execve(\"/bin/sh\", [\"sh\", \"-c\", \"ip link\"], 0x7ffd /* 20 vars */) = 0
412 read(3, \"\\177ELF\", 832) = 832
412 socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0) = 3
412 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD, child_tidptr=0x7f) = 413
[pid 413] socket(AF_NETLINK, SOCK_RAW, 0) = -1 EPERM (Operation not permitted)
[pid 413] socket(AF_NETLINK, SOCK_RAW, 0) = -1 EPERM (Operation not permitted)
[pid 413] exit_group(1) = ?
412 exit_group(0) = ?
";

/// Sockets of AF_UNIX alone.
fn profile_of_sockets() -> String {
    let sockets =
        allow("socket", ", \"args\": [{\"index\": 0, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"}]");
    profile(&(allow("execve read clone", "") + ",\n" + &sockets))
}

#[track_caller]
fn valid(ran: &Ran) -> Value {
    let schema: Value = serde_json::from_str(SCHEMA).expect("JSON");
    let report: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let faults: Vec<String> = validator.iter_errors(&report).map(|f| f.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}");
    let mut wrong = report.clone();
    wrong["version"] = Value::from(0);
    assert!(!validator.is_valid(&wrong));
    report
}

#[test]
fn two_profiles_stand_side_by_side() {
    let test = sdiff("explain a.json socket(AF_INET6,1,0) --host amd64 --in b.json");
    let test = test.file("a.json", &profile_of_sockets());
    let ran = test.file("b.json", &profile(&allow("socket", ""))).run().status(0);
    let line = |text: &str| {
        ran.stdout.lines().find(|line| line.contains(text)).expect("a line").to_owned()
    };
    let [left, right] = ["a.json: socket(AF_INET6", "│ b.json: socket(AF_INET6"];
    assert!(line(left).contains(right), "{}", ran.stdout);
    assert!(line("  EPERM ").contains("│   ALLOW"), "{}", ran.stdout);
    assert!(ran.stdout.lines().all(|line| line.chars().count() <= 147), "{}", ran.stdout);
}

#[test]
fn json_fits_its_schema() {
    let run = |arguments: &str| {
        let test = sdiff(&format!("explain a.json {arguments} --format json"));
        test.file("a.json", &profile_of_sockets()).file("t", RECORDING).run()
    };
    let report = valid(&run("socket(AF_INET6,1,0) --host amd64").status(0));
    let answer = &report["profiles"][0]["answers"][0];
    assert_eq!(answer["action"], "EPERM");
    assert_eq!(answer["decided"], "default");
    let why = "does not match: arg0 (domain) is AF_INET6, not = AF_UNIX (1)";
    assert_eq!(answer["rules"][0]["why"], why);
    let whole = valid(&run("socket --in default").status(0));
    assert_eq!(whole["profiles"].as_array().expect("a list").len(), 2);
    let trace = valid(&run("--trace t").status(1));
    assert_eq!((&trace["recorded"], &trace["stopped"]), (&Value::from(8), &Value::from(4)));
}

#[test]
fn a_suggestion_is_proved_and_is_enough() {
    let run = |arguments: &str| {
        let test = sdiff(&format!("explain {arguments} --trace t"));
        test.file("a.json", &profile_of_sockets()).file("t", RECORDING)
    };
    let ran = run("a.json --suggest").run().status(0);
    let overlay: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(overlay["extends"], "a.json");
    let rules = overlay["syscalls"].as_array().expect("rules");
    assert_eq!(rules.len(), 2, "{overlay}");
    assert_eq!(rules[0]["names"], serde_json::json!(["exit_group"]));
    assert_eq!(rules[1]["args"][0]["value"], 16);
    // As it stands it is taken back, and stops nothing any more.
    run("o.json").file("o.json", &ran.stdout).run().status(0).stdout_has("stops 0 of 8");
}
