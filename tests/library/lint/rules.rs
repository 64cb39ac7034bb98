//! Every lint fires on its own example and not on the nearest neighbour; the page about them is
//! written from the same text.

// Clippy takes only the functions marked as tests for tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use sdiff::decision::Store;
use sdiff::filter::Filter;
use sdiff::lint::{self, Finding};
use sdiff::load::{self, LoadOptions, Loaded};
use sdiff::semantics::{Engine, Settings};
use sdiff::syscall::Host;
use std::path::Path;

/// The profile of an example: JSON, or the name of a baseline.
fn loaded(example: &str) -> Loaded {
    let options = LoadOptions::default();
    match example.starts_with('{') {
        true => load::parse("example.json", example.as_bytes(), &options).unwrap(),
        false => load::load(example, &options).unwrap(),
    }
}

fn findings(loaded: &Loaded) -> Vec<Finding> {
    let engine = Engine::of(loaded.profile.format);
    let hosts = lint::hosts_of(&loaded.profile, engine);
    lint::check(loaded, &Settings { hosts, ..Settings::new(engine) }).unwrap()
}

/// What is found in an example: a profile, or the table of a program.
fn found_in(example: &str) -> Vec<Finding> {
    if !example.starts_with("0000:") {
        return findings(&loaded(example));
    }
    let program = sdiff::filter::read(example.as_bytes()).unwrap();
    let mut store = Store::default();
    let filter = Filter::new(&mut store, std::slice::from_ref(&program)).unwrap();
    let settings = Settings { hosts: vec![Host::Amd64], ..Settings::new(Engine::Docker) };
    let policy = filter.policy(&mut store, &settings).unwrap();
    let stack = [("example", &program)];
    let mut programs = lint::Programs { store, stack: &stack, filter: &filter, policy: &policy };
    lint::check_programs(&mut programs).unwrap()
}

#[test]
fn each_lint_fires_on_its_example_and_not_on_the_other() {
    for lint in lint::ALL.iter().filter(|lint| !lint.fires.is_empty()) {
        let found = found_in(lint.fires);
        assert!(found.iter().any(|f| f.lint == lint.id), "{} is silent: {found:#?}", lint.id);
        let found = found_in(lint.silent);
        assert!(found.iter().all(|f| f.lint != lint.id), "{} fires: {found:#?}", lint.id);
    }
}

#[test]
fn the_page_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/lints.md");
    if std::env::var_os("SDIFF_WRITE_DOCS").is_some() {
        std::fs::write(&path, lint::catalogue()).unwrap();
    }
    let page = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        page == lint::catalogue(),
        "write it: SDIFF_WRITE_DOCS=1 cargo test --test library lint::rules"
    );
}

/// The schemas for editors and for readers of the JSON name every lint.
#[test]
fn the_schemas_are_up_to_date() {
    for schema in ["docs/sdiff.schema.json", "docs/check.schema.json"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(schema);
        let text = std::fs::read_to_string(path).unwrap();
        // A team's own rule has no severity in `sdiff.toml`.
        let is_named = |id: &str| text.contains(&format!("\"{id}\""));
        for lint in lint::ALL.iter().filter(|lint| lint.id != "requirement-broken") {
            assert!(is_named(lint.id), "{schema}: {}", lint.id);
        }
    }
}

#[test]
fn ids_are_unique_words_and_stories_are_told() {
    for (at, lint) in lint::ALL.iter().enumerate() {
        assert!(
            lint.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
            "{}",
            lint.id
        );
        assert!(lint::ALL[..at].iter().all(|other| other.id != lint.id), "{}", lint.id);
        assert!(
            lint.story.len() > 100 && lint.story.lines().all(|line| line.len() <= 110),
            "{}",
            lint.id
        );
        assert!(!lint.summary.ends_with('.'), "{}", lint.id);
    }
}

/// No container fails with it, and what is said of it is true and explained in the lint's story.
#[test]
fn dockers_newest_default() {
    let found = findings(&loaded("default"));
    let said: Vec<(&str, &str, &str)> =
        found.iter().map(|f| (f.severity.name(), f.lint, &*f.subject)).collect();
    assert_eq!(
        said,
        [
            ("info", "other-engine", "containerd"),
            ("info", "older-library", "libseccomp"),
            ("info", "multiplexed", "socketcall"),
            ("info", "other-engine", "podman"),
            ("info", "absent-syscall", "sync_file_range2"),
            ("info", "open-flag", "clone"),
        ]
    );
}

