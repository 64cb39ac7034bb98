//! Whether containers start: the library against what real pairs of engine and runtime did with
//! published profiles (`../shared/corpus/STARTS.tsv`), and against the shape of its own table.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use sdiff::decision::Store;
use sdiff::lint::Severity;
use sdiff::load::{LoadErrorKind, LoadOptions, load};
use sdiff::profile::KernelVersion;
use sdiff::semantics::{Engine, Given, Machine, Policy, Runtime, Settings};
use sdiff::starts::{self, Answer, Cases};
use sdiff::syscall::{Abi, Host, Library, Syscall};
use std::path::PathBuf;

fn corpus() -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpus"));
    let exists = path.join("STARTS.tsv").exists();
    assert!(exists || std::env::var_os("SDIFF_REQUIRE_SHARED").is_none(), "no corpus");
    exists.then_some(path)
}

/// `Docker 28.5.2` and `runc 1.3.6`, as they are in one Debian suite.
fn machine(engine: &str, runtime: &str) -> Machine {
    let engine = match engine.split_once(' ') {
        Some(("Docker", _)) => Engine::Docker,
        Some(("Podman", _)) => Engine::Podman,
        _ => panic!("{engine}"),
    };
    let library = match runtime {
        "runc 1.0.0-rc93" | "crun 0.17" => "2.5.1",
        "runc 1.1.5" | "crun 1.8.1" => "2.5.4",
        "runc 1.1.15" | "crun 1.21" => "2.6.0",
        "runc 1.3.6" | "crun 1.28" => "2.6.1",
        _ => panic!("{runtime}: of which suite?"),
    };
    Machine {
        engine,
        runtime: Runtime::parse(&runtime.replace(' ', "@")).unwrap(),
        library: Library::from_name(library).unwrap(),
    }
}

/// What becomes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Starts,
    /// It starts, and the corpus's program (a static busybox) cannot live under it: it is killed or
    /// ends by itself, and the row says one thing or the other, as it could still write or not.
    StartsInVain,
    No,
    Refused,
    /// It has a `listenerPath`, and nobody listened there.
    NoAgent,
    /// It is no profile, or one in a larger file that the engine was given as it is.
    NoProfile,
}

/// What the library says, and why.
fn predicted(path: &str, machine: Machine, no_new_privs: bool) -> (Says, String) {
    let loaded = match load(path, &LoadOptions::default()) {
        Ok(loaded) => loaded,
        Err(error) => {
            let is_none = matches!(
                error.kind(),
                LoadErrorKind::NotAProfile(_)
                    | LoadErrorKind::NoSeccomp
                    | LoadErrorKind::Template
                    | LoadErrorKind::OtherFile { .. }
            );
            return (if is_none { Says::NoProfile } else { Says::Refused }, error.to_string());
        }
    };
    // Objects that hold a profile, which an engine takes for a profile itself.
    let text = std::fs::read_to_string(path).unwrap();
    if text.contains("\"ociVersion\"") || text.trim_start().starts_with('[') {
        return (Says::NoProfile, "a config.json, or what `inspect` prints".to_owned());
    }
    let mut settings = Settings { machine, ..Settings::new(machine.engine) };
    settings.hosts = vec![Host::Amd64];
    settings.given = Given { capabilities: Some(Given::docker_default()), ..settings.given };
    let mut store = Store::default();
    let policy = match Policy::build(&mut store, &loaded.profile, &settings) {
        Ok(policy) => policy,
        Err(error) => return (Says::Refused, error.to_string()),
    };
    if let Some(Err(error)) = policy.hosts().first().map(|host| host.abis.as_ref()) {
        return (Says::Refused, error.to_string());
    }
    if loaded.profile.listener_path.is_some() {
        return (Says::NoAgent, String::new());
    }
    let wanted = if no_new_privs { Cases::WITH } else { Cases::WITHOUT };
    match starts::breaks(&store, &policy) {
        Some(breaks) if !breaks.cases.and(wanted).is_empty() => (Says::No, breaks.sentence()),
        _ if !busybox_lives(&store, &policy) => (Says::StartsInVain, String::new()),
        _ => (Says::Starts, String::new()),
    }
}

/// Whether a program of the GNU C library can set up its thread and end: `arch_prctl(ARCH_SET_FS)`
/// and `exit_group`.
fn busybox_lives(store: &Store, policy: &Policy) -> bool {
    ["arch_prctl", "exit_group"].into_iter().all(|name| {
        let number = Syscall::from_name(name).and_then(|call| call.number(Abi::X86_64)).unwrap();
        let capabilities = Given::docker_default();
        let kernel = KernelVersion { kernel: 6, major: 12 };
        let args = [0x1002, 0, 0, 0, 0, 0];
        let action =
            policy.evaluate(store, Host::Amd64, Abi::X86_64, number, &args, capabilities, kernel);
        action.unwrap().lets_through()
    })
}

