//! `sdiff fleet`, and `check` of folders.

use super::*;
use serde_json::Value;

/// Lets everything through but what the rules say.
fn open(rules: &str) -> String {
    format!("{{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{rules}]}}")
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stdout))
}

/// A folder with two texts of one function, another function, a file that does not load and a Pod.
fn tree(arguments: &str) -> Test {
    sdiff(arguments)
        .folder_file("fleet/a", "one.json", &profile(&allow("read write", "")))
        .folder_file("fleet/b", "two.json", &profile(&format!("{},\n{}", allow("write", ""), allow("read", ""))))
        .folder_file("fleet/b", "three.json", &profile(&allow("read socket", "")))
        .folder_file("fleet", "bad.json", "{\"defaultAction\": \"SCMP_ACT_ERRN\"}")
        .folder_file("fleet", "pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - {name: web, image: x}\n")
        .folder_file("fleet", "notes.txt", "SCMP_ACT_ALLOW is an action\n")
        .folder_file("fleet", "old.tar.gz", "no profile")
}

#[test]
fn equal_functions_are_one_group_and_the_rest_is_named() {
    let ran = tree("fleet --host amd64 --format json fleet").run().status(1);
    let report = json(&ran);
    assert_eq!(report["profiles"], 3);
    let groups = report["groups"].as_array().expect("groups");
    let two = groups.iter().find(|group| group["count"] == 2).expect("a group of two");
    assert_eq!(two["members"][0]["name"], "fleet/a/one.json");
    assert_eq!(two["members"][1]["name"], "fleet/b/two.json");
    assert_eq!(groups.len(), 2);
    let unread = report["unread"].as_array().expect("unread");
    assert_eq!(unread.len(), 1, "{unread:?}");
    assert_eq!(
        (&unread[0]["name"], &unread[0]["line"]),
        (&Value::from("fleet/bad.json"), &Value::from(1))
    );
    assert_eq!(report["containers"]["unconfined"], 1);
    assert_eq!(report["left"][0]["kind"], "archives");
    // The key of a group is what `fingerprint` says.
    let one = sdiff("fingerprint --host amd64 one.json")
        .file("one.json", &profile(&allow("read write", "")));
    assert_eq!(one.run().stdout.trim(), two["fingerprint"]);
    let validator: Value =
        serde_json::from_str(include_str!("../../docs/fleet.schema.json")).expect("JSON");
    let validator = jsonschema::validator_for(&validator).expect("a schema");
    let errors: Vec<String> =
        validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn rows_come_together_in_whatever_order_and_split() {
    let whole = tree("fleet --host amd64 --call socket(AF_ALG) fleet").run().status(1);
    let ran = tree("fleet --host amd64 --call socket(AF_ALG) --rows fleet").run().status(0);
    assert!(!ran.stdout.contains("/tmp"), "{}", ran.stdout);
    let schema: Value =
        serde_json::from_str(include_str!("../../docs/fleet-rows.schema.json")).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    for line in ran.stdout.lines() {
        let row: Value = serde_json::from_str(line).expect("JSON");
        let errors: Vec<String> = schema.iter_errors(&row).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{line}: {errors:?}");
    }
    let mut rows: Vec<&str> = ran.stdout.lines().collect();
    rows.reverse();
    let (a, b) = rows.split_at(rows.len() / 2);
    let again = sdiff("fleet --from-rows a b").file("a", &a.join("\n")).file("b", &b.join("\n"));
    again.run().status(1).stdout(&whole.stdout);
    let bad = sdiff("fleet --from-rows a").file("a", "{\"row\": \"profile\"}\n").run().status(2);
    bad.stdout("").stderr_has("a:1:").stderr_has("no row of");
}

#[test]
fn who_lets_a_call_through_and_what_closes_it() {
    let unix = r#", "args": [{"index": 0, "op": "SCMP_CMP_EQ", "value": 1}]"#;
    let test = || {
        sdiff("fleet --host amd64 --plan")
            .argument("--call")
            .argument("socket(AF_ALG)")
            .file("open.json", &listed(&allow("read socket bind", "")))
            .file("shut.json", &listed(&allow("read socket", unix)))
    };
    let ran = test().argument("--format").argument("json").argument("open.json").run().status(1);
    let report = json(&ran);
    let facts = &report["groups"][0]["facts"];
    assert_eq!(facts["answers"][0]["question"], "socket(AF_ALG)");
    assert!(
        facts["answers"][0]["proof"]
            .as_str()
            .expect("a proof")
            .starts_with("socket(AF_ALG, 0, 0) on amd64")
    );
    let plan = &facts["plans"][0];
    assert_eq!(
        (&plan["closes_all"], &plan["stops"]),
        (&Value::from(true), &Value::from(Vec::<Value>::new()))
    );
    // What it plans does what it says.
    let rules = plan["rules"].as_str().expect("rules");
    let overlay = format!("{{\"extends\": \"./open.json\", \"syscalls\": {rules}}}");
    let closed = test().file("closed.json", &overlay).argument("closed.json").run().status(1);
    // It starts no container, as the profile under it; but nobody lets the call through.
    let closed = closed.stdout_has("socket(AF_ALG): none of 1 profile lets it through");
    assert!(!closed.stdout.contains("plan for"), "{}", closed.stdout);
    let explained = sdiff("explain --host amd64 closed.json")
        .argument("socket(AF_ALG)")
        .file("open.json", &listed(&allow("read socket bind", "")))
        .file("closed.json", &overlay);
    explained.run().status(0).stdout_has("EPERM");
    test().argument("shut.json").run().stdout_has("none of 1 profile lets it through");
}

#[test]
fn what_a_default_closed_since() {
    let ran =
        sdiff("fleet --host amd64 --fail-on never --changed-by docker@20.10.0..docker@29.4.3")
            .file("open.json", &open(""))
            .argument("open.json")
            .run()
            .status(0);
    ran.stdout_has("docker@20.10.0..docker@29.4.3: let through by 1 profile of 1")
        .stdout_has("io_uring_setup");
    sdiff("fleet --changed-by docker x").run().status(2).stderr_has("write two defaults");
    let same = "fleet --changed-by docker@29.4.3..docker@29.5.0 x";
    sdiff(same).run().status(2).stderr_has("there is nothing to ask about");
    sdiff("fleet --lint no-such x").run().status(2).stderr_has("no lint `no-such`");
    sdiff("fleet --plan x").run().status(2).stderr_has("--call, --changed-by or --lint");
}

#[test]
fn objects_on_standard_input() {
    let pod = |name: &str, context: &str| {
        format!(
            "{{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{{\"name\":{name:?}}},\"spec\":{{\
             \"containers\":[{{\"name\":\"c\",\"image\":\"x\"{context}}}]}}}}"
        )
    };
    let default = r#","securityContext":{"seccompProfile":{"type":"RuntimeDefault"}}"#;
    let list = format!("{{\"kind\":\"List\",\"items\":[{},{}]}}", pod("a", ""), pod("b", default));
    let counts = |ran: &Ran| {
        let report = json(ran);
        ["unconfined", "default", "own"]
            .map(|word| report["containers"][word].as_u64().expect("a number"))
    };
    let run = |text: &str| sdiff("fleet --format json --fail-on never -").stdin(text).run();
    assert_eq!(counts(&run(&list).status(0)), [1, 1, 0]);
    // Several values one behind the other, and a profile among them.
    let both = format!("{list}\n{}\n{}", pod("c", default), profile(&allow("read", "")));
    let ran = run(&both).status(0);
    assert_eq!((counts(&ran), json(&ran)["profiles"].as_u64()), ([1, 2, 0], Some(1)));
    // Two Pods of one name are told apart by their namespaces.
    let named =
        pod("c", default).replace("{\"name\":\"c\"}", "{\"name\":\"c\",\"namespace\":\"n\"}");
    run(&named).status(0).stdout_has("\"c of Pod/c in n\"");
    // It ends in the middle of an object: the others are judged.
    let torn = run(&list[..list.len() - 20]).status(2);
    assert_eq!(counts(&torn), [1, 0, 0]);
    torn.stdout_has("ends in the middle of this object");
    run("").status(2).stdout_has("stdin");
    let inspected = r#"[{"Name": "/x", "HostConfig": {"SecurityOpt": ["seccomp=unconfined"]}},
        {"Name": "/y", "HostConfig": {}}]"#;
    let ran = run(inspected).status(0).stdout_has("\"container\": \"x\"");
    assert_eq!(counts(&ran), [1, 1, 0]);
}

