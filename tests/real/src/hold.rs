//! Processes that hold known filters: `hold.c` and `hold32.c`, built here.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// Programs that were built, in a folder that goes with them.
pub struct Holders {
    folder: tempfile::TempDir,
}

impl Holders {
    /// Builds them; or why that cannot be.
    pub fn build() -> Result<Holders, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        // An ordinary user runs them, too.
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(folder.path(), mode).map_err(|error| error.to_string())?;
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let build = |name: &str, options: &[&str]| {
            let mut compiler = Command::new("cc");
            compiler.args(options).args(["-O1", "-w", "-o"]).arg(folder.path().join(name));
            compiler.arg(sources.join(format!("{name}.c")));
            let output = compiler.output().map_err(|error| format!("cc: {error}"))?;
            match output.status.success() {
                true => Ok(()),
                false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
            }
        };
        build("hold", &[])?;
        #[cfg(target_arch = "x86_64")]
        build(
            "hold32",
            &[
                "-m32",
                "-nostdlib",
                "-static",
                "-ffreestanding",
                "-fno-pie",
                "-no-pie",
                "-fno-stack-protector",
            ],
        )?;
        Ok(Holders { folder })
    }

    /// The program of that name.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A process with so many filters, and so many copies of it.
    pub fn hold(&self, filters: usize, processes: usize) -> Held {
        let (filters, processes) = (filters.to_string(), processes.to_string());
        Held::start(Command::new(self.path("hold")).args([filters, processes]))
    }

    /// A 32-bit process with one filter.
    pub fn hold32(&self) -> Held {
        Held::start(&mut Command::new(self.path("hold32")))
    }
}

/// A process that holds filters. It ends when this is dropped.
pub struct Held {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Held {
    fn start(command: &mut Command) -> Held {
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = piped.spawn().expect("it starts");
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        let mut held = Held { child, stdout };
        assert_eq!(held.line(), "ready");
        held
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("it says something");
        line.trim_end().to_owned()
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How many signals it has got; that it answers at all says that it runs.
    pub fn signals(&mut self) -> u64 {
        self.child.stdin.as_mut().expect("piped").write_all(b"\n").expect("it reads");
        self.line().parse().expect("a number")
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: i32) {
        // SAFETY: the process is a child that nobody has waited for.
        assert_eq!(unsafe { libc::kill(self.id() as i32, signal) }, 0);
    }

    /// Queues a signal, of which none is merged with another.
    pub fn queue(&self, signal: i32) -> bool {
        // SAFETY: a zeroed value is one; the process is as above.
        unsafe { libc::sigqueue(self.id() as i32, signal, std::mem::zeroed()) == 0 }
    }

    /// A line of its `/proc/PID/status`.
    pub fn status(&self, field: &str) -> String {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.id())).expect("it is");
        let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(":\t"));
        line.unwrap_or_else(|| panic!("no {field} in {text}")).to_owned()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The bytes of the filters that `hold.c` loads, the oldest first.
pub fn expected(filters: usize) -> Vec<Vec<(u16, u8, u8, u32)>> {
    let of = |at: u32| {
        vec![
            (0x20, 0, 0, 4),
            (0x15, 0, 0, 0x8000_0016), // s390x, whose byte order is not this machine's
            (0x20, 0, 0, 0),
            (0x15, 0, 1, 1000 + at),
            (0x06, 0, 0, 0x0005_0000 | (100 + at)),
            (0x06, 0, 0, 0x7fff_0000),
        ]
    };
    (0..filters as u32).map(of).collect()
}
