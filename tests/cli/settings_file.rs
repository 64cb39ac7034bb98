//! A team's settings: what `sdiff.toml` says where the command line says nothing.

use super::repository::Repository;
use super::{Ran, allow, profile, sdiff};
use serde_json::Value;

const OLD: &str = "read";
const NEW: &str = "read keyctl";

fn diff(config: &str, more: &str) -> Ran {
    sdiff(&format!("diff old.json new.json {more}"))
        .file("old.json", &profile(&allow(OLD, "")))
        .file("new.json", &profile(&allow(NEW, "")))
        .file("sdiff.toml", config)
        .run()
}

#[test]
fn defaults_count_and_options_win() {
    let config = "[defaults]\nengine = \"containerd\"\nhosts = [\"amd64\", \"arm64\"]\n\
                  caps = \"none\"\nkernel = \"6.1\"\nruntime = \"runc@1.1\"\nlibseccomp = \"2.5.4\"\n";
    // Of a wide report the line is whole.
    let ran = diff(config, "--width 200").status(1);
    ran.stdout_has("amd64, arm64")
        .stdout_has("by sdiff.toml: engine, runtime, libseccomp, hosts, caps, kernel");
    let ran = diff(config, "--host s390x --kernel 5.4 --width 200").status(1);
    let ran = ran.stdout_has("s390x").stdout_has("kernel 5.4");
    ran.stdout_has("(by sdiff.toml: engine, runtime, libseccomp, caps)");
    let ran = diff(config, "--no-config").status(1);
    assert!(!ran.stdout.contains("sdiff.toml"), "{}", ran.stdout);
    diff("", "--config other.toml").status(2).stderr_has("cannot read other.toml");
}

/// Every command takes the question from the settings, and says so.
#[test]
fn every_command_reads_them() {
    let config = "[defaults]\nengine = \"containerd\"\nhosts = \"amd64\"\ncaps = \"none\"\n";
    let text = profile(&allow("mount", ", \"includes\": {\"caps\": [\"CAP_SYS_ADMIN\"]}"));
    let run = |arguments: &str, config: &str| {
        sdiff(arguments).file("mine.json", &text).file("sdiff.toml", config).run()
    };
    // Docker asks for the capability, containerd reads no `includes`.
    run("explain mine.json mount", config).stdout_has("ALLOW").stderr_has("by sdiff.toml: engine");
    let ran = run("explain mine.json mount --engine docker", config).stdout_has("EPERM");
    assert!(!ran.stdout.contains("ALLOW"), "{}", ran.stdout);
    let [with, without] = [config, ""].map(|config| run("fingerprint mine.json", config).stdout);
    assert_ne!(with, without);
    run("fingerprint mine.json", config).stderr_has("note: by sdiff.toml: engine, hosts, caps");
    run("check mine.json --fail-on never", config).stderr_has("note: by sdiff.toml: engine");
    run("merge mine.json mine.json", config).stderr_has("note: by sdiff.toml: engine");
    run("lineage mine.json", "[defaults]\nengine = \"x\"\n")
        .status(2)
        .stderr_has("`x` is no engine");
    for command in [
        "explain mine.json mount",
        "check mine.json",
        "merge mine.json",
        "rebase mine.json",
        "fingerprint mine.json",
    ] {
        run(command, "[defalts]\n").status(2).stderr_has("did you mean `defaults`");
    }
}

#[test]
fn what_is_said_of_profiles_by_their_paths() {
    let text = profile(&allow("mount", ", \"includes\": {\"caps\": [\"CAP_SYS_ADMIN\"]}"));
    let config = "[defaults]\nengine = \"docker\"\nhosts = \"amd64\"\ncaps = \"none\"\n\
                  [[profile]]\npaths = [\"k8s/**\"]\nengine = \"containerd\"\nfor = \"builders\"\n\
                  [[profile]]\npaths = \"k8s/docker.json\"\nengine = \"docker\"\n";
    let run = |arguments: &str| {
        sdiff(arguments)
            .folder_file("k8s", "mine.json", &text)
            .folder_file("k8s", "docker.json", &text)
            .file("mine.json", &text)
            .file("sdiff.toml", config)
            .run()
    };
    run("explain k8s/mine.json mount").stdout_has("ALLOW");
    run("explain ./k8s/../k8s/mine.json mount").stdout_has("ALLOW");
    run("explain mine.json mount").stdout_has("EPERM");
    run("explain k8s/docker.json mount").stdout_has("EPERM");
    run("explain k8s/mine.json mount --engine docker").stdout_has("EPERM");
    let ran = run("mine.json k8s/mine.json").status(1);
    ran.stdout_has("mount").stdout_has("by sdiff.toml: engine, hosts, caps");
}

