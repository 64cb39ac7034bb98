//! What merging and rebasing cost beside a comparison of the same two profiles, in CPU time of the
//! whole process.

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
