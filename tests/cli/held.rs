//! Profiles that stand inside other files: ConfigMaps, Secrets, machines' configurations, templates.

use super::repository::Repository;
use super::{allow, listed, sdiff};
use serde_json::Value;

const OLD: &str = "read write exit_group";
const NEW: &str = "read write exit_group keyctl";

fn profile(names: &str) -> String {
    listed(&allow(names, ""))
}

/// The lines with so many spaces before each.
fn indented(text: &str, by: usize) -> String {
    text.lines().map(|line| format!("{}{line}\n", " ".repeat(by))).collect()
}

fn object(kind: &str, member: &str) -> String {
    format!("apiVersion: v1\nkind: {kind}\nmetadata:\n  name: web\n{member}")
}

fn config_map(names: &str) -> String {
    let block = indented(&profile(names), 4);
    let member = format!("data:\n  other.conf: |\n    a = b\n  profiles.json: |\n{block}");
    format!("# a list\n---\n{}", object("ConfigMap", &member))
}

/// Base64 without a crate: what the standard says, bit by bit.
fn base64(text: &str) -> String {
    let letters: Vec<char> =
        ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']).collect();
    let bits: Vec<u8> =
        text.bytes().flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1)).collect();
    let letter = |six: &[u8]| {
        let value = six.iter().fold(0, |value, bit| value << 1 | usize::from(*bit));
        letters[value << (6 - six.len())]
    };
    let mut coded: String = bits.chunks(6).map(letter).collect();
    while !coded.len().is_multiple_of(4) {
        coded.push('=');
    }
    coded
}

fn changed(path: &str, old: &str, new: &str) -> Repository {
    let repository = Repository::new();
    repository.write(path, old);
    repository.commit();
    repository.branch("pr");
    repository.write(path, new);
    repository.commit();
    repository
}

/// A file, its text around a profile that allows these calls, and what the profile is called.
type Kind = (&'static str, Box<dyn Fn(&str) -> String>, &'static str);

