//! Objects that carry their own environment: the operator's, a runtime's `config.json`, and what
//! `docker inspect` prints.

use super::repository::Repository;
use super::*;

/// The operator's object, with further members of its `spec`.
fn object(name: &str, names: &str, more: &str) -> String {
    format!(
        "apiVersion: security-profiles-operator.x-k8s.io/v1beta1\nkind: SeccompProfile\n\
         metadata: {{name: {name}}}\nspec:\n  defaultAction: SCMP_ACT_ERRNO\n{more}  syscalls:\n  \
         - action: SCMP_ACT_ALLOW\n    names: [{names}]\n"
    )
}

fn child(base: &str) -> String {
    object("child", "openat", &format!("  baseProfileName: {base}\n"))
}

/// Whether a profile lets `mount` through on amd64.
#[track_caller]
fn mounts(test: Test, spec: &str) -> bool {
    let test =
        ["explain", spec, "mount", "--host", "amd64"].iter().fold(test, |t, a| t.argument(a));
    let ran = test.run();
    assert_eq!(ran.stderr, "");
    ran.stdout.contains("the call runs")
}

#[test]
fn a_base_is_in_the_same_file_or_beside_it() {
    let base = object("base", "mount, read", "");
    let together = format!("{base}---\n{}", child("base"));
    assert!(mounts(sdiff("").file("p.yaml", &together), "p.yaml#child"));
    let apart = || sdiff("").folder_file("k8s", "child.yaml", &child("base"));
    assert!(mounts(apart().file("k8s/base.yml", &base), "k8s/child.yaml"));
    let json = "{\"apiVersion\": \"security-profiles-operator.x-k8s.io/v1\", \"kind\": \
                \"SeccompProfile\", \"metadata\": {\"name\": \"base\"}, \"spec\": {\"syscalls\": \
                [{\"names\": [\"mount\"], \"action\": \"SCMP_ACT_ALLOW\"}]}}";
    assert!(mounts(apart().file("k8s/base.json", json), "k8s/child.yaml"));
    // A base of a base.
    let middle = object("base", "read", "  baseProfileName: deep\n");
    let deep = object("deep", "mount", "");
    let test = apart().file("k8s/a.yaml", &middle).file("k8s/b.yaml", &deep);
    assert!(mounts(test, "k8s/child.yaml"));
    let list = format!("apiVersion: v1\nkind: List\nitems:\n- {}", deep.replace('\n', "\n  "));
    let test = apart().file("k8s/a.yaml", &middle).file("k8s/b.yaml", list.trim_end());
    assert!(mounts(test, "k8s/child.yaml"));
    // Without its base it is another profile.
    assert!(!mounts(sdiff("").file("p.yaml", &object("child", "openat", "")), "p.yaml"));
}

/// As the operator's rules are appended to those of the base, a call that both name conditionally
/// is let through where either does.
#[test]
fn rules_of_both_count() {
    let rule = |value: u32| {
        format!(
            "  syscalls:\n  - action: SCMP_ACT_ALLOW\n    names: [personality]\n    args:\n    - \
             {{index: 0, value: {value}, op: SCMP_CMP_EQ}}\n"
        )
    };
    let of = |name: &str, more: &str| {
        let text = object(name, "x", more);
        text[..text.find("  syscalls").expect("there")].to_owned()
    };
    let text = of("base", "") + &rule(8) + "---\n" + &of("child", "  baseProfileName: base\n");
    let text = text + &rule(0);
    for (argument, runs) in [("0", true), ("8", true), ("1", false)] {
        let call = format!("personality({argument})");
        let test = sdiff("explain p.yaml#child --host amd64").argument(&call);
        let ran = test.file("p.yaml", &text).run();
        assert_eq!(ran.stdout.contains("the call runs"), runs, "{argument}: {}", ran.stdout);
    }
}

