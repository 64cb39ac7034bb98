//! `git diff` by way of sdiff, with the real git and a repository of the test's own.

use super::repository::Repository;
use super::{allow, profile};

/// With sdiff set up as the help texts say.
fn repository() -> Repository {
    let repository = Repository::new();
    // A full path: GNU diffutils has an sdiff, too.
    let sdiff = format!("'{}'", env!("CARGO_BIN_EXE_sdiff").replace('\\', "/"));
    repository.git(&["config", "diff.seccomp.command", &format!("{sdiff} git-diff")]);
    let textconv = format!("{sdiff} normalize --textconv");
    repository.git(&["config", "diff.seccomp.textconv", &textconv]);
    repository.write(".gitattributes", "*seccomp*.json diff=seccomp\n");
    repository
}

const OLD: &str = "read write";

#[test]
fn a_change_is_told_by_what_it_lets_through() {
    let repository = repository();
    repository.write("my seccomp.json", &profile(&allow(OLD, "")));
    repository.commit();
    repository.write("my seccomp.json", &profile(&allow("read write keyctl", "")));
    let text = repository.git(&["diff"]);
    assert!(text.contains("\na/my seccomp.json  →  b/my seccomp.json  "), "{text}");
    assert!(text.contains("+ added      keyctl  ENOSYS → ALLOW"), "{text}");
    assert!(text.contains("proof: keyctl("), "{text}");
    assert!(!text.contains("@@"), "{text}");
}

#[test]
fn a_rename_names_both_paths() {
    let repository = repository();
    let names: Vec<String> = (0..40).map(|count| format!("\"made_up_{count}\"")).collect();
    let names = names.join(",\n");
    let rule = |more: &str| {
        profile(&format!(
            "{{\"names\": [\n{names},\n{more}\n\"read\"], \"action\": \"SCMP_ACT_ALLOW\"}}"
        ))
    };
    repository.write("old-seccomp.json", &rule(""));
    repository.commit();
    repository.git(&["mv", "old-seccomp.json", "new-seccomp.json"]);
    repository.write("new-seccomp.json", &rule("\"keyctl\","));
    let text = repository.git(&["diff", "-M", "HEAD"]);
    assert!(text.contains("\na/old-seccomp.json  →  b/new-seccomp.json  "), "{text}");
    assert!(text.contains("+ added      keyctl"), "{text}");
}

#[test]
fn a_new_profile_is_compared_with_dockers_default_and_a_deleted_one_is_told() {
    let repository = repository();
    repository.commit();
    repository.write("seccomp.json", &profile(&allow("read keyctl", "")));
    repository.git(&["add", "-A"]);
    let text = repository.git(&["diff", "--cached"]);
    assert!(text.contains("\ndefault (docker "), "{text}");
    assert!(text.contains("+ added      keyctl "), "{text}");
    repository.commit();
    repository.git(&["rm", "-q", "seccomp.json"]);
    assert_eq!(repository.git(&["diff", "HEAD"]), "seccomp.json is deleted\n");
}

/// Of an overlay git hands over one file of several.
#[test]
fn what_is_no_whole_profile_is_shown_line_by_line() {
    let repository = repository();
    let overlay = "{\"extends\": \"default\",\n\"syscalls\": []}\n";
    repository.write("overlay-seccomp.json", overlay);
    repository.write("seccomp.json", "{\"a\": 1\n");
    repository.commit();
    repository.write("overlay-seccomp.json", &overlay.replace("default", "docker@28.2"));
    repository.write("seccomp.json", "{\"a\": 2\n");
    let text = repository.git(&["diff"]);
    let overlay = "--- a/overlay-seccomp.json\n+++ b/overlay-seccomp.json\n@@ -1,2 +1,2 @@\n\
                   -{\"extends\": \"default\",\n+{\"extends\": \"docker@28.2\",\n \"syscalls\": []}\n";
    let broken = "--- a/seccomp.json\n+++ b/seccomp.json\n@@ -1 +1 @@\n-{\"a\": 1\n+{\"a\": 2\n";
    assert_eq!(text, format!("{overlay}{broken}"));
}

/// A version that is no profile would end `git log -p` if the filter failed on it.
#[test]
fn as_textconv_it_shows_the_normal_form_and_what_is_none_as_it_is() {
    let repository = repository();
    repository.write("seccomp.json", "{\"a\": 1\n");
    repository.commit();
    repository.write("seccomp.json", &profile(&allow("write read", "")));
    repository.commit();
    repository.write("seccomp.json", &profile(&allow("write keyctl read", "")));
    repository.commit();
    let text = repository.git(&["log", "-p", "--format=%s", "seccomp.json"]);
    assert_eq!(text.matches("a commit").count(), 3, "{text}");
    assert!(text.contains("+{\"a\": 1"), "{text}");
    // Sorted, a name a line.
    let line = "\n \t\t\t\t\"read\",\n";
    assert!(text.contains(&format!("+\t\t\t\t\"keyctl\",{line}")), "{text}");
}
