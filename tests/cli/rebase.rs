//! `sdiff rebase`: following upstream.

use super::repository::Repository;
use super::{Ran, allow, listed, profile, sdiff};

/// A fork of an old default with two calls more, as its team would have made it.
pub(super) fn fork() -> String {
    let text = sdiff("merge --base docker@20.10.0 team.json").file(
        "team.json",
        r#"{ "syscalls": [ { "names": ["keyctl", "unshare"], "action": "SCMP_ACT_ALLOW" } ] }"#,
    );
    text.run().stdout
}

/// A run on three versions of one profile, with the action for `keyctl` in each.
fn three(arguments: &str, keyctl: [&str; 3]) -> Ran {
    let of = |action: &str| match action {
        "" => profile(&allow("read", "")),
        action => {
            let more = format!("{{\"names\": [\"keyctl\"], \"action\": \"SCMP_ACT_{action}\"}}");
            profile(&format!("{},\n{more}", allow("read", "")))
        }
    };
    let [from, mine, onto] = keyctl.map(of);
    sdiff(&format!("rebase mine.json --from from.json --onto onto.json {arguments}"))
        .file("from.json", &from)
        .file("mine.json", &mine)
        .file("onto.json", &onto)
        .run()
}

#[test]
fn a_fork_becomes_ten_lines() {
    let ran = sdiff("rebase mine.json --as overlay").file("mine.json", &fork()).run();
    let from = "from docker@20.10.3, as written: 3 edits; or from docker@5e3ffe6\n";
    assert_eq!((ran.status, &*ran.stderr), (0, from));
    insta::assert_snapshot!(ran.stdout);
    // Merged again it is the rebase.
    let overlay = ran.stdout;
    let merged = sdiff("merge overlay.json").file("overlay.json", &overlay).run().stdout;
    let rebased = sdiff("rebase mine.json").file("mine.json", &fork()).run().stdout;
    let ran = sdiff("--exit-code a.json b.json").file("a.json", &merged).file("b.json", &rebased);
    let ran = ran.run();
    assert_eq!(ran.status, 0, "{}", ran.stdout);
}

#[test]
fn a_conflict_shows_both_sides_and_the_base_and_writes_nothing() {
    let ran = three("-o out.json", ["", "ALLOW", "KILL_PROCESS"]);
    assert_eq!((ran.status, &*ran.stdout), (1, ""));
    assert!(!ran.folder.path().join("out.json").exists());
    insta::assert_snapshot!(ran.stderr);
}

#[test]
fn a_favoured_side_decides() {
    for (side, action) in [("mine", "ALLOW"), ("upstream", "KILL_PROCESS")] {
        let ran = three(&format!("--favor {side}"), ["", "ALLOW", "KILL_PROCESS"]);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        let explained = sdiff("explain out.json keyctl").file("out.json", &ran.stdout).run().stdout;
        assert!(explained.contains(action), "{side}: {explained}");
    }
}

#[test]
fn what_both_did_alike_is_no_conflict() {
    let ran = three("", ["", "ALLOW", "ALLOW"]);
    assert_eq!((ran.status, &*ran.stderr), (0, ""));
    assert!(ran.stdout.contains("keyctl"), "{}", ran.stdout);
}

#[test]
fn check_says_whether_upstream_has_moved_on() {
    let ran = sdiff("rebase --check mine.json").file("mine.json", &fork()).run();
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.starts_with("a rebase changes "), "{}", ran.stdout);
    let ran = three("--check", ["", "ALLOW", ""]);
    assert_eq!((ran.status, &*ran.stdout), (0, ""), "{}", ran.stderr);
    let ran = three("--check", ["", "", "ALLOW"]);
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    let ran = three("--check", ["", "LOG", "ALLOW"]);
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("conflict: keyctl"), "{}", ran.stderr);
}

/// 20.10.4 and 20.10.10 differ in `clone3` alone: which of them it was hangs on that.
#[test]
fn what_hangs_on_the_origin_is_told_and_the_strictest_is_taken() {
    let logs = r#"{ "syscalls": [ { "names": ["clone3"], "action": "SCMP_ACT_LOG" } ] }"#;
    let mine = sdiff("merge --base docker@20.10.4 logs.json").file("logs.json", logs).run().stdout;
    let ran = sdiff("rebase mine.json --report report.json").file("mine.json", &mine).run();
    let report: serde_json::Value = serde_json::from_str(&ran.read("report.json")).expect("JSON");
    valid_report(&report);
    let hangs = report["hangs_on_origin"].as_array().expect("a list");
    let of_clone3 = hangs.iter().filter(|one| one["syscall"] == "clone3").count();
    let conflict = report["conflicts"].to_string().contains("clone3");
    assert!(of_clone3 > 0 || conflict, "{report:#}");
    let from = report["from"].as_array().expect("a list");
    assert!(from.len() > 1, "{report:#}");
    assert!(hangs.iter().all(|one| one["gives"].as_array().map(Vec::len) == Some(from.len())));
    // Who says what it was has no doubt.
    let ran = sdiff("rebase mine.json --from docker@20.10.9 --report report.json")
        .file("mine.json", &mine)
        .run();
    assert_eq!(ran.status, 1, "{}", ran.stderr); // upstream answers clone3 otherwise, too
    assert!(ran.stderr.contains("conflict: clone3"), "{}", ran.stderr);
    let report: serde_json::Value = serde_json::from_str(&ran.read("report.json")).expect("JSON");
    valid_report(&report);
    assert_eq!(report["outcome"], "conflicts");
    assert_eq!(report["hangs_on_origin"], serde_json::json!([]));
    assert_eq!(report["origin"], serde_json::Value::Null);
}

