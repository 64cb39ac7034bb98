//! What a team requires of profiles: `[[require]]` in `check` and `review`, in every face.

use super::repository::Repository;
use super::{Ran, allow, profile, sdiff};
use serde_json::Value;

const AMD64: &str = "--host amd64 --caps docker-default --kernel 6.1";

/// `check` of a profile with these rules under this requirement.
fn check(rules: &str, requirement: &str, more: &str) -> Ran {
    let config =
        format!("[[require]]\npaths = \"seccomp/*.json\"\n{requirement}\nreason = \"ours\"\n");
    sdiff(&format!("check seccomp/mine.json -f json {AMD64} {more}"))
        .folder_file("seccomp", "mine.json", &profile(rules))
        .file("sdiff.toml", &config)
        .run()
}

/// The findings of that lint.
fn found(ran: &Ran, lint: &str) -> Vec<Value> {
    let report: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let profiles = report["profiles"].as_array().expect("profiles");
    let findings = profiles.iter().flat_map(|one| one["findings"].as_array().expect("findings"));
    findings.filter(|finding| finding["lint"] == lint).cloned().collect()
}

/// That no container starts with these profiles is not what is asked.
const STARTS: &str = "[severity]\nno-start = \"off\"\n";

const SOCKETS: &str = ", \"args\": [{\"index\": 0, \"op\": \"SCMP_CMP_NE\", \"value\": 38}]";
const USERNS: &str = ", \"args\": [{\"index\": 0, \"op\": \"SCMP_CMP_MASKED_EQ\", \
                      \"value\": 268435456, \"valueTwo\": 0}]";

#[test]
fn what_holds_and_what_breaks() {
    let cases: &[(String, &str, &[&str])] = &[
        (allow("socket", SOCKETS), "blocked = [\"socket(AF_ALG)\"]", &[]),
        (allow("socket", ""), "blocked = [\"socket(AF_ALG)\"]", &["socket"]),
        (allow("clone", USERNS), "blocked = [\"clone(flags & CLONE_NEWUSER)\"]", &[]),
        (allow("clone", ""), "blocked = [\"clone(flags & CLONE_NEWUSER)\"]", &["clone"]),
        (allow("clone", USERNS), "blocked = [\"clone\"]", &["clone"]),
        (allow("read", ""), "blocked = [\"io_uring_setup\", \"clone\"]", &[]),
        // The kernel takes an `int` by its lower half, which no `!=` of a filter keeps out.
        (
            allow("socket", SOCKETS),
            "blocked = [\"socket(domain & 0xffffffff == AF_ALG)\"]",
            &["socket"],
        ),
        (allow("clone3 openat2", ""), "allowed = [\"clone3\", \"openat2\"]", &[]),
        (allow("openat2", ""), "allowed = [\"clone3\", \"openat2\"]", &["clone3"]),
        (allow("socket", SOCKETS), "allowed = [\"socket(AF_UNIX)\"]", &[]),
        (allow("socket", SOCKETS), "allowed = [\"socket\"]", &["socket"]),
        // An ABI that the profile does not list is asked where it is named.
        (allow("clone3", ""), "allowed = [\"clone3@i386\"]", &["clone3"]),
        // The default keeps out more flags than this one.
        (allow("read clone", USERNS), "within = \"default\"", &["clone"]),
        (allow("keyctl", ""), "within = \"default\"", &["keyctl"]),
        (allow("getpid", ""), "within = \"default\"", &[]),
        (allow("keyctl", ""), "within = \"seccomp/mine.json\"", &[]),
    ];
    for (rules, requirement, wanted) in cases {
        let ran = check(rules, requirement, "");
        let broken = found(&ran, "requirement-broken");
        let subjects: Vec<&str> =
            broken.iter().map(|f| f["subject"].as_str().expect("a subject")).collect();
        assert_eq!(&subjects, wanted, "{rules} {requirement}: {}", ran.stdout);
        for finding in &broken {
            assert_eq!(finding["severity"], "error");
            assert!(finding["message"].as_str().is_some_and(|text| text.ends_with(": ours")));
            confirmed(rules, finding);
        }
    }
}