/// What a default does is a fact, and no mistake of whoever has it. A fork is charged with what it adds.
#[test]
fn facts_of_a_default_are_notes() {
    let warnings = |loaded: &Loaded| -> Vec<(&'static str, String)> {
        let engine = Engine::of_loaded(loaded);
        let hosts = lint::hosts_of(&loaded.profile, engine);
        let found = lint::check(loaded, &Settings { hosts, ..Settings::new(engine) }).unwrap();
        let warnings = found.into_iter().filter(|f| f.severity >= lint::Severity::Warning);
        warnings.map(|finding| (finding.lint, finding.subject)).collect()
    };
    for spec in ["docker", "containerd", "podman", "crio", "containers-common"] {
        let default = load::load(spec, &LoadOptions::default()).unwrap();
        assert_eq!(warnings(&default), [], "{spec}");
        if matches!(spec, "containerd" | "crio") {
            continue; // code, of which there is no file to copy
        }
        let text = default.source.text.replacen("\"accept\"", "\"accept\", \"bpf\"", 1);
        let fork = load::parse("fork.json", text.as_bytes(), &LoadOptions::default()).unwrap();
        // Podman's has a rule that denies `bpf`, which the fork leaves without effect.
        let found = warnings(&fork);
        let wanted = [("dangerous-call", "bpf".to_owned()), ("no-effect", "bpf".to_owned())];
        let expected = if spec == "docker" { &wanted[..1] } else { &wanted };
        assert_eq!(found, expected, "{spec}");
        // What the default opens in part the fork opens whole.
        let text =
            default.source.text.replacen("\"accept\"", "\"accept\", \"clone\", \"socket\"", 1);
        let fork = load::parse("fork.json", text.as_bytes(), &LoadOptions::default()).unwrap();
        let found = warnings(&fork);
        let is_charged = found.iter().any(|(lint, of)| *lint == "dangerous-call" && of == "clone");
        // Podman's opens all of `clone` itself.
        assert_eq!(is_charged, spec == "docker", "{spec}: {found:?}");
    }
}

/// Where, and only where, no value fulfils a condition on an ABI that has the call.
#[test]
fn impossible_conditions_are_found_whatever_is_beside_them() {
    const MAX: u64 = u64::MAX;
    const HALF: u64 = u32::MAX as u64;
    let x86 = r#""SCMP_ARCH_X86_64", "SCMP_ARCH_X86""#;
    let arm = r#""SCMP_ARCH_AARCH64""#;
    for (arches, name, op, value, action, expected) in [
        // With the highest number of all, with a higher one, and absent from the ABI.
        (x86, "fcntl", "LT", 0, "ALLOW", true),
        (x86, "read", "LT", 0, "ALLOW", true),
        (x86, "mseal", "LT", 0, "ALLOW", true),
        (x86, "breakpoint", "LT", 0, "ALLOW", false),
        (x86, "breakpoint", "LT", 0, "ERRNO", false),
        (arm, "fork", "LT", 0, "ERRNO", false),
        (x86, "nosuchcall", "LT", 0, "ALLOW", false),
        // As the default action.
        (x86, "fcntl", "LT", 0, "ERRNO", true),
        // Words of both widths.
        (x86, "fcntl", "GT", MAX, "ALLOW", true),
        (x86, "fcntl", "GT", HALF, "ALLOW", false),
        (x86, "fcntl64", "GT", HALF, "ALLOW", true),
        (x86, "fcntl64", "LT", 1 << 32, "ALLOW", true),
        (x86, "fcntl", "LT", 1 << 32, "ALLOW", false),
        (x86, "fcntl", "LT", 1, "ALLOW", false),
        (x86, "fcntl", "GE", 0, "ALLOW", false),
        (x86, "fcntl", "MASKED_EQ", 0, "ALLOW", false),
    ] {
        let text = format!(
            r#"{{"defaultAction": "SCMP_ACT_ERRNO", "architectures": [{arches}], "syscalls": [
                {{"names": ["write", "close"], "action": "SCMP_ACT_ALLOW"}},
                {{"names": ["{name}"], "action": "SCMP_ACT_{action}",
                 "args": [{{"index": 1, "value": {value}, "op": "SCMP_CMP_{op}"}}]}}]}}"#
        );
        let found = findings(&loaded(&text));
        let claimed: Vec<_> = found.iter().filter(|f| f.lint == "impossible-condition").collect();
        assert_eq!(!claimed.is_empty(), expected, "{name} {op} {value} {action}: {claimed:#?}");
        assert!(claimed.iter().all(|f| f.message.contains("arg1") && f.span.is_some()));
    }
}

