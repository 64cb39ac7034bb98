//! The real runc and crun: a container is started under `ptrace`, and the filter that the runtime
//! hands to the kernel is read from its memory. So even a filter that kills everything is seen.

use crate::bpf::{Insn, Program};
use crate::library;
use crate::machine::{Machine, Runtime, Version};
use crate::oci::Oci;
use crate::roots::{INSIDE, Root};
use serde_json::json;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What became of a container.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The filter that was loaded, and the errno if the kernel did not take it.
    pub filter: Option<(Program, i32)>,
    /// The runtime's exit status, where it was let run so far.
    pub status: Option<i32>,
    /// What it said.
    pub message: String,
}

/// A bundle to start containers from.
pub struct Bundle {
    dir: PathBuf,
    /// The folder as the runtime sees it.
    inside: String,
    root: Option<Root>,
    program: &'static str,
    machine: Machine,
    /// How many containers it has started.
    started: u64,
}

impl Bundle {
    /// A bundle in an empty folder for `runc` or `crun`, the machine's own or that of the root
    /// folder of a suite; or why there can be none here.
    pub fn new(
        dir: &Path,
        program: &'static str,
        suite: Option<&'static str>,
    ) -> Result<Bundle, String> {
        if !cfg!(target_arch = "x86_64") {
            return Err("reads the registers of x86_64 only".into());
        }
        // SAFETY: no arguments, cannot fail.
        if unsafe { libc::geteuid() } != 0 {
            return Err("needs root".into());
        }
        let (root, inside) = match suite {
            Some(suite) => (Some(Root::open(suite, dir)?), INSIDE.to_owned()),
            None => (None, dir.display().to_string()),
        };
        let mut version = match &root {
            Some(root) => root.command(program),
            None => Command::new(program),
        };
        let output = version.arg("--version").output().map_err(|e| format!("{program}: {e}"))?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let runtime = Runtime::parse(&said).ok_or_else(|| format!("{program} says {said:?}"))?;
        let library = library::of_suite(suite).ok_or("no libseccomp")?;
        // Debian's rc93 reads `defaultErrnoRet`, as rc95 does upstream: its bug 1012030.
        let runtime = match runtime {
            Runtime::Runc(Version(1, 0, 0, 93)) => Runtime::Runc(Version(1, 0, 0, 95)),
            runtime => runtime,
        };
        let machine = Machine { runtime, library };
        let busybox =
            ["/bin/busybox", "/usr/bin/busybox"].into_iter().find(|p| Path::new(p).exists());
        let busybox = busybox.ok_or("busybox is not installed")?;
        let io = |e: io::Error| format!("{}: {e}", dir.display());
        for inside in ["bin", "dev", "proc", "sys"] {
            fs::create_dir_all(dir.join("rootfs").join(inside)).map_err(io)?;
        }
        fs::copy(busybox, dir.join("rootfs/bin/busybox")).map_err(io)?;
        Ok(Bundle { dir: dir.to_owned(), inside, root, program, machine, started: 0 })
    }

    /// The runtime, by what it says of itself, and its library.
    pub fn machine(&self) -> Machine {
        self.machine
    }

    /// Starts a container with that filter. It is killed as soon as the filter is loaded, unless
    /// it is to run to its end (`busybox true`).
    pub fn start(
        &mut self,
        oci: &Oci,
        no_new_privs: bool,
        to_the_end: bool,
    ) -> io::Result<Outcome> {
        let config = json!({
            "ociVersion": "1.0.2",
            "process": {
                "user": { "uid": 0, "gid": 0 },
                "args": ["/bin/busybox", "true"],
                "env": ["PATH=/bin"],
                "cwd": "/",
                "noNewPrivileges": no_new_privs,
            },
            "root": { "path": "rootfs" },
            "mounts": [
                { "destination": "/proc", "type": "proc", "source": "proc" },
                { "destination": "/dev", "type": "tmpfs", "source": "tmpfs" },
            ],
            "linux": {
                "namespaces": [{ "type": "pid" }, { "type": "mount" }],
                "seccomp": oci.to_json(),
            },
        });
        fs::write(self.dir.join("config.json"), config.to_string())?;
        self.started += 1;
        // Tests run side by side, and two containers of one name share their cgroups.
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let id = format!("sdiff-{}-{count}", std::process::id());
        let said = File::create(self.dir.join("said"))?;
        let mut command = self.command();
        command.args(["run", "--bundle", &self.inside, &id]);
        command.stdin(Stdio::null()).stdout(said.try_clone()?).stderr(said);
        // In a thread of its own, which has no other children.
        let traced = std::thread::scope(|scope| scope.spawn(|| trace(command, to_the_end)).join());
        let (filter, status) = traced.map_err(|_| io::Error::other("the tracer panicked"))??;
        let mut delete = self.command();
        delete.args(["delete", "--force", &id]).stdout(Stdio::null()).stderr(Stdio::null());
        delete.status()?;
        let _ = fs::remove_dir_all(self.dir.join(self.state()));
        let message = String::from_utf8_lossy(&fs::read(self.dir.join("said"))?).trim().to_owned();
        Ok(Outcome { filter, status, message })
    }