#[test]
fn excluded_profiles_are_passed_over_and_named() {
    let run = |arguments: &str| {
        sdiff(arguments)
            .folder_file("vendor", "x.json", "{")
            .file("mine.json", &profile(&allow("read", "")))
            .file("sdiff.toml", "exclude = [\"vendor/**\", \"none/*.json\"]\n")
            .run()
    };
    let ran = run("check mine.json vendor/x.json --fail-on never").status(0);
    let ran = ran.stderr_has("not checked, by `exclude` of sdiff.toml: vendor/x.json");
    ran.stderr_has("note: sdiff.toml:1: no file fits `none/*.json`");
    run("check vendor/x.json").status(2).stderr_has("passes over every profile");
    let repository = Repository::new();
    repository.write("sdiff.toml", "exclude = \"vendor/**\"\n");
    repository.commit();
    repository.branch("pr");
    repository.write("vendor/x.json", &profile(&allow("keyctl", "")));
    repository.commit();
    let ran = repository.review("--host amd64").status(0);
    ran.stdout_has("Passed over, by `exclude` of sdiff.toml: vendor/x.json");
}

#[test]
fn review_reads_them_from_the_old_side() {
    let repository = Repository::new();
    let text =
        |cap: &str| profile(&allow("mount", &format!(", \"includes\": {{\"caps\": [\"{cap}\"]}}")));
    let config = "[defaults]\nhosts = \"amd64\"\n[[profile]]\npaths = \"*.json\"\n\
                  caps = \"none\"\nfor = \"CI builders\"\n";
    repository.write("ci/sdiff.toml", config);
    repository.write("mine.json", &text("CAP_SYS_ADMIN"));
    repository.commit();
    repository.branch("pr");
    repository.write("ci/sdiff.toml", "");
    repository.write("mine.json", &text("CAP_CHOWN"));
    repository.commit();
    repository.review("").status(1);
    // Without capabilities the two are the same.
    let ran = repository.review("--config ci/sdiff.toml").status(0);
    let ran = ran.stdout_has("It is for: CI builders.").stdout_has("by sdiff.toml: hosts");
    ran.stdout_has("it says something else of");
    repository.review("--config ci/sdiff.toml --caps CAP_CHOWN").status(1);
    repository
        .review("--config none.toml")
        .status(1)
        .stderr_has("there is no none.toml before the change");
    repository.review("--config /etc/sdiff.toml").status(2).stderr_has("a path in the repository");
}

#[test]
fn a_team_starts_on_a_friday() {
    let text = profile(&allow("keyctl chwon", ""));
    let own = "# ours\n[gate]\ncheck = \"warning\" # as agreed";
    let run = |arguments: &str, config: Option<&str>| {
        let test = sdiff(arguments).folder_file("p", "mine.json", &text);
        match config {
            Some(config) => test.file("sdiff.toml", config),
            None => test,
        }
        .run()
    };
    let amd64 = "--host amd64 --caps docker-default";
    run(&format!("check p/mine.json {amd64}"), Some(own)).status(1);
    let ran = run(&format!("check p/mine.json {amd64} --accept-all"), Some(own)).status(0);
    let ran = ran.stdout_has("in sdiff.toml: write why in place of TODO");
    let written = ran.read("sdiff.toml");
    assert!(written.starts_with(&format!("{own}\n\n# ")), "{written}");
    assert!(written.contains("profile = \"p/mine.json\"\nreason = \"TODO: "), "{written}");
    // Now it passes, and says what is still to be done.
    let ran = run(&format!("check p/mine.json {amd64}"), Some(&written)).status(0);
    ran.stdout_has("no reason yet").stdout_has("accepted");
    run(&format!("check p/mine.json {amd64} --accept-all"), Some(&written))
        .status(0)
        .stdout_has("nothing to accept");
    // Also without a file, with one that cannot be added to, and with lines that end as on Windows.
    let ran = run(&format!("check p/mine.json {amd64} --accept-all"), None).status(0);
    assert!(ran.read("sdiff.toml").starts_with("# "), "{}", ran.read("sdiff.toml"));
    let closed = "accept = []\n";
    let ran = run(&format!("check p/mine.json {amd64} --accept-all"), Some(closed)).status(2);
    let ran = ran.stderr_has("cannot be added to sdiff.toml, which stays as it is");
    assert_eq!(ran.read("sdiff.toml"), closed);
    let ran = run(&format!("check p/mine.json {amd64} --accept-all"), Some("[gate]\r\n")).status(0);
    assert!(!ran.read("sdiff.toml").replace("\r\n", "").contains('\n'));
    // What is not read is not accepted, and nothing is written.
    let ran = run(&format!("check p/mine.json none.json {amd64} --accept-all"), None).status(2);
    assert_eq!(ran.files(), ["p"]);
}

