//! One container under one filter.

use super::machine::Machine;
use super::trace::{self, Made};
use crate::oci::Oci;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::net::UnixListener;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

/// In which way a container is started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Case {
    /// With `no_new_privs`.
    pub no_new_privs: bool,
    /// As user 1000, else as root.
    pub user: bool,
    /// With a terminal.
    pub tty: bool,
}

impl Case {
    /// All eight.
    pub fn all() -> [Case; 8] {
        std::array::from_fn(|bits| Case {
            no_new_privs: bits & 1 != 0,
            user: bits & 2 != 0,
            tty: bits & 4 != 0,
        })
    }
}

/// What became of a container.
#[derive(Clone, Debug)]
pub struct Started {
    /// Whether its program ran.
    pub starts: bool,
    /// The runtime's exit status; 128 and the number of the signal that ended it; `None` where it
    /// had to be ended.
    pub status: Option<i32>,
    /// What it said.
    pub said: String,
}

/// Some filters make the runtime wait or spin for ever: then no container starts.
const PATIENCE: Duration = Duration::from_secs(4);
/// Longer than Go's threads look for work before they sleep.
const PAUSE: Duration = Duration::from_millis(150);
/// 128 and the number of the signal that ends the program.
const ENDED: i32 = 128 + libc::SIGILL;

impl Machine {
    /// Starts a program that makes no call, by `run`, or as engines do where the filter meets more
    /// calls then: crun's own process waits for `start` with `pselect6` and `read`, runc's `run` and
    /// `start` wake it alike.
    pub fn start(&self, oci: &Oci, case: Case) -> io::Result<Started> {
        if self.waits_for_start() {
            return self.start_as_engines_do(oci, case);
        }
        let started = self.start_program(oci, case, &["/bin/none"])?;
        Ok(Started { starts: started.status == Some(ENDED), ..started })
    }

    /// Starts a program, and waits for its end; it starts if its status is 0.
    pub fn start_program(&self, oci: &Oci, case: Case, args: &[&str]) -> io::Result<Started> {
        let (command, id, mut ends) = self.prepare(oci, case, args)?;
        let status = wait(command, || ends.read());
        self.delete(&id);
        let status = status?;
        Ok(Started { starts: status == Some(0), status, said: self.said()? })
    }

    /// Starts a program that makes no call as engines do: the container is made, waits a while, and
    /// is started. In that while the runtime's threads go to sleep, so that they have to be woken.
    pub fn start_as_engines_do(&self, oci: &Oci, case: Case) -> io::Result<Started> {
        let Parts { id, pid_file, create, start, console: _console } = self.parts(oci, case)?;
        let mut status = wait(create, || ())?;
        if status == Some(0) {
            std::thread::sleep(PAUSE);
            status = wait(start, || ())?;
        }
        let pid = fs::read_to_string(&pid_file).unwrap_or_default();
        let program = format!("/proc/{}/exe", pid.trim());
        let deadline = Instant::now() + PATIENCE;
        let mut starts = false;
        while status == Some(0) && !starts && Instant::now() < deadline {
            match fs::read_link(&program) {
                Ok(path) => starts = path.ends_with("bin/loop"),
                Err(_) => break, // it is gone
            }
        }
        self.delete(&id);
        Ok(Started { starts, status, said: self.said()? })
    }

    /// What `create` and `start` need.
    fn parts(&self, oci: &Oci, case: Case) -> io::Result<Parts> {
        self.configure(oci, case, &["/bin/loop"])?;
        let id = self.name();
        let (pid_file, pid_inside) = self.file("pid");
        let (console_file, console_inside) = self.file("console");
        for path in [&pid_file, &console_file] {
            let _ = fs::remove_file(path);
        }
        let mut create = self.on_bundle("create");
        create.args(["--pid-file", &pid_inside]);
        let mut console = None;
        if case.tty {
            console = Some(UnixListener::bind(console_file)?);
            create.args(["--console-socket", &console_inside]);
        }
        create.arg(&id);
        let mut start = self.start_command(&id);
        let said = File::create(self.dir.join("said"))?;
        for command in [&mut create, &mut start] {
            command.stdin(Stdio::null()).stdout(said.try_clone()?).stderr(said.try_clone()?);
        }
        Ok(Parts { id, pid_file, create, start, console })
    }

    fn said(&self) -> io::Result<String> {
        let said = fs::read(self.dir.join("said"))?;
        Ok(String::from_utf8_lossy(&said).trim().to_owned())
    }

    /// The calls that are made between the loading of the filter and the program, under `ptrace`.
    pub fn calls(&self, oci: &Oci, case: Case) -> io::Result<Vec<Made>> {
        if self.waits_for_start() {
            return self.calls_as_engines_do(oci, case);
        }
        let (command, id, mut ends) = self.prepare(oci, case, &["/bin/none"])?;
        // In a thread of its own: it waits for the children of its thread, and here are others.
        let traced = std::thread::scope(|scope| {
            scope.spawn(|| trace::calls(command, PATIENCE, || ends.read())).join()
        });
        let made = traced.unwrap_or_else(|_| Err(io::Error::other("the tracer panicked")));
        self.delete(&id);
        made
    }