/// A rule that does nothing is redundant only where its calls get its action.
#[test]
fn a_deny_that_a_wider_allow_beats_is_no_repetition() {
    for (default, first, second, expected) in [
        // The default action, with and without conditions, under an allow with conditions.
        ("ERRNO", ("ALLOW", "LE", 50), ("ERRNO", "EQ", 40), Some("no-effect")),
        ("ERRNO", ("ALLOW", "LE", 50), ("ERRNO", "EQ", 60), Some("equals-default")),
        ("ERRNO", ("ALLOW", "LE", 50), ("ALLOW", "LE", 50), Some("redundant")),
        ("ERRNO", ("ALLOW", "LE", 50), ("KILL", "EQ", 60), None),
        ("KILL", ("LOG", "GE", 0), ("KILL", "EQ", 7), Some("no-effect")),
    ] {
        let rule = |(action, op, value): (&str, &str, u64)| {
            format!(
                r#"{{"names": ["socket"], "action": "SCMP_ACT_{action}",
                 "args": [{{"index": 0, "value": {value}, "op": "SCMP_CMP_{op}"}}]}}"#
            )
        };
        let text = format!(
            r#"{{"defaultAction": "SCMP_ACT_{default}", "architectures": ["SCMP_ARCH_X86_64"],
             "syscalls": [{{"names": ["read", "mseal"], "action": "SCMP_ACT_ALLOW"}}, {}, {}]}}"#,
            rule(first),
            rule(second)
        );
        let found = findings(&loaded(&text));
        let of_rules = ["no-effect", "redundant", "equals-default"];
        let claimed: Vec<_> = found.iter().filter(|f| of_rules.contains(&f.lint)).collect();
        let lints: Vec<&str> = claimed.iter().map(|finding| finding.lint).collect();
        assert_eq!(lints, Vec::from_iter(expected), "{text}: {claimed:#?}");
        for finding in claimed.iter().filter(|finding| finding.lint == "no-effect") {
            assert_eq!(finding.severity, lint::Severity::Warning);
            assert!(!finding.help.contains("remove it"), "{finding:#?}");
        }
    }
}

/// Which namespace flags a mask leaves open, and on which argument it lies.
#[test]
fn flags_that_a_mask_leaves_open_are_named() {
    let severity = |found: &[Finding]| {
        let mut of = found.iter().filter(|finding| finding.lint == "open-flag");
        of.next().map(|finding| (finding.severity.name(), finding.message.clone()))
    };
    for (call, arch, index, mask, expected) in [
        ("clone", "X86_64", 0, 0x7c02_0000_u64, Some(("warning", "CLONE_NEWCGROUP"))),
        ("clone", "S390X", 1, 0x7c02_0000, Some(("warning", "CLONE_NEWCGROUP"))),
        ("clone", "X86_64", 0, 0x7e02_0000, Some(("info", "CLONE_NEWTIME"))),
        ("clone", "X86_64", 0, 0x7e02_0080, None),
        ("clone", "X86_64", 0, 0x1000_0000, Some(("info", "CLONE_NEWNET"))),
        ("clone", "X86_64", 0, 0x6e02_0000, Some(("warning", "CLONE_NEWUSER"))),
        ("unshare", "X86_64", 0, 0x7e02_0000, Some(("warning", "CLONE_NEWTIME"))),
        ("unshare", "X86_64", 0, 0x7e02_0080, None),
        // Of another word.
        ("clone", "X86_64", 0, 0xff, None),
    ] {
        let text = format!(
            r#"{{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_{arch}"],
             "syscalls": [{{"names": ["read", "mseal"], "action": "SCMP_ACT_ALLOW"}},
              {{"names": ["{call}"], "action": "SCMP_ACT_ALLOW", "args": [
               {{"index": {index}, "value": {mask}, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}}]}}]}}"#
        );
        let found = severity(&findings(&loaded(&text)));
        let is_it = match (&found, expected) {
            (None, None) => true,
            (Some((severity, message)), Some((wanted, flag))) => {
                *severity == wanted && message.contains(flag)
            }
            _ => false,
        };
        assert!(is_it, "{call} {mask:#x}: {found:?}");
    }
}

