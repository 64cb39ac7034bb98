//! `sdiff merge-driver`, called by the real git in a repository of the test's own.

use super::repository::{Repository, command};
use super::{allow, profile};
use std::fs;

/// How git is told of the driver.
const DRIVER: &str = "merge-driver %O %A %B %P";

/// What git made of a merge.
struct Merged {
    is_clean: bool,
    text: String,
    stderr: String,
}

fn repository(driver: &str, text: &str) -> Repository {
    let repository = Repository::new();
    let sdiff = format!("'{}'", env!("CARGO_BIN_EXE_sdiff").replace('\\', "/"));
    repository.git(&["config", "merge.sdiff.driver", &format!("{sdiff} {driver}")]);
    // Line ends are part of what is tested.
    repository.git(&["config", "core.autocrlf", "false"]);
    repository.write(".gitattributes", "*seccomp*.json merge=sdiff\n");
    repository.write("seccomp.json", text);
    repository.commit();
    repository
}

/// Each text on a branch of its own; then git does something on the one with ours.
fn run(driver: &str, arguments: &[&str], [base, ours, theirs]: [&str; 3]) -> Merged {
    let repository = repository(driver, base);
    repository.branch("theirs");
    repository.write("seccomp.json", theirs);
    repository.commit();
    repository.git(&["checkout", "-q", "main"]);
    repository.write("seccomp.json", ours);
    repository.commit();
    let output = command(repository.path()).args(arguments).output().expect("git is there");
    let is_clean = output.status.success();
    let state = repository.git(&["status", "--porcelain"]);
    assert_eq!(state.contains("UU seccomp.json"), !is_clean, "{state}");
    let text = fs::read_to_string(repository.path().join("seccomp.json")).expect("a file");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    Merged { is_clean, text, stderr }
}

/// The second is merged into the first.
fn merged(base: &str, ours: &str, theirs: &str) -> (bool, String) {
    let merged = run(DRIVER, &["merge", "-q", "theirs"], [base, ours, theirs]);
    (merged.is_clean, merged.text)
}

#[test]
fn two_branches_edit_one_array() {
    let of = |names: &str| profile(&allow(names, ""));
    let (ours, theirs) = (of("keyctl read write"), of("bpf read write"));
    let (is_clean, text) = merged(&of("read write"), &ours, &theirs);
    assert!(is_clean, "{text}");
    for name in ["bpf", "keyctl", "read", "write"] {
        assert!(text.contains(&format!("\"{name}\"")), "{name}: {text}");
    }
    // One adds a call, the other takes one away.
    let (is_clean, text) = merged(&of("read write"), &ours, &of("read"));
    assert!(is_clean && text.contains("keyctl") && !text.contains("\"write\""), "{text}");
}

#[test]
fn a_real_conflict_is_left_as_one() {
    let of = |action: &str| {
        profile(&format!("{{\"names\": [\"keyctl\"],\n\"action\": \"SCMP_ACT_{action}\"}}"))
    };
    let (is_clean, text) = merged(&of("ERRNO"), &of("ALLOW"), &of("KILL_PROCESS"));
    assert!(!is_clean, "{text}");
    assert!(text.contains("<<<<<<< ours") && text.contains(">>>>>>> theirs"), "{text}");
    assert!(text.contains("SCMP_ACT_ALLOW") && text.contains("SCMP_ACT_KILL_PROCESS"), "{text}");
}

#[test]
fn comments_of_either_side_stay() {
    let of = |names: &str, comment: &str| {
        profile(&allow(names, &format!(",\n\n\"comment\": \"{comment}\"")))
    };
    let base = of("read write", "as it was");
    for (ours, theirs) in [
        (of("read write", "why so"), of("keyctl read write", "as it was")),
        (of("keyctl read write", "as it was"), of("read write", "why so")),
    ] {
        let (is_clean, text) = merged(&base, &ours, &theirs);
        assert!(is_clean, "{text}");
        assert!(text.contains("why so"), "{text}");
        assert!(text.contains("keyctl"), "{text}");
    }
}

#[test]
fn two_texts_for_one_comment_are_a_conflict() {
    let of = |comment: &str| profile(&allow("read", &format!(",\n\"comment\": \"{comment}\"")));
    let (is_clean, text) = merged(&of("as it was"), &of("ours here"), &of("theirs here"));
    assert!(!is_clean && text.contains("ours here") && text.contains("theirs here"), "{text}");
}