#[test]
fn rows_that_no_fleet_has_are_no_end_of_it() {
    let left = |name: &str| {
        format!(
            "{{\"row\":\"left\",\"kind\":\"links\",\"count\":{},\"names\":[\"{name}\"]}}\n",
            u64::MAX
        )
    };
    let unread =
        r#"{"row":"unread","name":"c","line":4294967295,"column":null,"why":"x","trouble":false}"#;
    let rows = left("a") + &left("b") + unread;
    let ran = sdiff("fleet --from-rows rows").file("rows", &rows).run().status(1);
    ran.stdout_has("c:4294967295: x").stdout_has("(a, b, …)");
}

#[test]
fn every_face_tells_of_it() {
    for face in ["text", "json", "ndjson", "csv", "markdown", "html", "sarif"] {
        let ran =
            tree(&format!("fleet --host amd64 --format {face} fleet")).run().status(1).stderr("");
        for part in ["one.json", "bad.json", "SCMP_ACT_ERRN"] {
            // Markdown escapes.
            let text = ran.stdout.replace('\\', "");
            assert!(text.contains(part), "{face}: {}", ran.stdout);
        }
    }
    tree("fleet --format junit fleet").run().status(2).stdout("").stderr_has("has the formats");
    sdiff("check --format csv x.json")
        .file("x.json", &open(""))
        .run()
        .status(2)
        .stderr_has("formats of `sdiff fleet`");
}

