//! `sdiff review` of changes to which profile a container gets.

use super::repository::Repository;
use super::{allow, listed};
use serde_json::Value;
use std::path::Path;

/// A repository with a file before and after, and another one that does not change.
fn changed(path: &str, old: &str, new: &str) -> Repository {
    let repository = Repository::new();
    repository.write(path, old);
    repository.write("seccomp/mine.json", &listed(&allow("read write exit_group", "")));
    repository.commit();
    repository.branch("pr");
    repository.write(path, new);
    repository.commit();
    repository
}

fn uses(repository: &Repository) -> Vec<Value> {
    let ran = repository.review("--host amd64 --format json --fail-on never").status(0);
    let value: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    value["uses"].as_array().expect("uses").clone()
}

fn pod(context: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  containers:\n  - name: a\n    \
         image: x\n    securityContext: {context}\n"
    )
}

fn compose(words: &str) -> String {
    format!("services:\n  web:\n    image: x\n{words}")
}

#[test]
fn one_word_in_a_pod() {
    let default = pod("{seccompProfile: {type: RuntimeDefault}}");
    let repository =
        changed("k8s/pod.yaml", &default, &pod("{seccompProfile: {type: Unconfined}}"));
    let ran = repository.review("--host amd64").status(1);
    let ran = ran.stdout_has("use-weakened").stdout_has("a of Pod/p: RuntimeDefault");
    // Proven by a call, with the default that was taken named.
    let ran = ran.stdout_has("proof: keyctl(KEYCTL_GET_KEYRING_ID, 0, 0, 0, 0) on amd64");
    ran.stdout_has("RuntimeDefault is taken as that of containerd@").stdout_has("1 weaker");
    // Every face tells it.
    for face in ["json", "markdown", "sarif", "github", "gitlab", "junit", "html"] {
        let ran = repository.review(&format!("--host amd64 --format {face}")).status(1);
        assert!(ran.stdout.contains("it has no filter now"), "{face}: {}", ran.stdout);
    }
    repository.review("--host amd64 --engine cri-o").status(1).stdout_has("as that of crio@");
}

/// What becomes of many uses alike is told once, and each of them counts.
#[test]
fn uses_that_fare_alike_are_one_finding() {
    let services = |count: usize, profile: &str| {
        let service =
            |at| format!("  s{at}:\n    image: x\n    security_opt: [\"seccomp:{profile}\"]\n");
        format!("services:\n{}", (0..count).map(service).collect::<String>())
    };
    let change = |count: usize| {
        let [old, new] = ["seccomp/mine.json", "unconfined"].map(|p| services(count, p));
        changed("compose.yml", &old, &new)
    };
    let repository = change(30);
    let ran =
        repository.review("--host amd64").status(1).stdout_has("Uses of profiles: 30 weaker.");
    let said = "seccomp/mine.json (security_opt) → Unconfined";
    assert_eq!(ran.stdout.matches(said).count(), 1, "{}", ran.stdout);
    ran.stdout_has("use-weakened s0 of compose (line 4), s1 of compose (line 7), ");
    let whole = repository.review("--host amd64 -v").status(1);
    whole.stdout_has("s29 of compose (line 91)").stdout_has("(s29 of compose)");
    let comment = repository.review("--host amd64 --format markdown").status(1);
    comment.stdout_has("30 uses: `s0 of compose`, `s1 of compose`, ").stdout_has("no filter now");
    // More than a file's findings have room: all of them count.
    let many = change(1100).review("--host amd64").status(1);
    many.stdout_has("Uses of profiles: 1100 weaker.").stdout_has("100 more of its uses");
}

