//! `sdiff merge-driver`, called by the real git in a repository of the test's own.

use super::repository::{Repository, command};
use super::{allow, profile};
use std::fs;

fn repository(text: &str) -> Repository {
    let repository = Repository::new();
    let sdiff = format!("'{}'", env!("CARGO_BIN_EXE_sdiff").replace('\\', "/"));
    repository.git(&["config", "merge.sdiff.driver", &format!("{sdiff} merge-driver %O %A %B")]);
    repository.write(".gitattributes", "*seccomp*.json merge=sdiff\n");
    repository.write("seccomp.json", text);
    repository.commit();
    repository
}

/// Each text on a branch of its own; then the second is merged into the first.
fn merged(base: &str, ours: &str, theirs: &str) -> (bool, String) {
    let repository = repository(base);
    repository.branch("theirs");
    repository.write("seccomp.json", theirs);
    repository.commit();
    repository.git(&["checkout", "-q", "main"]);
    repository.write("seccomp.json", ours);
    repository.commit();
    let output = command(repository.path()).args(["merge", "-q", "theirs"]).output();
    let is_clean = output.expect("git is there").status.success();
    let state = repository.git(&["status", "--porcelain"]);
    assert_eq!(state.contains("UU seccomp.json"), !is_clean, "{state}");
    (is_clean, fs::read_to_string(repository.path().join("seccomp.json")).expect("a file"))
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
