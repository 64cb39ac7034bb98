//! Real programs, recorded by the real strace in a container and run by the real Docker under what was
//! learned: they work, and a call that the recording lacks is stopped.
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
use sdiff_real::{knobs, roots};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Makes the call of the number that it is given, and ends with its errno; it makes no other one.
const PROBE: &str = r#"
__asm__(".globl _start\n_start: mov %rsp, %rdi\n call probe\n");
static long call(long n, long a) {
    long r;
    __asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(0), "d"(0) : "rcx", "r11", "memory");
    return r;
}
void probe(char **stack) {
    long n = 0;
    for (char *c = stack[2]; *c; c++) n = n * 10 + (*c - '0');
    long r = call(n, 0);
    call(231, r < 0 ? -r : 0);
    for (;;);
}
"#;

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
const COMMON: [Program; 3] = [
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
        "J=$(echo /usr/lib/jvm/java-*-amd64/bin); $J/keytool -genkeypair -keyalg EC -alias k -dname CN=k \
         -storepass secret -keystore /tmp/k 2>/dev/null && $J/keytool -list -keystore /tmp/k -storepass secret",
        "PrivateKeyEntry",
    ),
];

/// An image of what is not shown in the container as it is, and the options that show the rest.
struct Image {
    name: String,
    mounts: Vec<String>,
}

impl Image {
    fn of(docker: &Docker, root: &Path, name: &str) -> Result<Image, String> {
        let mut tar = vec!["-C".to_owned(), root.display().to_string()];
        let mut mounts = Vec::new();
        for top in ["usr", "lib", "lib64", "bin", "sbin"] {
            let is_folder = fs::symlink_metadata(root.join(top)).is_ok_and(|known| known.is_dir());
            if is_folder {
                tar.push(format!("--exclude=./{top}"));
                mounts.push(format!("-v={}:/{top}:ro", root.join(top).display()));
            }
        }
        for top in
            ["proc", "sys", "dev", "boot", "run", "var/cache", "var/lib/apt", "var/lib/dpkg", "tmp"]
        {
            tar.push(format!("--exclude=./{top}/*"));
        }
        tar.push(".".to_owned());
        let name = format!("learn-{name}:1");
        docker.import(&name, &tar.iter().map(String::as_str).collect::<Vec<_>>())?;
        let tools = docker.folder.join("tools");
        mounts.push(format!("-v={}:/tools:ro", tools.display()));
        mounts.push("--tmpfs=/tmp:rw,exec,mode=1777".to_owned());
        Ok(Image { name, mounts })
    }