    /// A folder for each container: crun keeps filters there for the next one, and does not look at
    /// every field before it takes them.
    fn state(&self) -> String {
        format!("state-{}", self.started)
    }

    fn command(&self) -> Command {
        let mut command = match &self.root {
            Some(root) => root.command(self.program),
            None => Command::new(self.program),
        };
        if self.program == "crun" {
            // SAFETY: only system calls between fork and exec.
            unsafe { command.pre_exec(hide_cgroups) };
        }
        command.arg("--root").arg(format!("{}/{}", self.inside, self.state()));
        if self.program == "crun" {
            command.arg("--cgroup-manager=disabled");
        }
        command
    }
}

type Traced = (Option<(Program, i32)>, Option<i32>);

/// Runs a command and its children until one loads a filter, or to the end.
fn trace(mut command: Command, to_the_end: bool) -> io::Result<Traced> {
    // SAFETY: only system calls between fork and exec.
    unsafe { command.pre_exec(prepare) };
    let main = command.spawn()?.id() as i32;
    let options = libc::PTRACE_O_TRACESECCOMP
        | libc::PTRACE_O_TRACECLONE
        | libc::PTRACE_O_TRACEFORK
        | libc::PTRACE_O_TRACEVFORK
        | libc::PTRACE_O_TRACEEXEC
        | libc::PTRACE_O_TRACESYSGOOD
        | libc::PTRACE_O_EXITKILL;
    let mut alive = BTreeSet::new();
    let mut found: Option<(i32, Program)> = None;
    let mut traced: Traced = (None, None);
    let mut killed = false;
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let mut status = 0;
        // This thread's children alone: other tests wait for theirs.
        let flags = libc::__WALL | libc::__WNOTHREAD | libc::WNOHANG;
        // SAFETY: a valid pointer.
        let pid = unsafe { libc::waitpid(-1, &mut status, flags) };
        if pid < 0 {
            return Ok(traced); // none is left
        }
        let loaded = matches!(traced.0, Some((_, 0))) && !to_the_end;
        if !killed && (loaded || Instant::now() > deadline) {
            killed = true;
            for pid in &alive {
                // SAFETY: processes that this function started and has not reaped.
                unsafe { libc::kill(*pid, libc::SIGKILL) };
            }
        }
        if pid == 0 {
            std::thread::sleep(Duration::from_micros(200));
            continue;
        }
        if libc::WIFEXITED(status) || libc::WIFSIGNALED(status) {
            alive.remove(&pid);
            if pid == main && !killed {
                traced.1 =
                    Some(if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { -1 });
            }
            continue;
        }
        let known = !alive.insert(pid);
        if pid == main && !known {
            // SAFETY: a stopped tracee, and no pointer.
            unsafe { libc::ptrace(libc::PTRACE_SETOPTIONS, pid, 0, options) };
        }
        let (signal, event) = (libc::WSTOPSIG(status), status >> 16);
        let mut request = libc::PTRACE_CONT;
        let mut deliver = 0;
        if event == libc::PTRACE_EVENT_SECCOMP {
            // crun tries again without flags.
            if !matches!(traced.0, Some((_, 0)))
                && found.is_none()
                && let Some(program) = argument(pid)?
            {
                found = Some((pid, program));
                request = libc::PTRACE_SYSCALL; // and stop again at its end
            }
        } else if signal == libc::SIGTRAP | 0x80 {
            if let Some((_, program)) = found.take_if(|(of, _)| *of == pid) {
                let result = registers(pid)?.rax as i64;
                traced.0 = Some((program, if result < 0 { -result as i32 } else { 0 }));
            }
        } else if event == 0 && signal != libc::SIGTRAP && (known || signal != libc::SIGSTOP) {
            deliver = signal;
        }
        // SAFETY: a stopped tracee, and no pointer. It may have been killed meanwhile.
        unsafe { libc::ptrace(request, pid, 0, deliver) };
    }
}

