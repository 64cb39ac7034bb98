//! Filters of processes as `sdiff` reads them, and what becomes of the processes: they go on,
//! whatever happens to the one that reads.

#![allow(clippy::expect_used, clippy::panic)]

use sdiff::decision::Store;
use sdiff::filter::{ByteOrder, Filter, Program};
use sdiff::live::{LiveError, Mode, Process, survey};
use sdiff::syscall::Host;
use sdiff_real::bpf;
use sdiff_real::hold::{Held, Holders, expected};
use sdiff_real::loads::Loads;
use sdiff_real::{knobs, shipped};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What these tests need; or the test is skipped.
fn holders(test: &str) -> Option<Holders> {
    // SAFETY: it asks for a number.
    let why = if unsafe { libc::geteuid() } != 0 {
        "it wants root".to_owned()
    } else if !std::fs::read_to_string("/proc/self/status")
        .unwrap_or_default()
        .contains("Seccomp:\t0")
    {
        "this process has a filter itself".to_owned()
    } else {
        match Holders::build() {
            Ok(holders) => return Some(holders),
            Err(why) => why,
        }
    };
    knobs::skip(test, &why);
    None
}

fn plain(program: &Program) -> Vec<(u16, u8, u8, u32)> {
    let instructions = program.instructions().iter();
    instructions.map(|of| (of.code, of.jt, of.jf, of.k)).collect()
}

fn filters(id: u32) -> Result<Vec<Program>, LiveError> {
    Process::find(id)?.filters()
}

