//! `sdiff lineage`: what a profile came from, and what happened there since.

use super::rebase::fork;
use super::{Ran, allow, profile, sdiff};
use serde_json::{Value, json};

const SCHEMA: &str = include_str!("../../docs/lineage.schema.json");
const REPORT_SCHEMA: &str = include_str!("../../docs/report.schema.json");

/// The widest line of a report.
const WIDTH: usize = 100;

fn lineage(arguments: &str, mine: &str) -> Ran {
    sdiff(&format!("lineage mine.json {arguments}")).file("mine.json", mine).run()
}

#[track_caller]
fn text(mine: &str) -> String {
    let ran = lineage("", mine).status(0).stderr("");
    assert!(ran.stdout.lines().all(|line| line.chars().count() <= WIDTH), "{}", ran.stdout);
    ran.stdout
}

/// The lines below a title.
fn part<'a>(text: &'a str, title: &str) -> Vec<&'a str> {
    let below = text.lines().skip_while(|line| !line.starts_with(title)).skip(1);
    below.take_while(|line| !line.is_empty()).collect()
}

#[track_caller]
fn valid(ran: &Ran) -> Value {
    let schema: Value = serde_json::from_str(SCHEMA).expect("JSON");
    let report: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    jsonschema::draft202012::meta::validate(&schema).expect("a schema");
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    let faults: Vec<String> =
        validator.iter_errors(&report).map(|f| format!("{f} at {}", f.instance_path())).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    let mut wrong = report.clone();
    wrong["origin"]["verdict"] = json!("perhaps");
    assert!(!validator.is_valid(&wrong));
    report
}

/// A built-in profile as a file of one's own.
fn built_in(name: &str) -> String {
    sdiff(&format!("baselines {name}")).run().status(0).stdout
}

/// Calls are allowed but for one: no default that was ever shipped is like that.
fn far() -> String {
    profile("{\"names\": [\"ptrace\"], \"action\": \"SCMP_ACT_ERRNO\"}").replacen(
        "SCMP_ACT_ERRNO",
        "SCMP_ACT_ALLOW",
        1,
    )
}

#[test]
fn a_fork_is_told_what_upstream_did_since() {
    insta::assert_snapshot!(text(&fork()));
}

#[test]
fn an_unmodified_default_is_the_same_function() {
    let text = text(&built_in("docker@20.10.2"));
    let first = "  docker@20.10.0 to 20.10.3      2020-11-12  no edit    5 years 6 months, ";
    assert!(part(&text, "origin")[0].starts_with(first), "{text}");
    assert_eq!(part(&text, "what it changes against docker@20.10.3"), ["  nothing"]);
    assert!(text.contains("  socket                   docker@20.10.22, 2022-12-15\n"), "{text}");
}

#[test]
fn the_newest_default_has_missed_nothing() {
    let text = text(&built_in("default"));
    assert!(part(&text, "origin")[0].ends_with("  no edit    the newest"), "{text}");
    for title in ["what it changes", "blocked upstream since", "let through upstream since"] {
        assert_eq!(part(&text, title), ["  nothing"], "{text}");
    }
}

#[test]
fn podmans_profile_is_beside_podmans() {
    let mine = built_in("containers-common@0.60.0");
    let text = text(&mine);
    let origin = part(&text, "origin");
    assert!(origin[0].starts_with("  containers-common@0.60.0 to 0.6"), "{text}");
    assert!(origin[0].contains("  no edit "), "{text}");
    let states: Vec<&&str> = origin.iter().filter(|line| line.starts_with("  ")).collect();
    assert!(states.iter().all(|line| line.starts_with("  containers-common@")), "{text}");
    let report = valid(&lineage("--format json", &mine).status(0));
    assert_eq!(report["newest"]["product"], "containers-common");
    assert_eq!(report["intent"]["findings"], json!([]));
}

