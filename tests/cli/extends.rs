//! Profiles that say what they extend.

use super::repository::Repository;
use super::{Test, allow, profile, sdiff};

fn overlay(extends: &str, names: &str) -> String {
    format!("{{\"extends\": {extends},\n\"syscalls\": [{}]}}\n", allow(names, ""))
}

fn base(test: Test) -> Test {
    test.file("base.json", &profile(&allow("read", "")))
}

#[test]
fn every_command_takes_what_a_file_resolves_to() {
    for arguments in [
        "diff base.json o.json",
        "check o.json --fail-on never",
        "explain o.json keyctl",
        "merge o.json",
        "lineage o.json",
        "rebase o.json --from base.json --onto base.json",
        "normalize o.json",
        "fingerprint o.json",
    ] {
        let test = base(sdiff(arguments)).file("o.json", &overlay("\"base.json\"", "keyctl"));
        let ran = test.run();
        assert!(ran.status < 2, "{arguments}: {}", ran.stderr);
        // Alone it has no default action, which none of them could do anything with.
        assert!(!ran.stderr.contains("error"), "{arguments}: {}", ran.stderr);
        ran.stderr_has("warning: Docker alone ignores `extends` in o.json");
    }
    let hash = |file: &str| {
        let test = base(sdiff(&format!("fingerprint {file}")));
        let ran = test.file("o.json", &overlay("\"base.json\"", "read")).run().status(0);
        ran.stdout.split_whitespace().next().expect("a hash").to_owned()
    };
    assert_eq!(hash("o.json"), hash("base.json"));
}

#[test]
fn what_docker_alone_does_with_an_overlay_is_told() {
    let whole = "{\"extends\": \"default\", \"defaultAction\": \"SCMP_ACT_ERRNO\"}";
    let off = "and runs containers without any filter: with neither `defaultAction` nor rules it \
               turns seccomp off\n";
    for (text, does) in [
        (whole, "and loads it as a whole profile\n"),
        (&overlay("\"default\"", "keyctl"), "and refuses it\n"),
        ("{\"extends\": \"default\"}", off),
        ("{\"extends\": \"default\", \"syscalls\": []}", off),
    ] {
        for arguments in ["merge o.json", "diff default o.json", "check o.json --fail-on never"] {
            let ran = sdiff(arguments).file("o.json", text).run();
            assert!(ran.status < 2, "{arguments}: {}", ran.stderr);
            ran.stderr_has(&format!("Docker alone ignores `extends` in o.json {does}"));
        }
    }
    let ran = sdiff("rebase --from default default --as overlay").run().status(0);
    ran.stdout_has("\"extends\": \"default\"").stderr_has(off);
}

/// Every place lies in the file that was named: at the name where the file says the call, else where it
/// names the file that does.
#[test]
fn places_lie_in_the_overlays_own_file() {
    let overlay = "{\n\"extends\": \"default\",\n\"syscalls\": [\n\
                   {\"names\": [\"clone\",\n\"bpf\"], \"action\": \"SCMP_ACT_ALLOW\"}]}\n";
    let run = |arguments: &str| sdiff(arguments).file("o.json", overlay).run();
    let told = run("diff default o.json --format json").stdout;
    let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    let mut lines = Vec::new();
    collect(&told, "lines", &mut lines);
    assert!(lines.iter().all(|line| *line <= 5) || lines.is_empty(), "{lines:?}");
    run("diff default o.json").stdout_has("o.json:4").stdout_has("o.json:5");
    let told = run("check o.json --format json").stdout;
    let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    let findings = told["profiles"][0]["findings"].as_array().expect("findings");
    assert!(findings.len() > 3, "{told}");
    for finding in findings {
        let line = finding["place"]["line"].as_u64();
        let expected = match finding["subject"].as_str() {
            Some("clone") => Some(4),
            Some("bpf") => Some(5),
            _ => Some(2),
        };
        assert_eq!(line, expected, "{finding}");
    }
    run("check o.json").stdout_has("5 | \"bpf\"]").stdout_has("--> o.json:2:12");
    run("explain o.json bpf").stdout_has("by the rule at o.json:5:1");
    run("explain o.json read").stdout_has("by the rule at o.json:2:12");
}

