//! The calls that a runtime makes under the filter that it loaded, up to the program.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::{Duration, Instant};

/// A call, as it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Made {
    /// Its number.
    pub number: u64,
    /// Its arguments.
    pub args: [u64; 6],
}

/// What a stop at a call is.
enum Stop {
    Enter(Made),
    Leave(i64),
    Other,
}

const TRACED: libc::c_int = libc::SIGTRAP | 0x80;

/// Runs a command and its children, all traced, until a process that has loaded a filter runs
/// another program; `meanwhile` is called now and then.
pub(super) fn calls(
    mut command: Command,
    patience: Duration,
    mut meanwhile: impl FnMut(),
) -> io::Result<Vec<Made>> {
    // SAFETY: only a system call between fork and exec.
    unsafe { command.pre_exec(trace_me) };
    let main = command.spawn()?.id() as i32;
    let options = libc::PTRACE_O_TRACECLONE
        | libc::PTRACE_O_TRACEFORK
        | libc::PTRACE_O_TRACEVFORK
        | libc::PTRACE_O_TRACEEXEC
        | libc::PTRACE_O_TRACESYSGOOD
        | libc::PTRACE_O_EXITKILL;
    let mut alive = BTreeSet::new();
    let mut loading = BTreeSet::new();
    let mut process_of = BTreeMap::new();
    let mut filtered = None;
    let mut made = Vec::new();
    let mut done = false;
    let deadline = Instant::now() + patience;
    loop {
        let mut status = 0;
        let flags = libc::__WALL | libc::__WNOTHREAD | libc::WNOHANG;
        // SAFETY: a valid pointer.
        let pid = unsafe { libc::waitpid(-1, &mut status, flags) };
        if pid < 0 {
            return Ok(made); // none is left
        }
        if done || Instant::now() > deadline {
            for pid in &alive {
                // SAFETY: processes that this function started and has not reaped.
                unsafe { libc::kill(*pid, libc::SIGKILL) };
            }
        }
        if pid == 0 {
            meanwhile();
            std::thread::sleep(Duration::from_micros(50));
            continue;
        }
        if libc::WIFEXITED(status) || libc::WIFSIGNALED(status) {
            alive.remove(&pid);
            continue;
        }
        let known = !alive.insert(pid);
        if pid == main && !known {
            // SAFETY: a stopped tracee, and no pointer.
            unsafe { libc::ptrace(libc::PTRACE_SETOPTIONS, pid, 0, options) };
        }
        let (signal, event) = (libc::WSTOPSIG(status), status >> 16);
        let is_filtered = |process: i32| filtered == Some(process);
        let process = *process_of.entry(pid).or_insert_with(|| process(pid));
        let mut deliver = 0;
        if signal == TRACED {
            match stop(pid) {
                Stop::Enter(call) if loads(call) && filtered.is_none() => {
                    loading.insert(pid);
                }
                Stop::Enter(call) if is_filtered(process) && !done => made.push(call),
                Stop::Leave(result) if loading.remove(&pid) && result == 0 => {
                    filtered = Some(process);
                }
                _ => (),
            }
        } else if event == libc::PTRACE_EVENT_EXEC {
            done |= is_filtered(process);
        } else if event == 0 && signal != libc::SIGTRAP && (known || signal != libc::SIGSTOP) {
            deliver = signal;
        }
        // SAFETY: a stopped tracee, and no pointer. It may have been killed meanwhile.
        unsafe { libc::ptrace(libc::PTRACE_SYSCALL, pid, 0, deliver) };
    }
}

fn trace_me() -> io::Result<()> {
    // SAFETY: no pointers.
    match unsafe { libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// The process of a thread.
fn process(pid: i32) -> i32 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let of = status.lines().find_map(|line| line.strip_prefix("Tgid:"));
    of.and_then(|of| of.trim().parse().ok()).unwrap_or(pid)
}

/// Whether a call loads a filter; libseccomp tries what there is with a null pointer.
fn loads(Made { number, args }: Made) -> bool {
    let by_prctl =
        number == libc::SYS_prctl as u64 && args[0] == libc::PR_SET_SECCOMP as u64 && args[1] == 2;
    let by_seccomp =
        number == libc::SYS_seccomp as u64 && args[0] == u64::from(libc::SECCOMP_SET_MODE_FILTER);
    (by_prctl || by_seccomp) && args[2] != 0
}

/// `PTRACE_GET_SYSCALL_INFO`, by the words of its structure.
fn stop(pid: i32) -> Stop {
    let mut info = [0_u64; 16];
    let size = std::mem::size_of_val(&info);
    // SAFETY: the kernel writes at most `size` bytes.
    let got = unsafe { libc::ptrace(0x420e, pid, size, &raw mut info) };
    match (got > 0, info[0] & 0xff) {
        (true, 1) => {
            Stop::Enter(Made { number: info[3], args: std::array::from_fn(|i| info[4 + i]) })
        }
        (true, 2) => Stop::Leave(info[3] as i64),
        _ => Stop::Other,
    }
}