/// Calls are allowed but for one, and a list of one's own: neither has an origin.
#[test]
fn what_is_no_copy_is_told_so() {
    for mine in [far(), profile(&allow("read write openat close", ""))] {
        let text = text(&mine);
        assert!(
            text.contains("\nnot a copy of any known default\nit lets through 0 of "),
            "{text}"
        );
        assert!(text.contains("\nnearest in what it does is "), "{text}");
        assert!(!text.contains("what it changes"), "{text}");
        assert!(text.lines().count() < 10, "{text}");
        let report = valid(&lineage("--format json", &mine).status(0));
        assert_eq!(report["origin"]["verdict"], "none");
        assert_eq!(report["origin"]["candidates"], json!([]));
        assert!(report["nearest"]["distance"].as_u64() > Some(0), "{report}");
        assert_eq!(report.get("intent"), None);
    }
}

/// Each is told as if it were alone, in the order in which they are given.
#[test]
fn many_are_told_in_their_order() {
    let files = [("b.json", fork()), ("a.json", far()), ("c.json", built_in("docker@20.10.2"))];
    let run = |arguments: &str| {
        let mut run = sdiff(&format!("lineage {arguments}"));
        for (name, text) in &files {
            run = run.file(name, text);
        }
        run.run().status(0).stderr("").stdout
    };
    let alone = files.each_ref().map(|(name, _)| run(name));
    assert_eq!(run("b.json a.json c.json"), alone.join("\n"));
    let documents = run("b.json a.json c.json --format json");
    let alone = files.each_ref().map(|(name, _)| run(&format!("{name} --format json")));
    assert_eq!(documents, alone.concat());
    // One that cannot be read is an error, and nothing is told.
    let ran = sdiff("lineage a.json d.json").file("a.json", &far()).run().status(2);
    assert_eq!(ran.stdout, "");
}

/// A commit that no release has is named as such, beside the releases that it lies between.
#[test]
fn a_copy_of_a_commit_is_found() {
    let mine = built_in("docker@d0d99b0").replacen("\"accept\",", "\"keyctl\", \"accept\",", 1);
    let text = text(&mine);
    assert!(text.contains("\na copy of docker@d0d99b0\n"), "{text}");
    let origin = part(&text, "origin");
    let first =
        "  docker@d0d99b0                 2020-06-26  1 edit     between docker@19.03.12 and ";
    assert!(origin[0].starts_with(first), "{text}");
    assert_eq!(part(&text, "how it was made from docker@d0d99b0, as written"), ["  + keyctl"]);
    let report = valid(&lineage("--format json", &mine).status(0));
    let first = &report["origin"]["candidates"][0];
    assert_eq!((&first["name"], &first["edits"]), (&json!("docker@d0d99b0"), &json!(1)));
    assert_eq!(first["added"], json!(["keyctl"]));
    assert_eq!(first["after"]["version"], "19.03.12");
}

#[test]
fn a_call_counts_for_those_of_its_calls_that_upstream_blocked() {
    // Upstream has blocked AF_ALG (38) and AF_VSOCK (40), and no family below.
    let mine = |bound: u32| {
        let below =
            format!(", \"args\": [{{\"index\": 0, \"value\": {bound}, \"op\": \"SCMP_CMP_LT\"}}]");
        let more = format!("{{\"syscalls\": [{}]}}", allow("socket", &below));
        let merge = sdiff("merge --strategy replace --base docker@20.10.21 more.json");
        text(&merge.file("more.json", &more).run().status(0).stdout)
    };
    for (bound, wanted) in [(38, None), (39, Some("docker@29.4.2"))] {
        let text = mine(bound);
        let open = part(&text, "blocked upstream since");
        let socket = open.iter().find_map(|line| line.strip_prefix("  socket "));
        let release = socket.map(|line| line.trim().split(',').next().expect("a release"));
        assert_eq!(release, wanted, "{text}");
    }
}