    fn calls_as_engines_do(&self, oci: &Oci, case: Case) -> io::Result<Vec<Made>> {
        let Parts { id, create, console: _console, .. } = self.parts(oci, case)?;
        let (is_over, is_over_there) = mpsc::channel::<()>();
        // The tracer waits for the children of its thread alone: `start` is another's.
        let traced = std::thread::scope(|scope| {
            scope.spawn(|| {
                let is_over_there = is_over_there;
                // Until there is a container, or no hope of one.
                while is_over_there.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
                    let mut start = self.start_command(&id);
                    start.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
                    if wait(start, || ()).is_ok_and(|status| status == Some(0)) {
                        break;
                    }
                }
            });
            let tracer = scope.spawn(|| trace::calls(create, PATIENCE, || ()));
            let made = tracer.join();
            drop(is_over);
            made
        });
        let made = traced.unwrap_or_else(|_| Err(io::Error::other("the tracer panicked")));
        self.delete(&id);
        made
    }

    fn prepare(
        &self,
        oci: &Oci,
        case: Case,
        args: &[&str],
    ) -> io::Result<(Command, String, Terminal)> {
        self.configure(oci, case, args)?;
        let id = self.name();
        let mut command = self.on_bundle("run");
        command.arg(&id);
        let said = File::create(self.dir.join("said"))?;
        let terminal = Terminal::new(case.tty)?;
        if let Some(end) = &terminal.end {
            command.stdin(end.try_clone()?).stdout(end.try_clone()?);
            // SAFETY: only system calls between fork and exec.
            unsafe { command.pre_exec(take_terminal) };
        } else {
            command.stdin(Stdio::null()).stdout(said.try_clone()?);
        }
        command.stderr(said);
        // SAFETY: as above. No dump of the program that ends by a signal.
        unsafe { command.pre_exec(no_dump) };
        Ok((command, id, terminal))
    }
}

/// A container that is made and started by two commands.
struct Parts {
    id: String,
    pid_file: PathBuf,
    create: Command,
    start: Command,
    /// Holds what is sent to it: the other end of the terminal, if there is one.
    console: Option<UnixListener>,
}

/// The status of a command, `None` where it had to be ended; `meanwhile` is called now and then.
fn wait(mut command: Command, mut meanwhile: impl FnMut()) -> io::Result<Option<i32>> {
    let mut child = command.spawn()?;
    drop(command);
    let deadline = Instant::now() + PATIENCE;
    loop {
        meanwhile();
        match child.try_wait()? {
            Some(status) => {
                return Ok(Some(status.code().or(status.signal().map(|s| s + 128)).unwrap_or(-1)));
            }
            None if Instant::now() > deadline => {
                child.kill()?;
                child.wait()?;
                return Ok(None);
            }
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    }
}

/// The terminal of a runtime, if it gets one.
struct Terminal {
    main: Option<File>,
    end: Option<OwnedFd>,
}

impl Terminal {
    fn new(wanted: bool) -> io::Result<Terminal> {
        if !wanted {
            return Ok(Terminal { main: None, end: None });
        }
        let (mut main, mut end) = (0, 0);
        let null = std::ptr::null_mut();
        // SAFETY: two valid pointers, and null where nothing is asked for.
        if unsafe { libc::openpty(&mut main, &mut end, null, null.cast(), null.cast()) } != 0 {
            return Err(io::Error::last_os_error());
        }
        for fd in [main, end] {
            // SAFETY: descriptors of this process.
            unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) };
        }
        // SAFETY: as above.
        unsafe {
            libc::fcntl(main, libc::F_SETFL, libc::O_NONBLOCK);
            let (main, end) = (File::from_raw_fd(main), OwnedFd::from_raw_fd(end));
            Ok(Terminal { main: Some(main), end: Some(end) })
        }
    }

    /// Takes what was written to it, so that nobody waits.
    fn read(&mut self) {
        if let Some(main) = &mut self.main {
            let _ = main.read(&mut [0; 4096]);
        }
    }
}

/// In the child: makes its standard input its terminal.
fn take_terminal() -> io::Result<()> {
    // SAFETY: no pointers.
    unsafe {
        libc::setsid();
        match libc::ioctl(0, libc::TIOCSCTTY, 0) {
            -1 => Err(io::Error::last_os_error()),
            _ => Ok(()),
        }
    }
}

fn no_dump() -> io::Result<()> {
    let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: a valid pointer.
    match unsafe { libc::setrlimit(libc::RLIMIT_CORE, &none) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
