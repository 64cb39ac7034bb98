//! Where profiles come from: files, git revisions, built-in baselines.

// Clippy takes only the functions marked as tests for tests.
#![allow(clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use sdiff::load::{self, LoadErrorKind, LoadOptions, SourceKind};

/// The working directory belongs to the process: one test at a time.
static IN_FOLDER: Mutex<()> = Mutex::new(());

fn in_folder(test: impl FnOnce(&Path)) {
    let _one = IN_FOLDER.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::env::set_current_dir(folder.path()).expect("it exists");
    test(folder.path());
    std::env::set_current_dir("/").expect("it exists");
}

fn git(args: &[&str]) {
    let output = Command::new("git").args(args).env("GIT_CONFIG_GLOBAL", "/dev/null").output();
    assert!(output.expect("git is there").status.success(), "git {args:?}");
}

fn kind(spec: &str) -> LoadErrorKind {
    load::load(spec, &LoadOptions::default()).expect_err(spec).kind().clone()
}

#[test]
fn a_path_wins_over_a_revision_and_a_document() {
    in_folder(|_| {
        for name in ["HEAD:p.json", "a#b", "p.json"] {
            fs::write(name, "{\"defaultAction\": \"SCMP_ACT_LOG\"}").expect("writes");
            let loaded = load::load(name, &LoadOptions::default()).expect(name);
            assert_eq!(loaded.source.kind, SourceKind::File);
            assert_eq!(&*loaded.source.name, name);
        }
    });
}

#[test]
fn a_revision_of_a_file_is_read_from_git() {
    in_folder(|_| {
        fs::create_dir("sub").expect("creates");
        fs::write("sub/p.json", "{\"defaultAction\": \"SCMP_ACT_LOG\"}").expect("writes");
        git(&["init", "-q", "."]);
        git(&["add", "."]);
        git(&["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"]);
        fs::write("sub/p.json", "{}").expect("writes");
        for spec in ["HEAD:sub/p.json", ":sub/p.json"] {
            let loaded = load::load(spec, &LoadOptions::default()).expect(spec);
            assert_eq!(loaded.source.kind, SourceKind::Git);
            assert!(loaded.profile.default_action.is_some(), "{spec}");
        }
        assert!(matches!(kind("HEAD:nope"), LoadErrorKind::Git(_)));
        assert!(matches!(kind("--batch:x"), LoadErrorKind::NotFound { .. }));
        assert!(matches!(kind("-p:x"), LoadErrorKind::NotFound { .. }));
        assert!(matches!(kind("sub"), LoadErrorKind::Unreadable(_)));
    });
}

#[test]
fn built_in_baselines_come_before_files() {
    in_folder(|_| {
        fs::write("default", "{}").expect("writes");
        let spec = |spec| load::load(spec, &LoadOptions::default()).expect("loads");
        assert_eq!(spec("default").source.kind, SourceKind::Baseline);
        assert_eq!(spec("./default").source.kind, SourceKind::File);
        let baseline = Some("default".to_owned());
        assert_eq!(kind("default.json"), LoadErrorKind::NotFound { baseline, near: None });
        assert_eq!(kind("mine.json"), LoadErrorKind::NotFound { baseline: None, near: None });
    });
}
