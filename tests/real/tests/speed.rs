//! What questions cost: the instructions of the whole process, as valgrind counts them, and what
//! merging and rebasing take beside a comparison of the same two profiles, in CPU time.
//!
//! `figures.tsv` holds the instructions; `SDIFF_WRITE_FIGURES=1` writes it and the README's table.
//! That test is then run alone: the times of all children add up.

use sdiff::load::{LoadOptions, load};
use sdiff::profile::to_json;
use sdiff_real::shipped::sdiff;
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Stdio};

/// How many runs one figure is the sum of, and of how many such figures the least counts.
const RUNS: usize = 20;
const BATCHES: usize = 9;

/// The CPU time of this process's children so far, in seconds.
fn children() -> f64 {
    // SAFETY: plain numbers, for which zero is a value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is to a whole `rusage`.
    assert_eq!(unsafe { libc::getrusage(libc::RUSAGE_CHILDREN, &mut usage) }, 0);
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

/// The CPU time of one run.
fn cost(program: &Path, folder: &Path, arguments: &[&str]) -> f64 {
    let mut least = f64::INFINITY;
    for _ in 0..BATCHES {
        let before = children();
        for _ in 0..RUNS {
            let mut command = Command::new(program);
            command.args(arguments).current_dir(folder);
            let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
            assert!(status.expect("it runs").code().is_some_and(|code| code < 2), "{arguments:?}");
        }
        least = least.min((children() - before) / RUNS as f64);
    }
    println!("{:6.2} ms  sdiff {}", least * 1e3, arguments.join(" "));
    least
}

/// A fork of the default of 2020 with two calls more.
#[test]
fn merge_and_rebase_cost_little_more_than_a_comparison() {
    let program = sdiff();
    let folder = tempfile::tempdir().expect("a folder");
    let mut fork: Value = serde_json::from_str(&to_json(
        &load("docker@20.10.0", &LoadOptions::default()).expect("a baseline").profile,
    ))
    .expect("JSON");
    let names = fork["syscalls"][0]["names"].as_array_mut().expect("names");
    names.extend([json!("keyctl"), json!("unshare")]);
    std::fs::write(folder.path().join("mine.json"), fork.to_string()).expect("it is written");
    let cost = |arguments: &[&str]| cost(&program, folder.path(), arguments);

    let diff = cost(&["default", "mine.json"]);
    let merge = cost(&["merge", "--base", "default", "mine.json"]);
    assert!(merge <= 2.0 * diff, "{merge} {diff}");
    let diff = cost(&["docker@20.10.0", "default"]);
    let from = ["rebase", "mine.json", "--onto", "default", "--from", "docker@20.10.0"];
    let rebase = cost(&from);
    assert!(rebase <= 4.0 * diff, "{rebase} {diff}");
}

/// The folder of the questions: a default with two calls more as `mine.json`, and many of its kind.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let newest = load("default", &LoadOptions::default()).expect("a baseline").profile;
    let newest: Value = serde_json::from_str(&to_json(&newest)).expect("JSON");
    let write = |name: &str, names: &[&str]| {
        let mut own = newest.clone();
        let known = own["syscalls"][0]["names"].as_array_mut().expect("names");
        known.extend(names.iter().map(|name| json!(name)));
        std::fs::write(folder.path().join(name), own.to_string()).expect("it is written");
    };
    write("mine.json", &["keyctl", "bpf"]);
    let names = ["keyctl", "bpf", "unshare", "mount", "setns", "ptrace", "reboot", "swapon"];
    for at in 0..MANY {
        write(&format!("{at}.json"), &[names[at % 8], names[at / 8 % 8]]);
    }
    folder
}

/// How many files are checked at once.
const MANY: usize = 21;

/// The questions of the figures, as a user asks them.
const QUESTIONS: [&str; 6] = [
    "docker@20.10.0 docker@29.4.3",
    "default mine.json",
    "check default",
    "explain default clone(17,0,0,0,0)",
    "rebase mine.json --onto default --from docker@20.10.0",
    "normalize default",
];