#[track_caller]
fn valid_report(report: &serde_json::Value) {
    let schema = include_str!("../../docs/rebase.schema.json");
    let schema: serde_json::Value = serde_json::from_str(schema).expect("JSON");
    jsonschema::draft202012::meta::validate(&schema).expect("a schema");
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    let faults: Vec<String> =
        validator.iter_errors(report).map(|f| format!("{f} at {}", f.instance_path())).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    let mut wrong = report.clone();
    wrong["outcome"] = "perhaps".into();
    assert!(!validator.is_valid(&wrong));
}

#[test]
fn without_an_origin_it_asks_and_says_what_would_come_of_it() {
    let mine = profile(&allow("read write openat close", ""));
    let ran = sdiff("rebase mine.json --report report.json -o out.json")
        .file("mine.json", &mine)
        .run()
        .status(2)
        .stdout("")
        .stderr_has("is not a copy of any known default: say with --from")
        .stderr_has("\n--from docker@")
        .stderr_has("\n--from containers-common@");
    assert!(!ran.folder.path().join("out.json").exists());
    let report: serde_json::Value = serde_json::from_str(&ran.read("report.json")).expect("JSON");
    valid_report(&report);
    assert_eq!(
        (&report["outcome"], &report["origin"]["verdict"]),
        (&"no-origin".into(), &"none".into())
    );
}

