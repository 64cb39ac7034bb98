//! `pid:N`, `container:NAME`, `self`. What takes root and real filters is in `tests/real`.
#![cfg(target_os = "linux")]

use super::*;

/// A test with programs that stand in for those of the engines, and no real one.
pub(super) fn among(arguments: &str, programs: &[(&str, &str)]) -> Test {
    let test = sdiff(arguments);
    for (name, says) in programs {
        let text = test.folder.path().join(format!("{name}.sh"));
        fs::write(&text, format!("#!/bin/sh\n{says}\n")).expect("writes");
        // By another program: what this one still holds open for writing, as it does in the children
        // of other tests, cannot be run.
        let mut install = Command::new("install");
        install.args(["-m", "755"]).arg(&text).arg(test.folder.path().join(name));
        assert!(install.status().expect("install runs").success());
    }
    let path = test.folder.path().display().to_string();
    // Where there is something, containerd is asked.
    test.env("PATH", &path).env("CONTAINERD_ADDRESS", &path)
}

/// Whether the tests run in a sandbox of their own, which `sdiff` then has as well.
pub(super) fn is_filtered() -> bool {
    let status = fs::read_to_string("/proc/self/status").expect("a status");
    !status.contains("Seccomp:\t0")
}

/// What a process without filters is: this one.
pub(super) fn own() -> String {
    std::process::id().to_string()
}

#[test]
fn a_process_without_filters_is_unconfined_on_its_own_machine() {
    if is_filtered() {
        return eprintln!("skipped: the tests have a filter themselves");
    }
    let ran = sdiff(&format!("--within unconfined pid:{}", own())).run().status(0);
    ran.stderr_has("has no filter: everything is let through");
    let ran = sdiff(&format!("default pid:{}", own())).run().status(1);
    ran.stdout_has("capabilities: as in the process, kernel ");
    let report = sdiff(&format!("default pid:{} --format json", own())).run().status(1).stdout;
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["hosts"].as_array().map(Vec::len), Some(1), "its own host alone");
    let schema = include_str!("../../docs/report.schema.json");
    let schema: serde_json::Value = serde_json::from_str(schema).expect("JSON");
    assert!(jsonschema::validator_for(&schema).expect("a schema").is_valid(&report));
    assert!(report["new"]["environment"]["kernel"].is_string(), "{report}");
    // What was asked for wins over what the process says.
    let asked = format!("default pid:{} --kernel 4.4 --caps none", own());
    sdiff(&asked).run().status(1).stdout_has("kernel 4.4");
    sdiff("disasm self").run().status(0).stdout("").stderr_has("has no filter");
    let ran = sdiff("verify default self").run().status(1).stdout_has("no: self is not default");
    ran.stdout_has("why: the process has no filter");
}

#[test]
fn one_s_own_filters_are_read_from_outside_alone() {
    if !is_filtered() {
        return eprintln!("skipped: the tests have no filter");
    }
    sdiff("disasm self").run().status(2).stderr_has("run sdiff outside of them");
}

#[test]
fn the_words_win_over_files_of_their_names() {
    let allowed = profile(&allow("write", ""));
    let test = |arguments| {
        let test = sdiff(arguments).file("a.json", &allowed).file("self", &allowed);
        test.file("pid:x", &allowed).file("container:-x", &allowed)
    };
    test("pid:x a.json").run().status(2).stderr_has("`x` is no process: write pid:N");
    test("./pid:x a.json").run().status(0);
    test("container:-x a.json").run().status(2).stderr_has("`-x` is no container's name");
    test("./container:-x a.json").run().status(0);
    test("./self a.json").run().status(0);
    // Where no filter can stand they are no files either.
    for arguments in ["lineage self", "lineage pid:1", "lineage container:web"] {
        test(arguments).run().status(2).stderr_has("it names a filter");
    }
}

#[test]
fn what_is_no_process_says_so() {
    for (word, why) in [
        ("pid:", "`` is no process"),
        ("pid:0", "`0` is no process"),
        ("pid:+1", "`+1` is no process"),
        ("pid:1,2", "`1,2` is no process"),
        ("pid:4294967296", "`4294967296` is no process"),
        ("pid:4294967295", "there is no process 4294967295"),
    ] {
        let ran = sdiff(&format!("disasm {word}")).run().status(2).stdout("").stderr_has(why);
        assert!(ran.stderr.starts_with(&format!("error: {word}: ")), "{}", ran.stderr);
    }
}

#[test]
fn nobody_who_knows_the_container_is_told_with_all_that_they_said() {
    let ran =
        among("disasm container:web", &[("podman", "echo 'Error: no such thing' >&2; exit 125")]);
    let ran = ran.run().status(2).stdout("").stderr_has("no running container `web`");
    let ran = ran.stderr_has("docker: not installed").stderr_has("podman: Error: no such thing");
    ran.stderr_has("nerdctl: not installed");
    let stopped = "echo '[{\"Id\": \"a\", \"Name\": \"/web\", \"State\": {\"Pid\": 0}}]'";
    let ran = among("disasm container:web", &[("docker", stopped)]).run().status(2);
    ran.stderr_has("docker: it is not running");
    let ran = among("disasm container:docker/web", &[("docker", "echo hello")]).run().status(2);
    let ran = ran.stderr_has("docker: what it says is no JSON");
    assert!(!ran.stderr.contains("podman"), "{}", ran.stderr);
}