/// Each kind of file that holds a profile.
fn kinds() -> Vec<Kind> {
    let quoted = |text: &str| serde_json::to_string(text).expect("JSON");
    vec![
        ("cm.yaml", Box::new(config_map), "configmap/web/profiles.json"),
        (
            "quoted.yaml",
            Box::new(move |names| {
                object("ConfigMap", &format!("data:\n  a.json: {}\n", quoted(&profile(names))))
            }),
            "configmap/web/a.json",
        ),
        (
            "secret.yaml",
            Box::new(|names| {
                object("Secret", &format!("data:\n  a.json: {}\n", base64(&profile(names))))
            }),
            "secret/web/a.json",
        ),
        (
            "binary.json",
            Box::new(|names| {
                let data = base64(&profile(names));
                format!(
                    "{{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {{\"name\": \"web\"}}, \
                     \"binaryData\": {{\"a.json\": \"{data}\"}}}}"
                )
            }),
            "configmap/web/a.json",
        ),
        (
            "talos.yaml",
            Box::new(|names| {
                let names = names.replace(' ', ", ");
                format!(
                    "machine:\n  seccompProfiles:\n  - name: a.json\n    value:\n      \
                     defaultAction: SCMP_ACT_ERRNO\n      archMap:\n      - architecture: \
                     SCMP_ARCH_X86_64\n      syscalls:\n      - names: [{names}]\n        action: \
                     SCMP_ACT_ALLOW\n"
                )
            }),
            "machine/seccompProfiles/a.json",
        ),
        (
            "machineconfig.yaml",
            Box::new(|names| {
                let data = base64(&profile(names));
                object(
                    "MachineConfig",
                    &format!(
                        "spec:\n  config:\n    ignition: {{version: 3.2.0}}\n    storage:\n      \
                         files:\n      - path: /var/lib/kubelet/seccomp/a.json\n        contents:\n          \
                         source: data:text/plain;charset=utf-8;base64,{data}\n"
                    ),
                )
            }),
            "machineconfig/web/var/lib/kubelet/seccomp/a.json",
        ),
        (
            "templates/cm.yaml",
            Box::new(|names| {
                let block = indented(&profile(names), 4);
                format!(
                    "{{{{- if .Values.seccomp }}}}\nkind: ConfigMap\nmetadata:\n  name: {{{{ \
                     include \"x\" . }}}}-s\ndata:\n  a.json: |-\n{block}{{{{- end }}}}\n"
                )
            }),
            "configmap/*-s/a.json",
        ),
        ("user-data.yaml", Box::new(cloud_init), "write_files/etc/a.json"),
        ("nested.yaml", Box::new(nested), "configmap/web/mc.yaml/machineconfig/web/x/a.json"),
        ("packed.yaml", Box::new(packed), "machineconfig/web/etc/seccomp/a.json"),
        (
            "packed-user-data.yaml",
            Box::new(|names| {
                let data = gzipped(&profile(names));
                format!(
                    "#cloud-config\nwrite_files:\n- path: /etc/docker/a.json\n  encoding: gz+b64\n  \
                     content: !!binary |\n    {data}\n"
                )
            }),
            "write_files/etc/docker/a.json",
        ),
        (
            "main.tf",
            Box::new(|names| {
                let block = indented(&profile(names), 6);
                format!(
                    "resource \"kubernetes_config_map\" \"p\" {{\n  metadata {{ name = \"p\" }}\n  data = {{\n    \
                     \"a.json\" = <<-EOT\n{block}    EOT\n  }}\n}}\n"
                )
            }),
            "kubernetes_config_map/p/a.json",
        ),
        (
            "local.tf",
            Box::new(|names| {
                let names = names.replace(' ', "\", \"");
                format!(
                    "resource \"local_file\" \"p\" {{\n  content = jsonencode({{\n    defaultAction = \
                     \"SCMP_ACT_ERRNO\"\n    archMap = [{{ architecture = \"SCMP_ARCH_X86_64\" }}]\n    \
                     syscalls = [{{ names = [\"{names}\"], action = \"SCMP_ACT_ALLOW\", args = [{{ index = 0, \
                     value = 1, op = \"SCMP_CMP_GE\" }}] }}]\n  }})\n}}\n"
                )
            }),
            "local_file/p",
        ),
        (
            "setup.sh",
            Box::new(|names| {
                format!(
                    "#!/bin/sh\ncat > /etc/docker/a.json <<'EOF'\n{}\nEOF\ntrue\n",
                    profile(names)
                )
            }),
            "etc/docker/a.json",
        ),
        (
            "Dockerfile",
            // What only looks like one has no end, and hides none behind it.
            Box::new(|names| {
                let looks = "RUN echo $((1 << 2))";
                format!("FROM x\n{looks}\nCOPY <<EOF /a.json\n{}\nEOF\n", profile(names))
            }),
            "a.json",
        ),
    ]
}

/// With a setting before it whose name is no word, and base64.
fn cloud_init(names: &str) -> String {
    format!(
        "#cloud-config\nwrite_files:\n- path: /etc/a.json\n  content: |\n{}- path: /b\n  encoding: b64\n  \
         content: {}\n",
        indented(&profile(names), 4),
        base64("a text")
    )
}

/// A file within a file: a machine's configuration in a `ConfigMap`.
fn nested(names: &str) -> String {
    let inner = object(
        "MachineConfig",
        &format!(
            "spec:\n  config:\n    storage:\n      files:\n      - path: /x/a.json\n        contents:\n          \
             source: data:;base64,{}\n",
            base64(&profile(names))
        ),
    );
    object("ConfigMap", &format!("data:\n  mc.yaml: |\n{}", indented(&inner, 4)))
}

/// What `gzip -9n | base64` makes of a text.
fn gzipped(text: &str) -> String {
    let run = |command: &str| {
        let mut child = std::process::Command::new("sh")
            .args(["-c", command])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut stdin = child.stdin.take().expect("standard input");
        std::io::Write::write_all(&mut stdin, text.as_bytes()).expect("writes");
        drop(stdin);
        String::from_utf8(child.wait_with_output().expect("ends").stdout).expect("UTF-8")
    };
    run("gzip -9n | base64 | tr -d '\\n'")
}

fn packed(names: &str) -> String {
    let data = gzipped(&profile(names));
    object(
        "MachineConfig",
        &format!(
            "spec:\n  config:\n    storage:\n      files:\n      - path: /etc/seccomp/a.json\n        contents:\n          \
             compression: gzip\n          source: data:;base64,{data}\n"
        ),
    )
}