/// `explain` gives the answer of the proof.
fn confirmed(rules: &str, finding: &Value) {
    let proof = &finding["proof"];
    let call = proof["call"].as_str().expect("a call");
    let text = |key: &str| proof[key].as_str().expect("a word").to_owned();
    let call = match text("abi").as_str() {
        "x86_64" => call.to_owned(),
        abi => call.replacen('(', &format!("@{abi}("), 1),
    };
    let ran = sdiff(&format!("explain mine.json -f json {AMD64}"))
        .argument(&call)
        .file("mine.json", &profile(rules))
        .run()
        .status(0);
    let report: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let answers = report["profiles"][0]["answers"].as_array().expect("answers");
    let names_abi = |answer: &&Value| answer.to_string().contains(&text("abi"));
    let answer = answers.iter().find(names_abi).expect("an answer");
    assert_eq!(answer["action"], proof["action"], "{call}: {answer}");
}

#[test]
fn environments_that_are_open_count() {
    let rules = allow("clone", ", \"includes\": {\"caps\": [\"CAP_SYS_ADMIN\"]}");
    let requirement =
        "[[require]]\nblocked = [\"clone(flags & CLONE_NEWUSER)\"]\nreason = \"ours\"\n";
    let run = |more: &str, config: &str| {
        sdiff(&format!("check mine.json -f json --host amd64 --fail-on error {more}"))
            .file("mine.json", &profile(&rules))
            .file("sdiff.toml", &format!("{config}{requirement}{STARTS}"))
            .run()
    };
    run("", "").status(1).stdout_has("CAP_SYS_ADMIN").stdout_has("say by `caps` which containers");
    run("--caps docker-default", "").status(0);
    run("", "[defaults]\ncaps = \"docker-default\"\n").status(0);
    run("--caps all", "[defaults]\ncaps = \"docker-default\"\n").status(1);
    run("", "[[profile]]\npaths = \"*.json\"\ncaps = [\"CAP_CHOWN\"]\n").status(0);
    run("--caps all", "[[profile]]\npaths = \"*.json\"\ncaps = [\"CAP_CHOWN\"]\n").status(1);
    run("", "[[profile]]\npaths = \"other.json\"\ncaps = [\"CAP_CHOWN\"]\n").status(1);
}

#[test]
fn what_holds_and_may_not_mean_enough_is_noted() {
    let listed = "\"archMap\": [{\"architecture\": \"SCMP_ARCH_X86_64\", \
                  \"subArchitectures\": [\"SCMP_ARCH_X86\"]}],\n\"syscalls\"";
    let text = profile(&allow("socketcall", "")).replace("\"syscalls\"", listed);
    let config =
        "[[require]]\nblocked = [\"socket(AF_ALG)\", \"s390_pci_mmio_read\"]\nreason = \"ours\"\n";
    let ran = sdiff(&format!("check mine.json -f json {AMD64} --fail-on never"))
        .file("mine.json", &text)
        .file("sdiff.toml", config)
        .run()
        .status(0);
    assert!(found(&ran, "requirement-broken").is_empty(), "{}", ran.stdout);
    let notes: Vec<String> =
        found(&ran, "requirement-note").iter().map(|note| note["message"].to_string()).collect();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[0].contains("no program in question has the call"), "{notes:?}");
    assert!(notes[1].contains("can make it through `socketcall`"), "{notes:?}");
}

#[test]
fn it_is_in_every_face() {
    let config = "[[require]]\nblocked = [\"keyctl\"]\nreason = \"no keyrings\"\n";
    for face in ["text", "json", "markdown", "sarif", "html", "github", "gitlab", "junit"] {
        let ran = sdiff(&format!("check mine.json -f {face} {AMD64}"))
            .file("mine.json", &profile(&allow("keyctl", "")))
            .file("sdiff.toml", config)
            .run()
            .status(1);
        let has = |word: &str| ran.stdout.contains(word);
        assert!(has("requirement-broken") && has("no keyrings"), "{face}: {}", ran.stdout);
    }
}

#[test]
fn it_is_accepted_by_the_whole_id_alone() {
    let run = |more: &str| {
        let config =
            format!("[[require]]\nblocked = [\"keyctl\"]\nreason = \"ours\"\n{more}{STARTS}");
        sdiff(&format!("check mine.json -f json {AMD64} --fail-on error"))
            .file("mine.json", &profile(&allow("keyctl", "")))
            .file("sdiff.toml", &config)
            .run()
    };
    let ran = run("").status(1);
    let id = found(&ran, "requirement-broken")[0]["id"].as_str().expect("an id").to_owned();
    run(&format!("[[accept]]\nrule = \"{id}\"\nreason = \"until May\"\n")).status(0);
    run("[[accept]]\nrule = \"requirement-broken\"\nreason = \"x\"\n")
        .status(2)
        .stderr_has("sdiff.toml:5: what is required is accepted only by the whole id");
    let test =
        sdiff("check default").file("sdiff.toml", "[severity]\nrequirement-broken = \"off\"\n");
    test.run().status(2).stderr_has("sdiff.toml:2: what is required is no matter of severity");
}

