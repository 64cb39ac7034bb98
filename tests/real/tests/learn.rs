//! Real programs, recorded by the real strace in a container and run by the real Docker and the real Podman
//! under what was learned: they work, and a call that the recording lacks is stopped.
//!
//! The programs of the root folders (strace of three years) run always; those of `SDIFF_LEARN_PROGRAMS`,
//! a root folder with nginx, PostgreSQL, Redis and a Java runtime, where it is given (see README.md).

use sdiff::decision::Store;
use sdiff::learn::{Base, Detail, Question, learn, prove};
use sdiff::load::{LoadOptions, load, parse};
use sdiff::overlay::{Strategy, merge_loaded};
use sdiff::profile::to_json;
use sdiff::recording::{Recorder, Recording};
use sdiff::semantics::{Engine, Given, Policy, Settings};
use sdiff::syscall::{Abi, Host, Syscall};
use sdiff_real::docker::{Docker, missing};
use sdiff_real::podman::Podman;
use sdiff_real::{knobs, roots};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Calls that do no harm and that few programs make.
const RARE: [&str; 5] = ["times", "getpriority", "sysinfo", "sched_getscheduler", "getitimer"];

struct Program {
    name: &'static str,
    user: &'static str,
    script: &'static str,
    /// What it prints when it works.
    prints: &'static str,
}

const fn program(
    name: &'static str,
    user: &'static str,
    script: &'static str,
    prints: &'static str,
) -> Program {
    Program { name, user, script, prints }
}

/// Those of every root folder.
const COMMON: [Program; 4] = [
    program(
        "shell",
        "0",
        "for i in 1 2 3; do echo $i | md5sum; done; ls -l /etc >/tmp/l; sleep 0.1 & wait; \
         cat /tmp/l | wc -l >/tmp/n; mv /tmp/n /tmp/m; kill -0 $$ && echo it works",
        "it works",
    ),
    program(
        "python",
        "65534",
        "python3 -c 'import threading as t; x = [t.Thread(target=lambda: sum(range(9999))) for _ in range(8)]; \
         [y.start() for y in x]; [y.join() for y in x]; print(\"eight\", len(x))'",
        "eight 8",
    ),
    program("old32", "65534", "/tools/old32", "32 bits work"),
    program("go", "0", "/usr/bin/docker --version", "Docker version"),
];

/// Those of `SDIFF_LEARN_PROGRAMS`.
const SERVERS: [Program; 6] = [
    program("shell", "0", COMMON[0].script, COMMON[0].prints),
    program(
        "nginx",
        "0",
        "printf 'daemon on; pid /tmp/pid; error_log /tmp/e; events {} http { access_log /tmp/a; \
         server { listen 127.0.0.1:8080; location / { return 200 served; } } }' >/tmp/c; mkdir -p /var/log/nginx; \
         nginx -c /tmp/c; busybox wget -qO- http://127.0.0.1:8080/; nginx -c /tmp/c -s quit; \
         while [ -e /tmp/pid ]; do sleep 0.1; done; echo",
        "served",
    ),
    program(
        "postgresql",
        "65534",
        "B=$(echo /usr/lib/postgresql/*/bin); $B/initdb -D /tmp/db >/dev/null && \
         $B/pg_ctl -D /tmp/db -l /tmp/log -o '-c listen_addresses= -k /tmp' -w start >/dev/null && \
         $B/psql -h /tmp -d postgres -Atc 'select 6 * 7 as found' && $B/pg_ctl -D /tmp/db -w stop >/dev/null",
        "42",
    ),
    program(
        "redis",
        "65534",
        "cd /tmp; redis-server --port 0 --unixsocket /tmp/s --daemonize yes >/dev/null; \
         until redis-cli -s /tmp/s ping >/dev/null 2>&1; do sleep 0.1; done; redis-cli -s /tmp/s set a found; \
         redis-cli -s /tmp/s save; redis-cli -s /tmp/s get a; redis-cli -s /tmp/s shutdown",
        "found",
    ),
    program("go", "0", "echo '{\"a\": {\"b\": 7}}' | gron", "json.a.b = 7"),
    program(
        "java",
        "65534",
        "J=/usr/lib/jvm/default-java/bin; $J/keytool -genkeypair -keyalg EC -alias k -dname CN=k \
         -storepass secret -keystore /tmp/k 2>/dev/null && $J/keytool -list -keystore /tmp/k -storepass secret",
        "PrivateKeyEntry",
    ),
];