/// Until a moment has passed in which it should have come true.
fn soon(what: impl Fn() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(10) {
        if what() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    false
}

#[track_caller]
fn runs(held: &mut Held, when: &str) {
    assert!(soon(|| held.status("TracerPid") == "0"), "{when}: it is still traced");
    assert!(soon(|| !held.status("State").starts_with(['t', 'T'])), "{when}: it is stopped");
    held.signals();
}

#[test]
fn each_filter_is_read_the_oldest_first() {
    let Some(holders) = holders("each_filter_is_read_the_oldest_first") else { return };
    for count in [0, 1, 2, 60] {
        let mut held = holders.hold(count, 1);
        let process = Process::find(held.id()).expect("it is");
        let filters = process.filters().expect("root");
        let read: Vec<_> = filters.iter().map(plain).collect();
        assert_eq!(read, expected(count));
        // Whatever architecture a filter asks for, it is this machine's.
        let here = ByteOrder::of(cfg!(target_endian = "big"));
        assert!(filters.iter().all(|filter| filter.byte_order() == here));
        assert_eq!(process.status.filters, Some(count as u32));
        assert_eq!(process.status.mode, if count == 0 { Mode::Off } else { Mode::Filter });
        runs(&mut held, "read");
        let environment = process.environment();
        let bounding = u64::from_str_radix(&held.status("CapBnd"), 16).expect("a set");
        assert_eq!(environment.capabilities, Some(bounding));
        assert_eq!(environment.no_new_privileges, Some(true));
        let release = Command::new("uname").arg("-r").output().expect("uname").stdout;
        let release = String::from_utf8_lossy(&release).into_owned();
        assert!(release.starts_with(&format!("{}.", environment.kernel.expect("a kernel"))));
    }
}

#[cfg(target_arch = "x86_64")]
#[test]
fn a_32_bit_process_is_read_on_its_64_bit_host() {
    let Some(holders) = holders("a_32_bit_process_is_read_on_its_64_bit_host") else { return };
    let held = holders.hold32();
    let exe = std::fs::read(format!("/proc/{}/exe", held.id())).expect("it is");
    assert_eq!(exe[4], 1, "an ELF file of 32 bits");
    let read: Vec<_> = filters(held.id()).expect("root").iter().map(plain).collect();
    assert_eq!(read, expected(1));
    let process = Process::find(held.id()).expect("it is");
    assert_eq!(process.environment().hosts, [Host::Amd64]);
    assert!(held.status("State").starts_with('S'));
}

/// strace kills `sdiff` at its n-th call, for every n: the process goes on each time.
#[test]
fn a_process_goes_on_when_its_reader_is_killed_at_any_step() {
    let test = "a_process_goes_on_when_its_reader_is_killed_at_any_step";
    let Some(holders) = holders(test) else { return };
    if Command::new("strace").arg("-V").output().is_err() {
        return knobs::skip(test, "no strace");
    }
    let sdiff = shipped::sdiff();
    let mut held = holders.hold(3, 1);
    for (signal, call, least) in [
        // Seize, interrupt, four questions, detach.
        ("SIGKILL", "ptrace", 7),
        ("SIGKILL", "waitid", 1),
        ("SIGINT", "ptrace", 7),
        ("SIGTERM", "ptrace", 7),
    ] {
        let mut killed = 0;
        for step in 1..50 {
            // What a shell starts in the background ignores SIGINT, and so would `sdiff`.
            let output = Command::new("env")
                .args(["--default-signal=INT,TERM", "strace"])
                .args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=ptrace,waitid"])
                .args(["-e", &format!("inject={call}:signal={signal}:when={step}")])
                .arg(&sdiff)
                .args(["disasm", &format!("pid:{}", held.id())])
                .output()
                .expect("strace");
            runs(&mut held, &format!("{signal} at {call} {step}"));
            if output.status.success() {
                break;
            }
            killed += 1;
        }
        assert!((least..49).contains(&killed), "{signal} at {call}: {killed} times");
    }
}

#[test]
fn no_signal_is_lost_while_it_is_read() {
    let Some(holders) = holders("no_signal_is_lost_while_it_is_read") else { return };
    let mut held = holders.hold(2, 1);
    let id = held.id();
    let (mut sent, mut read) = (0, 0);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut read = 0;
            while read < 300 {
                match filters(id) {
                    Ok(filters) if filters.len() == 2 => read += 1,
                    // The surveys of other tests are at it, too.
                    Err(LiveError::Traced { .. } | LiveError::Forbidden(_)) => {}
                    other => panic!("{other:?}"),
                }
            }
            read
        });
        while !reader.is_finished() {
            sent += u64::from(held.queue(libc::SIGRTMIN()));
        }
        read = reader.join().expect("reads");
    });
    assert_eq!(read, 300);
    assert!(sent > 300, "{sent} signals");
    // They are handled before the next line is answered, but for those that come with it.
    let mut got = held.signals();
    for _ in 0..1000 {
        if got == sent {
            break;
        }
        got = held.signals();
    }
    assert_eq!(got, sent);
}

#[test]
fn a_stopped_process_stays_stopped_and_can_go_on() {
    let Some(holders) = holders("a_stopped_process_stays_stopped_and_can_go_on") else { return };
    let mut held = holders.hold(1, 1);
    held.signal(libc::SIGSTOP);
    assert!(soon(|| held.status("State").starts_with('T')));
    for _ in 0..20 {
        assert_eq!(filters(held.id()).expect("root").len(), 1);
        assert_eq!(held.status("TracerPid"), "0");
        assert!(soon(|| held.status("State").starts_with('T')), "{}", held.status("State"));
    }
    held.signal(libc::SIGCONT);
    runs(&mut held, "SIGCONT");
}

#[test]
fn a_process_that_dies_is_read_or_said_to_have_ended() {
    let Some(holders) = holders("a_process_that_dies_is_read_or_said_to_have_ended") else {
        return;
    };
    let (mut read, mut ended) = (0, 0);
    for round in 0..knobs::number("SDIFF_LIVE_DEATHS", 200) {
        let held = holders.hold(1, 1);
        let id = held.id();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_micros(round * 7 % 400));
                held.signal(libc::SIGKILL);
            });
            for _ in 0..3 {
                match filters(id) {
                    Ok(filters) if filters.len() == 1 => read += 1,
                    Err(LiveError::Ended(of) | LiveError::NoProcess(of)) if of == id => ended += 1,
                    other => panic!("{other:?}"),
                }
            }
        });
    }
    assert!(read > 0 && ended > 0, "{read} read, {ended} ended");
}