#[test]
fn every_kind_is_told_by_its_name_in_every_face() {
    for (path, text, name) in kinds() {
        let repository = changed(path, &text(OLD), &text(NEW));
        let ran = repository.review("--host amd64").status(1);
        let ran = ran.stdout_has(&format!("{path}#{name}  changed"));
        ran.stdout_has("added keyctl").stdout_has("more than before");
        let faces = ["markdown", "sarif", "github", "gitlab", "junit", "html"];
        let out = repository.path().join("out").display().to_string();
        let also = faces.map(|face| format!(" --also {face}={out}.{face}")).concat();
        let ran = repository.review(&format!("--host amd64 --format json{also}")).status(1);
        assert!(ran.stdout.contains("keyctl"), "{path}: json: {}", ran.stdout);
        for face in faces {
            let written = std::fs::read_to_string(format!("{out}.{face}")).expect("a report");
            assert!(written.contains("keyctl"), "{path}: {face}: {written}");
        }
        // The same in `check` and `diff`, by the same name.
        let file = repository.path().join(path).display().to_string();
        for spec in [file.clone(), format!("{file}#{name}")] {
            let ran = sdiff("explain").argument(&spec).argument("keyctl").run();
            assert!(ran.stdout.contains("ALLOW"), "{spec}: {}{}", ran.stdout, ran.stderr);
        }
        // And nothing where only the file around it changes.
        let repository = changed(path, &text(OLD), &format!("# more\n{}", text(OLD)));
        if !path.ends_with(".json") {
            repository.review("").status(0).stdout_has("No seccomp profile is touched.");
        }
    }
}

#[test]
fn a_finding_has_its_line_in_the_outer_file() {
    let (old, new) = (config_map(OLD), config_map(NEW));
    let line = 1 + new.lines().position(|line| line.contains("keyctl")).expect("a line");
    let repository = changed("cm.yaml", &old, &new);
    let ran = repository.review("--host amd64 --format json").status(1);
    let value: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let place = &value["profiles"][0]["findings"][0]["place"];
    assert_eq!(place["line"], line, "{value:#}");
    let ran = repository.review("--host amd64 --format github").status(1);
    ran.stdout_has(&format!("file=cm.yaml,line={line}"));
}

#[test]
fn one_that_comes_or_goes_or_moves() {
    let empty = object("ConfigMap", "data: {}\n");
    let repository = changed("cm.yaml", &empty, &config_map(NEW));
    let name = "cm.yaml#configmap/web/profiles.json";
    repository.review("--host amd64").stdout_has(&format!("{name}  added"));
    let repository = changed("cm.yaml", &config_map(NEW), &empty);
    repository.review("--host amd64").status(1).stdout_has(&format!("{name} is gone"));
    // From a file of its own into a ConfigMap.
    let repository = Repository::new();
    repository.write("profiles.json", &profile(OLD));
    repository.commit();
    repository.branch("pr");
    repository.git(&["rm", "-q", "profiles.json"]);
    repository.write("cm.yaml", &config_map(NEW));
    repository.commit();
    let ran = repository.review("--host amd64").status(1);
    ran.stdout_has(&format!("{name}  renamed")).stdout_has("added keyctl");
}

/// What a condition of a template brings along is read with it and without it.
#[test]
fn a_templates_conditions_are_read_both_ways() {
    let text = |words: &str| {
        format!(
            "kind: ConfigMap\nmetadata:\n  name: {{{{ .Release.Name }}}}\ndata:\n  a.json: |\n    {{\n    \
             \"defaultAction\": \"SCMP_ACT_ERRNO\",\n    \"archMap\": [{{\"architecture\": \
             \"SCMP_ARCH_X86_64\"}}],\n    \"syscalls\": [{{\"action\": \"SCMP_ACT_ALLOW\", \"names\": [\n{words}    \
             \"read\"]}}]\n    }}\n"
        )
    };
    let open = "    {{- if .Values.more }}\n    \"keyctl\",\n    {{- end }}\n";
    let repository = changed("t.yaml", &text(open), &text("    \"keyctl\",\n"));
    let ran = repository.review("--host amd64 --width 200").status(1);
    ran.stdout_has("a.json (where no condition holds)").stdout_has("added keyctl");
    // What it prints into the profile is not guessed.
    let printed = "    {{ .Values.names | toJson }},\n";
    let repository = changed("t.yaml", &text(""), &text(printed));
    repository.review("").status(0).stdout_has("not judged: a template's values");
    repository.review("--fail-on unjudged").status(1);
}