/// An exit status, and what was printed.
type Ran = Result<(Option<i32>, String), String>;

type Run<'a> = Box<dyn Fn(&[&str]) -> Ran + 'a>;

/// Where programs run: an engine, with an image of a root folder.
struct Place<'a> {
    engine: Engine,
    /// Its default, by name.
    base: &'static str,
    run: Run<'a>,
    /// A folder of this machine, and where the engine sees it.
    folder: PathBuf,
    inside: String,
    options: Vec<String>,
}

/// Folders of a root folder that are shown in the container as they are; the image has the rest.
const SHOWN: [&str; 5] = ["usr", "lib", "lib64", "bin", "sbin"];

fn is_shown(root: &Path, top: &str) -> bool {
    fs::symlink_metadata(root.join(top)).is_ok_and(|known| known.is_dir())
}

/// The image of a root folder, as `tar` packs it.
fn contents(root: &Path) -> Vec<String> {
    let shown = SHOWN.iter().filter(|top| is_shown(root, top));
    let mut tar = vec!["-C".to_owned(), root.display().to_string()];
    tar.extend(shown.map(|top| format!("--exclude=./{top}")));
    for top in
        ["proc", "sys", "dev", "boot", "run", "var/cache", "var/lib/apt", "var/lib/dpkg", "tmp"]
    {
        tar.push(format!("--exclude=./{top}/*"));
    }
    tar.push(".".to_owned());
    tar
}

