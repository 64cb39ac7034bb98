//! The system calls: `ptrace` and `waitid`. The one file with `unsafe`.
//!
//! What keeps the other process safe:
//! - `PTRACE_SEIZE` stops nothing and sets no option, so that neither its end nor ours changes what
//!   happens to the process. The kernel lets it go when the thread that traces ends, and then it
//!   goes on, or stays stopped if it was before.
//! - A stop is looked at and never taken (`WNOWAIT`): what the process was stopped with stays with it,
//!   also where we end before it is let go. A process that ends is left to its parent.
//! - Where it stopped with a signal on its way, the signal is handed on.

use libc::{c_int, c_long, c_void, pid_t};
use std::io;
use std::mem::MaybeUninit;
use std::ptr::null_mut;
use std::thread;
use std::time::{Duration, Instant};

use super::error::Step;

/// Of `linux/ptrace.h`, the same on every architecture.
const DETACH: u32 = 17;
const SEIZE: u32 = 0x4206;
const INTERRUPT: u32 = 0x4207;
const GET_FILTER: u32 = 0x420c;
const EVENT_STOP: c_int = 128;

/// The most bytes of one filter: `BPF_MAXINSNS` times `sizeof(struct sock_filter)`.
const MOST_BYTES: usize = 4096 * 8;

/// How long a process may take to stop. One that sleeps in a disk's queue may take for ever.
const PATIENCE: Duration = Duration::from_secs(2);

/// The filters of a process (or thread), the oldest first; or at which step which error came.
pub(super) fn filters(process: u32) -> Result<Vec<Vec<u8>>, (Step, io::Error)> {
    let Ok(process) = pid_t::try_from(process) else {
        return Err((Step::Seize, io::Error::from_raw_os_error(libc::ESRCH)));
    };
    // A thread of its own: when it ends, the process is free, also where it never stopped.
    thread::scope(|scope| {
        let started = thread::Builder::new().spawn_scoped(scope, || read(process));
        let thread = started.map_err(|error| (Step::Thread, error))?;
        let ended = |_| (Step::Thread, io::Error::other("it ended without a result"));
        thread.join().map_err(ended)?
    })
}

/// A process that waits for us, and goes on when this is dropped.
struct Stopped {
    process: pid_t,
    /// What was on its way to it; 0 for nothing.
    signal: c_int,
}

impl Drop for Stopped {
    fn drop(&mut self) {
        // It can have been killed meanwhile.
        let _ = ask(DETACH, self.process, 0, self.signal as usize as *mut c_void);
    }
}

fn read(process: pid_t) -> Result<Vec<Vec<u8>>, (Step, io::Error)> {
    let at = |step| move |error| (step, error);
    ask(SEIZE, process, 0, null_mut()).map_err(at(Step::Seize))?;
    ask(INTERRUPT, process, 0, null_mut()).map_err(at(Step::Stop))?;
    let stopped = stop(process).map_err(at(Step::Stop))?;
    let mut filters = Vec::new();
    let mut buffer = vec![0_u8; MOST_BYTES];
    loop {
        match ask(GET_FILTER, stopped.process, filters.len(), buffer.as_mut_ptr().cast()) {
            Ok(count) => {
                let bytes = buffer.get(..count as usize * 8);
                let bytes = bytes.ok_or_else(|| io::Error::other("a longer filter than there are"));
                filters.push(bytes.map_err(at(Step::Filter))?.to_vec());
            }
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => return Ok(filters),
            Err(error) => return Err((Step::Filter, error)),
        }
    }
}

/// Waits until the process has stopped.
fn stop(process: pid_t) -> io::Result<Stopped> {
    let start = Instant::now();
    for round in 0_u32.. {
        if let Some((code, status)) = state(process)? {
            match code {
                libc::CLD_STOPPED | libc::CLD_TRAPPED => {
                    let is_event = status >> 8 == EVENT_STOP;
                    // A stop of the whole process is an event as well, and needs no signal.
                    let signal = if is_event || status >> 8 != 0 { 0 } else { status & 0x7f };
                    return Ok(Stopped { process, signal });
                }
                _ => return Err(io::Error::from_raw_os_error(libc::ESRCH)),
            }
        }
        if start.elapsed() > PATIENCE {
            return Err(io::Error::from(io::ErrorKind::TimedOut));
        }
        match round {
            0..20 => thread::yield_now(),
            20..200 => thread::sleep(Duration::from_micros(50)),
            _ => thread::sleep(Duration::from_millis(2)),
        }
    }
    Err(io::Error::from(io::ErrorKind::TimedOut))
}

/// How a process stopped or ended, if it did: `si_code` and `si_status`. It stays as it is.
fn state(process: pid_t) -> io::Result<Option<(c_int, c_int)>> {
    let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
    let options = libc::WSTOPPED | libc::WEXITED | libc::WNOWAIT | libc::WNOHANG | libc::__WALL;
    // SAFETY: `info` is there for the whole call, and a zeroed `siginfo_t` is one.
    let result =
        unsafe { libc::waitid(libc::P_PID, process as libc::id_t, info.as_mut_ptr(), options) };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it was zeroed, and filled in by the kernel; `si_pid` and `si_status` are those of a
    // SIGCHLD, which is all that waitid fills in.
    let (pid, code, status) = unsafe {
        let info = info.assume_init();
        (info.si_pid(), info.si_code, info.si_status())
    };
    Ok((pid != 0).then_some((code, status)))
}

fn ask(request: u32, process: pid_t, address: usize, data: *mut c_void) -> io::Result<c_long> {
    // SAFETY: the kernel checks request and process. `data` is null, a number, or room for the
    // longest filter that the kernel loads.
    let result = unsafe { libc::ptrace(request as _, process, address as *mut c_void, data) };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
