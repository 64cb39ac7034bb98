//! `flags`, `listenerPath` and `listenerMetadata`: what changes no action, and yet the container.

use super::repository::Repository;
use super::*;

/// A profile with these members besides; two of its rules ask a listener.
fn with(members: &str) -> String {
    let rules = format!(
        "{},\n{}",
        allow("read", ""),
        allow("mount", "").replace("SCMP_ACT_ALLOW", "SCMP_ACT_NOTIFY")
    );
    profile(&rules).replace("\"syscalls\"", &format!("{members}\n\"syscalls\""))
}

fn flags(names: &[&str]) -> String {
    let names: Vec<String> =
        names.iter().map(|name| format!("\"SECCOMP_FILTER_FLAG_{name}\"")).collect();
    with(&format!("\"flags\": [{}],", names.join(", ")))
}

fn against(arguments: &str, old: &str, new: &str) -> Test {
    let test = sdiff(&format!("{arguments} old.json new.json"));
    test.file("old.json", old).file("new.json", new)
}

/// The settings that differ in the JSON: what, how, and how bad.
fn found(old: &str, new: &str) -> Vec<(String, String, String)> {
    let ran = against("--format json", old, new).run();
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let list = report["filter_settings"].as_array().cloned().unwrap_or_default();
    assert_eq!(ran.status, i32::from(!list.is_empty()), "{}", ran.stdout);
    assert_eq!(report["verdict"]["same_policy"], list.is_empty());
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    list.iter().map(|c| (text(&c["setting"]), text(&c["kind"]), text(&c["severity"]))).collect()
}

#[track_caller]
fn one(old: &str, new: &str, setting: &str, kind: &str, severity: &str) {
    let expected = vec![(setting.to_owned(), kind.to_owned(), severity.to_owned())];
    assert_eq!(found(old, new), expected);
}

#[test]
fn what_is_lost_and_gained_is_told_in_both_ways() {
    let all = ["TSYNC", "LOG", "SPEC_ALLOW", "WAIT_KILLABLE_RECV"];
    for (flag, lost, gained, low) in [
        ("TSYNC", "weakened", "tightened", "medium"),
        ("LOG", "weakened", "tightened", "low"),
        ("SPEC_ALLOW", "tightened", "weakened", "medium"),
        ("WAIT_KILLABLE_RECV", "changed", "changed", "info"),
    ] {
        let without: Vec<&str> = all.into_iter().filter(|other| *other != flag).collect();
        let (with, without) = (flags(&all), flags(&without));
        let severity = |kind| if kind == "weakened" { low } else { "info" };
        let name = format!("SECCOMP_FILTER_FLAG_{flag}");
        one(&with, &without, &name, lost, severity(lost));
        one(&without, &with, &name, gained, severity(gained));
        assert_eq!(found(&with, &with), []);
    }
    // The order and repetition mean nothing.
    assert_eq!(found(&flags(&["LOG", "TSYNC"]), &flags(&["TSYNC", "LOG", "LOG"])), []);
}

/// runc from 1.2.0 on and crun set SPEC_ALLOW where a profile gives no flags at all.
#[test]
fn a_profile_without_flags_has_those_of_the_runtime() {
    let (none, log) = (with(""), flags(&["LOG"]));
    let spec = "SECCOMP_FILTER_FLAG_SPEC_ALLOW";
    let log_flag = "SECCOMP_FILTER_FLAG_LOG";
    let lost = [(spec, "weakened", "medium"), (log_flag, "weakened", "low")];
    let expected = lost.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned()));
    assert_eq!(found(&log, &none), expected);
    against("", &log, &none).run().status(1).stdout_has("under crun, and runc from 1.2.0 on");
    let given = flags(&["SPEC_ALLOW"]);
    one(&none, &given, spec, "weakened", "low");
    against("", &none, &given).run().status(1).stdout_has("by the profile itself;");
    // Of one runtime the answer is that runtime's.
    for runtime in ["runc", "runc@1.2.0", "crun", "crun@0.17"] {
        against(&format!("--runtime {runtime}"), &none, &given).run().status(0);
        against(&format!("--runtime {runtime} --within"), &log, &none).run().status(1);
    }
    against("--runtime none", &none, &given).run().status(1).stdout_has("not set → set");
    against("--runtime none --fail-on any", &log, &log).run().status(0);
    // runc passes over the flag.
    let tsync = flags(&["TSYNC", "LOG"]);
    against("--runtime runc", &tsync, &log).run().status(0);
    against("--runtime crun", &tsync, &log).run().status(1);
}