/// In the child: an empty `/sys/fs/cgroup` of its own. crun refuses machines where both versions of
/// control groups have controllers, even when it is told to leave them alone.
pub(crate) fn hide_cgroups() -> io::Result<()> {
    let (root, tmpfs) = (c"/".as_ptr(), c"tmpfs".as_ptr());
    let private = libc::MS_REC | libc::MS_PRIVATE;
    let none = std::ptr::null();
    // SAFETY: valid strings, and null where the kernel reads none.
    unsafe {
        if libc::unshare(libc::CLONE_NEWNS) != 0
            || libc::mount(none, root, none, private, none.cast()) != 0
            || libc::mount(tmpfs, c"/sys/fs/cgroup".as_ptr(), tmpfs, 0, none.cast()) != 0
        {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// In the child: asks to be traced, and for a stop at the two calls that load filters.
fn prepare() -> io::Result<()> {
    let insn = |code, jt, jf, k| libc::sock_filter { code, jt, jf, k };
    let mut filter = [
        insn(0x20, 0, 0, 0),
        insn(0x15, 2, 0, libc::SYS_prctl as u32),
        insn(0x15, 1, 0, libc::SYS_seccomp as u32),
        insn(0x06, 0, 0, libc::SECCOMP_RET_ALLOW),
        insn(0x06, 0, 0, libc::SECCOMP_RET_TRACE),
    ];
    let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
    // SAFETY: a valid program; the other calls take no pointer.
    unsafe {
        if libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0) != 0
            || libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &program) != 0
        {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

fn registers(pid: i32) -> io::Result<libc::user_regs_struct> {
    // SAFETY: all zeros is a valid value, and the kernel fills it.
    unsafe {
        let mut regs: libc::user_regs_struct = std::mem::zeroed();
        match libc::ptrace(libc::PTRACE_GETREGS, pid, 0, &raw mut regs) {
            0 => Ok(regs),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

/// The program that the call under way is to load, if it is one that loads.
fn argument(pid: i32) -> io::Result<Option<Program>> {
    let regs = registers(pid)?;
    let (nr, first) = (regs.orig_rax as i64, regs.rdi);
    let by_prctl = nr == libc::SYS_prctl && first == libc::PR_SET_SECCOMP as u64;
    let by_seccomp = nr == libc::SYS_seccomp && first == u64::from(libc::SECCOMP_SET_MODE_FILTER);
    let address = regs.rdx;
    if !(by_prctl || by_seccomp) || address == 0 {
        return Ok(None); // libseccomp tries what there is with a null pointer
    }
    let memory = File::open(format!("/proc/{pid}/mem"))?;
    let mut header = [0; 16];
    memory.read_exact_at(&mut header, address)?;
    let length = u16::from_le_bytes([header[0], header[1]]) as usize;
    let [.., a, b, c, d, e, f, g, h] = header;
    let mut bytes = vec![0; length * 8];
    memory.read_exact_at(&mut bytes, u64::from_le_bytes([a, b, c, d, e, f, g, h]))?;
    let insn = |b: &[u8]| Insn {
        code: u16::from_le_bytes([b[0], b[1]]),
        jt: b[2],
        jf: b[3],
        k: u32::from_le_bytes([b[4], b[5], b[6], b[7]]),
    };
    let insns = bytes.chunks_exact(8).map(insn).collect();
    Ok(Some(Program { insns, big_endian: false }))
}
