//! `sdiff fleet` beyond one machine: on Apache Spark, under `xargs`, its rows in DuckDB; and its page in a
//! real Chromium. `SDIFF_FLEET_PYTHON` is a Python that has `pyspark` and `duckdb` (PyPI).

use sdiff_real::browser::Browser;
use sdiff_real::knobs;
use sdiff_real::rng::Rng;
use sdiff_real::shipped::sdiff;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const CALLS: [&str; 14] = [
    "read",
    "write",
    "close",
    "openat",
    "mmap",
    "execve",
    "bpf",
    "keyctl",
    "io_uring_setup",
    "userfaultfd",
    "clone",
    "ptrace",
    "mount",
    "fsopen",
];

/// Profiles, some of them alike in other words, some that do not load, and Pods.
fn generate(folder: &Path, count: u64) {
    for at in 0..count {
        let mut rng = Rng::new(at % (count / 3).max(1));
        let place = folder.join(format!("team-{}", at / 500));
        fs::create_dir_all(&place).expect("a folder");
        if at % 97 == 0 {
            fs::write(place.join(format!("bad-{at}.json")), r#"{"defaultAction":"SCMP_ACT_NO"}"#)
                .expect("writes");
            continue;
        }
        if at % 50 == 0 {
            let pod = json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": format!("p{at}")},
                "spec": {"containers": [{"name": "c", "image": "x"}]}});
            fs::write(place.join(format!("pod-{at}.json")), pod.to_string()).expect("writes");
            continue;
        }
        let mut names: Vec<&str> = CALLS.into_iter().filter(|_| rng.one_in(2)).collect();
        let af_alg = json!([{"index": 0, "op": "SCMP_CMP_EQ", "value": rng.below(45)}]);
        if at % 2 == 0 {
            names.reverse();
        }
        let rules = json!([{"names": names, "action": "SCMP_ACT_ALLOW"},
            {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": af_alg}]);
        let profile = json!({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": rules});
        fs::write(place.join(format!("{at}.json")), profile.to_string()).expect("writes");
    }
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(sdiff()).arg("fleet").args(arguments).current_dir(folder).output().expect("runs")
}

#[track_caller]
fn done(output: &Output) -> String {
    let code = output.status.code();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(code, Some(0 | 1)), "{code:?} {error}");
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn python() -> Option<String> {
    let python = std::env::var("SDIFF_FLEET_PYTHON").ok()?;
    let has = |module: &str| {
        let found = Command::new(&python).args(["-c", &format!("import {module}")]).output();
        found.is_ok_and(|output| output.status.success())
    };
    (has("pyspark") && has("duckdb")).then_some(python)
}

const QUESTION: [&str; 2] = ["--call", "socket(AF_ALG)"];

/// The reports of one machine and of the rows of many are the same bytes; `SDIFF_FLEET_PROFILES` is 20,000
/// in the whole run.
#[test]
fn many_machines_say_what_one_says() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let count = knobs::number("SDIFF_FLEET_PROFILES", 1000);
    generate(&folder.path().join("profiles"), count);
    let whole = run(folder.path(), &[&QUESTION[..], &["--format", "json", "profiles"]].concat());
    let whole = done(&whole);
    let report: Value = serde_json::from_str(&whole).expect("JSON");
    let (profiles, groups) =
        (report["profiles"].as_u64(), report["groups"].as_array().map(Vec::len));
    println!("{profiles:?} profiles in {groups:?} groups");
    assert!(profiles > Some(count * 9 / 10) && groups > Some(10));

    // On the cores of one machine, with nothing but the shell.
    let script = "find profiles -type f -print0 | xargs -0 -n 97 -P 4 sh -c \
        'printf \"%s\\0\" \"$@\" | \"$SDIFF\" fleet --call \"socket(AF_ALG)\" --rows --files-from - -o \"rows.$$\"' sh";
    let shell = Command::new("sh")
        .args(["-c", script])
        .env("SDIFF", sdiff())
        .current_dir(folder.path())
        .output();
    let shell = shell.expect("a shell");
    assert!(shell.status.success(), "{}", String::from_utf8_lossy(&shell.stderr));
    let mut rows: Vec<String> = fs::read_dir(folder.path())
        .expect("reads")
        .map(|entry| entry.expect("reads").file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with("rows."))
        .collect();
    rows.sort();
    assert!(rows.len() > 3);
    let from = |rows: &[String]| {
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        done(&run(folder.path(), &[&["--format", "json", "--from-rows"], &rows[..]].concat()))
    };
    assert_eq!(from(&rows), whole);

    let Some(python) = python() else {
        return knobs::skip(
            "many_machines_say_what_one_says",
            "SDIFF_FLEET_PYTHON names no Python with pyspark and duckdb",
        );
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/fleet_spark.py");
    assert!(fs::read_to_string(script).expect("the script").lines().count() < 60);
    let spark = Command::new(&python)
        .args([script, "profiles", "out", QUESTION[1]])
        .env("SDIFF", sdiff())
        .env("PYSPARK_PYTHON", &python)
        .env("SPARK_LOCAL_IP", "127.0.0.1")
        .env("PYSPARK_SUBMIT_ARGS", "--master local[2] --conf spark.ui.enabled=false pyspark-shell")
        .current_dir(folder.path())
        .output()
        .expect("runs");
    assert!(spark.status.success(), "{}", String::from_utf8_lossy(&spark.stderr));
    let parts: Vec<String> = fs::read_dir(folder.path().join("out"))
        .expect("Spark's folder")
        .map(|entry| entry.expect("reads").file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with("part-"))
        .map(|name| format!("out/{name}"))
        .collect();
    assert_eq!(from(&parts), whole, "Spark");

    // The question of the day, in SQL.
    let query = "import duckdb, json\n\
        rows = duckdb.sql(\"\"\"select name from read_json('out/part-*', format = 'newline_delimited', \
        union_by_name = true) where \"row\" = 'profile' and (list_contains(open, 'socket(AF_ALG)') or \
        list_contains(partly, 'socket(AF_ALG)')) order by name\"\"\").fetchall()\n\
        print(json.dumps([row[0] for row in rows]))";
    let asked = Command::new(&python)
        .args(["-c", query])
        .current_dir(folder.path())
        .output()
        .expect("runs");
    assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
    let asked: Vec<String> = serde_json::from_slice(&asked.stdout).expect("JSON");
    let mut own: Vec<String> = report["groups"]
        .as_array()
        .expect("groups")
        .iter()
        .filter(|group| {
            let ways = group["facts"]["answers"].as_array().expect("answers");
            ways.iter().any(|way| way["indirect"] == false)
        })
        .flat_map(|group| group["members"].as_array().expect("members"))
        .map(|member| member["name"].as_str().expect("a name").to_owned())
        .collect();
    own.sort();
    assert_eq!(asked, own);
    // No vacuous truth.
    assert!(!own.is_empty());
}

/// The page of ten thousand profiles in a browser: it is searched, opened, and loads nothing.
#[test]
fn a_page_of_ten_thousand() {
    let Some(mut browser) = Browser::start() else {
        return knobs::skip("a_page_of_ten_thousand", "no Chromium");
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    // Rows are enough to make a page: one group of many, many groups of few, and a hostile name.
    let facts = json!({"unconfined": false, "beyond": {"default": "docker", "calls": [], "unnamed": false, "proofs": []},
        "no_start": null, "open": ["bpf"], "partly": ["socket(AF_ALG)"], "answers": []});
    let mut rows = String::new();
    let mut add = |name: &str, group: usize| {
        let mut row = facts.clone();
        row["row"] = json!("profile");
        row["name"] = json!(name);
        row["engine"] = json!("docker");
        row["origin"] = Value::Null;
        row["fingerprint"] = json!(format!("sd2:{group:064x}"));
        rows += &format!("{row}\n");
    };
    (0..8000).for_each(|at| add(&format!("team/{at}.json"), 0));
    (0..2000).for_each(|at| add(&format!("own/{at}.json"), at + 1));
    add("<img src=x onerror=alert(1)></script>.json", 5000);
    fs::write(folder.path().join("rows"), rows).expect("writes");
    let page = done(&run(folder.path(), &["--format", "html", "--from-rows", "rows"]));
    let file = folder.path().join("page.html");
    fs::write(&file, &page).expect("writes");
    browser.open(&file);
    let shown = "document.querySelectorAll('#groups > details').length";
    let count =
        |browser: &mut Browser| browser.value("document.getElementById('count').textContent");
    assert_eq!(count(&mut browser), json!("2002 of 2002 groups, 10001 profiles"));
    let first = browser.number(shown);
    assert!(first > 0 && first < 100, "{first}: not all at once");
    browser.click("#more");
    assert!(browser.number(shown) > first);
    let search = |browser: &mut Browser, text: &str| {
        browser.value(&format!(
            "(() => {{ const s = document.getElementById('search'); s.value = {text:?}; s.dispatchEvent(new Event('input')); }})()"
        ))
    };
    search(&mut browser, "own/1234.json");
    assert_eq!(count(&mut browser), json!("1 of 2002 groups, 1 profiles"));
    search(&mut browser, "team/77.json");
    browser.click("#groups > details > summary");
    browser.value("new Promise((done) => setTimeout(done, 50))");
    let open = browser.value("document.querySelector('#groups > details[open]').textContent");
    assert!(open.as_str().is_some_and(|text| text.contains("team/77.json")), "{open}");
    search(&mut browser, "onerror");
    assert_eq!(browser.number("document.querySelectorAll('img').length"), 0);
    let calls = browser
        .value("[...document.querySelectorAll('#calls tbody tr')].map((row) => row.textContent)");
    assert_eq!(calls, json!(["bpf●", "socket(AF_ALG)◐"]));
    let own = format!("file://{}", file.display());
    let foreign: Vec<_> =
        browser.loaded.iter().filter(|url| **url != own && *url != "data:,").collect();
    assert!(
        foreign.is_empty() && browser.complaints.is_empty(),
        "{foreign:?} {:?}",
        browser.complaints
    );
}

/// The instructions of one run; none without valgrind.
fn instructions(folder: &Path) -> Option<f64> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(sdiff());
    command.args(["fleet", "--fail-on", "never", "--format", "json", "."]).current_dir(folder);
    let output = command.output().ok()?;
    assert_eq!(output.status.code(), Some(0));
    let log = String::from_utf8_lossy(&output.stderr);
    let line = log.lines().find(|line| line.contains("I   refs:"))?;
    line.rsplit(':').next()?.trim().replace(',', "").parse().ok()
}

/// Twice the profiles cost at most twice as much and a bit, and equal files are judged once.
#[test]
fn work_grows_no_faster_than_the_files() {
    let count = 40;
    let default = sdiff::load::load("default", &Default::default()).expect("is built in");
    let names = ["accept", "bind", "chdir", "dup", "fchmod", "getcwd", "link", "mkdir"];
    let folder = |distinct: usize, all: usize| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for at in 0..all {
            // Each distinct one lacks other calls, so that none is the function of another.
            let mut text = default.source.text.to_string();
            for (bit, name) in
                names.iter().enumerate().filter(|(bit, _)| (at % distinct) >> bit & 1 == 1)
            {
                text = text.replacen(&format!("\"{name}\",\n"), "", 1 + bit / names.len());
            }
            fs::write(folder.path().join(format!("{at}.json")), text).expect("writes");
        }
        folder
    };
    let [few, many, alike] = [(count, count), (2 * count, 2 * count), (count, 4 * count)]
        .map(|(distinct, all)| instructions(folder(distinct, all).path()));
    let (Some(few), Some(many), Some(alike)) = (few, many, alike) else {
        return knobs::skip("work_grows_no_faster_than_the_files", "no valgrind");
    };
    let each = (many - few) / count as f64;
    println!("{:.1} million instructions a profile; ratio {:.2}", each / 1e6, many / few);
    assert!(many / few < 2.2, "{few} {many}");
    assert!(alike / few < 1.5, "{few} {alike}: equal files are judged once");
}
