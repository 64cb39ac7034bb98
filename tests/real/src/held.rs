//! The filter that a running process holds, as the kernel gives it.

use libc::{c_long, c_void, pid_t};
use std::io::Error;
use std::ptr::null_mut;

const PTRACE_SECCOMP_GET_FILTER: libc::c_uint = 0x420c;

/// The bytes of a process' oldest filter. The process is stopped for a moment, and goes on.
///
/// # Errors
/// What the kernel refuses: it wants root.
pub fn oldest_filter(pid: pid_t) -> Result<Vec<u8>, Error> {
    let ask = |request, address: usize, data: *mut c_void| -> Result<c_long, Error> {
        // SAFETY: the kernel checks the process; `data` is null or has room for the whole filter.
        let result = unsafe { libc::ptrace(request, pid, address as *mut c_void, data) };
        if result < 0 { Err(Error::last_os_error()) } else { Ok(result) }
    };
    ask(libc::PTRACE_SEIZE, 0, null_mut())?;
    let read = || {
        ask(libc::PTRACE_INTERRUPT, 0, null_mut())?;
        let mut status = 0;
        // SAFETY: `status` is there for the whole call.
        if unsafe { libc::waitpid(pid, &mut status, libc::__WALL) } < 0 {
            return Err(Error::last_os_error());
        }
        let count = ask(PTRACE_SECCOMP_GET_FILTER, 0, null_mut())?;
        let mut bytes = vec![0_u8; count as usize * 8];
        ask(PTRACE_SECCOMP_GET_FILTER, 0, bytes.as_mut_ptr().cast())?;
        Ok(bytes)
    };
    let bytes = read();
    ask(libc::PTRACE_DETACH, 0, null_mut())?;
    bytes
}