/// The instructions of one run; none without valgrind.
fn instructions(program: &Path, folder: &Path, arguments: &[&str]) -> Option<f64> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program);
    let output = command.args(arguments).current_dir(folder).output().ok()?;
    assert!(output.status.code().is_some_and(|code| code < 2), "{arguments:?}");
    let log = String::from_utf8_lossy(&output.stderr);
    let line = log.lines().find(|line| line.contains("I   refs:"))?;
    line.rsplit(':').next()?.trim().replace(',', "").parse().ok()
}

/// Of each question the millions of instructions, and the CPU time in milliseconds.
fn figures() -> Option<Vec<(String, f64, f64)>> {
    let (program, folder) = (sdiff(), folder());
    let count = |arguments: &[&str]| instructions(&program, folder.path(), arguments);
    let time = |arguments: &[&str]| 1e3 * cost(&program, folder.path(), arguments);
    let mut figures = Vec::new();
    for question in QUESTIONS {
        let arguments: Vec<&str> = question.split(' ').collect();
        figures.push((question.to_owned(), count(&arguments)? / 1e6, time(&arguments)));
    }
    let files: Vec<String> = (0..MANY).map(|at| format!("{at}.json")).collect();
    let check = |files: &[String]| -> Vec<String> {
        ["check", "--fail-on", "never"]
            .map(str::to_owned)
            .into_iter()
            .chain(files.to_vec())
            .collect()
    };
    let (one, all) = (check(&files[..1]), check(&files));
    let [one, all] = [&one, &all].map(|list| list.iter().map(String::as_str).collect::<Vec<_>>());
    let each = |one: f64, all: f64| (all - one) / (MANY - 1) as f64;
    let counted = each(count(&one)?, count(&all)?) / 1e6;
    figures.push(("check of many files, each".to_owned(), counted, each(time(&one), time(&all))));
    Some(figures)
}

/// Where the README's table is.
const TABLE: [&str; 2] = ["<!-- figures of tests/real/tests/speed.rs -->\n", "<!-- end -->\n"];

/// A cheaper answer is written down as well: the bound is on both sides.
#[test]
fn questions_cost_what_is_written_down() {
    let Some(figures) = figures() else {
        assert!(std::env::var_os("SDIFF_REQUIRE_REAL").is_none(), "no valgrind");
        println!("skipped: there is no valgrind");
        return;
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (written, readme) = (root.join("figures.tsv"), root.join("../../README.md"));
    let lines = figures.iter().map(|(question, count, _)| format!("{question}\t{count:.2}\n"));
    if std::env::var_os("SDIFF_WRITE_FIGURES").is_some() {
        std::fs::write(&written, lines.collect::<String>()).expect("written");
        let text = std::fs::read_to_string(&readme).expect("a text");
        let (before, rest) = text.split_once(TABLE[0]).expect("a table");
        let (_, behind) = rest.split_once(TABLE[1]).expect("its end");
        let rows = figures.iter().map(|(question, count, time)| {
            let question = question.replace("clone(17,0,0,0,0)", "'clone(17,0,0,0,0)'");
            format!("| `sdiff {question}` | {count:.1} M | {time:.1} ms |\n")
        });
        let rows: String = rows.collect::<String>().replace("files, each`", "files`, each");
        let head = "| | instructions | CPU time |\n|---|---|---|\n";
        let text = format!("{before}{}{head}{rows}{}{behind}", TABLE[0], TABLE[1]);
        std::fs::write(&readme, text).expect("written");
        return;
    }
    let text = std::fs::read_to_string(&written).expect("figures");
    let known: Vec<(&str, f64)> = text
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(question, count)| (question, count.parse().expect("a number")))
        .collect();
    assert_eq!(known.len(), figures.len());
    for ((question, count, _), (of, known)) in figures.iter().zip(known) {
        assert_eq!(question, of);
        let ratio = count / known;
        println!("{count:8.2} M, {ratio:.3} of what is written down: sdiff {question}");
        assert!((0.95..=1.05).contains(&ratio), "sdiff {question}: {count:.2} M, not {known:.2} M");
    }
}
