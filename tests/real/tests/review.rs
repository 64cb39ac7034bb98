//! `sdiff review` on a large repository: how long it takes, and how much memory.

use sdiff::load::{LoadOptions, load};
use sdiff::profile::to_json;
use sdiff_real::shipped::sdiff;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const FILES: usize = 50_000;
const PROFILES: usize = 300;
/// In KiB.
const MEMORY: i64 = 200 << 10;

fn git(folder: &Path, arguments: &[&str], input: &str) {
    let mut child = Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("git runs");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("git reads");
    assert!(child.wait().expect("git ends").success(), "{arguments:?}");
}

/// A commit for `git fast-import`.
fn commit(stream: &mut String, branch: &str, from: &str, files: &[(String, String)]) {
    let _ = write!(stream, "commit refs/heads/{branch}\ncommitter a <a@example.org> 0 +0000\n");
    let _ = write!(stream, "data 1\nx\n{from}");
    for (path, text) in files {
        let _ = write!(stream, "M 100644 inline {path}\ndata {}\n{text}\n", text.len());
    }
    stream.push('\n');
}

/// How much time of the processor one run takes, how much memory at the most in KiB, and what it
/// reports.
fn run(program: &Path, folder: &Path) -> (Duration, i64, String) {
    // Waited for below, where its usage is asked for.
    #[allow(clippy::zombie_processes)]
    let child = Command::new(program)
        .args(["review", "main...pr", "--format", "markdown", "--repo"])
        .arg(folder)
        .stdout(Stdio::piped())
        .spawn()
        .expect("sdiff runs");
    let id = child.id() as libc::pid_t;
    let mut report = String::new();
    std::io::Read::read_to_string(&mut child.stdout.expect("a pipe"), &mut report).expect("text");
    let mut status = 0;
    // SAFETY: both are plain data of this function.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        assert_eq!(libc::wait4(id, &mut status, 0, &mut usage), id);
        usage
    };
    let time = |of: libc::timeval| {
        Duration::from_secs(of.tv_sec as u64) + Duration::from_micros(of.tv_usec as u64)
    };
    let time = time(usage.ru_utime) + time(usage.ru_stime);
    println!("{time:?} of CPU, {} KiB", usage.ru_maxrss);
    assert_eq!(libc::WEXITSTATUS(status), 1);
    (time, usage.ru_maxrss, report)
}

/// A repository in which a pull request weakens every profile.
fn repository(files: usize, profiles: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    git(folder.path(), &["init", "-q", "-b", "main"], "");
    let default = load("default", &LoadOptions::default()).expect("the default");
    let text = to_json(&default.profile);
    // Each is another one, so that nothing can be remembered.
    let is_name = |line: &&str| {
        line.trim().ends_with("\",")
            && ![":", "SCMP_", "CAP_", "\"accept\""].iter().any(|no| line.contains(no))
    };
    let names: Vec<&str> = text.lines().filter(is_name).collect();
    let profile = |at: usize, weaker: &str| {
        let without = text.replacen(&format!("{}\n", names[at]), "", 1);
        without.replacen("\"accept\",", &format!("\"accept\", {weaker}"), 1)
    };
    let mut all = Vec::new();
    for at in 0..files - profiles {
        let (end, text) = match at % 4 {
            0 => ("json", format!("{{\"name\": \"x{at}\", \"extends\": \"y\"}}")),
            1 => ("yaml", format!("kind: Pod\nname: x{at}\n")),
            2 => ("rs", format!("fn f{at}() {{}}\n")),
            _ => ("md", format!("# {at}\n")),
        };
        all.push((format!("d{}/f{at}.{end}", at % 500), text));
    }
    let path = |at: usize| format!("d{at}/seccomp.json");
    all.extend((0..profiles).map(|at| (path(at), profile(at, ""))));
    let changed: Vec<(String, String)> =
        (0..profiles).map(|at| (path(at), profile(at, "\"keyctl\", "))).collect();
    let mut stream = String::new();
    commit(&mut stream, "main", "", &all);
    commit(&mut stream, "pr", "from refs/heads/main\n", &changed);
    git(folder.path(), &["fast-import", "--quiet"], &stream);

    folder
}

/// Ten times the files and profiles take at most some twenty times the time.
#[test]
fn a_large_repository_within_its_bounds() {
    let program = sdiff();
    let least = |files: usize, profiles: usize| {
        let folder = repository(files, profiles);
        // What else runs on the machine takes its share: the best of three counts.
        let runs = (0..3).map(|_| run(&program, folder.path()));
        let (time, memory, report) = runs.min().expect("a run");
        let says = format!("### ❌ Of {profiles} profiles, {profiles} let through more");
        assert!(report.starts_with(&says), "{report}");
        assert!(memory <= MEMORY, "{memory} KiB");
        time
    };
    let (few, many) = (least(FILES / 10, PROFILES / 10), least(FILES, PROFILES));
    assert!(many <= few * 20, "{few:?} for a tenth, {many:?} for all");
}