#[test]
fn several_are_chosen_by_name_and_none_is_overwritten() {
    let block = indented(&profile(OLD), 4);
    let two = object("ConfigMap", &format!("data:\n  a.json: |\n{block}  b.json: |\n{block}"));
    let test = sdiff("check two.yaml").file("two.yaml", &two);
    test.run().status(2).stderr_has("`configmap/web/a.json`, `configmap/web/b.json`");
    let json = format!(
        "{{\"kind\": \"ConfigMap\", \"apiVersion\": \"v1\", \"metadata\": {{\"name\": \"web\"}}, \"data\": {{\"a\": {}}}}}",
        serde_json::to_string(&profile(OLD)).expect("JSON")
    );
    let test = sdiff("normalize --write cm.json").file("cm.json", &json);
    test.run().status(2).stderr_has("--write needs a file that holds one JSON profile");
}

/// A Pod's profile is found where the cluster has it from.
#[test]
fn a_pods_profile_is_found_inside_a_file() {
    let pod = |path: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  containers:\n  - name: a\n    image: x\n    \
             securityContext: {{seccompProfile: {{type: Localhost, localhostProfile: {path}}}}}\n"
        )
    };
    let operator = |namespace: &str, names: &str| {
        let names = names.replace(' ', ", ");
        format!(
            "apiVersion: security-profiles-operator.x-k8s.io/v1beta1\nkind: SeccompProfile\nmetadata: {{name: o, \
             namespace: {namespace}}}\nspec:\n  defaultAction: SCMP_ACT_ERRNO\n  architectures: [SCMP_ARCH_X86_64]\n  \
             syscalls:\n  - {{action: SCMP_ACT_ALLOW, names: [{names}]}}\n"
        )
    };
    let repository = Repository::new();
    repository.write("cm.yaml", &config_map(OLD));
    repository.write(
        "secret.yaml",
        &object("Secret", &format!("data:\n  s.json: {}\n", base64(&profile(NEW)))),
    );
    repository.write("objects.yaml", &format!("{}---\n{}", operator("a", OLD), operator("b", NEW)));
    repository.write("pod.yaml", &pod("profiles/profiles.json"));
    repository.commit();
    for (branch, path, old_path, says) in [
        ("s", "s.json", "profiles/profiles.json", "it lets through more (keyctl)"),
        ("b", "operator/b/o.json", "operator/a/o.json", "it lets through more (keyctl)"),
        ("c", "operator/c/o.json", "operator/a/o.json", "no SeccompProfile `o` of namespace `c`"),
        ("n", "nowhere.json", "operator/a/o.json", "`nowhere.json` is not in the repository"),
    ] {
        repository.git(&["checkout", "-q", "main"]);
        repository.branch(&format!("{branch}-old"));
        repository.write("pod.yaml", &pod(old_path));
        repository.commit();
        repository.branch(branch);
        repository.write("pod.yaml", &pod(path));
        repository.commit();
        let ran = repository.sdiff(&format!("review {branch}-old..{branch} --host amd64")).run();
        assert!(ran.stdout.contains(says), "{path}: {}{}", ran.stdout, ran.stderr);
    }
}