#[test]
fn what_a_long_entry_only_counts_fails_as_well() {
    let services = |capability: &str, last: &str| {
        let service = |at| format!("  s{at}:\n    image: x\n{capability}");
        let all: String = (0..1001).map(service).collect();
        format!("services:\n{all}  last:\n    image: x\n{last}")
    };
    let unknown = "    security_opt: [\"seccomp=${PROFILE}\"]\n";
    let new = services("    cap_add: [NET_BIND_SERVICE]\n", unknown);
    let repository = changed("compose.yml", &services("", ""), &new);
    let ran = repository.review("--host amd64 --fail-on unjudged").status(1);
    ran.stdout_has("Uses of profiles: 1001 different, 1 not judged.")
        .stdout_has("2 more of its uses");
}

#[test]
fn the_same_by_other_words_is_no_finding() {
    let field = pod("{seccompProfile: {type: RuntimeDefault}}");
    let of_pod = field
        .replace("spec:\n", "spec:\n  securityContext: {seccompProfile: {type: RuntimeDefault}}\n")
        .replace("securityContext: {seccompProfile: {type: RuntimeDefault}}\n", "tty: true\n");
    let of_pod = of_pod.replacen(
        "tty: true",
        "securityContext: {seccompProfile: {type: RuntimeDefault}}",
        1,
    );
    let annotation = pod("{}").replace(
        "  name: p\n",
        "  name: p\n  annotations: {seccomp.security.alpha.kubernetes.io/pod: runtime/default}\n",
    );
    for new in [&of_pod, &annotation] {
        let repository = changed("pod.yaml", &field, new);
        repository.review("").status(0).stdout_has("No seccomp profile is touched.\n");
        assert_eq!(uses(&repository)[0]["verdict"], "same", "{new}");
    }
}

#[test]
fn a_capability_opens_calls_of_the_default() {
    let cap = "    cap_add: [SYS_ADMIN]\n";
    let repository = changed("compose.yaml", &compose(""), &compose(cap));
    let ran = repository.review("--host amd64").status(1);
    ran.stdout_has("with CAP_SYS_ADMIN added").stdout_has("proof: bpf(");
    // What nothing in the filter hangs on is told, and fails nothing.
    let repository =
        changed("compose.yaml", &compose(""), &compose("    cap_add: [NET_RAW, SYSLOG]\n"));
    repository.review("--host amd64").stdout_has("CAP_SYSLOG");
}

#[test]
fn a_profile_of_the_repository_stands_instead_of_the_default() {
    let mine = "    security_opt: [\"seccomp=../seccomp/mine.json\"]\n";
    let repository = changed("deploy/compose.yaml", &compose(""), &compose(mine));
    repository.review("--host amd64").status(0).stdout_has("it lets through less");
    let repository = changed("deploy/compose.yaml", &compose(mine), &compose(""));
    repository.review("--host amd64").status(1).stdout_has("it lets through more");
    // A profile beside `privileged` applies to Docker, and to no Pod.
    let both = format!("{mine}    privileged: true\n");
    let repository = changed("deploy/compose.yaml", &compose(mine), &compose(&both));
    repository.review("--host amd64").status(1).stdout_has("under the filter that it has");
    let local = pod("{seccompProfile: {type: Localhost, localhostProfile: profiles/mine.json}}");
    let off = local.replace("{seccompProfile", "{privileged: true, seccompProfile");
    let repository = changed("pod.yaml", &local, &off);
    let ran = repository.review("--host amd64").status(1);
    ran.stdout_has("it has no filter now")
        .stdout_has("profiles/mine.json is taken as seccomp/mine.json");
}

#[test]
fn what_cannot_be_resolved_is_named() {
    let of = |value: &str| compose(&format!("    security_opt: [\"seccomp={value}\"]\n"));
    for (value, why) in [
        ("../../outside.json", "lies outside the repository"),
        ("nowhere.json", "is not in the repository"),
        ("${PROFILE}", "decides"),
    ] {
        let repository = changed("compose.yaml", &compose(""), &of(value));
        let ran = repository.review("--host amd64").status(0).stdout_has("unjudged");
        ran.stdout_has("1 not judged");
        repository.review("--host amd64 --fail-on unjudged").status(1);
        let seen = &uses(&repository)[0];
        assert_eq!(seen["verdict"], "not-judged");
        assert!(seen["why"].as_str().is_some_and(|said| said.contains(why)), "{seen}");
        // No filter is weaker than whatever it was.
        let repository = changed("compose.yaml", &of(value), &of("unconfined"));
        repository.review("--host amd64").status(1).stdout_has("use-weakened");
    }
}