/// Every number in arrays below a key.
fn collect(value: &serde_json::Value, key: &str, found: &mut Vec<u64>) {
    match value {
        serde_json::Value::Object(members) => {
            for (name, value) in members {
                if name == key {
                    found.extend(value.as_array().into_iter().flatten().filter_map(|v| v.as_u64()));
                }
                collect(value, key, found);
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|i| collect(i, key, found)),
        _ => {}
    }
}

#[test]
fn layers_in_a_list_and_their_strategy() {
    let test = base(sdiff("explain o.json read")).file("more.json", &profile(&allow("keyctl", "")));
    let both = overlay("[\"base.json\", \"more.json\"]", "getpid");
    test.file("o.json", &both).run().status(0).stdout_has("  ALLOW");
    let stacked = both.replace("\n\"sys", "\n\"strategy\": \"stack\", \"sys");
    let test = base(sdiff("explain o.json read")).file("more.json", &profile(&allow("keyctl", "")));
    let text =
        stacked.replace("\"syscalls\"", "\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\"");
    let ran = test.file("o.json", &text).run().status(0);
    assert!(!ran.stdout.contains("ALLOW"), "{}", ran.stdout);
    let test = base(sdiff("diff base.json o.json"));
    let wrong =
        overlay("\"base.json\"", "read").replace("\n\"sys", "\n\"strategy\": \"add\", \"sys");
    let ran = test.file("o.json", &wrong).run().status(2).stdout("");
    ran.stderr(
        "warning: Docker alone ignores `extends` in o.json and refuses it\n\
         error: unknown strategy `add`\n --> o.json:2:13\n  |\n2 | \"strategy\": \"add\", \
         \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\"}]}\n  \
         |             ^^^^^\n  = help: it is override, replace, union or stack\n",
    );
    for command in ["merge o.json", "check o.json", "merge --base default o.json"] {
        let ran = base(sdiff(command)).file("o.json", &wrong.replace("add", "unoin")).run();
        ran.status(2).stderr_has("--> o.json:2:13").stderr_has("did you mean `union`?");
    }
}

#[test]
fn a_base_that_is_an_overlay_is_an_error() {
    let alone = format!("{{\"syscalls\": [\n{}]}}", allow("keyctl", ""));
    for command in ["merge o.json", "diff default o.json", "check o.json"] {
        let test = sdiff(command).file("frag.json", &alone);
        let ran = test.file("o.json", &overlay("\"frag.json\"", "read")).run().status(2).stdout("");
        ran.stderr_has("rules without a `defaultAction` are an overlay, and there is no base")
            .stderr_has("--> frag.json:2:1")
            .stderr_has(
                "`sdiff merge --base default FILE`, or `\"extends\": \"default\"` in the file",
            );
    }
}

#[test]
fn a_base_that_turns_seccomp_off_is_told() {
    for command in ["merge o.json", "diff default o.json", "check o.json"] {
        let ran = sdiff(command)
            .file("off.json", "{\"syscalls\": []}")
            .file("o.json", &overlay("\"off.json\"", "read"))
            .run();
        ran.stderr_has(
            "warning: the base off.json has neither `defaultAction` nor rules: it turns",
        );
    }
}

#[test]
fn what_cannot_be_resolved_shows_the_chain() {
    let test = sdiff("merge a.json").file("a.json", &overlay("\"b.json\"", "read"));
    let ran = test.file("b.json", &overlay("\"nope.json\"", "read")).run().status(2).stdout("");
    ran.stderr_has("no such file").stderr_has("b.json:1");
    let test = sdiff("merge a.json").file("a.json", &overlay("\"b.json\"", "read"));
    let ran = test.file("b.json", &overlay("\"./a.json\"", "read")).run().status(2).stdout("");
    let ran = ran.stderr_has("a profile extends itself: ");
    assert_eq!(ran.stderr.matches(" → ").count(), 2, "{}", ran.stderr);
    let mut test = sdiff("merge 0.json");
    for at in 0..17 {
        let next = format!("\"{}.json\"", at + 1);
        test = test.file(&format!("{at}.json"), &overlay(&next, "read"));
    }
    let ran = base(test).file("17.json", &profile(&allow("read", ""))).run().status(2).stdout("");
    ran.stderr_has("more than 16 files deep");
    // Each names the next one twice: 2^12 layers.
    let mut test = sdiff("merge 0.json");
    for at in 0..12 {
        let next = format!("[\"{0}.json\", \"{0}.json\"]", at + 1);
        test = test.file(&format!("{at}.json"), &overlay(&next, "read"));
    }
    let ran = test.file("12.json", &profile(&allow("read", ""))).run().status(2).stdout("");
    ran.stderr_has("a profile has more than 64 layers");
}

#[test]
fn a_path_may_not_leave_the_repository() {
    let run = |arguments: &str| {
        let test = sdiff(arguments).folder_file("in/.git", "HEAD", "");
        let test =
            base(test).folder_file("in/dir", "o.json", &overlay("\"../../base.json\"", "read"));
        test.within("in").run()
    };
    let ran = run("merge dir/o.json").status(2).stdout("");
    ran.stderr_has("is outside ").stderr_has("--allow-outside takes it all the same");
    run("merge dir/o.json --allow-outside").status(0).stdout_has("\"read\"");
    // Nor by the name of one of several profiles.
    let test = sdiff("merge o.json").folder_file("in/.git", "HEAD", "");
    let yaml = "kind: SeccompProfile\nmetadata: {name: x}\nspec: {defaultAction: SCMP_ACT_LOG}\n";
    let test = test.file("base.yaml", yaml);
    let test = test.folder_file("in", "o.json", &overlay("\"../base.yaml#x\"", "read"));
    test.within("in").run().status(2).stderr_has("is outside ");
}

#[test]
fn in_a_revision_files_are_those_of_the_revision() {
    let repository = Repository::new();
    repository.write("p/base.json", &profile(&allow("read", "")));
    repository.write("p/o/mine.json", &overlay("\"../base.json\"", "keyctl"));
    repository.write("out.json", &overlay("\"../base.json\"", "keyctl"));
    repository.commit();
    // The work tree says something else.
    repository.write("p/base.json", &profile(&allow("mount", "")));
    let explain = |file: &str, call: &str| {
        let test = sdiff(&format!("explain HEAD:{file} {call} --host amd64"));
        test.at(repository.path()).run()
    };
    explain("p/o/mine.json", "read").status(0).stdout_has("  ALLOW");
    let mounted = explain("p/o/mine.json", "mount").status(0);
    assert!(!mounted.stdout.contains("ALLOW"), "{}", mounted.stdout);
    let ran = explain("out.json", "read").status(2).stdout("");
    ran.stderr_has("`../base.json` is outside the repository");
    let bare = tempfile::tempdir().expect("a folder");
    let to = bare.path().display().to_string();
    repository.git(&["clone", "-q", "--bare", ".", &to]);
    let ran = sdiff("explain HEAD:p/o/mine.json read --host amd64").at(bare.path()).run();
    ran.status(0).stdout_has("  ALLOW");
}

/// A repository with `p/base.json`, of which the first commit allows `read` and the second `write`
/// as well, and what the work tree has, `mount`.
fn of_two_revisions(files: &[(&str, &str)]) -> Repository {
    let repository = Repository::new();
    repository.write("p/base.json", &profile(&allow("read", "")));
    repository.commit();
    repository.write("p/base.json", &profile(&allow("read write", "")));
    for (name, extends) in files {
        repository.write(name, &overlay(extends, "keyctl"));
    }
    repository.commit();
    repository.write("p/base.json", &profile(&allow("mount", "")));
    repository
}

#[test]
fn a_revision_is_one_of_the_repository_that_holds_the_file() {
    let repository = of_two_revisions(&[
        ("rev.json", "\"HEAD:p/base.json\""),
        ("old.json", "\"HEAD~1:p/base.json\""),
        ("sub/rev.json", "\"HEAD:p/base.json\""),
        ("sub/dot.json", "\"HEAD:../p/base.json\""),
        ("sub/over.json", "\"HEAD:sub/dot.json\""),
        ("p/q/mine.json", "\"../base.json\""),
    ]);
    let allowed = |place: &str, spec: &str| {
        let place = repository.path().join(place);
        let of = |call: &str| {
            let test = sdiff(&format!("explain {spec} {call} --host amd64")).at(&place);
            test.run().status(0).stdout.contains("  ALLOW")
        };
        ["read", "write", "mount"].map(of)
    };
    for spec in ["rev.json", "HEAD:rev.json", "./sub/rev.json", "HEAD:sub/rev.json"] {
        assert_eq!(allowed("", spec), [true, true, false], "{spec}");
    }
    for spec in ["sub/dot.json", "HEAD:sub/dot.json", "sub/over.json", "HEAD:sub/over.json"] {
        assert_eq!(allowed("", spec), [true, true, false], "{spec}");
    }
    assert_eq!(allowed("", "old.json"), [true, false, false]);
    assert_eq!(allowed("", "HEAD:old.json"), [true, false, false]);
    assert_eq!(allowed("sub", "dot.json"), [true, true, false]);
    assert_eq!(allowed("sub", "../rev.json"), [true, true, false]);
    assert_eq!(allowed("sub", "HEAD:./dot.json"), [true, true, false]);
    assert_eq!(allowed("p/q", "HEAD:./mine.json"), [true, true, false]);
    assert_eq!(allowed("p", "HEAD:./q/mine.json"), [true, true, false]);
    assert_eq!(allowed("sub", "HEAD:../p/q/mine.json"), [true, true, false]);
    // From elsewhere it is still the repository of the file.
    let spec = repository.path().join("sub/rev.json").display().to_string();
    let run = |option: &str| {
        let test = sdiff("explain").argument(&spec);
        test.argument("write").argument("--host=amd64").argument(option).run()
    };
    run("--allow-outside").status(0).stdout_has("  ALLOW");
    run("-v").status(2).stderr_has("is outside ");
}

#[test]
fn a_revision_that_leads_back_is_a_cycle() {
    let repository = of_two_revisions(&[
        ("revc.json", "\"HEAD:revc.json\""),
        ("dot.json", "\"HEAD:./dot.json\""),
    ]);
    for spec in ["revc.json", "HEAD:revc.json", "HEAD:./revc.json", "dot.json", "HEAD:dot.json"] {
        let ran = sdiff(&format!("merge {spec}")).at(repository.path()).run().status(2).stdout("");
        ran.stderr_has("a profile extends itself: ").stderr_has(" → HEAD:");
    }
}

#[test]
fn a_revision_is_no_option_and_no_way_out() {
    for (extends, why) in [
        ("--textconv:p/base.json", "no such file"),
        ("-p:p/base.json", "no such file"),
        ("nope:p/base.json", "git cannot read it"),
        ("HEAD:../outside.json", "is outside the repository"),
        ("HEAD:/etc/passwd", "is outside the repository"),
        ("HEAD:p/../../outside.json", "is outside the repository"),
    ] {
        let repository = of_two_revisions(&[("o.json", &format!("{extends:?}"))]);
        for spec in ["o.json", "HEAD:o.json"] {
            let test = sdiff(&format!("merge {spec}")).at(repository.path());
            let ran = test.run().status(2).stdout("");
            let git = if spec == "o.json" { why } else { "o.json" };
            ran.stderr_has(git).stderr_has("o.json:1:13");
        }
    }
    // A bare repository among the files would bring its own configuration.
    let repository = of_two_revisions(&[]);
    let inner = repository.path().join("inner.git").display().to_string();
    repository.git(&["clone", "-q", "--bare", ".", &inner]);
    repository.write("inner.git/o.json", &overlay("\"HEAD:p/base.json\"", "keyctl"));
    let ran = sdiff("merge inner.git/o.json").at(repository.path()).run().status(2).stdout("");
    ran.stderr_has("git cannot read it");
}

#[test]
fn standard_input_is_not_extended() {
    for name in ["-", "-#2"] {
        for command in ["merge o.json", "diff default o.json", "check o.json", "merge -"] {
            let text = overlay(&format!("{name:?}"), "keyctl");
            let stdin = if command == "merge -" { text.clone() } else { profile("") };
            let ran = sdiff(command).file("o.json", &text).stdin(&stdin).run().status(2).stdout("");
            ran.stderr_has(&format!("a profile cannot extend standard input (`{name}`)"))
                .stderr_has(":1:13")
                .stderr_has(&format!("sdiff merge --base {name} OVERLAY"));
        }
    }
    let ran = base(sdiff("merge o.json")).file("-", &profile(&allow("getpid", "")));
    ran.file("o.json", &overlay("\"./-\"", "keyctl")).run().status(0).stdout_has("getpid");
}

#[test]
fn a_name_that_is_not_to_be_had_is_told_as_on_the_command_line() {
    for (extends, help) in [
        ("dokcer@29.4.3", "did you mean the built-in baseline? write `docker@29.4.3`"),
        ("default.json", "did you mean the built-in baseline? write `default`"),
        ("docker@29.4.33", "near it are `docker@29.4.2`, `docker@29.4.3`, "),
        ("", "it extends `default`, `docker@VERSION`, a path or REV:PATH"),
    ] {
        let repository = of_two_revisions(&[("sub/o.json", &format!("{extends:?}"))]);
        for spec in ["sub/o.json", "HEAD:sub/o.json"] {
            let test = sdiff(&format!("merge {spec}")).at(repository.path());
            let ran = test.run().status(2).stdout("");
            ran.stderr_has(&format!(" --> {spec}:1:13\n"))
                .stderr_has(&format!("1 | {{\"extends\": {extends:?},\n  |             ^"))
                .stderr_has(help);
        }
    }
    let test = sdiff("merge o.json").file("o.json", &overlay("\"bad.json\"", "read"));
    let ran = test.file("bad.json", "{\"syscalls\": [}").run().status(2).stdout("");
    ran.stderr_has(" --> bad.json:1:15\n").stderr_has("o.json:1\n");
}