#[test]
fn a_base_that_cannot_be_had_is_an_error_with_its_place() {
    let error = |test: Test, part: &str| {
        let ran = test.run().status(2).stderr_has(part).stderr_has("child.yaml:6:20");
        assert_eq!(ran.stdout, "");
    };
    let test = |base: &str| sdiff("check child.yaml").file("child.yaml", &child(base));
    error(test("base"), "no `SeccompProfile` is called `base`, in this file or beside it");
    error(test("oci://ghcr.io/x/y:v1"), "the base `oci://ghcr.io/x/y:v1` is in a registry");
    error(test("child"), "a profile is its own base: child → child");
    let back = object("base", "read", "  baseProfileName: child\n");
    error(test("base").file("b.yaml", &back), "its own base: child → base → child");
    let base = object("base", "read", "");
    let twice = test("base").file("a.yaml", &base).file("b.yaml", &base);
    error(twice, "several `SeccompProfile`s are called `base`: in a.yaml, b.yaml");
    let template = base.replace("read", "{{ .Values.x }}");
    error(
        test("base").file("a.yaml", &template),
        "help: not read: a.yaml (this is a Helm template",
    );
    // As deep as the operator goes, and one deeper.
    let chain = |length: usize| {
        let link = |at: usize| {
            let more = format!("  baseProfileName: p{}\n", at + 1);
            object(&format!("p{at}"), "read", if at < length { &more } else { "" })
        };
        (1..=length).map(link).collect::<Vec<_>>().join("---\n")
    };
    let deep = |length| test("p1").file("a.yaml", &chain(length));
    assert_ne!(deep(14).run().status, 2);
    error(deep(15), "bases lie more than 14 profiles deep");
}

#[test]
fn a_base_of_a_revision_is_of_that_revision() {
    let repository = Repository::new();
    repository.write("k8s/child.yaml", &child("base"));
    repository.write("k8s/base.yaml", &object("base", "mount", ""));
    repository.commit();
    repository.write("k8s/base.yaml", &object("base", "read", ""));
    repository.commit();
    let at = |place: &str| sdiff("").at(&repository.path().join(place));
    assert!(mounts(at(""), "HEAD~1:k8s/child.yaml"));
    assert!(mounts(at("k8s"), "HEAD~1:./child.yaml"));
    assert!(mounts(at("k8s"), "HEAD~1:k8s/child.yaml"));
    assert!(!mounts(at(""), "HEAD:k8s/child.yaml"));
}

#[test]
fn a_review_judges_what_stands_on_a_changed_base() {
    let repository = Repository::new();
    repository.write("k8s/child.yaml", &child("base"));
    repository.write("k8s/base.yaml", &object("base", "read", ""));
    repository.write("k8s/other.yaml", &object("other", "read", ""));
    repository.commit();
    repository.branch("pr");
    repository.write("k8s/base.yaml", &object("base", "read, mount", ""));
    repository.commit();
    let ran = repository.review("").status(1).stdout_has("k8s/child.yaml  base changed");
    assert!(!ran.stdout.contains("other.yaml"), "{}", ran.stdout);
    repository.git(&["rm", "-q", "k8s/base.yaml"]);
    repository.commit();
    let ran = repository.review("").status(1).stdout_has("no `SeccompProfile` is called `base`");
    ran.stdout_has("(line 6)");
}

const KUBESCAPE: &str = "\
apiVersion: spdx.softwarecomposition.kubescape.io/v1beta1
kind: SeccompProfile
metadata: {name: nginx}
spec:
  containers:
  - name: nginx
    spec: {defaultAction: SCMP_ACT_ERRNO}
";

#[test]
fn another_groups_object_is_told_apart() {
    for command in ["check k.yaml", "k.yaml default", "normalize k.yaml", "explain k.yaml read"] {
        let ran = sdiff(command).file("k.yaml", KUBESCAPE).run().status(2);
        ran.stderr_has(
            "this `SeccompProfile` is of `spdx.softwarecomposition.kubescape.io/v1beta1`",
        )
        .stderr_has("k.yaml:1:13");
    }
    // Beside one of the operator's it is passed over, with a word.
    let both = format!("{KUBESCAPE}---\n{}", object("mine", "read", ""));
    let ran = sdiff("k.yaml k.yaml").file("k.yaml", &both).run().status(0);
    ran.stderr_has("warning: this `SeccompProfile` is of `spdx");
}

#[test]
fn a_review_is_not_silent_about_another_groups_object() {
    let repository = Repository::new();
    repository.write("k.yaml", &object("mine", "read", ""));
    repository.write("new.txt", "");
    repository.commit();
    repository.branch("pr");
    repository.write("new.yaml", KUBESCAPE);
    repository.commit();
    let ran = repository.review("").status(0);
    ran.stdout_has("new.yaml holds a SeccompProfile of `spdx.softwarecomposition.kubescape.io/");
    // What was a profile and is none any more fails the gate.
    repository.write("k.yaml", KUBESCAPE);
    repository.commit();
    repository.review("").status(1).stdout_has("it means something else (line 1)");
}