#[test]
fn what_is_no_profile_is_merged_by_lines() {
    let (is_clean, text) = merged("a\nb\nc\nd\ne\n", "A\nb\nc\nd\ne\n", "a\nb\nc\nd\nE\n");
    assert!(is_clean);
    assert_eq!(text, "A\nb\nc\nd\nE\n");
}

#[test]
fn a_conflict_names_the_file_and_says_who_wants_what() {
    let of = |more: &str| profile(&format!("{}{more}", allow("read", "")));
    let errno = |value: &str| {
        format!(
            ",\n{{\"names\": [\"keyctl\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": {value}}}"
        )
    };
    let texts = [of(""), of(&errno("13")), of(&errno("38"))];
    let texts = [&*texts[0], &*texts[1], &*texts[2]];
    let said = |place: &str| {
        format!(
            "conflict{place}: keyctl\n    base:   the default action\n    \
             ours:   EACCES (this branch)\n    theirs: ENOSYS (the other branch)\n"
        )
    };
    let found = run(DRIVER, &["merge", "-q", "theirs"], texts);
    assert!(!found.is_clean);
    assert!(found.stderr.contains(&said(" in seccomp.json")), "{}", found.stderr);
    // Without the path it works as before.
    let found = run("merge-driver %O %A %B", &["merge", "-q", "theirs"], texts);
    assert!(!found.is_clean && found.stderr.contains(&said("")), "{}", found.stderr);
    // In a rebase git's `ours` is the branch onto which commits go.
    let found = run(DRIVER, &["rebase", "-q", "theirs"], texts);
    assert!(!found.is_clean);
    let swapped = found.stderr.contains("    ours:   ENOSYS (this branch)\n    theirs: EACCES");
    assert!(swapped, "{}", found.stderr);
    let found = run(DRIVER, &["cherry-pick", "theirs"], texts);
    assert!(!found.is_clean && found.stderr.contains(&said(" in seccomp.json")));
}

#[test]
fn a_conflict_stays_one_where_lines_do_not_collide() {
    let of = |first: &str, last: &str| {
        let middle = "a b c d e f g h".replace(' ', "_x\",\n\"");
        let middle = format!("{{\"names\": [\"{middle}\"],\n\"action\": \"SCMP_ACT_ALLOW\"}}");
        profile(&format!("{first}{middle}{last}"))
    };
    let kill = ",\n{\"names\": [\"keyctl\"], \"action\": \"SCMP_ACT_KILL_PROCESS\"}";
    let texts = [of("", ""), of(&(allow("keyctl", "") + ",\n"), ""), of("", kill)];
    let found = run(DRIVER, &["merge", "-q", "theirs"], [&texts[0], &texts[1], &texts[2]]);
    assert!(!found.is_clean, "{}", found.text);
    for part in ["ours:   ALLOW", "theirs: KILL_PROCESS", "no lines collide"] {
        assert!(found.stderr.contains(part), "{part}: {}", found.stderr);
    }
}

#[test]
fn errors_name_the_path_and_the_side() {
    let of = |names: &str| profile(&allow(names, ""));
    let broken = of("read keyctl").replace("SCMP_ACT_ALLOW", "SCMP_ACT_ALOW");
    let texts = [&*of("read write"), &*of("read write bpf"), &*broken];
    let found = run(DRIVER, &["merge", "-q", "theirs"], texts);
    assert!(!found.is_clean && found.text.contains("<<<<<<< ours"), "{}", found.text);
    assert!(found.stderr.contains("seccomp.json (theirs):4:"), "{}", found.stderr);
    assert!(!found.stderr.contains("merge_file"), "{}", found.stderr);
}

#[test]
fn no_comment_speaks_of_branches() {
    let of = |names: &str| profile(&allow(names, ",\n\n\n\"comment\": \"basics\""));
    let (is_clean, text) = merged(&of("read write"), &of("dup read write"), &of("pipe read write"));
    assert!(is_clean && text.contains("\"comment\": \"basics\""), "{text}");
    // Nor does a group that is new.
    let log = |names: &str| {
        format!(
            "{},\n{{\"names\": [\"{names}\"], \"action\": \"SCMP_ACT_LOG\"}}",
            allow("read", "")
        )
    };
    let (is_clean, text) = merged(
        &profile(&allow("read", "")),
        &profile(&allow("read write", "")),
        &profile(&log("dup")),
    );
    assert!(is_clean && text.contains("SCMP_ACT_LOG") && !text.contains("comment"), "{text}");
}
