//! A git repository of a test's own, with nothing of the machine's configuration in it.

use super::{Ran, Test, sdiff};
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

pub struct Repository(pub TempDir);

/// For every commit the same, so that a commit has one name.
const DATE: &str = "2026-01-01T00:00:00Z";

impl Repository {
    pub fn new() -> Repository {
        let repository = Repository(tempfile::tempdir().expect("a temporary folder"));
        repository.git(&["init", "-q", "-b", "main"]);
        repository
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, name: &str, text: &str) {
        self.write_bytes(name, text.as_bytes());
    }

    pub fn write_bytes(&self, name: &str, bytes: &[u8]) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("makes folders");
        fs::write(path, bytes).expect("writes");
    }

    /// Commits all that is there.
    pub fn commit(&self) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "a commit"]);
    }

    pub fn branch(&self, name: &str) {
        self.git(&["checkout", "-q", "-b", name]);
    }

    /// What git prints; it must succeed.
    #[track_caller]
    pub fn git(&self, arguments: &[&str]) -> String {
        let output = command(self.path()).args(arguments).output().expect("git is there");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {error}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// A run of sdiff on it.
    pub fn sdiff(&self, arguments: &str) -> Test {
        let mut test = sdiff(arguments).argument("--repo");
        test = test.argument(&self.path().display().to_string());
        for name in CI {
            test = test.without(name);
        }
        test
    }

    /// `sdiff review` with the commits' names left out of what it prints.
    pub fn review(&self, arguments: &str) -> Ran {
        let mut ran = self.sdiff(&format!("review {arguments}")).run();
        for line in self.git(&["rev-list", "--all"]).lines().chain(["HEAD"]) {
            let short = line.get(..10).unwrap_or(line);
            if short != "HEAD" {
                ran.stdout = ran.stdout.replace(short, "[commit]");
            }
        }
        ran
    }
}

/// What names a range in CI: a test must not see that it runs in one.
const CI: [&str; 5] = [
    "GITHUB_EVENT_PATH",
    "CI_MERGE_REQUEST_DIFF_BASE_SHA",
    "CI_COMMIT_BEFORE_SHA",
    "PRE_COMMIT_FROM_REF",
    "PRE_COMMIT_TO_REF",
];

pub fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("--no-pager").current_dir(folder);
    for (name, value) in [
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_AUTHOR_NAME", "a"),
        ("GIT_AUTHOR_EMAIL", "a@example.org"),
        ("GIT_AUTHOR_DATE", DATE),
        ("GIT_COMMITTER_NAME", "a"),
        ("GIT_COMMITTER_EMAIL", "a@example.org"),
        ("GIT_COMMITTER_DATE", DATE),
    ] {
        command.env(name, value);
    }
    for name in ["GIT_PAGER_IN_USE", "NO_COLOR", "CLICOLOR_FORCE", "GIT_DIR"] {
        command.env_remove(name);
    }
    command
}
