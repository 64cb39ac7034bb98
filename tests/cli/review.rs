//! `sdiff review` on repositories made here.

use super::repository::Repository;
use super::{allow, listed, profile, sdiff};
use std::fs;

const OLD: &str = "read write exit_group";
const WEAK: &str = "read write exit_group keyctl";

fn json(names: &str) -> String {
    listed(&allow(names, ""))
}

/// The operator's YAML.
fn yaml(name: &str, names: &[&str]) -> String {
    let names: String = names.iter().map(|name| format!("        - {name}\n")).collect();
    format!(
        "apiVersion: security-profiles-operator.x-k8s.io/v1beta1\nkind: SeccompProfile\n\
         metadata:\n  name: {name}\nspec:\n  defaultAction: SCMP_ACT_ERRNO\n  syscalls:\n    \
         - action: SCMP_ACT_ALLOW\n      names:\n{names}"
    )
}

#[test]
fn a_change_that_touches_no_profile() {
    let repository = Repository::new();
    repository.write("a.json", &json(OLD));
    repository.commit();
    repository.branch("pr");
    repository.write("package.json", "{\"name\": \"x\", \"extends\": \"SCMP\"}\n");
    repository.write("README.md", "SCMP_ACT_ALLOW is a word\n");
    repository.commit();
    repository.review("").status(0).stdout_has("No seccomp profile is touched.\n");
}

#[test]
fn added_changed_renamed_and_deleted() {
    let repository = Repository::new();
    for name in ["changed.json", "with space/gone.json", "old name.json", "same.json"] {
        repository.write(name, &json(OLD));
    }
    repository.write("deleted.json", &json("read"));
    repository.commit();
    repository.branch("pr");
    repository.write("changed.json", &json(WEAK));
    repository.write("added/no-suffix", &json("read write"));
    for name in ["deleted.json", "with space/gone.json"] {
        fs::remove_file(repository.path().join(name)).unwrap();
    }
    fs::rename(repository.path().join("old name.json"), repository.path().join("new name.json"))
        .unwrap();
    repository.commit();
    insta::assert_snapshot!(repository.review("--host amd64").status(1).stdout);
    repository.review("--fail-on never").status(0);
    repository.review("-q").status(1).stdout("");
}

#[test]
fn only_what_is_new_is_told() {
    let repository = Repository::new();
    repository.write("a.json", &json("read chwon"));
    repository.commit();
    repository.branch("pr");
    repository.write("a.json", &json("read chwon raed"));
    repository.commit();
    let ran = repository.review("").status(0).stdout_has("`raed` is no system call");
    assert!(!ran.stdout.contains("chwon"), "{}", ran.stdout);
    repository.review("--fail-on any").status(1);
}

#[test]
fn a_profile_that_moves_into_yaml() {
    let repository = Repository::new();
    repository.write("mine.json", &profile(&allow("read write", "")));
    repository.commit();
    repository.branch("pr");
    repository.git(&["rm", "-q", "mine.json"]);
    let both = yaml("mine", &["read", "write", "keyctl"]) + "---\n" + &yaml("other", &["read"]);
    repository.write("k8s/profiles.yaml", &both);
    repository.commit();
    let ran = repository.review("--host amd64").status(1);
    insta::assert_snapshot!(ran.stdout);
    let ran = ran.stdout_has("k8s/profiles.yaml#mine  renamed, against [commit]:mine.json\n");
    ran.stdout_has("+ added keyctl").stdout_has("k8s/profiles.yaml#other  added");
}

#[test]
fn a_config_json_that_loses_its_profile() {
    let repository = Repository::new();
    let config = |seccomp: &str| format!("{{\"ociVersion\": \"1.0.2\", \"linux\": {{{seccomp}}}}}");
    repository.write("bundle/config.json", &config(&format!("\"seccomp\": {}", json(OLD))));
    repository.commit();
    repository.branch("pr");
    repository.write("bundle/config.json", &config(""));
    repository.commit();
    let ran = repository.review("").status(1).stdout_has("! unconfined");
    insta::assert_snapshot!(ran.stdout);
    ran.stdout_has("bundle/config.json is gone.");
}