#[test]
fn json_fits_its_schema_and_says_what_the_text_says() {
    let report = valid(&lineage("--format json", &fork()).status(0).stderr(""));
    assert_eq!((&report["version"], &report["tool"]["name"]), (&json!(2), &json!("sdiff")));
    assert_eq!(report["profile"], "mine.json");
    let origin = &report["origin"];
    let first = &origin["candidates"][0];
    assert_eq!(origin["verdict"], "one");
    assert_eq!(
        (&first["name"], &report["intent"]["against"]),
        (&json!("docker@20.10.3"), &json!("docker@20.10.3"))
    );
    let last = json!({"product": "docker", "version": "20.10.3", "date": "2021-01-25"});
    assert!(first["releases"].as_array().expect("a list").contains(&last), "{first}");
    assert_eq!(first["added"], json!(["keyctl", "unshare"]));
    assert_eq!(first["missing"], json!(["unshare with CAP_SYS_ADMIN"]));
    assert_eq!((&first["edits"], &first["view"]), (&json!(3), &json!("as written")));
    // From 2021-01-25 to 2026-08-05.
    assert_eq!(first["age"]["days"], 2018);
    let found = report["intent"]["findings"].as_array().expect("a list");
    let subjects = found.iter().map(|finding| [&finding["kind"], &finding["subject"]["name"]]);
    let subjects: Vec<_> = subjects.collect();
    assert_eq!(subjects, [["added", "keyctl"], ["weakened", "unshare"]]);
    let socket = json!({"product": "docker", "version": "20.10.22", "date": "2022-12-15"});
    assert_eq!(report["blocked_since"][3], json!({"syscall": "socket", "release": socket}));
    let text = text(&fork());
    for (list, title) in
        [("blocked_since", "blocked upstream"), ("allowed_since", "let through upstream")]
    {
        let names = report[list].as_array().expect("a list").iter();
        let names: Vec<&str> = names.map(|one| one["syscall"].as_str().expect("text")).collect();
        let shown = part(&text, title).into_iter();
        let shown: Vec<&str> = shown.filter_map(|line| line.split_whitespace().next()).collect();
        assert_eq!(names, shown);
    }
}

#[test]
fn json_of_unlike_profiles_fits_the_schema() {
    let only = profile(&allow("read", ""))
        .replace("\"syscalls\"", "\"architectures\": [\"SCMP_ARCH_S390X\"], \"syscalls\"");
    for mine in [far(), "{}".to_owned(), only, built_in("docker@1.11.0")] {
        let report = valid(&lineage("--format json", &mine).status(0));
        let is_copy = report["origin"]["verdict"] != "none";
        assert_eq!(report["intent"]["hosts"].is_array(), is_copy);
    }
}

#[test]
fn findings_have_the_schema_of_a_diff() {
    let [own, diffs] = [SCHEMA, REPORT_SCHEMA].map(|text| -> Value {
        let schema: Value = serde_json::from_str(text).expect("JSON");
        schema["$defs"].clone()
    });
    let of_lineage = ["release", "since", "candidate"];
    for (name, own) in own.as_object().expect("definitions") {
        assert!(of_lineage.contains(&&**name) || *own == diffs[name], "{name}");
    }
}

#[test]
fn bad_input_is_trouble() {
    let overlay = r#"{ "syscalls": [ { "names": ["keyctl"], "action": "SCMP_ACT_ALLOW" } ] }"#;
    let unknown =
        profile("").replace("\"syscalls\"", "\"architectures\": [\"PDP11\"], \"syscalls\"");
    for (mine, arguments, error) in [
        (overlay, "", "mine.json has rules and no `defaultAction`"),
        ("{ \"defaultAction\": ", "", "mine.json:1:"),
        (&*unknown, "", "PDP11"),
        ("{}", "--format sarif", "invalid value 'sarif'"),
    ] {
        lineage(arguments, mine).status(2).stdout("").stderr_has(error);
    }
    sdiff("lineage none.json").run().status(2).stdout("").stderr_has("none.json");
    sdiff("lineage").run().status(2).stdout("");
}