#[test]
fn the_gate() {
    let unconfined =
        "services:\n  web:\n    image: x\n    security_opt: [\"seccomp=unconfined\"]\n";
    let run = |gate: &str| {
        sdiff(&format!("fleet {gate} compose.yaml")).file("compose.yaml", unconfined).run()
    };
    run("").status(0).stdout_has("1 unconfined");
    run("--fail-on warning").status(1);
    run("--fail-on never").status(0);
    // Where nothing is found, nothing was asked.
    sdiff("fleet .").run().status(2).stdout("").stderr_has("nothing to judge");
    sdiff("fleet missing").run().status(2).stdout_has("missing");
}

#[test]
fn files_that_a_list_names() {
    let list = "a.json\0b c\nd.json\0missing.json\0a.json\0";
    let ran = sdiff("fleet --host amd64 --format json --files-from list")
        .file("a.json", &open(""))
        .file("b c\nd.json", &open(""))
        .file("list", list)
        .run()
        .status(2);
    let report = json(&ran);
    assert_eq!(
        (&report["profiles"], &report["unread"][0]["name"]),
        (&Value::from(2), &Value::from("missing.json"))
    );
}

#[cfg(unix)]
#[test]
fn hostile_trees() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    let test = sdiff("fleet --host amd64 --format json --fail-on never .").folder_file(
        "tree",
        "one.json",
        &open(""),
    );
    let tree = test.folder.path().join("tree");
    // Links in a circle, to the folder above and to nothing.
    symlink("..", tree.join("up")).expect("a link");
    symlink("y", tree.join("x")).expect("a link");
    symlink("x", tree.join("y")).expect("a link");
    symlink("one.json", tree.join("again.json")).expect("a link");
    fs::write(tree.join(OsStr::from_bytes(b"\xff.json")), open("")).expect("writes");
    fs::write(tree.join(OsStr::from_bytes(b"\xfe.json")), open("")).expect("writes");
    let large = fs::File::create(tree.join("large.json")).expect("a file");
    large.set_len(4 << 30).expect("a sparse file");
    let image = fs::File::create(tree.join("disk.img")).expect("a file");
    image.set_len(4 << 30).expect("a sparse file");
    let status = Command::new("mkfifo").arg(tree.join("pipe")).status().expect("mkfifo");
    assert!(status.success());
    let report = json(&test.run().status(2));
    assert_eq!(report["profiles"], 4, "{report:#}");
    let names = |list: &str| -> Vec<String> {
        let all = report[list].as_array().expect("a list").iter();
        all.map(|one| one["name"].as_str().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(names("unread"), ["tree/large.json", "tree/x", "tree/y"]);
    let kinds: Vec<&str> = report["left"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|left| left["kind"].as_str())
        .collect();
    assert_eq!(kinds, ["large", "special", "links"]);
    assert!(report.to_string().contains(r"\\xff.json"), "{report:#}");
}

/// A file that is written over and over is judged as one of its states, or named; the others are judged.
#[test]
fn a_file_that_changes_while_it_is_read() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let test =
        sdiff("fleet --host amd64 --format json --fail-on never .").file("still.json", &open(""));
    let path = test.folder.path().join("moving.json");
    let (short, long) = (profile(&allow("read", "")), profile(&allow("read write close", "")));
    fs::write(&path, &short).expect("writes");
    let is_done = AtomicBool::new(false);
    let report = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                for text in [&short, &long] {
                    let _ = fs::write(&path, text);
                }
            }
        });
        let ran = test.run();
        is_done.store(true, Ordering::Relaxed);
        json(&ran)
    });
    let seen = report["profiles"].as_u64().unwrap_or(0)
        + report["unread"].as_array().map_or(0, Vec::len) as u64;
    // Between two writes it can be empty, and that is no profile.
    assert!((1..=2).contains(&seen), "{report:#}");
    assert!(report.to_string().contains("still.json"));
}