/// What the schema refuses the program refuses, and the other way round.
#[test]
fn the_schema_and_the_program_say_the_same() {
    let schema: Value =
        serde_json::from_str(include_str!("../../docs/sdiff.schema.json")).expect("JSON");
    let schema = jsonschema::draft202012::new(&schema).expect("a schema");
    let good = [
        "",
        "exclude = \"a/**\"\n",
        "exclude = [\"a/**\", \"b\"]\n",
        "[defaults]\nengine = \"docker\"\nruntime = \"runc@1.1\"\nlibseccomp = \"2.5.4\"\n\
         hosts = [\"amd64\", \"arm64\"]\ncaps = \"docker-default,CAP_SYS_PTRACE\"\nkernel = \"6.1\"\n",
        "[defaults]\nhosts = \"amd64\"\ncaps = [\"CAP_CHOWN\", \"none\"]\nruntime = \"none\"\n",
        "[[profile]]\npaths = \"a\"\n",
        "[[profile]]\npaths = [\"a\"]\nengine = \"kubernetes\"\nbase = \"docker@28.2\"\ncaps = \"all\"\n\
         for = \"builders\"\n",
        "[[require]]\nblocked = [\"socket(AF_ALG)\"]\nreason = \"x\"\n",
        "[[require]]\npaths = \"a\"\nallowed = [\"read\"]\nblocked = []\nreason = \"x\"\n",
        "[[require]]\npaths = [\"a\"]\nwithin = \"default\"\nreason = \"x\"\n",
        "[[accept]]\nrule = \"stale\"\nreason = \"TODO: x\"\n",
        "[[accept]]\nrule = \"open-flag\"\nreason = \"x\"\n",
        "[[accept]]\nrule = \"requirement-broken-socket-01234567\"\nreason = \"x\"\n",
        "[severity]\nopen-flag = \"off\"\nrequirement-note = \"warning\"\n[gate]\ncheck = \"info\"\n",
    ];
    let bad = [
        "excludes = \"a\"\n",
        "exclude = 1\n",
        "exclude = []\n",
        "exclude = \"\"\n",
        "[default]\n",
        "[defaults]\nengin = \"docker\"\n",
        "[defaults]\nengine = \"dockr\"\n",
        "[defaults]\nengine = \"Docker\"\n",
        "[defaults]\nengine = [\"docker\"]\n",
        "[defaults]\nhosts = []\n",
        "[defaults]\nhosts = [\"vax\"]\n",
        "[defaults]\nhosts = \"amd64,arm64\"\n",
        "[defaults]\ncaps = \"\"\n",
        "[defaults]\ncaps = []\n",
        "[defaults]\nkernel = 6.1\n",
        "[defaults]\nkernel = \"six\"\n",
        "[defaults]\nlibseccomp = \"new\"\n",
        "[defaults]\nruntime = \"kata\"\n",
        "[[profile]]\nengine = \"docker\"\n",
        "[[profile]]\npaths = \"a\"\nbase = \"\"\n",
        "[profile]\npaths = \"a\"\n",
        "[[require]]\nblocked = [\"read\"]\n",
        "[[require]]\nreason = \"x\"\n",
        "[[require]]\nblocked = []\nreason = \"x\"\n",
        "[[require]]\nblocked = \"read\"\nreason = \"x\"\n",
        "[[require]]\nblocked = [\"\"]\nreason = \"x\"\n",
        "[[require]]\nwithin = \"\"\nreason = \"x\"\n",
        "[[require]]\nblocked = [\"read\"]\nreason = \" \"\n",
        "[[require]]\npaths = []\nblocked = [\"read\"]\nreason = \"x\"\n",
        "[[require]]\npath = \"a\"\nblocked = [\"read\"]\nreason = \"x\"\n",
        "[[accept]]\nrule = \"requirement-broken\"\nreason = \"x\"\n",
        "[[accept]]\nrule = \"stale\"\nreason = \"\"\n",
        "[[accept]]\nrule = \"stale\"\nreason = \" \"\n",
        "[[accept]]\nrule = \"stale\"\nchange = \"sd2-added-x-0\"\nreason = \"x\"\n",
        "[severity]\nrequirement-broken = \"off\"\n",
        "[severity]\nstale = \"bad\"\n",
    ];
    for (text, wanted) in
        good.map(|text| (text, true)).into_iter().chain(bad.map(|text| (text, false)))
    {
        let table = toml::from_str::<toml::Table>(text).expect("TOML");
        let value = serde_json::to_value(table).expect("a value");
        assert_eq!(schema.is_valid(&value), wanted, "the schema: {text}");
        let read = ::sdiff::lint::Config::parse(text);
        assert_eq!(read.is_ok(), wanted, "the program: {text}: {:?}", read.err());
    }
}
