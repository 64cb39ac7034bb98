//! `--format json`, against its schema, and `--format unified`.

use super::*;
use jsonschema::Validator;
use serde_json::Value;

fn schema() -> Validator {
    let schema = include_str!("../../docs/report.schema.json");
    let schema: Value = serde_json::from_str(schema).expect("JSON");
    jsonschema::draft202012::meta::validate(&schema).expect("a schema");
    jsonschema::draft202012::new(&schema).expect("a schema")
}

fn json(test: Test) -> Value {
    let text = test.argument("--format=json").run().stdout;
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn reports_fit_the_schema() {
    let schema = schema();
    let hosts = "--host amd64,s390x";
    for arguments in [
        "default default",
        "docker@20.10.0 default",
        "docker@1.11.0 docker@1.12.0",
        "default podman",
        "podman default --caps docker-default --kernel 6.1",
        "default default --new-engine containerd",
        "default a.json",
        "a.json default --only removed",
        "b.json a.json --host amd64,s390x --runtime none",
    ] {
        let range = "[{\"index\": 1, \"value\": 5, \"op\": \"SCMP_CMP_GT\"}, {\"index\": 0, \
                     \"value\": 240, \"valueTwo\": 16, \"op\": \"SCMP_CMP_MASKED_EQ\"}]";
        let rules = allow("raed ioctl", &format!(", \"args\": {range}"));
        let text = profile(&rules).replace("\"SCMP_ACT_ERRNO\"", "\"SCMP_ACT_TRACE\"");
        let only = profile("")
            .replace("\"syscalls\"", "\"architectures\": [\"SCMP_ARCH_S390X\"], \"syscalls\"");
        let hosts = if arguments.contains("--host") { "" } else { hosts };
        let test = sdiff(&format!("{arguments} {hosts}")).file("a.json", &text);
        let report = json(test.file("b.json", &only));
        let faults: Vec<String> = schema
            .iter_errors(&report)
            .map(|e| format!("{} at {}", e, e.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{arguments}: {faults:#?}");
    }
}

#[test]
fn the_schema_refuses_what_is_no_report() {
    let mut report = json(sdiff("docker@29.4.2 default --host amd64"));
    assert!(schema().is_valid(&report));
    report["findings"][0]["kind"] = "worse".into();
    assert!(!schema().is_valid(&report));
}

#[test]
fn a_finding_has_all_that_a_program_needs() {
    let socket = ", \"args\": [{\"index\": 0, \"value\": 40, \"op\": \"SCMP_CMP_EQ\"}]";
    let test = sdiff("old.json new.json --host amd64 --host arm64")
        .file("old.json", &profile(&allow("socketpair", "")))
        .file(
            "new.json",
            &profile(&format!("{},\n{}", allow("socketpair", ""), allow("socket", socket))),
        );
    let report = json(test);
    assert_eq!(report["version"], 1);
    assert_eq!(report["verdict"]["within"], false);
    let finding = report["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|finding| finding["subject"]["name"] == "socket")
        .expect("socket");
    assert_eq!(finding["kind"], "added");
    assert_eq!(finding["severity"], "high");
    let effect = &finding["effects"][0];
    assert_eq!(effect["to"], "SCMP_ACT_ALLOW");
    assert_eq!(effect["new_lines"], serde_json::json!([5]));
    assert_eq!(effect["condition"]["text"], "when arg0 (domain) = AF_VSOCK (40)");
    assert_eq!(
        effect["condition"]["clauses"][0]["args"][0],
        serde_json::json!({
            "index": 0,
            "name": "domain",
            "terms": [{"op": "in", "ranges": [{"from": "40", "to": "40"}]}]
        })
    );
    let witness = &effect["witness"];
    assert_eq!(witness["host"], "amd64");
    assert_eq!(witness["args"][0], "40");
    assert_eq!(witness["syscall"], "socket");
}

#[test]
fn the_same_profiles_give_the_same_bytes() {
    let run = || sdiff("docker@20.10.0 default --format json").run().stdout;
    assert_eq!(run(), run());
}

#[test]
fn a_line_diff_of_the_normal_forms() {
    let old = profile(&allow("write read", ""));
    let new = profile(&format!("{},\n{}", allow("read", ""), allow("open", "")));
    let test = sdiff("old.json new.json --format unified").file("old.json", &old);
    test.file("new.json", &new).run().status(1).stderr("").stdout(
        "--- old.json\n+++ new.json\n@@ -3,8 +3,8 @@\n \t\"syscalls\": [\n \t\t{\n \
         \t\t\t\"names\": [\n-\t\t\t\t\"read\",\n-\t\t\t\t\"write\"\n+\t\t\t\t\"open\",\n\
         +\t\t\t\t\"read\"\n \t\t\t],\n \t\t\t\"action\": \"SCMP_ACT_ALLOW\"\n \t\t}\n",
    );
    sdiff("default docker --format unified").run().status(0).stdout("");
}