/// Real profiles that showed a lint, with the line and what it is about.
#[test]
fn real_profiles() {
    for (file, lint, subject) in REAL {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus").join(file);
        let Some(path) = path.to_str().filter(|path| Path::new(path).exists()) else {
            assert!(std::env::var_os("SDIFF_REQUIRE_SHARED").is_none(), "{file} is missing");
            eprintln!("skipped: {file} is missing");
            continue;
        };
        let found = match load::load(path, &LoadOptions::default()) {
            Ok(loaded) => findings(&loaded),
            Err(error) => lint::refused(&error).into_iter().collect(),
        };
        let is_it = |f: &Finding| f.lint == *lint && f.subject == *subject;
        assert!(found.iter().any(is_it), "{file}: {lint} {subject}");
    }
}

const REAL: &[(&str, &str, &str)] = &[
    ("broken/oskarirauta-seccomp-oci_cpp-seccomp.json", "does-not-load", "profile"),
    ("changes/krukkeniels-safe-ai-27c8d7e1-17.old.json", "unknown-syscall", "initgroups"),
    ("json/viastakhov-sonarqube-docker-seccomp-profile.json", "absent-syscall", "sync_file_range2"),
    ("changes/krukkeniels-safe-ai-27c8d7e1-17.new.json", "no-effect", "clone"),
    ("changes/broadinstitute-dsp-appsec-testing-89a0da91-18.new.json", "no-effect", "clone3"),
    ("json/youki-dev-youki-config.json", "redundant", "syslog"),
    ("json/smirnoffmg-hardened-vpn-node-seccomp.json", "equals-default", "delete_module"),
    ("json/youki-dev-youki-config.json", "unknown-field", "includes"),
    ("changes/opencontainers-runc-053f6a0d-13.new.json", "repeated-argument", "process_vm_writev"),
    ("json/opencontainers-runc-seccomp_syscall_test1.json", "multiplexed", "socketcall"),
    ("json/teksyn-25-guardbox-tek-seccomp-profile.json", "open-twin", "unshare"),
    ("json/teksyn-25-guardbox-tek-seccomp-profile.json", "default-allows", "defaultAction"),
    ("json/youki-dev-youki-config.json", "dangerous-call", "set_mempolicy"),
    ("json/viastakhov-sonarqube-docker-seccomp-profile.json", "other-engine", "podman"),
    ("json/youki-dev-youki-config.json", "missing-abi", "architectures"),
    ("json/srottem-devcontainer-ai-sandbox-seccomp-profile.json", "no-start", "futex"),
    ("changes/broadinstitute-dsp-appsec-testing-30418922-6.new.json", "newer-call", "faccessat2"),
    ("changes/Srylax-subuidless-2f52dafc-8.old.json", "stale", "profile"),
    ("json/docker-labs-allow.json", "not-normal", "profile"),
];

/// What Docker itself refuses, before any runtime sees it.
#[test]
fn what_docker_refuses() {
    let read = r#""names": ["read"], "action": "SCMP_ACT_ALLOW""#;
    for (rule, rest, refused) in [
        (r#""name": "write", "#, "", true),
        (
            "",
            r#", "architectures": ["SCMP_ARCH_X86_64"], "archMap": [{"architecture": "SCMP_ARCH_X86_64"}]"#,
            true,
        ),
        ("", r#", "architectures": ["SCMP_ARCH_X86_64"]"#, false),
        (r#""includes": {"minKernel": "4.8.0"}, "#, "", true),
        (r#""includes": {"minKernel": "0.0"}, "#, "", true),
        (r#""includes": {"minKernel": "4.8"}, "#, "", false),
    ] {
        let text = format!(
            r#"{{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{{{rule}{read}}}]{rest}}}"#
        );
        let found = findings(&loaded(&text));
        assert_eq!(found.iter().any(|f| f.lint == "does-not-load"), refused, "{text}");
    }
}
