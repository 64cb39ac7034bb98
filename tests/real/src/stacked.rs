//! Several filters in the real kernel at once, with their own actions: calls that do no harm really
//! run, threads are really killed.

use crate::arch::Arch;
use crate::bpf::Program;
use crate::kernel::{Call, call_32, call_64};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a program sees of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It ran.
    Ran,
    /// It did not, and returned this errno.
    Errno(i32),
    /// `SIGSYS`, caught.
    Trapped,
    /// The end.
    Killed,
}

static TRAPPED: AtomicBool = AtomicBool::new(false);

extern "C" fn trapped(_: i32) {
    TRAPPED.store(true, Ordering::Release);
}

/// Loads the programs, the first first, and makes the calls. Only calls that do no harm may be let
/// through; `rt_sigreturn` and `seccomp` must be.
///
/// # Errors
/// A program that the kernel does not load.
pub fn judge(programs: &[&Program], calls: &[Call]) -> io::Result<Vec<Outcome>> {
    let filters: Vec<Vec<libc::sock_filter>> = programs
        .iter()
        .map(|program| {
            let insns = program.insns.iter();
            insns.map(|i| libc::sock_filter { code: i.code, jt: i.jt, jf: i.jf, k: i.k }).collect()
        })
        .collect();
    let mut outcomes = Vec::with_capacity(calls.len());
    while outcomes.len() < calls.len() {
        let rest = &calls[outcomes.len()..];
        let (mut done, killed) = run(&filters, rest)?;
        let is_killed = killed && done.len() < rest.len();
        outcomes.append(&mut done);
        if is_killed {
            outcomes.push(Outcome::Killed);
        }
    }
    Ok(outcomes)
}

/// A child that makes the calls up to one that kills it.
fn run(filters: &[Vec<libc::sock_filter>], calls: &[Call]) -> io::Result<(Vec<Outcome>, bool)> {
    const UNLOADED: i64 = 1 << 40;
    const TRAP: i64 = 1 << 41;
    const NOTHING: i64 = 1 << 42;
    let size = (calls.len() + 1) * size_of::<i64>();
    // SAFETY: a new mapping, shared with the child and unmapped below; the child does nothing but
    // system calls and plain stores.
    unsafe {
        let prot = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
        let map = libc::mmap(std::ptr::null_mut(), size, prot, flags, -1, 0);
        if map == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let results = map.cast::<i64>();
        for at in 0..=calls.len() {
            results.add(at).write_volatile(NOTHING);
        }
        let child = libc::fork();
        if child == 0 {
            libc::alarm(30);
            libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
            let handler = trapped as extern "C" fn(i32);
            libc::signal(libc::SIGSYS, handler as usize);
            for filter in filters {
                let pointer = filter.as_ptr().cast_mut();
                let program = libc::sock_fprog { len: filter.len() as u16, filter: pointer };
                if libc::syscall(libc::SYS_seccomp, 1, 0, &raw const program) != 0 {
                    results.add(calls.len()).write_volatile(UNLOADED);
                    loop {
                        std::hint::spin_loop();
                    }
                }
            }
            for (at, call) in calls.iter().enumerate() {
                TRAPPED.store(false, Ordering::Release);
                let result = match call.arch {
                    Arch::X86 => call_32(call.nr, &call.args).0,
                    _ => call_64(call.nr, &call.args).0,
                };
                let is_trapped = TRAPPED.load(Ordering::Acquire);
                results.add(at).write_volatile(if is_trapped { TRAP } else { result });
            }
            results.add(calls.len()).write_volatile(0);
            loop {
                std::hint::spin_loop();
            }
        }
        if child < 0 {
            return Err(io::Error::last_os_error());
        }
        let mut status = 0;
        let mut is_killed = false;
        while results.add(calls.len()).read_volatile() == NOTHING {
            if libc::waitpid(child, &mut status, libc::WNOHANG) == child {
                is_killed = true;
                break;
            }
            std::thread::sleep(std::time::Duration::from_micros(20));
        }
        let end = results.add(calls.len()).read_volatile();
        if !is_killed {
            libc::kill(child, libc::SIGKILL);
            libc::waitpid(child, &mut status, 0);
        } else if libc::WTERMSIG(status) != libc::SIGSYS {
            libc::munmap(map, size);
            return Err(io::Error::other(format!("the child ended with status {status:#x}")));
        }
        let mut outcomes = Vec::new();
        for at in 0..calls.len() {
            outcomes.push(match results.add(at).read_volatile() {
                NOTHING => break,
                TRAP => Outcome::Trapped,
                result if result < 0 => Outcome::Errno(-result as i32),
                _ => Outcome::Ran,
            });
        }
        libc::munmap(map, size);
        match end {
            UNLOADED => Err(io::Error::other("the kernel does not load the filter")),
            _ => Ok((outcomes, is_killed)),
        }
    }
}