    fn run(
        &self,
        docker: &Docker,
        options: &[&str],
        command: &[&str],
    ) -> Result<(Option<i32>, String), String> {
        let mut all = vec!["run", "--rm", "--network=none", "--ulimit=nofile=1024"];
        all.extend(self.mounts.iter().map(String::as_str));
        all.extend(options);
        all.push(&self.name);
        all.extend(command);
        docker.status(&all)
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

fn settings() -> Settings {
    let mut settings = Settings { hosts: vec![Host::Amd64], ..Settings::new(Engine::Docker) };
    settings.given.capabilities = Some(Given::docker_default());
    settings
}

/// Whether nothing is left that no profile can let through alone.
fn is_whole(recording: &Recording) -> bool {
    let settings = settings();
    let scratch = Question { base: None, settings: &settings, detail: Detail::Dangerous };
    !learn(&mut Store::default(), &scratch, recording).unwrap().lacks_something(recording)
}

/// A whole profile, and today's default with an overlay.
fn learned(recording: &Recording) -> [String; 2] {
    let settings = settings();
    let scratch = Question { base: None, settings: &settings, detail: Detail::Dangerous };
    let found = learn(&mut Store::default(), &scratch, recording).unwrap();
    prove(&scratch, recording, &found).unwrap();
    assert!(!found.lacks_something(recording), "{:?}", found.plan.left);
    let whole = to_json(&found.profile);

    let base = load("docker@20.10", &LoadOptions::default()).unwrap();
    let mut store = Store::default();
    let policy = Policy::build(&mut store, &base.profile, &settings).unwrap();
    let of = Base { loaded: &base, name: "docker@20.10", policy: &policy };
    let question = Question { base: Some(of), ..scratch };
    let found = learn(&mut store, &question, recording).unwrap();
    prove(&question, recording, &found).unwrap();
    let text = to_json(&found.profile);
    let overlay = parse("o.json", text.as_bytes(), &LoadOptions::default()).unwrap();
    let layers = [base, overlay];
    let merged = merge_loaded(&mut Store::default(), &layers, None, Strategy::Override, &Host::ALL);
    [whole, to_json(&merged.unwrap().profile)]
}

fn check(docker: &Docker, image: &Image, year: &str, program: &Program) {
    let what = format!("{year}: {}", program.name);
    let shell = |script| ["/bin/sh", "-c", script];
    let user = format!("--user={}", program.user);
    let out = docker.folder.join("out");
    fs::create_dir_all(&out).unwrap();
    Command::new("chmod").arg("777").arg(&out).status().unwrap();
    let shown = format!("-v={}:/out", out.display());
    let unconfined = "--security-opt=seccomp=unconfined";
    let record = |_| {
        let mut files = Vec::new();
        for run in 0..2 {
            let file = format!("/out/{year}-{}-{run}", program.name);
            let options = ["--cap-add=SYS_PTRACE", unconfined, &user, &shown];
            let [sh, c, script] = shell(program.script);
            let command = ["strace", "-f", "-o", &file, sh, c, script];
            let (status, said) = image.run(docker, &options, &command).unwrap();
            let works = status == Some(0) && said.contains(program.prints);
            assert!(works, "{what} does not run: {said}");
            files.push(out.join(format!("{year}-{}-{run}", program.name)));
        }
        read(&files)
    };
    // Of a thread that is killed in the middle of a call strace does not know the arguments: it is
    // recorded again, as a user would.
    let recording = (0..5).map(record).find(is_whole).expect("a recording with every argument");
    let [whole, over] = learned(&recording);
    let file = docker.folder.join("profile.json");
    let option = format!("--security-opt=seccomp={}", file.display());
    for (kind, profile) in [("whole", &whole), ("overlay", &over)] {
        fs::write(&file, profile).unwrap();
        let (status, said) = image.run(docker, &[&option, &user], &shell(program.script)).unwrap();
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
    let number = absent.number(Abi::X86_64).unwrap().to_string();
    let probe = ["/tools/probe", &number];
    let (free, _) = image.run(docker, &[unconfined, &user], &probe).unwrap();
    assert_eq!(free, Some(0), "{what}: {absent} without a filter");
    fs::write(&file, &whole).unwrap();
    let (stopped, said) = image.run(docker, &[&option, &user], &probe).unwrap();
    assert_eq!(stopped, Some(1), "{what}: {absent} under the learned profile: {said}");
    println!("{what}: {} calls; {absent} is stopped", recorded.len());
}

/// A daemon with the probe, or why there is none.
fn docker(folder: &Path) -> Result<Docker, String> {
    if let Some(reason) = missing() {
        return Err(reason);
    }
    let docker = Docker::start(folder)?;
    let tools = folder.join("tools");
    fs::create_dir_all(&tools).map_err(|error| error.to_string())?;
    fs::write(folder.join("probe.c"), PROBE).map_err(|error| error.to_string())?;
    let mut compiler = Command::new("cc");
    compiler.args(["-O1", "-static", "-nostdlib", "-fno-stack-protector", "-o"]);
    compiler.arg(tools.join("probe")).arg(folder.join("probe.c"));
    let built = compiler.status().map_err(|error| format!("cc: {error}"))?;
    if built.success() { Ok(docker) } else { Err("cc -static -nostdlib fails".to_owned()) }
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
        let image = Image::of(&docker, &roots::folder().join(suite), suite).unwrap();
        // A C library and a strace of each year; Python and Go of the oldest.
        let is_asked = |program: &&Program| program.name == "shell" || *suite != "trixie";
        for program in COMMON.iter().filter(is_asked) {
            check(&docker, &image, suite, program);
        }
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
    let image = Image::of(&docker, &root, "programs").unwrap();
    for program in &SERVERS {
        check(&docker, &image, "programs", program);
    }
}