#[test]
fn objects_are_bounded() {
    let many = |count: usize| {
        let objects = (0..count).map(|at| object(&format!("p{at}"), "read", ""));
        objects.collect::<Vec<_>>().join("---\n")
    };
    let ran = sdiff("check p.yaml#p3").file("p.yaml", &many(10_000)).run().status(2);
    ran.stderr_has("more than the limit of 250 profiles").stderr_has("p.yaml:2251:1");
    assert_ne!(sdiff("check p.yaml#p3").file("p.yaml", &many(250)).run().status, 2);
}

/// A container as `docker inspect` prints it.
fn container(name: &str, host: &str) -> String {
    format!("{{\"Id\": \"0123456789abcdef\", \"Name\": \"/{name}\", \"HostConfig\": {{{host}}}}}")
}

fn security(profile: &str) -> String {
    let option = serde_json::Value::from(format!("seccomp={profile}"));
    format!("\"SecurityOpt\": [{option}]")
}

#[test]
fn a_container_has_the_profile_that_it_was_given() {
    let text = profile(&allow("read", ""));
    let all = [
        container("own", &security(&text)),
        container("privileged", "\"Privileged\": true"),
        container("both", &format!("\"Privileged\": true, {}", security(&text))),
        container("off", &security("unconfined")),
        container("plain", "\"Privileged\": false, \"CapAdd\": null, \"SecurityOpt\": null"),
        container("builtin", &security("builtin")),
    ];
    let inspected = format!("[{}]", all.join(",\n"));
    let run = |name: &str, against: &str| {
        let test = sdiff(&format!("i.json#{name} {against} --host amd64"));
        test.file("i.json", &inspected).file("own.json", &text).run()
    };
    for name in ["own", "/own", "both", "1", "0123456789ab"] {
        run(name, "own.json").status(0).stdout("same policy\n").stderr("");
    }
    for name in ["privileged", "off"] {
        let ran = run(name, "default").status(1).stderr_has("runs without a seccomp filter: `");
        ran.stdout_has("default is within");
    }
    for name in ["plain", "builtin"] {
        let ran = run(name, "default --caps docker-default").status(0).stdout("same policy\n");
        ran.stderr_has(
            "is given no profile: it has its engine's default, taken as that of docker@",
        );
    }
    run("nobody", "default").status(2).stderr_has("there are `own`, `privileged`, `both`");
    let ran = sdiff("check i.json").file("i.json", &inspected).run().status(2);
    ran.stderr_has("i.json:2:1").stderr_has("choose one as `FILE#own`");
    // One container alone needs no name, be it in an array or not.
    for text in [format!("[{}]", all[0]), all[0].clone()] {
        let test = sdiff("i.json own.json --host amd64").file("i.json", &text);
        test.file("own.json", &profile(&allow("read", ""))).run().status(0);
    }
}

#[test]
fn a_container_has_the_capabilities_that_it_was_given() {
    for (host, caps) in [
        ("", "docker-default"),
        ("\"CapAdd\": [\"SYS_ADMIN\"]", "docker-default,CAP_SYS_ADMIN"),
        ("\"CapAdd\": [\"cap_sys_admin\"], \"CapDrop\": [\"ALL\"]", "CAP_SYS_ADMIN"),
        ("\"CapDrop\": [\"ALL\"]", "none"),
        ("\"CapAdd\": [\"ALL\"]", "all"),
        ("\"CapAdd\": [\"BPF\"], \"CapDrop\": [\"BPF\"]", "docker-default,CAP_BPF"),
        ("\"Privileged\": true, \"SecurityOpt\": [\"seccomp=builtin\"], \"CapDrop\": []", "all"),
    ] {
        let ran = sdiff("i.json default --format json").file("i.json", &container("x", host)).run();
        let report: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
        let asked = sdiff(&format!("default default --format json --caps {caps}")).run();
        let asked: serde_json::Value = serde_json::from_str(&asked.stdout).expect("JSON");
        let expected = &asked["settings"]["capabilities"];
        assert_eq!(&report["old"]["environment"]["capabilities"], expected, "{host}");
        assert_eq!(&report["settings"]["capabilities"], expected, "{host}");
    }
    // An option wins.
    let add = container("x", "\"CapAdd\": [\"SYS_ADMIN\"]");
    let run = |arguments: &str| {
        let test = sdiff(&format!("{arguments} --host amd64")).file("a.json", &add);
        let test = test.file("b.json", &container("x", ""));
        test.run()
    };
    let ran = run("b.json a.json").status(1).stdout_has("capabilities: as in each file");
    ran.stdout_has("+ added").stdout_has("mount");
    run("a.json a.json").status(0);
    run("b.json a.json --caps docker-default").status(0).stdout("same policy\n");
    // Podman says what comes out.
    let podman = "{\"Name\": \"x\", \"BoundingCaps\": [\"CAP_KILL\"], \"HostConfig\": {}}";
    let ran = sdiff("p.json podman --host amd64").file("p.json", podman).run().status(0);
    ran.stderr_has("taken as that of podman@");
}