/// crictl and nerdctl are no packages of Debian: these stand in for them, and say what the sources
/// of both (`cmd/crictl/container.go`, `pkg/inspecttypes/native/container.go`) let them say.
#[test]
fn each_program_is_asked_in_its_own_words() {
    if is_filtered() {
        return eprintln!("skipped: the tests have a filter themselves");
    }
    let process = own();
    let spec = "{\"ociVersion\": \"1.1.0\", \"process\": {\"args\": [\"/pause\"]}, \"linux\": {\"seccomp\": \
        {\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": []}}}";
    let crictl = format!(
        "case \"$*\" in\n'ps --quiet --name ^web$') echo abc;;\n'inspect --output json abc') echo '{{\"status\": \
         {{\"id\": \"abc\", \"metadata\": {{\"name\": \"web\"}}}}, \"info\": {{\"pid\": {process}, \
         \"runtimeSpec\": {spec}}}}}';;\n*) exit 1;;\nesac"
    );
    let nerdctl = format!(
        "[ \"$*\" = 'container inspect --mode native web' ] && echo '[{{\"ID\": \"f00\", \"Labels\": \
         {{\"nerdctl/name\": \"web\"}}, \"Spec\": {spec}, \"Process\": {{\"Pid\": {process}}}}}]'"
    );
    let ctr = format!(
        "case \"$*\" in\n*'containers info web') echo '{{\"ID\": \"web\", \"Spec\": {spec}}}';;\n\
         *'tasks ls') echo 'TASK PID STATUS'; echo 'web {process} RUNNING';;\nesac"
    );
    for (name, says) in [("crictl", &crictl), ("nerdctl", &nerdctl), ("ctr", &ctr)] {
        let ran = among("--within unconfined container:web", &[(name, says)]).run().status(0);
        ran.stderr_has(&format!(
            "{name} gave `web` a profile of its own, but its process holds no filter"
        ));
    }
    // Two who know the same process agree.
    let both = [("nerdctl", nerdctl.as_str()), ("ctr", &ctr)];
    among("--within unconfined container:web", &both).run().status(0);
    let other = ctr.replace(&process, "1");
    let ran = among("disasm container:web", &[("nerdctl", &nerdctl), ("ctr", &other)]);
    let ran = ran.run().status(2).stdout("").stderr_has("several containers are called `web`");
    ran.stderr_has("ctr's (process 1), nerdctl's (process ").stderr_has("container:ctr/web");
    let chosen = among(
        "--within unconfined container:nerdctl/web",
        &[("nerdctl", &nerdctl), ("ctr", &other)],
    );
    chosen.run().status(0);
}

/// Every command that takes filters takes those of processes.
#[test]
fn each_command_takes_a_process() {
    if is_filtered() {
        return eprintln!("skipped: the tests have a filter themselves");
    }
    let own = format!("pid:{}", own());
    for (arguments, status) in [
        (format!("explain {own} ptrace"), 0),
        (format!("fingerprint {own}"), 0),
        (format!("normalize {own}"), 0),
        (format!("recover {own}"), 0),
        (format!("check {own}"), 1),
        (format!("merge --strategy stack default {own}"), 0),
        (format!("verify unconfined {own}"), 0),
        (format!("disasm --format json {own}"), 0),
    ] {
        let ran = sdiff(&arguments).run();
        assert!([0, status].contains(&ran.status), "{arguments}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains("has no filter"), "{arguments}: {}", ran.stderr);
    }
}

#[test]
fn what_processes_hold_is_json_as_its_schema_says() {
    let ran = sdiff("ps --format json").env("PATH", "").run();
    if ran.status == 2 {
        // An ordinary user, or a sandbox: nothing was read, and so nothing is said.
        assert!(ran.stdout.is_empty() && ran.stderr.contains("processes with filters: "));
        return;
    }
    let schema = include_str!("../../docs/ps.schema.json");
    let schema: serde_json::Value = serde_json::from_str(schema).expect("JSON");
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let faults: Vec<String> = validator.iter_errors(&report).map(|f| f.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}");
    let groups = report["groups"].as_array().expect("groups");
    let all = groups.iter().chain(std::iter::once(&report));
    let mut seen = all.flat_map(|of| of["processes"].as_array().into_iter().flatten());
    let id = std::process::id();
    if !is_filtered() {
        assert!(seen.any(|process| process["pid"] == id), "{report}");
    }
    let mut wrong = report.clone();
    wrong["groups"] = serde_json::Value::from(0);
    assert!(!validator.is_valid(&wrong));
}

#[test]
fn a_profile_for_ps_that_does_not_load_is_an_error() {
    sdiff("ps nowhere.json").run().status(2).stdout("").stderr_has("nowhere.json");
    sdiff("ps --fail-on always").run().status(2).stdout("");
}