#[test]
fn a_new_container_without_a_filter() {
    let repository = changed("README", "x\n", "y\n");
    repository.write("new.sh", "#!/bin/sh\ndocker run --privileged --name a x\n");
    repository.write("quiet.yaml", &pod("{capabilities: {drop: [ALL]}}"));
    repository.commit();
    let ran = repository.review("--host amd64").status(1).stdout_has("use-unconfined");
    let shown = ran.stdout_has("a is new: privileged: it has no filter").stdout;
    assert!(!shown.contains("quiet.yaml"), "{shown}");
}

#[test]
fn a_change_of_use_is_accepted_by_its_id() {
    let (old, new) = (pod("{seccompProfile: {type: RuntimeDefault}}"), pod("{privileged: true}"));
    let repository = changed("pod.yaml", &old, &new);
    let ran = repository.review("--host amd64 --format json").status(1);
    let value: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let id = value["profiles"][0]["findings"][0]["id"].as_str().expect("an id").to_owned();
    let again = Repository::new();
    again.write("pod.yaml", &old);
    again.write("sdiff.toml", &format!("[[accept]]\nchange = \"{id}\"\nreason = \"a test\"\n"));
    again.commit();
    again.branch("pr");
    again.write("pod.yaml", &new);
    again.commit();
    again.review("--host amd64").status(0).stdout_has("accepted: ");
}

#[test]
fn real_changes_are_judged_as_a_reader_judges_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/uses");
    let Ok(index) = std::fs::read_to_string(folder.join("INDEX.tsv")) else {
        assert!(std::env::var_os("SDIFF_REQUIRE_SHARED").is_none(), "no corpus of uses");
        return;
    };
    let (mut right, mut open, mut wrong) = (0, Vec::new(), Vec::new());
    for line in index.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [files, _, path, _, _, kind, expected, ..] = fields[..] else { panic!("{line}") };
        // A profile in a template is none of its uses; those are judged in `held.rs`.
        if !kind.starts_with("change") || kind.contains("embedded profile") {
            continue;
        }
        let text = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a file");
        let (old, new) = files.split_once(' ').expect("two files");
        let uses = uses(&changed(path, &text(old), &text(new)));
        let has = |word: &str| uses.iter().any(|seen| seen["verdict"] == word);
        let verdict = match () {
            () if has("weakened") => "weakened",
            () if has("not-judged") => "not judged",
            () if has("tightened") => "tightened",
            () if has("changed") => "changed",
            () => "same",
        };
        match verdict {
            _ if expected.starts_with(verdict) => right += 1,
            "not judged" => open.push(old),
            _ => wrong.push(format!("{old}: {verdict}, and not {expected}: {uses:#?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(right >= 9 * open.len(), "{right} right, not judged: {open:?}");
}

/// What cannot be read is not taken for a text without uses.
#[test]
fn a_text_that_cannot_be_read_is_not_judged() {
    let default = pod("{seccompProfile: {type: RuntimeDefault}}");
    let broken = "kind: [Pod\nmetadata: }{\n\t- what: seccompProfile Unconfined\n";
    let repository = changed("pod.yaml", &default, broken);
    let ran = repository.review("--fail-on unjudged").status(1);
    ran.stdout_has("a text that cannot be read").stdout_has("not judged");
    let large =
        default.clone() + &"# a line that fills the file, and says nothing\n".repeat(400_000);
    let repository = changed("pod.yaml", &default, &large);
    repository
        .review("")
        .stdout_has("pod.yaml: ")
        .stdout_has("uses of profiles were not looked for.");
}