#[test]
fn a_fault_in_a_text_within_a_text_has_both_places() {
    let broken = "{\n \"défaultAction\": \"\",\n \"defaultAction\": \"SCMP_ACT_ALOW\"\n}";
    let text = format!("[\n{}\n]", container("web", &security(broken)));
    let ran = sdiff("i.json default").file("i.json", &text).run().status(2);
    assert_eq!(ran.stdout, "");
    let column = text.lines().nth(1).expect("a line").find("\\\"SCMP_ACT_ALOW").expect("there");
    let column = text.lines().nth(1).expect("a line")[..column].chars().count() + 1;
    ran.stderr_has(&format!("unknown action `SCMP_ACT_ALOW` (in the text at i.json:2:{column})"))
        .stderr_has("i.json#web:3:19")
        .stderr_has("did you mean `SCMP_ACT_ALLOW`?");
    let cut = container("web", &security("{\n\"syscalls\": [\n{\"names\": ]}"));
    let ran = sdiff("check i.json").file("i.json", &cut).run();
    assert!(ran.status != 0 && (ran.stdout + &ran.stderr).contains(":3:11"));
}

#[test]
fn containers_of_bad_form_are_errors_with_their_place() {
    for (host, part) in [
        ("\"CapAdd\": [\"FOO\"]", "unknown capability `FOO`"),
        ("\"CapAdd\": [3]", "`CapAdd` must be an array of strings"),
        ("\"Privileged\": \"yes\"", "`Privileged` must be a boolean"),
        ("\"SecurityOpt\": \"x\"", "`SecurityOpt` must be an array of strings"),
        ("\"SecurityOpt\": [\"seccomp=/x.json\"]", "the container's profile is the file `/x.json`"),
    ] {
        let ran = sdiff("i.json default").file("i.json", &container("x", host)).run().status(2);
        assert_eq!(ran.stdout, "");
        ran.stderr_has(part).stderr_has("i.json:1:");
    }
    let image = "[{\"Id\": \"x\", \"RepoTags\": []}]";
    sdiff("i.json default")
        .file("i.json", image)
        .run()
        .status(2)
        .stderr_has("not a seccomp profile");
}

/// A runtime's `config.json`.
fn bundle(process: &str, architectures: &str) -> String {
    format!(
        "{{\"ociVersion\": \"1.0.2\", \"process\": {{{process}}}, \"linux\": {{\"seccomp\": \
         {{\"defaultAction\": \"SCMP_ACT_ERRNO\"{architectures}, \"syscalls\": [{{\"names\": \
         [\"read\"], \"action\": \"SCMP_ACT_ALLOW\"}}]}}}}}}"
    )
}

const AMD64: &str =
    ", \"architectures\": [\"SCMP_ARCH_X86_64\", \"SCMP_ARCH_X86\", \"SCMP_ARCH_X32\"]";

#[test]
fn a_bundle_says_for_which_container_it_is() {
    let caps = "\"noNewPrivileges\": true, \"capabilities\": {\"bounding\": [\"CAP_BPF\"]}";
    let run = |arguments: &str| {
        let test = sdiff(arguments).file("config.json", &bundle(caps, AMD64));
        test.file("other.json", &bundle("", "")).run()
    };
    // The default lets a container with that capability call bpf, on the one host.
    run("config.json default").stdout_has("amd64, capabilities: as in the file, every kernel");
    let found = |arguments: &str, id: &str| {
        let ran = run(&format!("config.json default --format json {arguments}"));
        let report: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
        let findings = report["findings"].as_array().expect("findings").clone();
        findings.into_iter().find(|f| f["id"].as_str().is_some_and(|text| text.starts_with(id)))
    };
    let bpf = found("", "sd2-added-bpf-").expect("bpf is let through with its capability");
    let witness = &bpf["effects"][0]["witness"];
    assert_eq!(witness["capabilities"], serde_json::json!(["CAP_BPF"]));
    assert_eq!(found("--caps none", "sd2-added-bpf-"), None);
    run("config.json default --host arm64").stdout_has("arm64, capabilities: as in the file");
    run("other.json other.json").stdout("same policy\n");
    let ran = run("config.json default --format json");
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(report["hosts"], serde_json::json!(["amd64"]));
    let environment = &report["old"]["environment"];
    assert_eq!(environment["capabilities"], serde_json::json!(["CAP_BPF"]));
    assert_eq!(environment["no_new_privileges"], true);
    // In every command.
    let ran = run("explain config.json read");
    assert!(ran.stdout.contains("the call runs") && !ran.stdout.contains("arm64"));
    run("explain default bpf --caps CAP_BPF --host amd64").stdout_has("the call runs");
}