/// Named, bounded, and the rest judged.
#[test]
fn files_made_to_harm() {
    let bomb = {
        let mut text = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
        for at in 1..12 {
            text += &format!("a{at}: &a{at} [{}]\n", vec![format!("*a{}", at - 1); 9].join(","));
        }
        text
    };
    let secret = |data: &str| object("Secret", &format!("data:\n  seccomp.json: {data}\n"));
    let many = format!("---\n{}", object("ConfigMap", "data: {a: b}\n")).repeat(10_000);
    let broken = "U0NNUF9BQ1Rf*".repeat(10_000);
    let packed = format!("H4sI{}", "A".repeat(64));
    for (path, harm, says) in [
        ("bomb.yaml", bomb, ""),
        ("cycle.yaml", "a: &a [*a]\n".to_owned(), ""),
        ("many.yaml", many, ""),
        ("none.yaml", secret(&broken), "should be base64 and is not: not looked into"),
        (
            "gzip.yaml",
            secret(&packed),
            "is packed (gzip), and broken or too large: not looked into",
        ),
    ] {
        let text = |names: &str| format!("{harm}---\n{}", config_map(names));
        let repository = changed(path, &text(OLD), &text(NEW));
        let ran = repository.review("--host amd64").status(1);
        ran.stdout_has("profiles.json  changed").stdout_has("added keyctl").stdout_has(says);
    }
    // An object of the operator in a string is named, and a file in files in files.
    let mut deep = profile(NEW);
    for _ in 0..6 {
        deep = object("ConfigMap", &format!("data:\n  a.yaml: |\n{}", indented(&deep, 4)));
    }
    let inner = "kind: SeccompProfile\nspec:\n  defaultAction: SCMP_ACT_ERRNO\n";
    let inner = object("ConfigMap", &format!("data:\n  a.yaml: |\n{}", indented(inner, 4)));
    for (text, says) in [(deep, "files in files in files"), (inner, "a SeccompProfile in a string")]
    {
        changed("a.yaml", "a: 1\n", &text).review("").stdout_has(says);
    }
    let block = indented(&profile(OLD), 4);
    let keys: String = (0..300).map(|at| format!("  p{at}.json: |\n{block}")).collect();
    let repository = changed("a.yaml", "a: 1\n", &object("ConfigMap", &format!("data:\n{keys}")));
    repository.review("").stdout_has("more than the limit of 250 profiles");
    // Of base64 that is longer than any file may be, that it is there.
    let repository = changed("a.yaml", "a: 1\n", &secret(&"QUJD".repeat(5 << 20)));
    repository.review("").stdout_has("a.yaml is larger than 16 MiB: not looked into");
}

/// A variable that Terraform, a shell or Flux fills in can be any call.
#[test]
fn what_a_variable_fills_in_is_not_judged() {
    let text = |names: &str, call: &str| {
        let body = profile(&format!("{names} {call}"));
        format!("resource \"local_file\" \"p\" {{\n  content = <<EOT\n{body}\nEOT\n}}\n")
    };
    let repository = changed("main.tf", &text(OLD, "bpf"), &text(OLD, "${var.call}"));
    repository
        .review("--fail-on unjudged")
        .status(1)
        .stdout_has("a template's values are part of it");
}

/// Pods alone read what an object of the cluster holds: there Docker's own fields say nothing.
#[test]
fn a_config_map_is_read_by_who_starts_pods() {
    let text = config_map(OLD);
    let of = |options: &str| {
        let file = sdiff(&format!("fingerprint --host amd64 {options} cm.yaml"));
        file.file("cm.yaml", &text).run().status(0).stdout
    };
    let check = |options: &str| {
        let ran = sdiff(&format!("fleet --host amd64 {options} --format csv cm.yaml"));
        ran.file("cm.yaml", &text).run().stdout
    };
    let theirs = of("--engine containerd");
    assert!(check("").contains(theirs.trim()), "{}", check(""));
    assert!(check("").contains(",containerd,") && check("--engine docker").contains(",docker,"));
    // What only Docker's format has is told as in a profile of the kubelet's folder.
    let rule = listed(&allow("read", ", \"includes\": {\"caps\": [\"CAP_SYS_ADMIN\"]}"));
    let block = indented(&rule, 4);
    let map = object("ConfigMap", &format!("data:\n  a.json: |\n{block}"));
    let lints = |name: &str| {
        let ran = sdiff(&format!("check --host amd64 --format json --fail-on never {name}"));
        let ran = ran.file("cm.yaml", &map).folder_file("kubelet", "a.json", &rule).run();
        let value: Value = serde_json::from_str(&ran.stdout).expect("JSON");
        let findings = value["profiles"][0]["findings"].as_array().expect("findings").clone();
        // A part of a file has no normal form of its own.
        let findings = findings.iter().filter(|one| one["lint"] != "not-normal");
        findings.map(|one| one["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(lints("cm.yaml"), lints("kubelet/a.json"));
    assert_eq!(lints("cm.yaml#configmap/web/a.json"), lints("kubelet/a.json"));
}