#[test]
fn an_overlay_extends_a_file_of_a_revision() {
    let repository = Repository::new();
    repository.write("p/base.json", &json(OLD));
    repository.commit();
    repository.git(&["tag", "v1"]);
    let over = |extends: &str| {
        format!("{{\"extends\": {extends:?}, \"syscalls\": [{}]}}", allow("getpid", ""))
    };
    repository.write("sub/head.json", &over("HEAD:p/base.json"));
    repository.commit();
    repository.branch("pr");
    repository.write("p/base.json", &json(WEAK));
    repository.write("sub/pinned.json", &over("v1:../p/base.json"));
    repository.write("sub/parent.json", &over("HEAD~1:p/base.json"));
    repository.write("sub/ring.json", &over("HEAD:sub/ring.json"));
    repository.write("sub/out.json", &over("v1:../../base.json"));
    repository.write("sub/option.json", &over("--output=x:p/base.json"));
    repository.write("sub/none.json", &over("nope:p/base.json"));
    repository.write("sub/typo.json", &over("dokcer@29.4.3"));
    repository.commit();
    let ran = repository.review("--host amd64").status(1);
    // What the side's own head has is what changes below an overlay.
    let shown = ran.stdout_has("sub/head.json  base changed").stdout;
    let of = |name: &str| {
        let section = shown.split(&format!("\n{name}  ")).nth(1).expect("a section");
        section.split("\n\n").next().expect("its lines").to_owned()
    };
    for name in ["sub/pinned.json", "sub/parent.json"] {
        assert!(!of(name).contains("unreadable"), "{shown}");
    }
    for (name, why) in [
        ("sub/ring.json", "a profile extends itself: sub/ring.json → sub/ring.json"),
        ("sub/out.json", "`v1:../../base.json` is outside the repository"),
        ("sub/option.json", "no such file"),
        ("sub/none.json", "git knows no commit `nope` here"),
        ("sub/typo.json", "did you mean the built-in baseline? write `docker@29.4.3`"),
    ] {
        assert!(of(name).contains(why), "{why}: {shown}");
    }
    // What is staged has the commit below it as its head's parent.
    repository.write("sub/staged.json", &over("HEAD:p/base.json"));
    repository.git(&["add", "-A"]);
    let ran = repository.review("--staged --host amd64 --fail-on never").status(0);
    assert!(!ran.stdout.contains("unreadable"), "{}", ran.stdout);
    assert!(!repository.path().join("x").exists());
}

#[test]
fn a_base_that_changes_under_overlays() {
    let repository = Repository::new();
    let overlay = |base: &str| {
        format!("{{\"extends\": \"{base}\", \"syscalls\": [{}]}}", allow("getpid", ""))
    };
    repository.write("seccomp/base.json", &json(OLD));
    repository.write("apps/a/overlay.json", &overlay("../../seccomp/base.json"));
    repository.write("apps/b/above.json", &overlay("../a/overlay.json"));
    repository.write("apps/c/other.json", &overlay("default"));
    repository.commit();
    repository.branch("pr");
    // Which would hide them from a search of text.
    repository.write(".gitattributes", "*.json binary -diff\n");
    repository.write("seccomp/base.json", &json(WEAK));
    repository.commit();
    insta::assert_snapshot!(repository.review("--host amd64").status(1).stdout);
}