#[test]
fn published_profiles_start_what_the_library_says() {
    let Some(corpus) = corpus() else { return };
    let text = std::fs::read_to_string(corpus.join("STARTS.tsv")).unwrap();
    let (mut judged, mut wrong) = (0, Vec::new());
    let (mut no_profile, mut in_vain) = (0, 0);
    for row in text.lines().skip(1) {
        let columns: Vec<&str> = row.split('\t').collect();
        let [file, engine, runtime, no_new_privs, outcome, said] = columns[..] else {
            panic!("{row}")
        };
        let path = corpus.join(file).display().to_string();
        let (says, why) = predicted(&path, machine(engine, runtime), no_new_privs == "yes");
        let is_right = match says {
            // What is no profile turns seccomp off, or is refused: nothing that the library judges.
            Says::NoProfile => {
                assert!(["starts", "refused"].contains(&outcome), "{row}: {why}");
                no_profile += 1;
                continue;
            }
            Says::StartsInVain if runtime.starts_with("crun") => {
                in_vain += 1;
                continue;
            }
            Says::Starts | Says::StartsInVain => outcome == "starts",
            // Some refusals are told as a container that does not start.
            Says::Refused => outcome != "starts" && outcome != "died",
            Says::NoAgent => outcome == "refused",
            Says::No => ["no", "died"].contains(&outcome),
        };
        judged += 1;
        if !is_right {
            wrong.push(format!(
                "{file} {runtime} {no_new_privs}: {outcome} ({said}); {says:?} ({why})"
            ));
        }
    }
    println!("{judged} judged; {no_profile} no profile, {in_vain} in vain");
    assert!(wrong.is_empty(), "{} of {judged} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(in_vain * 20 <= judged, "{in_vain} of {judged} rows judge a program, not a runtime");
    assert!(judged > 600, "{judged}");
}

/// The calls that no container starts without, by what the lint says of it.
#[test]
fn a_profile_of_an_older_runtime_fails() {
    let Some(corpus) = corpus() else { return };
    for file in ["starts115", "zabbix-chrome_dp", "natlas-chrome"] {
        let path = corpus.join(format!("shapes/{file}.json")).display().to_string();
        let loaded = load(&path, &LoadOptions::default()).unwrap();
        let found = |runtime: &str| {
            let runtime = Runtime::parse(runtime).unwrap();
            let machine = Machine { runtime, ..Machine::newest(Engine::Docker) };
            let settings = Settings { machine, ..Settings::new(Engine::Docker) };
            let mut found = sdiff::lint::check(&loaded, &settings).unwrap();
            found.retain(|finding| finding.lint == "no-start");
            found
        };
        let [today] = &found("runc")[..] else { panic!("{file}: {:?}", found("runc")) };
        assert_eq!(today.severity, Severity::Error, "{file}");
        let start = "no container starts with runc ≥ 1.3.6: it needs ";
        assert!(today.message.starts_with(start), "{file}: {}", today.message);
        assert!(today.message.contains("`statx`"), "{file}: {}", today.message);
        let old = found("runc@1.1.5");
        assert!(old.iter().all(|finding| finding.severity == Severity::Warning), "{file}: {old:?}");
        assert!(old.iter().any(|finding| finding.message.starts_with(start)), "{file}: {old:?}");
    }
}

/// Each line of the table is read, and says something.
#[test]
fn every_line_of_the_table_is_read() {
    let text = include_str!("../../../src/starts/needs.tsv");
    let lines = text.lines().filter(|line| !line.starts_with('#')).count();
    let read = starts::needs().iter().map(|needs| needs.calls.len() + needs.groups.len());
    assert_eq!(read.sum::<usize>(), lines);
    let measured: Vec<String> =
        starts::needs().iter().map(|needs| needs.runtime.to_string()).collect();
    assert_eq!(
        measured,
        [
            "runc 1.0.0-rc93",
            "runc 1.1.5",
            "runc 1.1.15",
            "runc 1.3.6",
            "crun 0.17",
            "crun 1.8.1",
            "crun 1.21",
            "crun 1.28",
        ]
    );
    for needs in starts::needs() {
        let execve = needs.calls.iter().find(|need| need.syscall.name() == "execve").unwrap();
        assert_eq!(execve.fails(Answer::Eperm), Cases::ALL, "{}", needs.runtime);
        assert!(needs.groups.iter().all(|(cases, group)| !cases.is_empty() && group.len() > 1));
    }
}

#[test]
fn a_version_between_two_measured_ones_is_the_older() {
    let nearest = |text: &str| {
        let runtime = Runtime::parse(text).unwrap();
        starts::nearest(runtime).map(|needs| needs.runtime.to_string())
    };
    assert_eq!(nearest("runc@1.2.4").as_deref(), Some("runc 1.1.15"));
    assert_eq!(nearest("runc").as_deref(), Some("runc 1.3.6"));
    assert_eq!(nearest("runc@1.0.0-rc92").as_deref(), Some("runc 1.0.0-rc93"));
    assert_eq!(nearest("crun").as_deref(), Some("crun 1.28"));
    assert_eq!(nearest("none"), None);
}