/// The program, run by somebody with a filter, without capabilities, ...
fn refused(command: &mut Command) -> String {
    let output = command.output().expect("it runs");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(output.stdout.is_empty());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn what_is_missing_is_said() {
    let Some(holders) = holders("what_is_missing_is_said") else { return };
    let sdiff = shipped::sdiff();
    // An ordinary user has to get at the program.
    let copy = holders.path("sdiff");
    std::fs::copy(&sdiff, &copy).expect("a copy");
    let mut held = holders.hold(1, 1);
    let spec = format!("pid:{}", held.id());
    let said = refused(
        Command::new("setpriv")
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(&copy)
            .args(["disasm", &spec]),
    );
    assert!(
        said.contains("CAP_SYS_ADMIN and CAP_SYS_PTRACE missing here): run sdiff with sudo"),
        "{said}"
    );
    let said = refused(
        Command::new("setpriv").arg("--bounding-set=-sys_admin").arg(&copy).args(["disasm", &spec]),
    );
    assert!(said.contains("CAP_SYS_ADMIN missing here"), "{said}");
    let filtered = |arguments: &[&str]| {
        refused(Command::new(holders.path("hold")).args(["1", "run"]).arg(&copy).args(arguments))
    };
    let said = filtered(&["disasm", &spec]);
    assert!(said.contains("sdiff runs under a seccomp filter itself"), "{said}");
    let said = filtered(&["disasm", "self"]);
    assert!(said.contains("nor can a child of it"), "{said}");
    // For everybody: whether there is a filter.
    let bare = holders.hold(0, 1);
    let output = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&copy)
        .args(["verify", "unconfined", &format!("pid:{}", bare.id())])
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{output:?}");
    // A process has one tracer.
    let id = held.id().to_string();
    if let Ok(mut strace) =
        Command::new("strace").args(["-qq", "-o", "/dev/null", "-p", &id]).spawn()
    {
        assert!(soon(|| held.status("TracerPid") == strace.id().to_string()));
        assert_eq!(
            filters(held.id()),
            Err(LiveError::Traced { id: held.id(), tracer: strace.id() })
        );
        // SAFETY: it is our child.
        unsafe { libc::kill(strace.id() as i32, libc::SIGTERM) };
        let _ = strace.wait();
    }
    runs(&mut held, "all refused");
}

/// The CPU time of `sdiff ps` in seconds, and what it printed.
// It is waited for by `wait4`, which the lint does not know.
#[allow(clippy::zombie_processes)]
fn ps(sdiff: &Path) -> (f64, serde_json::Value) {
    let mut command = Command::new(sdiff);
    command.args(["ps", "--format", "json"]).env("PATH", "").stdout(Stdio::piped());
    let mut child = command.spawn().expect("it runs");
    let mut text = String::new();
    child.stdout.take().expect("piped").read_to_string(&mut text).expect("text");
    // SAFETY: `usage` is there for the whole call; the child is ours, and nobody waits for it besides.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        assert!(libc::wait4(child.id() as i32, std::ptr::null_mut(), 0, &mut usage) > 0);
        usage
    };
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    (seconds(usage.ru_utime) + seconds(usage.ru_stime), serde_json::from_str(&text).expect("JSON"))
}