/// `SDIFF_FLEET_FILES` is a million in the long run.
#[test]
fn many_small_files() {
    let count: usize = std::env::var("SDIFF_FLEET_FILES")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(2000);
    let test = sdiff("fleet --host amd64 --format json --fail-on never many");
    let folder = test.folder.path().join("many");
    for at in 0..count {
        let place = folder.join((at / 1000).to_string());
        if at % 1000 == 0 {
            fs::create_dir_all(&place).expect("a folder");
        }
        let text = if at % 100 == 0 { open("") } else { format!("{{\"n\": {at}}}") };
        fs::write(place.join(format!("{at}.json")), text).expect("writes");
    }
    let report = json(&test.run().status(0));
    assert_eq!(report["profiles"], count.div_ceil(100));
    assert_eq!(report["groups"].as_array().map(Vec::len), Some(1));
}

#[test]
fn check_of_a_folder_and_of_files_alike() {
    let folder = tree("check --host amd64 --no-config fleet").run().status(1);
    let files = ["a/one.json", "b/three.json", "b/two.json", "bad.json"]
        .map(|name| format!("fleet/{name}"));
    let names =
        tree(&format!("check --host amd64 --no-config {}", files.join(" "))).run().status(1);
    let lines = |ran: &Ran| {
        let mut lines: Vec<String> = ran.stdout.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(lines(&folder), lines(&names));
    folder.stdout_has("[does-not-load]");
    // What many files have is shown once.
    let read = profile(&allow("read", ""));
    let many = ["1.json", "2.json", "3.json"]
        .iter()
        .fold(sdiff("check --host amd64 --no-config same"), |test, name| {
            test.folder_file("same", name, &read)
        });
    let many = many.run().status(1).stdout_has("in 3 files: same/1.json, same/2.json, same/3.json");
    assert_eq!(many.stdout.matches("[no-start]").count(), 1, "{}", many.stdout);
    // What cannot be had is told, the others are judged, and the status is the worst of all.
    let ran = tree("check --host amd64 --no-config fleet missing.json").run().status(2).stderr("");
    ran.stdout_has("missing.json").stdout_has("[no-start]");
    // Alone it is trouble as before.
    tree("check missing.json").run().status(2).stdout("");
    tree("check fleet/empty")
        .folder_file("fleet/empty", "x.txt", "")
        .run()
        .status(2)
        .stderr_has("no profile in the folder");
}

/// A team's settings count here as elsewhere.
#[test]
fn a_teams_settings() {
    let settings = "exclude = [\"fleet/b/**\"]\n[defaults]\nhosts = [\"arm64\"]\n\
                    [[require]]\nblocked = [\"bpf\"]\nreason = \"r\"\n";
    let run = |options: &str| {
        tree(&format!("fleet --fail-on never {options} fleet")).file("sdiff.toml", settings).run()
    };
    let ran = run("");
    ran.stdout_has("arm64")
        .stdout_has("(by sdiff.toml: hosts)")
        .stdout_has("passed over by `exclude`");
    let ran = run("--format json --no-config");
    assert!(
        !ran.stdout.contains("sdiff.toml") && ran.stdout.contains("b/two.json"),
        "{}",
        ran.stdout
    );
    let report = json(&run("--format json"));
    let left = report["left"].as_array().expect("what was left");
    let out = left.iter().find(|one| one["kind"] == "excluded").expect("the excluded ones");
    assert_eq!((&out["count"], &report["profiles"]), (&Value::from(2), &Value::from(1)));
    sdiff("vectors default docker@20.10.0 --host amd64")
        .file("sdiff.toml", "[defaults]\nkernel = \"6.1\"\n")
        .run()
        .status(0)
        .stderr_has("note: by sdiff.toml: kernel");
}

/// `[[require]]` and `[[profile]]` are about paths: of one function in two files, one can be broken and
/// the other not, and each face says which.
#[test]
fn what_is_required_is_judged_by_path() {
    let settings = "[[profile]]\npaths = \"fleet/b/**\"\nengine = \"containerd\"\n\
                    [[require]]\npaths = \"fleet/a/*\"\nblocked = [\"read\"]\nreason = \"section 4\"\n\
                    [[require]]\nblocked = [\"socket(AF_ALG)\"]\nreason = \"CVE\"\n\
                    [[accept]]\nrule = \"NAME\"\nprofile = \"fleet/b/three.json\"\nreason = \"r\"\n";
    let run = |options: &str, accepted: &str| {
        let settings = settings.replace("NAME", accepted);
        tree(&format!("fleet --host amd64 {options} fleet")).file("sdiff.toml", &settings).run()
    };
    let report = json(&run("--format json", "dangerous-call").status(1));
    let members: Vec<&Value> = report["groups"]
        .as_array()
        .expect("groups")
        .iter()
        .flat_map(|group| group["members"].as_array().expect("members"))
        .collect();
    let of = |name: &str| {
        *members.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("no {name}"))
    };
    let broken = |name: &str| of(name)["broken"].as_array().expect("a list").clone();
    assert_eq!(of("fleet/a/one.json")["engine"], "docker");
    assert_eq!(of("fleet/b/two.json")["engine"], "containerd");
    let one = broken("fleet/a/one.json");
    assert_eq!(one.len(), 1, "{one:?}");
    assert!(one[0]["says"].as_str().expect("a text").contains("`read` is required to be blocked"));
    assert!(one[0]["proof"].as_str().expect("a text").starts_with("read("));
    assert!(broken("fleet/b/two.json").is_empty());
    let three = broken("fleet/b/three.json");
    assert!(three[0]["proof"].as_str().expect("a text").starts_with("socket(AF_ALG"), "{three:?}");
    // `check` says the same of the same files, and the proof is what `explain` answers.
    let check = tree("check --host amd64 fleet/a/one.json fleet/b/three.json");
    let check = check.file("sdiff.toml", &settings.replace("NAME", "dangerous-call")).run();
    for breach in one.iter().chain(&three) {
        let id = breach["id"].as_str().expect("an id");
        let verbose = tree("check -v --host amd64 --width 200 fleet/a/one.json fleet/b/three.json");
        let verbose = verbose.file("sdiff.toml", &settings.replace("NAME", "dangerous-call")).run();
        assert!(verbose.stdout.contains(id), "{id}: {}", verbose.stdout);
    }
    check.stdout_has("[requirement-broken]");
    for (face, words) in [
        ("text", "2 profiles not as required"),
        ("markdown", "2 profiles not as required"),
        ("csv", "required to be blocked"),
        ("sarif", "requirement-broken"),
        ("html", "required to be blocked"),
        ("ndjson", "requirement-broken-socket"),
        ("text --summary", "error   2 profiles not as required"),
    ] {
        let ran = run(&format!("--width 200 --format {face}"), "dangerous-call");
        assert!(ran.stdout.contains(words), "{face}: {}", ran.stdout);
    }
    // One by one they can be accepted, and by rows the report is the same.
    let accepted = run("", three[0]["id"].as_str().expect("an id"));
    accepted.stdout_has("1 profile not as required");
    let whole = run("", "dangerous-call");
    let rows = run("--rows", "dangerous-call");
    let again = sdiff("fleet --from-rows a").file("a", &rows.stdout);
    again.run().status(1).stdout(&whole.stdout);
}

