//! Trouble: status 2, a message that helps, nothing on standard output.

use super::*;

#[test]
fn a_missing_default_json_tells_of_the_built_in_one() {
    sdiff("default.json mine.json").run().status(2).stdout("").stderr(
        "error: default.json: no such file\n = help: did you mean the built-in baseline? write \
         `default`\n",
    );
}

#[test]
fn a_misspelt_baseline_tells_of_the_right_one() {
    let ran = sdiff("dokcer@20.10 default").run().status(2).stdout("");
    ran.stderr_has("did you mean the built-in baseline? write `docker@20.10`");
    sdiff("defualt a.json").run().status(2).stderr_has("write `default`");
}

#[test]
fn a_missing_file() {
    sdiff("default mine.json")
        .run()
        .status(2)
        .stdout("")
        .stderr("error: mine.json: no such file\n");
}

/// The file with nearly that name is told, whatever it is to be read as.
#[test]
fn a_misspelt_file_tells_of_the_right_one() {
    let said = |arguments: &str, near: &str| {
        let test =
            sdiff(arguments).file("mine.json", "{}").file("web.bpf", "").file("run1.strace", "");
        let test = test.folder_file("sub", "seccomp.json", "{}");
        test.run().status(2).stdout("").stderr_has(&format!("did you mean `{near}`?"));
    };
    said("default mine.jsn", "mine.json");
    said("check sub/secomp.json", "sub/seccomp.json");
    said("lineage ./mien.json", "./mine.json");
    said("disasm bpf:wed.bpf", "web.bpf");
    said("learn run1.strce", "run1.strace");
    let none = sdiff("check other.json").file("mine.json", "{}").run().status(2);
    none.stderr("error: other.json: no such file\n");
    // A name is shown and not passed on.
    let near = sdiff("disasm").argument("bpf:a[2J.bpf").file("a\u{1b}[2J.bpf", "").run().status(2);
    assert!(
        !near.stderr.contains('\u{1b}') && near.stderr.contains("did you mean"),
        "{}",
        near.stderr
    );
}

#[test]
fn an_unknown_release_lists_its_neighbours() {
    sdiff("docker@29.99 default").run().status(2).stdout("").stderr_has("near it are `docker@29.");
}

#[test]
fn a_syntax_error_shows_the_line() {
    sdiff("a.json default").file("a.json", "{\n\t\"syscalls\": [],\n}\n").run().status(2).stderr(
        "error: JSON has no trailing commas, and Docker refuses them\n \
         --> a.json:2:16\n  |\n\
         2 |     \"syscalls\": [],\n  \
         |                   ^\n  \
         = help: remove this comma\n",
    );
}

#[test]
fn a_contradiction_quotes_both_rules() {
    let when = ", \"args\": [{\"index\": 0, \"value\": 2, \"op\": \"SCMP_CMP_EQ\"}]";
    let log = allow("socket", when).replace("ALLOW", "LOG");
    let text = profile(&format!("{},\n{log}", allow("socket", when)));
    let ran = sdiff("a.json default").file("a.json", &text).run().status(2).stdout("");
    let ran = ran.stderr_has("error: libseccomp refuses a rule (EEXIST)");
    let ran = ran.stderr_has(" --> a.json:5:12\n").stderr_has(" --> a.json:4:12\n");
    ran.stderr_has("note: it contradicts this one\n").stderr_has("= help: no container starts");
}

#[test]
fn a_rule_of_the_engine_shows_the_line() {
    let text = profile(&allow("read", ", \"name\": \"write\""));
    let ran = sdiff("a.json default").file("a.json", &text).run().status(2).stdout("");
    ran.stderr_has("error: `name` and `names` are both given").stderr_has(" --> a.json:4:");
}

#[test]
fn wrong_values_of_options() {
    let wrong = |arguments: &str, message: &str| {
        sdiff(arguments).run().status(2).stdout("").stderr_has(message);
    };
    wrong("--host vax a b", "known hosts are amd64, arm64");
    wrong("--host arm46 a b", "did you mean `arm64`? known hosts are");
    wrong("--caps CAP_FLY a b", "`CAP_FLY` is no capability");
    wrong("--caps docker-defualt a b", "did you mean `docker-default`? `docker-defualt` is no");
    wrong("--caps sys_ptrase a b", "did you mean `CAP_SYS_PTRACE`?");
    wrong("--engine dokcer a b", "did you mean `docker`?");
    wrong("--runtime rucn a b", "did you mean `runc`?");
    wrong("chekc a", "a similar subcommand exists: 'check'");
    wrong("check --explain unknown-sycall", "did you mean `unknown-syscall`?");
    wrong("fleet --lint unknown-sycall .", "did you mean `unknown-syscall`?");
    wrong("help profils", "no help on `profils`: did you mean `profiles`?");
    wrong("help chekc", "no help on `chekc`: did you mean `check`?");
    wrong("schema profle", "did you mean `profile`?");
    wrong("completions bsh", "did you mean `bash`?");
    wrong("baselines dokcer", "did you mean `docker`?");
    wrong("--kernel six a b", "a kernel version is two numbers, as in `6.1`");
    wrong("--engine lxc a b", "docker");
    wrong("--format pdf a b", "unified");
    wrong("--only new a b", "added");
    wrong("--fail-on error a b", "weakened");
    wrong("--nope a b", "unexpected argument '--nope'");
    wrong("--exit-code --fail-on any a b", "cannot be used with");
    wrong("--quiet --output x a b", "cannot be used with");
    wrong("--within --only added a b", "cannot be used with");
}

#[test]
fn control_characters_of_a_name_do_not_reach_the_terminal() {
    let ran = sdiff("default").argument("a\u{1b}[2J.json").run().status(2);
    assert!(!ran.stderr.contains('\u{1b}'), "{:?}", ran.stderr);
    let test = sdiff("default").argument("a\u{1b}[2J.json").file("a\u{1b}[2J.json", "{}");
    let ran = test.run().status(1);
    assert!(!ran.stdout.contains('\u{1b}'), "{:?}", ran.stdout);
}