/// Ten times the processes take at most some twenty times the time: no process is held against every
/// other.
#[test]
fn the_time_of_ps_grows_as_the_processes_do() {
    let Some(holders) = holders("the_time_of_ps_grows_as_the_processes_do") else { return };
    let sdiff = shipped::sdiff();
    let most = knobs::number("SDIFF_LIVE_PROCESSES", 2000) as usize;
    let time = |count: usize| {
        // Two stacks, so that there is something to group.
        let held = [holders.hold(1, count / 2), holders.hold(2, count / 2)];
        let mut best = f64::INFINITY;
        for _ in 0..3 {
            let start = Instant::now();
            let (seconds, report) = ps(&sdiff);
            println!("{count} processes: {seconds:.3} s of CPU, {:?}", start.elapsed());
            best = best.min(seconds);
            let groups = report["groups"].as_array().expect("groups");
            for held in &held {
                let group = groups.iter().find(|group| {
                    let all = group["processes"].as_array().expect("processes");
                    all.iter().any(|process| process["pid"] == held.id())
                });
                let members = group.expect("its group")["processes"].as_array().map(Vec::len);
                // Another test may be reading one of them at the same time.
                assert!(members >= Some(count / 2 - count / 50), "{members:?}");
            }
        }
        best
    };
    let (few, many) = (time(most / 10), time(most));
    assert!(many < few * 20.0, "{few} s for a tenth, {many} s for all");
}

/// systemd's own test of its filters loads each kind of them in a process of its own, for every ABI: what
/// the kernel gives of the process is what libseccomp made, and has a function.
#[test]
fn the_filters_of_systemd_are_read_as_its_own_test_loads_them() {
    let test = "the_filters_of_systemd_are_read_as_its_own_test_loads_them";
    if holders(test).is_none() {
        return;
    }
    let root = knobs::systemd();
    let places =
        ["usr/lib/systemd/tests/test-seccomp", "usr/lib/systemd/tests/unit-tests/test-seccomp"];
    let Some(program) = places.iter().map(|place| root.join(place)).find(|path| path.exists())
    else {
        return knobs::skip(
            test,
            "no test-seccomp of systemd (the package systemd-tests; SDIFF_SYSTEMD)",
        );
    };
    let machine = std::env::consts::ARCH;
    let libraries = root.join(format!("usr/lib/{machine}-linux-gnu/systemd"));
    let mut loads = Loads::start(&program, Some(&libraries)).expect("it starts");
    let (mut read, mut held, mut deepest) = (0, 0, 0);
    let status = loop {
        let load = match loads.next_load().expect("it goes on") {
            Ok(load) => load,
            Err(status) => break status,
        };
        let stack = soon_read(load.process);
        assert_eq!(stack.len(), load.filters, "{load:?}");
        deepest = deepest.max(stack.len());
        read += 1;
        let newest = stack.last().expect("one at least");
        if let Some(bytes) = &load.program {
            let exported = bpf::Program::decode(bytes, false).expect("a program");
            let exported: Vec<_> =
                exported.insns.iter().map(|i| (i.code, i.jt, i.jf, i.k)).collect();
            assert_eq!(plain(newest), exported, "of process {}", load.process);
            held += 1;
        }
        let mut store = Store::default();
        Filter::new(&mut store, &stack).expect("a function");
    };
    println!("{read} stacks read, {held} held against libseccomp; {deepest} filters deep");
    assert!(status.success(), "{status}");
    assert!(read >= 100 && held * 2 > read && deepest > 3, "{read} {held} {deepest}");
}

/// The surveys of other tests read it, too.
fn soon_read(id: u32) -> Vec<Program> {
    let start = Instant::now();
    loop {
        match filters(id) {
            Ok(read) => return read,
            Err(error) if start.elapsed() > Duration::from_secs(10) => panic!("{error}"),
            Err(_) => std::thread::sleep(Duration::from_millis(2)),
        }
    }
}

struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Processes of that name that hold filters.
fn sandboxed(name: &str) -> Vec<Process> {
    let survey = survey().expect("root");
    let filtered = survey.groups.iter().filter(|group| !group.stack.is_empty());
    let members = filtered.flat_map(|group| &group.members).filter(|of| of.name.starts_with(name));
    members.filter_map(|member| Process::find(member.id).ok()).collect()
}