#[test]
fn another_listener_is_weaker() {
    let (a, b) = (with("\"listenerPath\": \"/run/a\","), with("\"listenerPath\": \"/run/b\","));
    one(&a, &b, "listenerPath", "weakened", "medium");
    one(&b, &a, "listenerPath", "weakened", "medium");
    one(&with(""), &a, "listenerPath", "weakened", "medium");
    one(&a, &with(""), "listenerPath", "tightened", "info");
    let told = with("\"listenerPath\": \"/run/a\", \"listenerMetadata\": \"x\",");
    one(&a, &told, "listenerMetadata", "weakened", "low");
    // Where no rule asks it, nobody is asked.
    let unasked = |text: &str| text.replace("NOTIFY", "ERRNO");
    one(&unasked(&a), &unasked(&b), "listenerPath", "changed", "info");
}

#[test]
fn gates_count_them() {
    let (old, new) = (flags(&["LOG"]), flags(&["SPEC_ALLOW"]));
    let status = |arguments: &str, old: &str, new: &str| against(arguments, old, new).run().status;
    for arguments in ["", "--fail-on weakened", "--fail-on any", "--only weakened"] {
        assert_eq!(status(arguments, &old, &new), 1, "{arguments}");
    }
    for arguments in ["--fail-on never", "--only added,changed"] {
        assert_eq!(status(arguments, &old, &new), 0, "{arguments}");
    }
    assert_eq!(status("--fail-on weakened", &new, &flags(&["LOG", "SPEC_ALLOW"])), 0);
    assert_eq!(status("--fail-on any", &new, &flags(&["LOG", "SPEC_ALLOW"])), 1);
    let ran = against("--within", &old, &new).run().status(1);
    ran.stdout_has(
        "no\nother filter settings: `SECCOMP_FILTER_FLAG_SPEC_ALLOW` is weaker: not set",
    );
    against("--within", &new, &flags(&["LOG", "SPEC_ALLOW"])).run().status(0).stdout("yes\n");
}

#[test]
fn every_face_tells_of_them() {
    let (old, new) = (flags(&["LOG", "TSYNC"]), flags(&["LOG"]));
    for face in ["text", "markdown", "sarif", "github", "gitlab", "junit", "html"] {
        let ran = against(&format!("--format {face}"), &old, &new).run().status(1);
        // Markdown writes some signs as references.
        let text = ran.stdout.replace("&#95;", "_").replace("&#58;", ":");
        assert!(text.contains("other filter settings"), "{face}: {text}");
        assert!(text.contains("SECCOMP_FILTER_FLAG_TSYNC"), "{face}: {text}");
        assert!(text.contains("weaker"), "{face}: {text}");
    }
    against("--format unified", &old, &new).run().status(1).stdout_has("SECCOMP_FILTER_FLAG_TSYNC");
}

#[test]
fn one_can_be_accepted() {
    let (old, new) = (flags(&["LOG", "TSYNC"]), flags(&["LOG"]));
    let ran = against("--format json", &old, &new).run();
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let id = report["filter_settings"][0]["id"].as_str().expect("an id").to_owned();
    assert!(id.starts_with("sd2-weakened-seccomp_filter_flag_tsync-"), "{id}");
    let config = format!("[[accept]]\nchange = \"{id}\"\nreason = \"runc ignores it\"\n");
    let ran = against("", &old, &new).file("sdiff.toml", &config).run().status(0).stderr("");
    ran.stdout_has(&format!("accepted: {id}: runc ignores it\n"));
    against("--within", &old, &new).file("sdiff.toml", &config).run().status(1);
}

#[test]
fn a_review_tells_of_them() {
    let repository = Repository::new();
    repository.write("seccomp.json", &flags(&["LOG", "TSYNC"]));
    repository.commit();
    repository.branch("pr");
    repository.write("seccomp.json", &flags(&["LOG", "TSYNC", "SPEC_ALLOW"]));
    repository.commit();
    let ran = repository.review("").status(1);
    ran.stdout_has("other filter settings: SECCOMP_FILTER_FLAG_SPEC_ALLOW");
}