#[test]
fn review_judges_by_the_old_sides_rules() {
    let repository = Repository::new();
    let config = "[[require]]\npaths = \"p/*.json\"\nblocked = [\"keyctl\", \"bpf\"]\n\
                  within = \"base.json\"\nreason = \"no keyrings\"\n";
    repository.write("sdiff.toml", config);
    repository.write("base.json", &profile(&allow("read bpf", "")));
    repository.write("p/old.json", &profile(&allow("read bpf", "")));
    repository.commit();
    repository.branch("pr");
    repository.write("sdiff.toml", "");
    repository.write("base.json", &profile(&allow("read bpf keyctl write", "")));
    repository.write("p/old.json", &profile(&allow("read bpf keyctl", "")));
    repository.write("p/new.json", &profile(&allow("read write", "")));
    repository.write("q/new.json", &profile(&allow("keyctl", "")));
    repository.commit();
    for face in ["text", "json", "markdown", "sarif", "html", "github", "gitlab", "junit"] {
        let ran = repository.review(&format!("-f {face} {AMD64}")).status(1);
        assert!(ran.stdout.contains("requirement-broken"), "{face}: {}", ran.stdout);
    }
    let ran = repository.review(&format!("-f json {AMD64}")).status(1);
    let report: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let mut seen = Vec::new();
    for entry in report["profiles"].as_array().expect("profiles") {
        for finding in entry["findings"].as_array().expect("findings") {
            if finding["rule"] == "requirement-broken" {
                let word = |key: &str| finding[key].as_str().expect("a word").to_owned();
                let path = entry["path"].as_str().expect("a path").to_owned();
                seen.push((path, word("subject"), word("severity")));
            }
        }
    }
    seen.sort();
    let wanted = [
        ("p/new.json", "write", "error"),
        ("p/old.json", "bpf", "warning"),
        ("p/old.json", "keyctl", "error"),
        ("p/old.json", "keyctl", "error"),
    ];
    let wanted: Vec<(String, String, String)> =
        wanted.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())).to_vec();
    assert_eq!(seen, wanted, "{}", ran.stdout);
    let ran = repository.review(AMD64).status(1);
    ran.stdout_has("it no longer requires blocked keyctl, bpf and within base.json of p/*.json");
}

#[test]
fn what_cannot_be_judged_is_an_error() {
    let cases = [
        (
            "blocked = [\"sokcet\"]",
            "sdiff.toml:3: `sokcet` is no system call: did you mean `socket`",
        ),
        ("blocked = [\n  \"read\",\n  \"socket(AF_AGL)\"]", "sdiff.toml:5: `AF_AGL` is neither"),
        ("alowed = [\"read\"]", "sdiff.toml:3: unknown field `alowed`"),
        ("", "sdiff.toml:4: a requirement says what is `blocked`"),
        ("within = \"dockr\"", "`within = \"dockr\"`"),
        ("within = \"none.json\"", "none.json"),
        ("within = \"docker@99\"", "sdiff.toml:3: `within"),
    ];
    for (requirement, says) in cases {
        check(&allow("read", ""), requirement, "").status(2).stderr_has(says);
    }
    let text = "[[require]]\nreason = \" \"\nblocked = [\"read\"]\n";
    let test = sdiff("check default").file("sdiff.toml", text);
    test.run().status(2).stderr_has("sdiff.toml:2: a requirement needs a `reason`");
}

/// As many rules as nobody has are judged all the same, and quickly enough to be waited for.
#[test]
fn ten_thousand_rules() {
    let one = |at: usize| {
        format!(
            "[[require]]\npaths = \"**/*{at}*.json\"\nblocked = [\"socket({at})\"]\nreason = \"r\"\n"
        )
    };
    let config: String = (0..10_000).map(one).collect();
    let bomb = format!(
        "[[require]]\npaths = \"{}x\"\nblocked = [\"read\"]\nreason = \"r\"\n",
        "**/*".repeat(900)
    );
    let path = format!("a/{}.json", "a".repeat(200));
    let test = sdiff(&format!("check {path} -f json {AMD64}"))
        .folder_file("a", path.trim_start_matches("a/"), &profile(&allow("read socket", "")))
        .file("sdiff.toml", &(config + &bomb));
    let ran = test.run();
    assert!(found(&ran, "requirement-broken").is_empty(), "{}", ran.stdout);
}