/// What a lint shows of calls is closed as narrowly as the newest default closes it; what it says of a
/// text, no overlay takes back.
#[test]
fn a_plan_for_a_lint() {
    let old = sdiff("baselines docker@20.10.3").run().status(0).stdout;
    let run = |options: &str| {
        sdiff(&format!("fleet --host amd64 {options} old.json")).file("old.json", &old).run()
    };
    let report = json(&run("--lint dangerous-call --plan --format json").status(1));
    let plan = &report["groups"][0]["facts"]["plans"][0];
    let rules = plan["rules"].as_str().unwrap_or_else(|| panic!("no rules: {plan:#}"));
    assert!(rules.contains("\"value\":38") && rules.contains("\"value\":40"), "{rules}");
    let stops: Vec<&str> = plan["stops"]
        .as_array()
        .expect("stops")
        .iter()
        .map(|stop| stop.as_str().expect("a text"))
        .collect();
    assert!(stops.iter().all(|stop| !stop.contains("socket(AF_UNSPEC")), "{stops:?}");
    // What it plans does what it says.
    let overlay = format!("{{\"extends\": \"./old.json\", \"syscalls\": {rules}}}");
    let closed = sdiff("check --host amd64 --format json new.json");
    let closed = closed.file("old.json", &old).file("new.json", &overlay).run();
    assert!(!closed.stdout.contains("dangerous-call"), "{}", closed.stdout);
    let twice = profile(&format!("{},\n{}", allow("read", ""), allow("read", "")));
    let ran = sdiff("fleet --host amd64 --width 200 --lint redundant --plan a.json");
    let ran = ran.file("a.json", &twice).run().stdout_has("which no overlay takes back");
    let ran = ran.stdout_has("redundant: found in 1 profile of 1, in 1 group");
    assert!(!ran.stdout.contains("let through"), "{}", ran.stdout);
}

/// One line for each kind of finding, and no more.
#[test]
fn a_summary() {
    let ran = tree("fleet --host amd64 --call socket(AF_ALG) --summary fleet").run().status(1);
    let ran = ran
        .stdout_has("error   1 profile found by what was asked")
        .stdout_has("error   1 file that cannot be judged")
        .stdout_has("warning 1 container without a filter");
    assert!(!ran.stdout.contains("three.json"), "{}", ran.stdout);
}