#[test]
fn an_overlay_is_not_taken_for_a_whole_profile() {
    let overlay = r#"{ "syscalls": [ { "names": ["keyctl"], "action": "SCMP_ACT_ALLOW" } ] }"#;
    for arguments in ["rebase mine.json --from default", "rebase mine.json"] {
        let ran = sdiff(arguments).file("mine.json", overlay).run();
        assert_eq!((ran.status, &*ran.stdout), (2, ""), "{arguments}");
        assert!(
            ran.stderr.contains("mine.json has rules and no `defaultAction`"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn podmans_own_is_followed_to_podmans_newest() {
    let mine = sdiff("baselines containers-common@0.40.0").run().status(0).stdout;
    let rebase = |arguments: &str| {
        let arguments = format!("rebase mine.json {arguments}");
        sdiff(&arguments).file("mine.json", &mine).run()
    };
    let onto = "--onto containers-common";
    for arguments in ["", onto, "--engine podman", "--from containers-common@0.40.0"] {
        let ran = rebase(arguments).status(0);
        if !arguments.starts_with("--from") {
            let from = "from containers-common@0.40.0, as written: no edit";
            assert!(ran.stderr.starts_with(from), "{arguments}: {}", ran.stderr);
        }
        let same = sdiff("--runtime none --exit-code - containers-common").stdin(&ran.stdout).run();
        assert_eq!(same.status, 0, "{arguments}: {}", same.stdout);
    }
    // Who says that it is Docker's is believed.
    for arguments in ["--onto docker", "--engine docker"] {
        rebase(arguments).stderr_has("from docker@");
    }
}

#[test]
fn lineage_is_told_whose_a_profile_is() {
    let mine = sdiff("baselines containers-common@0.34.0").run().status(0).stdout;
    for (arguments, first) in [("", "containers-common@0.34.0 "), ("--engine docker", "docker@")] {
        let ran = sdiff(&format!("lineage mine.json {arguments}")).file("mine.json", &mine).run();
        let origin = ran.stdout.lines().skip_while(|line| !line.starts_with("origin")).nth(1);
        let origin = origin.unwrap_or_default().trim_start();
        assert!(origin.starts_with(first), "{arguments}: {}", ran.stdout);
    }
}

/// Whatever baseline is the nearest: the file names its base.
#[test]
fn what_extends_a_profile_is_rebased_from_that() {
    let rule = r#"{ "names": ["socket"], "action": "SCMP_ACT_ALLOW",
        "args": [ { "index": 0, "value": 38, "op": "SCMP_CMP_EQ" } ] }"#;
    let overlay = |extends: &str| format!(r#"{{ "extends": {extends}, "syscalls": [ {rule} ] }}"#);
    for (extends, name) in [
        (r#""docker@29.4.3""#, "docker@29.4.3"),
        (r#"["docker@29.4.3", "empty.json"]"#, "docker@29.4.3, empty.json"),
    ] {
        let ran = sdiff("rebase mine.json --as overlay")
            .file("mine.json", &overlay(extends))
            .file("empty.json", "{}")
            .run()
            .status(0)
            .stderr_has(&format!("from {name}, which mine.json extends"));
        let value: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
        assert_eq!(value["extends"], "default");
        assert_eq!(value["syscalls"][0]["names"][0], "socket");
        assert_eq!(value["syscalls"][0]["args"][0]["value"], 38);
        assert_eq!(value["syscalls"].as_array().map(Vec::len), Some(1));
    }
}

/// An overlay over a file, written somewhere: what it says that it extends.
#[track_caller]
fn extends(arguments: &str, written: &str) -> String {
    let mine = profile(&allow("keyctl read", ""));
    let base = profile(&allow("read", ""));
    let command = format!("rebase mine.json --from up/base.json --as overlay {arguments}");
    let ran = sdiff(&command)
        .file("mine.json", &mine)
        .folder_file("up", "base.json", &base)
        .folder_file("up", "default", &base)
        .folder_file("up/sub", "there.json", &base)
        .folder_file("sub", "there.json", &base)
        .run()
        .status(0);
    let text = if written.is_empty() { ran.stdout.clone() } else { ran.read(written) };
    // Where it is looked for, it is.
    let written = if written.is_empty() { "overlay.json" } else { written };
    std::fs::write(ran.folder.path().join(written), &text).expect("writes");
    let same = sdiff(&format!("--exit-code {written} mine.json")).at(ran.folder.path()).run();
    assert_eq!(same.status, 0, "{}{}", same.stdout, same.stderr);
    let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    value["extends"].as_str().expect("a string").to_owned()
}

#[test]
fn an_overlay_finds_what_it_extends_from_where_it_is_written() {
    for (arguments, written, found) in [
        ("--onto up/base.json -o sub/ov.json", "sub/ov.json", "../up/base.json"),
        ("--onto up/base.json -o up/ov.json", "up/ov.json", "base.json"),
        ("--onto up/base.json -o up/sub/ov.json", "up/sub/ov.json", "../base.json"),
        ("--onto ./sub/../up/base.json -o ov.json", "ov.json", "up/base.json"),
        ("--onto up/base.json", "", "up/base.json"),
        ("--onto up/base.json -o -", "", "up/base.json"),
        // No baseline is meant.
        ("--onto up/default -o up/ov.json", "up/ov.json", "./default"),
    ] {
        assert_eq!(extends(arguments, written), found, "{arguments}");
    }
}

#[test]
fn an_overlay_extends_nothing_that_it_would_not_find() {
    let base = profile(&allow("read", ""));
    let refused = |arguments: &str, error: &str| {
        let command = format!("rebase mine.json --from base.json --as overlay {arguments}");
        let test = sdiff(&command).file("mine.json", &profile(&allow("keyctl read", "")));
        let test = test.file("base.json", &base).folder_file("sub", "other.json", &base);
        let ran = test.stdin(&base).run().status(2).stdout("").stderr_has(error);
        assert!(!ran.files().contains(&"ov.json".to_owned()), "{arguments}");
        assert_eq!(ran.read("base.json"), base);
    };
    refused("--onto - -o ov.json", "cannot extend -: standard input has no name");
    refused("--onto base.json -o base.json", "it is the file that would be written");
    refused("--onto base.json -o none/ov.json", "no relative path leads there");
    let outside = tempfile::tempdir().expect("a folder");
    let file = outside.path().join("out.json");
    std::fs::write(&file, &base).expect("writes");
    refused(&format!("--onto {} -o ov.json", file.display()), "--allow-outside takes it");
}

#[test]
fn a_revision_is_extended_where_it_is_found() {
    let repository = Repository::new();
    let base = profile(&allow("read", ""));
    repository.write("base.json", &base);
    repository.commit();
    repository.write("mine.json", &profile(&allow("keyctl read", "")));
    let run = |onto: &str| {
        let arguments = "rebase mine.json --from base.json --as overlay -o ov.json --onto";
        sdiff(arguments).argument(onto).at(repository.path()).run()
    };
    run("HEAD:base.json").status(0);
    let text = std::fs::read_to_string(repository.path().join("ov.json")).expect("written");
    assert!(text.contains("\"extends\": \"HEAD:base.json\""), "{text}");
    sdiff("--exit-code ov.json mine.json").at(repository.path()).run().status(0);
}

/// What a profile lists gets runc's stub, so the lists themselves stay as they are.
#[test]
fn a_profile_without_a_list_of_abis_stays_one() {
    let mine = profile(&allow("read write", ""));
    let command = "rebase mine.json --from docker@20.10.0 --onto docker@20.10.0";
    let rebased = sdiff(command).file("mine.json", &mine).run().status(0).stdout;
    assert!(!rebased.contains("arch"), "{rebased}");
    let same = sdiff("mine.json l.json").file("mine.json", &mine).file("l.json", &rebased).run();
    assert!(same.stdout.contains("same policy"), "{}", same.stdout);
    // What only upstream changed is upstream's.
    let newer = listed(&allow("read", ""));
    let command = "rebase mine.json --from mine.json --onto newer.json";
    let test = sdiff(command).file("mine.json", &mine).file("newer.json", &newer);
    test.run().status(0).stdout_has("SCMP_ARCH_X86_64");
}