#[test]
fn a_change_cannot_approve_itself() {
    let repository = Repository::new();
    repository.write("a.json", &json(OLD));
    repository.commit();
    repository.branch("pr");
    repository.write("a.json", &json(WEAK));
    repository.commit();
    let ran = repository.review("--format json").status(1);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let id = report["profiles"][0]["findings"][0]["id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("sd2-added-keyctl-"), "{id}");
    let accept = format!(
        "[[accept]]\nchange = \"{id}\"\nreason = \"the keyring of the build\"\n\
         [[accept]]\nrule = \"dangerous-call\"\nsyscall = \"keyctl\"\nreason = \"the same\"\n"
    );
    repository.write("sdiff.toml", &accept);
    repository.commit();
    let ran = repository.review("").status(1).stdout_has("+ added keyctl");
    ran.stdout_has(&format!("sdiff.toml is edited: it accepts {id}"));
    // Once it is on the base branch, it counts.
    repository.git(&["checkout", "-q", "main"]);
    repository.write("sdiff.toml", &accept);
    repository.commit();
    repository.branch("next");
    repository.write("a.json", &json(WEAK));
    repository.commit();
    let ran = repository.review("").status(0);
    let ran = ran.stdout_has("accepted: keyctl is let through: ENOSYS → ALLOW");
    ran.stdout_has("(the keyring of the build)");
    // An acceptance that is over counts no more, and that is said.
    let over = accept.replace("reason = \"the k", "expires = 2020-01-01\nreason = \"the k");
    repository.git(&["checkout", "-q", "main"]);
    repository.write("sdiff.toml", &over);
    repository.commit();
    repository.branch("last");
    repository.write("a.json", &json(WEAK));
    repository.commit();
    let ran = repository.review("").status(1).stdout_has("+ added keyctl");
    ran.stdout_has("in sdiff.toml:2 has expired.");
}

#[test]
fn a_configuration_that_is_wrong_is_trouble() {
    let repository = Repository::new();
    repository.write("sdiff.toml", "[[accept]]\nrule = \"no-efect\"\nreason = \"x\"\n");
    repository.commit();
    let ran = repository.review("HEAD..HEAD").status(2).stdout("");
    ran.stderr_has("sdiff.toml:2: there is no lint `no-efect`");
}

#[test]
fn ranges() {
    let repository = Repository::new();
    repository.write("a.json", &json(OLD));
    repository.commit();
    repository.branch("pr");
    repository.write("a.json", &json(WEAK));
    repository.commit();
    // What happened on main meanwhile is not the branch's.
    repository.git(&["checkout", "-q", "main"]);
    repository.write("a.json", &json("read"));
    repository.commit();
    repository.git(&["checkout", "-q", "pr"]);
    let added = |arguments: &str| repository.review(arguments).stdout.matches("+ added").count();
    assert_eq!(added(""), 1);
    assert_eq!(added("main"), 1);
    assert_eq!(added("main...pr"), 1);
    assert_eq!(added("main..pr"), 3);
    assert_eq!(added("pr..pr"), 0);
    let ran = repository.review("nope").status(2).stdout("");
    ran.stderr("error: git knows no commit `nope` here\n");
    // A name that looks like an option of git is none.
    let ran = repository.sdiff("review").argument("--output=x...HEAD").run();
    assert_eq!(ran.files().len(), 1, "{:?}", ran.files());
    for name in ["--output=x", "--all", "--output=x..HEAD"] {
        let test = repository.sdiff("review").argument("--fail-on=any").argument("--");
        let ran = test.argument(name).run().status(2).stdout("");
        let ran = ran.stderr_has("error: git knows no commit");
        assert!(ran.files().is_empty() && !repository.path().join("x").exists());
    }
}

#[test]
fn what_was_merged_in_is_not_the_branchs() {
    let repository = Repository::new();
    repository.write("a.json", &json(OLD));
    repository.write("b.json", &json(OLD));
    repository.commit();
    repository.branch("pr");
    repository.write("a.json", &json(WEAK));
    repository.commit();
    repository.git(&["checkout", "-q", "main"]);
    repository.write("b.json", &json("read bpf"));
    repository.commit();
    repository.git(&["checkout", "-q", "pr"]);
    repository.git(&["merge", "-q", "--no-edit", "main"]);
    insta::assert_snapshot!(repository.review("--host amd64").status(1).stdout);
}

#[test]
fn what_ci_names() {
    let repository = Repository::new();
    repository.write("a.json", &json(OLD));
    repository.commit();
    let base = repository.git(&["rev-parse", "HEAD"]).trim().to_owned();
    repository.git(&["checkout", "-q", "-b", "pr"]);
    repository.git(&["branch", "-q", "-D", "main"]);
    repository.write("a.json", &json(WEAK));
    repository.commit();
    repository.review("").status(2).stderr_has("there is no branch `main` to compare with");
    let event = repository.path().join("event.json");
    let run = |text: String| {
        fs::write(&event, text).unwrap();
        let test = repository.sdiff("review");
        test.env("GITHUB_EVENT_PATH", &event.display().to_string()).run()
    };
    let pull = run(format!("{{\"pull_request\": {{\"base\": {{\"sha\": \"{base}\"}}}}}}"));
    pull.status(1).stdout_has(&format!("{base}...HEAD ("));
    run(format!("{{\"before\": \"{base}\"}}")).status(1).stdout_has("+ added keyctl");
    let zeros = "0".repeat(40);
    run(format!("{{\"before\": \"{zeros}\"}}")).status(2);
    run("{".to_owned()).status(2).stderr_has("GITHUB_EVENT_PATH");
    let gitlab = repository.sdiff("review").env("CI_MERGE_REQUEST_DIFF_BASE_SHA", &base);
    gitlab.run().status(1).stdout_has("+ added keyctl");
}

#[test]
fn staged_changes() {
    let repository = Repository::new();
    let overlay = "{\"extends\": \"base.json\", \"syscalls\": []}";
    repository.write("s/overlay.json", overlay);
    repository.write("s/base.json", &json(OLD));
    repository.commit();
    repository.write("s/base.json", &json(WEAK));
    repository.review("--staged").status(0).stdout_has("No seccomp profile is touched.");
    repository.git(&["add", "-A"]);
    let ran = repository.review("--staged").status(1).stdout_has("s/base.json  changed");
    ran.stdout_has("s/overlay.json  base changed");
}

#[test]
fn bare_and_shallow_clones() {
    let repository = Repository::new();
    repository.write("s/base.json", &json(OLD));
    repository.write("s/overlay.json", "{\"extends\": \"./base.json\", \"syscalls\": []}");
    repository.commit();
    repository.branch("pr");
    repository.write("s/base.json", &json(WEAK));
    repository.commit();
    repository.write("other", "x");
    repository.commit();
    let from = format!("file://{}", repository.path().display());
    let clone = |arguments: &[&str]| {
        let folder = tempfile::tempdir().unwrap();
        let mut all = vec!["clone", "-q"];
        all.extend(arguments);
        let to = folder.path().display().to_string();
        repository.git(&[&all[..], &[&from, &to]].concat());
        Repository(folder)
    };
    let bare = clone(&["--bare"]);
    let ran = bare.review("main...pr").status(1).stdout_has("s/overlay.json  base changed");
    ran.stdout_has("s/base.json  changed");
    let shallow = clone(&["--depth", "1", "--no-single-branch"]);
    let ran = shallow.review("origin/main...HEAD").status(2).stdout("");
    ran.stderr_has("no common ancestor here: this clone is shallow; `git fetch --unshallow`");
    shallow.git(&["fetch", "-q", "--unshallow"]);
    shallow.review("origin/main").status(1);
    let nothing = tempfile::tempdir().unwrap();
    let test = sdiff("review --repo").argument(&nothing.path().display().to_string());
    test.env("GIT_CEILING_DIRECTORIES", "/").run().status(2).stderr_has("not a git repository");
}

#[test]
fn submodules_are_not_looked_into() {
    let inner = Repository::new();
    inner.write("seccomp.json", &json(OLD));
    inner.commit();
    let repository = Repository::new();
    repository.write("a", "a");
    repository.commit();
    repository.branch("pr");
    let from = inner.path().display().to_string();
    let add = ["-c", "protocol.file.allow=always", "submodule", "add", "-q", &from, "sub"];
    repository.git(&add);
    repository.commit();
    let ran = repository.review("").status(0).stdout_has("sub is a submodule: not looked into");
    ran.stdout_has("No seccomp profile is touched.");
}

/// Nothing is passed over without a word that could have been a profile.
#[test]
fn what_cannot_be_looked_into_is_told() {
    let repository = Repository::new();
    repository.write("a", "a");
    repository.commit();
    repository.branch("pr");
    let mut huge = json(WEAK).into_bytes();
    huge.resize(17 << 20, b' ');
    repository.write_bytes("data.json", &huge);
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n";
    repository.write("kept.yaml", pointer);
    repository.write("kept.txt", pointer);
    repository.commit();
    let ran = repository.review("").status(0);
    let ran = ran.stdout_has("data.json is larger than 16 MiB: not looked into\n");
    let ran = ran.stdout_has("kept.yaml is kept by Git LFS: not looked into\n");
    assert!(!ran.stdout.contains("kept.txt"), "{}", ran.stdout);
}

#[test]
fn links_within_the_tree_are_what_they_lead_to() {
    let repository = Repository::new();
    repository.write("strict.json", &json(OLD));
    repository.write("loose.json", &json(WEAK));
    link(&repository, "strict.json", "dir/seccomp.json");
    repository.commit();
    repository.branch("pr");
    link(&repository, "loose.json", "dir/seccomp.json");
    repository.commit();
    let ran = repository.review("").status(1).stdout_has("dir/seccomp.json  changed");
    ran.stdout_has("+ added keyctl");
}

/// Puts a link from the folder `dir` to a file beside it, also where the system has none.
fn link(repository: &Repository, to: &str, name: &str) {
    let text = format!("../{to}");
    let path = repository.path().join(".git/link");
    fs::write(&path, text).expect("writes");
    let id = repository.git(&["hash-object", "-w", ".git/link"]);
    let entry = format!("120000,{},{name}", id.trim());
    repository.git(&["add", "-A"]);
    repository.git(&["update-index", "--add", "--cacheinfo", &entry]);
    repository.git(&["commit", "-q", "-m", "a link"]);
    repository.git(&["checkout", "-q", "-f", "HEAD"]);
}

const NAME: &str = "--output=x ::error::`|@me.json";

/// A pull request that wants to harm whoever looks at it.
fn hostile() -> Repository {
    let repository = Repository::new();
    repository.write("a.json", &json(OLD));
    repository.write("deep.json", &json(OLD));
    repository.write("huge.json", &json(OLD));
    repository.write("out.json", &json(OLD));
    repository.write("link.json", &json(OLD));
    repository.write(NAME, &json(OLD));
    repository.commit();
    repository.branch("pr");
    let name = "\\u001b[2J<img src=x onerror=alert(1)>|@everyone #1 ](https://evil.example) \
                ```\\n::error::x\\n%0A::warning::y \\u202egnp";
    let rules = format!(
        "{{\"names\": [\"keyctl\", \"{name}\"], \"action\": \"SCMP_ACT_ALLOW\", \
         \"comment\": \"--> ]]> </script><script>alert(1)</script>\"}}"
    );
    repository.write("a.json", &listed(&rules));
    repository.write(NAME, &json(WEAK));
    repository.write("deep.json", &"[".repeat(10_000_000));
    let mut huge = json(OLD).into_bytes();
    huge.resize(100 << 20, b' ');
    repository.write_bytes("huge.json", &huge);
    repository.write("out.json", "{\"extends\": \"../../../etc/passwd\", \"syscalls\": []}");
    let extends = "{\"extends\": \"ring.json\", \"syscalls\": []}";
    repository.write("ring.json", extends);
    repository.git(&["rm", "-q", "--cached", "link.json"]);
    fs::remove_file(repository.path().join("link.json")).expect("removes");
    link(&repository, "../../../../etc/passwd", "link.json");
    repository
}

#[test]
fn a_hostile_pull_request_in_every_face() {
    let repository = hostile();
    for face in ["text", "json", "markdown", "sarif", "github", "gitlab", "junit"] {
        let ran = repository.review(&format!("--host amd64 --format {face}")).status(1);
        let is_sound = |c: char| c == '\n' || !c.is_control();
        assert!(ran.stdout.chars().all(is_sound), "{face}: {}", ran.stdout);
        assert!(!ran.stdout.contains('\u{202e}'), "{face}: {}", ran.stdout);
        insta::assert_snapshot!(format!("hostile_{face}"), ran.stdout);
    }
    let page = repository.review("--host amd64 --format html").status(1).stdout;
    assert!(!page.contains("<img") && !page.contains("alert(1)</script>"), "{page}");
}

#[test]
fn one_run_gives_several_reports() {
    let repository = Repository::new();
    repository.write("a.json", &json(OLD));
    repository.commit();
    repository.branch("pr");
    repository.write("a.json", &json(WEAK));
    repository.commit();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let test = repository.sdiff("review --format github");
    let test = test.argument(&format!("--also=markdown={}", at("c.md")));
    let ran = test.argument(&format!("--also=sarif={}", at("c.sarif"))).run().status(1);
    ran.stdout_has("::error file=a.json,line=");
    assert!(fs::read_to_string(at("c.md")).unwrap().starts_with("### ❌ a&#46;json lets through"));
    assert!(fs::read_to_string(at("c.sarif")).unwrap().contains("\"version\": \"2.1.0\""));
    let wrong = |value: &str, message: &str| {
        let test = repository.sdiff("review").argument(&format!("--also={value}"));
        test.run().status(2).stdout("").stderr_has(message);
    };
    wrong("sarif", "it is FORMAT=FILE");
    wrong("pdf=x", "no format `pdf`: there are text, json");
    wrong("sarif=", "a file is missing");
    let unified = repository.sdiff("review --format unified").run().status(2);
    unified.stdout("").stderr_has("`unified` is a format of `sdiff diff`");
}