#[test]
fn the_sandboxes_of_a_browser_of_an_ordinary_user_are_read() {
    let test = "the_sandboxes_of_a_browser_of_an_ordinary_user_are_read";
    let Some(holders) = holders(test) else { return };
    if Command::new("chromium").arg("--version").output().is_err() {
        return knobs::skip(test, "no chromium");
    }
    let home = holders.path("home");
    std::fs::create_dir(&home).expect("a folder");
    std::os::unix::fs::chown(&home, Some(65534), Some(65534)).expect("root");
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "chromium", "--headless"]);
    command.args(["--disable-gpu", "--remote-debugging-port=0", "about:blank"]);
    command.arg(format!("--user-data-dir={}", home.join("data").display()));
    // Not everybody can write to the usual folder for temporary files on every machine.
    command.env("HOME", &home).env("TMPDIR", &home).stdout(Stdio::null()).stderr(Stdio::null());
    let browser = Ended(command.spawn().expect("it starts"));
    let of_browser = || -> Vec<Process> {
        let own = sandboxed("chromium").into_iter();
        let path = home.display().to_string();
        own.filter(|process| {
            let line = std::fs::read(format!("/proc/{}/cmdline", process.id)).unwrap_or_default();
            String::from_utf8_lossy(&line).contains(&path)
        })
        .collect()
    };
    assert!(soon(|| of_browser().len() >= 2), "its sandboxes");
    let mut functions = 0;
    for process in of_browser() {
        let Ok(stack) = process.filters() else { continue };
        // Chromium's own are hundreds of instructions.
        assert!(stack[0].instructions().len() > 100, "{}", stack[0].instructions().len());
        let mut store = Store::default();
        Filter::new(&mut store, &stack).expect("a function");
        assert_eq!(process.status.no_new_privileges, Some(true));
        functions += 1;
    }
    assert!(functions >= 2, "{functions}");
    assert!(soon(|| of_browser().iter().all(|process| process.status.tracer == 0)));
    drop(browser);
}

#[test]
fn the_sandbox_of_sshd_before_a_login_is_read() {
    let test = "the_sandbox_of_sshd_before_a_login_is_read";
    let Some(holders) = holders(test) else { return };
    let sshd = Path::new("/usr/sbin/sshd");
    if !sshd.exists() {
        return knobs::skip(test, "no sshd");
    }
    std::fs::create_dir_all("/run/sshd").expect("root");
    let key = holders.path("key");
    let made =
        Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status();
    assert!(made.expect("ssh-keygen").success());
    let port = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        free.local_addr().expect("an address").port()
    };
    let mut command = Command::new(sshd);
    command.args(["-D", "-e", "-f", "/dev/null", "-p", &port.to_string(), "-h"]).arg(&key);
    let daemon = Ended(command.stderr(Stdio::null()).spawn().expect("it starts"));
    let id = daemon.0.id();
    assert!(soon(|| TcpStream::connect(("127.0.0.1", port)).is_ok()));
    let mut session = TcpStream::connect(("127.0.0.1", port)).expect("a session");
    // Only who says who it is gets a process of its own.
    session.write_all(b"SSH-2.0-test\r\n").expect("it listens");
    // The daemon's child is the monitor, and its child is in the sandbox.
    let above = |id: u32| Process::find(id).map_or(0, |process| process.status.parent);
    let own = || {
        sandboxed("sshd").into_iter().find(|process| {
            let parent = process.status.parent;
            [parent, above(parent)].contains(&id)
        })
    };
    assert!(soon(|| own().is_some()), "a process in the sandbox");
    let stack = own().expect("as above").filters().expect("root");
    assert_eq!(stack.len(), 1);
    assert!(stack[0].instructions().len() > 50);
    let mut store = Store::default();
    Filter::new(&mut store, &stack).expect("a function");
    drop(daemon);
}