/// Two bundles of different hosts are compared all the same.
#[test]
fn bundles_of_other_hosts_are_not_the_same() {
    let arm = ", \"architectures\": [\"SCMP_ARCH_AARCH64\", \"SCMP_ARCH_ARM\"]";
    let (amd64, arm64) = (bundle("", AMD64), bundle("", arm));
    let ran = sdiff("a.json b.json").file("a.json", &amd64).file("b.json", &arm64).run().status(1);
    ran.stdout_has("amd64, arm64, every capability set");
    let repository = Repository::new();
    repository.write("config.json", &amd64);
    repository.commit();
    repository.branch("pr");
    repository.write("config.json", &arm64);
    repository.commit();
    let ran = repository.review("--fail-on any").status(1);
    assert!(!ran.stdout.contains("same policy"), "{}", ran.stdout);
}

#[test]
fn a_bundle_whose_capabilities_are_no_names_is_an_error() {
    for (process, part) in [
        ("\"capabilities\": {\"bounding\": [\"CAP_FOO\"]}", "unknown capability `CAP_FOO`"),
        ("\"capabilities\": {\"bounding\": [3]}", "`bounding` must be an array of strings"),
        ("\"capabilities\": []", "`capabilities` must be an object"),
        ("\"noNewPrivileges\": 1", "`noNewPrivileges` must be a boolean"),
    ] {
        let text = bundle(process, AMD64);
        let ran = sdiff("config.json default").file("config.json", &text).run().status(2);
        assert_eq!(ran.stdout, "");
        ran.stderr_has(part).stderr_has("config.json:1:");
    }
}

#[test]
fn reports_of_objects_fit_the_schema() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../docs/report.schema.json")).expect("JSON");
    let schema = jsonschema::draft202012::new(&schema).expect("a schema");
    let caps = "\"noNewPrivileges\": true, \"capabilities\": {\"bounding\": [\"CAP_BPF\"]}";
    let flags =
        |flag: &str| bundle(caps, &format!(", \"flags\": [\"SECCOMP_FILTER_FLAG_{flag}\"]"));
    for arguments in ["config.json i.json", "i.json other.json", "other.json config.json"] {
        let test = sdiff(&format!("{arguments} --host amd64 --format json"));
        let test = test.file("config.json", &flags("LOG")).file("i.json", &container("x", ""));
        let ran = test.file("other.json", &flags("TSYNC")).run();
        let report: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
        let faults: Vec<String> = schema.iter_errors(&report).map(|e| e.to_string()).collect();
        assert!(faults.is_empty(), "{arguments}: {faults:#?}");
    }
}

/// The shapes that people have, where they are there.
#[test]
fn shapes_of_the_corpus() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/shapes");
    if !folder.exists() {
        assert!(
            std::env::var_os("SDIFF_REQUIRE_SHARED").is_none(),
            "{} is missing",
            folder.display()
        );
        return;
    }
    let run = |arguments: &str| sdiff(arguments).at(&folder).run();
    for (old, new) in [("flags-a", "flags-b"), ("flags-b", "flags-a"), ("notify-a", "notify-b")] {
        run(&format!("{old}.json {new}.json")).status(1).stdout_has("other filter settings");
    }
    run("flags-a.json flags-b.json --fail-on weakened").status(1);
    run("notify-b.json notify-a.json --within").status(1).stdout_has("no\n");
    run("explain spo-base.yaml#child mount --host amd64").status(0).stdout_has("the call runs");
    for file in ["spo-base2.yaml", "spo-base3.yaml", "child2.yaml"] {
        run(&format!("check {file}")).status(2).stderr_has("is in a registry");
    }
    run("check spo-helm.yaml").status(2).stderr_has("Helm template");
    run("check kubescape.yaml").status(2).stderr_has("means something else");
    run("explain list.yaml read --host amd64").status(0).stdout_has("the call runs");
    run("explain inspect.json read --host amd64").status(0).stdout_has("the call runs");
    run("default bundle-config.json").stdout_has("amd64, capabilities: as in the file");
}
