//! `sdiff rebase`: following upstream.

use super::{Ran, allow, profile, sdiff};

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
    assert_eq!((ran.status, &*ran.stderr), (0, "from docker@20.10.3: 2 changes\n"));
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

#[test]
fn an_ambiguous_base_is_an_error_that_lists_the_candidates() {
    // 20.10.4 and 20.10.10 differ in `clone3` alone, which is neither's here.
    let logs = r#"{ "syscalls": [ { "names": ["clone3"], "action": "SCMP_ACT_LOG" } ] }"#;
    let mine = sdiff("merge --base docker@20.10.4 logs.json").file("logs.json", logs).run().stdout;
    let ran = sdiff("rebase mine.json").file("mine.json", &mine).run();
    assert_eq!((ran.status, &*ran.stdout), (2, ""), "{}", ran.stderr);
    assert_eq!(
        ran.stderr,
        "error: mine.json is as near to each of docker@20.10.17, docker@20.10.9: say which with \
         --from\n"
    );
    let ran = sdiff("rebase mine.json --from docker@20.10.9").file("mine.json", &mine).run();
    assert_eq!(ran.status, 1, "{}", ran.stderr); // upstream answers clone3 otherwise, too
    assert!(ran.stderr.contains("conflict: clone3"), "{}", ran.stderr);
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
    let mine = sdiff("baselines podman@0.40.0").run().status(0).stdout;
    let rebase = |arguments: &str| {
        let arguments = format!("rebase mine.json {arguments}");
        sdiff(&arguments).file("mine.json", &mine).run()
    };
    for arguments in ["", "--onto podman", "--engine podman", "--from podman@0.40.0"] {
        let ran = rebase(arguments).status(0);
        if !arguments.starts_with("--from") {
            assert_eq!(ran.stderr, "from podman@0.40.0: the same function\n", "{arguments}");
        }
        let same = sdiff("--runtime none --exit-code - podman").stdin(&ran.stdout).run();
        assert_eq!(same.status, 0, "{arguments}: {}", same.stdout);
    }
    // Who says that it is Docker's is believed.
    for arguments in ["--onto docker", "--engine docker"] {
        rebase(arguments).stderr_has("from docker@");
    }
}

#[test]
fn lineage_is_told_whose_a_profile_is() {
    let mine = sdiff("baselines podman@0.34.0").run().status(0).stdout;
    for (arguments, first) in [("", "podman@0.34.0 "), ("--engine docker", "docker@")] {
        let ran = sdiff(&format!("lineage mine.json {arguments}")).file("mine.json", &mine).run();
        let nearest = ran.stdout.lines().nth(3).unwrap_or_default().trim_start().to_owned();
        assert!(nearest.starts_with(first), "{arguments}: {}", ran.stdout);
    }
}
