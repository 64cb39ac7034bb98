//! `sdiff check`: findings, their status, acceptances.

use super::{allow, profile, sdiff};

const KEYCTL: &str = "read keyctl";

#[test]
fn a_finding_has_its_line_its_mend_and_its_proof() {
    let ran = sdiff("check mine.json").file("mine.json", &profile(&allow(KEYCTL, ""))).run();
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("[dangerous-call]"), "{}", ran.stdout);
    assert!(ran.stdout.contains("--> mine.json:4:20"), "{}", ran.stdout);
    assert!(ran.stdout.contains("proof: keyctl("), "{}", ran.stdout);
    let ran =
        sdiff("check --fail-on error mine.json").file("mine.json", &profile(&allow(KEYCTL, "")));
    assert!(ran.run().stdout.contains("[no-start]"));
}

#[test]
fn what_does_not_load_is_a_finding_and_what_cannot_be_read_is_trouble() {
    let text = profile(&allow("read", "")).replace("SCMP_ACT_ALLOW", "ALLOW");
    let ran = sdiff("check mine.json").file("mine.json", &text).run();
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("[does-not-load]"), "{}", ran.stdout);
    let ran = sdiff("check no-such.json").run();
    assert_eq!((ran.status, &*ran.stdout), (2, ""));
}

#[test]
fn acceptances_are_applied_and_looked_at() {
    let text = profile(&allow(KEYCTL, ""));
    let run = |config: &str| {
        let arguments = "check --fail-on never -f json mine.json";
        sdiff(arguments).file("mine.json", &text).file("sdiff.toml", config).run()
    };
    let accept =
        "[[accept]]\nrule = \"dangerous-call\"\nsyscall = \"keyctl\"\nreason = \"tokens\"\n";
    let ran = run(accept);
    assert!(!ran.stdout.contains("\"dangerous-call\""), "{}", ran.stdout);
    assert!(ran.stdout.contains("\"accepted\": 1"), "{}", ran.stdout);
    let ran = run(&format!("{accept}expires = \"2001-01-01\"\n"));
    assert!(ran.stdout.contains("\"dangerous-call\""), "{}", ran.stdout);
    assert!(
        ran.stdout
            .contains("sdiff.toml:2: the acceptance of `dangerous-call` expired on 2001-01-01")
    );
    let ran = run(&accept.replace("keyctl", "bpf"));
    assert!(ran.stdout.contains("no finding of the checked profiles needs"), "{}", ran.stdout);
    let ran = run("[severity]\ndangerous-call = \"off\"\n");
    assert!(!ran.stdout.contains("\"dangerous-call\""), "{}", ran.stdout);
    for (wrong, says) in [
        (
            "[[accept]]\nrule = \"dangerous-cal\"\nreason = \"x\"\n",
            "sdiff.toml:2: there is no lint",
        ),
        ("[[accept]]\nrule = \"stale\"\n", "missing field `reason`"),
        ("[[accept]]\nreason = \"x\"\n", "either a `rule` or a `change`"),
        ("[gates]\n", "unknown field `gates`"),
        ("[severity]\nstale = \"bad\"\n", "sdiff.toml:2"),
    ] {
        let ran = run(wrong);
        assert_eq!(ran.status, 2, "{wrong}");
        assert!(ran.stderr.contains(says), "{wrong}: {}", ran.stderr);
    }
}

#[test]
fn the_stories() {
    let ran = sdiff("check --rules").run();
    assert!(
        ran.stdout.lines().count() > 20 && ran.stdout.contains("\nno-effect "),
        "{}",
        ran.stdout
    );
    let ran = sdiff("check --explain no-effect").run();
    assert!(ran.stdout.contains("beat every rule with conditions"), "{}", ran.stdout);
    assert_eq!(sdiff("check --explain no-such").run().status, 2);
}

#[test]
fn in_kubernetes_it_is_read_by_containerd_and_crio() {
    let text = profile(&allow("mount", ", \"includes\": {\"caps\": [\"CAP_SYS_ADMIN\"]}"));
    let folder = "check --fail-on never kubelet/mine.json";
    let ran =
        sdiff(folder).file("mine.json", &text).folder_file("kubelet", "mine.json", &text).run();
    assert!(ran.stdout.contains("warning: containerd does not read `includes`"), "{}", ran.stdout);
}

#[test]
fn reports_and_configurations_fit_their_schemas() {
    let validator = |text: &str| {
        let schema: serde_json::Value = serde_json::from_str(text).expect("JSON");
        jsonschema::draft202012::meta::validate(&schema).expect("a schema");
        jsonschema::draft202012::new(&schema).expect("a schema")
    };
    let report = validator(include_str!("../../docs/check.schema.json"));
    for name in ["default", "docker@1.11.0", "containers-common@0.39", "mine.json"] {
        let text = profile(&allow(KEYCTL, ""));
        let ran = sdiff("check -f json").argument(name).file("mine.json", &text).run();
        let json = serde_json::from_str(&ran.stdout).expect("JSON");
        assert!(report.is_valid(&json), "{name}: {:?}", report.iter_errors(&json).next());
    }
    let config = validator(include_str!("../../docs/sdiff.schema.json"));
    let good = "[[accept]]\nrule = \"no-effect\"\nprofile = \"a/*.json\"\nreason = \"x\"\n\
                expires = \"2027-01-31\"\n[severity]\nstale = \"off\"\n[gate]\ncheck = \"error\"\n";
    let json = |text: &str| {
        serde_json::to_value(toml::from_str::<toml::Table>(text).expect("TOML")).expect("a value")
    };
    assert!(config.is_valid(&json(good)));
    for wrong in ["[[accept]]\nrule = \"stale\"\n", "[gates]\n", "[severity]\nstal = \"off\"\n"] {
        assert!(!config.is_valid(&json(wrong)), "{wrong}");
    }
}

/// The page tells what is accepted and why, and has the table of the profile.
#[test]
fn the_page_tells_why_a_finding_is_accepted() {
    let config = "[[accept]]\nrule = \"unknown-syscall\"\nreason = \"an old name\"\n";
    let test = sdiff("check mine.json --format html --fail-on error")
        .file("mine.json", &profile(&allow("read chwon", "")))
        .file("sdiff.toml", config);
    let page = test.run().stdout;
    assert!(page.contains("Accepted findings (1)"), "{page}");
    assert!(page.contains("<b>Accepted</b> <span>an old name</span>"), "{page}");
    assert!(page.contains("<th scope=\"row\">read</th><td>ALLOW</td>"), "{page}");
}