impl<'a> Place<'a> {
    fn docker(docker: &'a Docker, root: &Path, name: &str) -> Result<Place<'a>, String> {
        let name = format!("learn-{name}:1");
        let packed = contents(root);
        docker.import(&name, &packed.iter().map(String::as_str).collect::<Vec<_>>())?;
        let run = Box::new(|all: &[&str]| docker.status(all));
        let inside = docker.folder.display().to_string();
        let place = Place {
            engine: Engine::Docker,
            base: "docker@20.10",
            run,
            folder: docker.folder.clone(),
            inside,
            options: Vec::new(),
        };
        Ok(place.with(root, &root.display().to_string(), &name))
    }

    /// In the root folder itself, which has a Podman.
    fn podman(podman: &'a Podman, root: &Path, folder: &Path) -> Result<Place<'a>, String> {
        let archive = folder.join("image.tar");
        let packed = Command::new("tar").arg("-cf").arg(&archive).args(contents(root)).status();
        packed.map_err(|error| format!("tar: {error}"))?;
        let inside = roots::INSIDE.to_owned();
        let (done, said) =
            podman.status(&["import", "-q", &format!("{inside}/image.tar"), "learn:1"])?;
        if done != Some(0) {
            return Err(said);
        }
        let place = Place {
            engine: Engine::Podman,
            base: "podman@5.8",
            run: Box::new(|all: &[&str]| podman.status(all)),
            folder: folder.to_owned(),
            inside,
            options: vec!["--cgroups=disabled".into(), "--pids-limit=0".into()],
        };
        Ok(place.with(root, "", "learn:1"))
    }

    /// With the mounts of a root folder that the engine sees there, and the image.
    fn with(mut self, root: &Path, there: &str, image: &str) -> Place<'a> {
        for top in SHOWN.iter().filter(|top| is_shown(root, top)) {
            self.options.push(format!("-v={there}/{top}:/{top}:ro"));
        }
        self.options.push(format!("-v={}/tools:/tools:ro", self.inside));
        self.options.push("--tmpfs=/tmp:rw,exec,mode=1777".to_owned());
        self.options.push(image.to_owned());
        self
    }

    fn run(&self, options: &[&str], command: &[&str]) -> Ran {
        let mut all = vec!["run", "--rm", "--network=none", "--ulimit=nofile=1024"];
        let (image, shown) = self.options.split_last().ok_or("no image")?;
        all.extend(shown.iter().map(String::as_str));
        all.extend(options);
        all.push(image);
        all.extend(command);
        (self.run)(&all)
    }

    fn settings(&self) -> Settings {
        let mut settings = Settings { hosts: vec![Host::Amd64], ..Settings::new(self.engine) };
        // Podman's are fewer; a program that works with these rules works with more.
        settings.given.capabilities = Some(Given::docker_default());
        settings
    }
}

fn read(paths: &[PathBuf]) -> Recording {
    let mut recorder = Recorder::new(None);
    for path in paths {
        let lines = recorder.read(BufReader::new(File::open(path).unwrap())).unwrap();
        assert_eq!(lines.not_understood, 0, "{}: {:?}", path.display(), lines.first);
        assert!(lines.calls > 10, "{}", path.display());
    }
    recorder.finish()
}

/// Whether nothing is left that no profile can let through alone.
fn is_whole(place: &Place, recording: &Recording) -> bool {
    let settings = place.settings();
    let scratch = Question { base: None, settings: &settings, detail: Detail::Dangerous };
    !learn(&mut Store::default(), &scratch, recording).unwrap().lacks_something(recording)
}

/// A whole profile, and the engine's default with an overlay.
fn learned(place: &Place, recording: &Recording) -> [String; 2] {
    let settings = place.settings();
    let scratch = Question { base: None, settings: &settings, detail: Detail::Dangerous };
    let found = learn(&mut Store::default(), &scratch, recording).unwrap();
    prove(&scratch, recording, &found).unwrap();
    assert!(!found.lacks_something(recording), "{:?}", found.plan.left);
    let whole = to_json(&found.profile);

    let base = load(place.base, &LoadOptions::default()).unwrap();
    let mut store = Store::default();
    let policy = Policy::build(&mut store, &base.profile, &settings).unwrap();
    let of = Base { loaded: &base, name: place.base, policy: &policy };
    let question = Question { base: Some(of), ..scratch };
    let found = learn(&mut store, &question, recording).unwrap();
    prove(&question, recording, &found).unwrap();
    let text = to_json(&found.profile);
    let overlay = parse("o.json", text.as_bytes(), &LoadOptions::default()).unwrap();
    let layers = [base, overlay];
    let merged = merge_loaded(&mut Store::default(), &layers, None, Strategy::Override, &Host::ALL);
    [whole, to_json(&merged.unwrap().profile)]
}

const UNCONFINED: &str = "--security-opt=seccomp=unconfined";

/// Records a program twice by the real strace.
fn record(place: &Place, what: &str, program: &Program) -> Recording {
    let out = place.folder.join("out");
    fs::create_dir_all(&out).unwrap();
    Command::new("chmod").arg("777").arg(&out).status().unwrap();
    let shown = format!("-v={}/out:/out", place.inside);
    let user = format!("--user={}", program.user);
    let mut files = Vec::new();
    for run in 0..2 {
        let name = format!("{}-{run}", program.name);
        let file = format!("/out/{name}");
        let options = ["--cap-add=SYS_PTRACE", UNCONFINED, &user, &shown];
        let command = ["strace", "-f", "-o", &file, "/bin/sh", "-c", program.script];
        let (status, said) = place.run(&options, &command).unwrap();
        let works = status == Some(0) && said.contains(program.prints);
        assert!(works, "{what} does not run: {said}");
        files.push(out.join(name));
    }
    let recording = read(&files);
    fs::remove_dir_all(&out).unwrap();
    recording
}

fn check(place: &Place, year: &str, program: &Program) {
    let what = format!("{} {year}: {}", place.engine.name(), program.name);
    let shell = ["/bin/sh", "-c", program.script];
    let user = format!("--user={}", program.user);
    // Of a thread that is killed in the middle of a call strace does not know the arguments: it is
    // recorded again, as a user would.
    let recordings = (0..5).map(|_| record(place, &what, program));
    let recording = recordings.into_iter().find(|found| is_whole(place, found));
    let recording = recording.expect("a recording with every argument");
    let [whole, over] = learned(place, &recording);
    let file = place.folder.join("profile.json");
    let option = format!("--security-opt=seccomp={}/profile.json", place.inside);
    for (kind, profile) in [("whole", &whole), ("overlay", &over)] {
        fs::write(&file, profile).unwrap();
        let (status, said) = place.run(&[&option, &user], &shell).unwrap();
        let works = status == Some(0) && said.contains(program.prints);
        assert!(
            works,
            "{what} does not run under the {kind} profile: {status:?} {said}\n{profile}"
        );
    }
    // What the recording lacks.
    let recorded: BTreeSet<Syscall> = recording.calls.keys().map(|seen| seen.syscall).collect();
    let rare = RARE.into_iter().filter_map(Syscall::from_name);
    let absent = rare.clone().find(|call| !recorded.contains(call)).expect("one is not made");
    fs::write(&file, &whole).unwrap();
    let abis: BTreeSet<Abi> = recording.calls.keys().map(|seen| seen.abi).collect();
    let is_narrow = program.name == "old32";
    assert_eq!(abis.contains(&Abi::X86), is_narrow, "{what}: {abis:?}");
    for abi in abis {
        let tool = if abi == Abi::X86 { "/tools/probe32" } else { "/tools/probe" };
        let number = absent.number(abi).unwrap().to_string();
        let (free, _) = place.run(&[UNCONFINED, &user], &[tool, &number]).unwrap();
        assert_eq!(free, Some(0), "{what}: {absent} of {abi} without a filter");
        let (stopped, said) = place.run(&[&option, &user], &[tool, &number]).unwrap();
        assert_eq!(stopped, Some(1), "{what}: {absent} of {abi} under the learned profile: {said}");
    }
    println!("{what}: {} calls; {absent} is stopped", recorded.len());
}

/// Programs without a library, in `tools` of a folder.
fn tools(folder: &Path) -> Result<(), String> {
    let tools = folder.join("tools");
    fs::create_dir_all(&tools).map_err(|error| error.to_string())?;
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (name, width) in [("probe", "-m64"), ("probe32", "-m32"), ("old32", "-m32")] {
        let mut compiler = Command::new("cc");
        compiler.args([width, "-O1", "-static", "-nostdlib", "-fno-stack-protector", "-fno-pie"]);
        compiler.args(["-no-pie", "-o"]).arg(tools.join(name));
        compiler.arg(sources.join(format!("{name}.c")));
        let built = compiler.status().map_err(|error| format!("cc: {error}"))?;
        if !built.success() {
            return Err(format!("cc {width} -static -nostdlib fails"));
        }
    }
    Ok(())
}

/// A daemon with the tools, or why there is none.
fn docker(folder: &Path) -> Result<Docker, String> {
    if let Some(reason) = missing() {
        return Err(reason);
    }
    tools(folder)?;
    Docker::start(folder)
}

#[test]
fn programs_work_under_what_was_learned_of_them() {
    const NAME: &str = "programs_work_under_what_was_learned_of_them";
    let folder = tempfile::tempdir().unwrap();
    let docker = match docker(folder.path()) {
        Ok(docker) => docker,
        Err(reason) => return knobs::skip(NAME, &reason),
    };
    let suites = roots::suites();
    if suites.is_empty() {
        return knobs::skip(NAME, "no root folders (SDIFF_ROOTS)");
    }
    for suite in &suites {
        let place = Place::docker(&docker, &roots::folder().join(suite), suite).unwrap();
        // A C library and a strace of each year; Python and Go of two.
        let is_small = |program: &Program| matches!(program.name, "shell" | "old32");
        let is_asked = |program: &&Program| is_small(program) || *suite != "trixie";
        for program in COMMON.iter().filter(is_asked) {
            check(&place, suite, program);
        }
    }
}

#[test]
fn programs_work_by_podman_under_what_was_learned_of_them() {
    const NAME: &str = "programs_work_by_podman_under_what_was_learned_of_them";
    let folder = tempfile::tempdir().unwrap();
    let podman = match tools(folder.path()).and_then(|()| Podman::open("sid", folder.path())) {
        Ok(podman) => podman,
        Err(reason) => return knobs::skip(NAME, &reason),
    };
    let place = Place::podman(&podman, &roots::folder().join("sid"), folder.path()).unwrap();
    for program in COMMON.iter().filter(|program| program.name != "go") {
        check(&place, "sid", program);
    }
}

#[test]
fn servers_work_under_what_was_learned_of_them() {
    const NAME: &str = "servers_work_under_what_was_learned_of_them";
    let Some(root) = std::env::var_os("SDIFF_LEARN_PROGRAMS").map(PathBuf::from) else {
        println!("{NAME}: not asked for (SDIFF_LEARN_PROGRAMS)");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let docker = docker(folder.path()).unwrap();
    let place = Place::docker(&docker, &root, "programs").unwrap();
    for program in &SERVERS {
        check(&place, "programs", program);
    }
}
