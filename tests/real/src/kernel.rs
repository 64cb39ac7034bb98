//! The kernel as oracle: a child loads a filter whose every action is an `ERRNO` of its own
//! number, makes the calls, and writes what they returned to shared memory. No call ever runs.

use crate::arch::Arch;
use crate::bpf::{Action, Insn, Program};
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// One call to make.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// x86_64, x86 or x32 (which is x86_64 with bit 30 of the number, and is judged so by kernels
    /// that cannot run it as well).
    pub arch: Arch,
    /// The number.
    pub nr: u32,
    /// The arguments.
    pub args: [u64; 6],
}

/// Why the kernel cannot be asked here, if so.
pub fn missing() -> Option<String> {
    if !cfg!(target_arch = "x86_64") {
        return Some("makes the calls of x86_64 and x86 only".into());
    }
    None
}

#[repr(C)]
struct Page {
    done: AtomicU32,
    failed: AtomicU32,
}

/// What the kernel does with each call under the filter.
pub fn judge(program: &Program, calls: &[Call]) -> io::Result<Vec<Action>> {
    let values = values(program, calls)?.into_iter();
    Ok(values.map(|(value, _)| Action::from_return(value)).collect())
}

/// The value that the kernel's run of the filter returns for each call, and the address from which the
/// call was made, as the filter saw it. Programs that return what they calculated cannot be asked.
///
/// # Errors
/// A program that the kernel does not load, or a call that ran after all.
pub fn values(program: &Program, calls: &[Call]) -> io::Result<Vec<(u32, u64)>> {
    if program.insns.iter().any(|insn| insn.code == 0x16) {
        return Err(io::Error::other("what the program returns cannot be replaced"));
    }
    let mut returns: Vec<u32> = Vec::new();
    let mut filter: Vec<libc::sock_filter> = Vec::new();
    for insn in &program.insns {
        let mut k = insn.k;
        if insn.code == 0x06 {
            let at = returns.iter().position(|r| *r == k).unwrap_or_else(|| {
                returns.push(k);
                returns.len() - 1
            });
            k = libc::SECCOMP_RET_ERRNO | (at as u32 + 1);
        }
        filter.push(libc::sock_filter { code: insn.code, jt: insn.jt, jf: insn.jf, k });
    }
    let fprog = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
    let size = size_of::<Page>() + calls.len() * size_of::<[i64; 2]>();
    let results = ask(&fprog, calls, size)?;
    let value = |[result, place]: [i64; 2]| match returns.get((-result) as usize - 1) {
        Some(value) if result < 0 => Ok((*value, place as u64)),
        _ => Err(io::Error::other(format!("a call returned {result}"))),
    };
    results.into_iter().map(value).collect()
}

/// Whether the kernel loads a program, and if not, its errno.
pub fn loads(insns: &[Insn]) -> io::Result<()> {
    let filter = |insn: &Insn| {
        let Insn { code, jt, jf, k } = *insn;
        libc::sock_filter { code, jt, jf, k }
    };
    let mut filter: Vec<libc::sock_filter> = insns.iter().map(filter).collect();
    let fprog = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
    ask(&fprog, &[], size_of::<Page>()).map(|_| ())
}

/// How often the kernel lets one process load a program, which has to allow every call.
pub fn loads_times(insns: &[Insn]) -> io::Result<u32> {
    let filter = |insn: &Insn| {
        let Insn { code, jt, jf, k } = *insn;
        libc::sock_filter { code, jt, jf, k }
    };
    let mut filter: Vec<libc::sock_filter> = insns.iter().map(filter).collect();
    let fprog = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
    let size = size_of::<Page>();
    // SAFETY: as in `ask`.
    unsafe {
        let prot = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
        let map = libc::mmap(std::ptr::null_mut(), size, prot, flags, -1, 0);
        if map == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let page = &*map.cast::<Page>();
        let child = libc::fork();
        if child == 0 {
            libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
            let mut times = 0;
            while libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &fprog) == 0 {
                times += 1;
            }
            page.done.store(times + 1, Ordering::Release);
            loop {
                std::hint::spin_loop();
            }
        }
        let times = wait(child, page).map(|()| page.done.load(Ordering::Acquire) - 1);
        libc::munmap(map, size);
        times
    }
}

fn ask(fprog: &libc::sock_fprog, calls: &[Call], size: usize) -> io::Result<Vec<[i64; 2]>> {
    // SAFETY: a new mapping, shared with the child and unmapped below; the child does nothing but
    // system calls and plain stores until it is killed.
    unsafe {
        let prot = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
        let map = libc::mmap(std::ptr::null_mut(), size, prot, flags, -1, 0);
        if map == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let page = map.cast::<Page>();
        let results = page.add(1).cast::<[i64; 2]>();
        let child = libc::fork();
        if child == 0 {
            run(fprog, calls, &*page, results);
        }
        let answer = wait(child, &*page).map(|()| {
            (0..calls.len()).map(|i| results.add(i).read_volatile()).collect::<Vec<[i64; 2]>>()
        });
        libc::munmap(map, size);
        answer
    }
}

fn wait(child: i32, page: &Page) -> io::Result<()> {
    if child < 0 {
        return Err(io::Error::last_os_error());
    }
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut status = 0;
    while page.done.load(Ordering::Acquire) == 0 && Instant::now() < deadline {
        // SAFETY: the child, which nothing else reaps; `status` is there for the whole call.
        if unsafe { libc::waitpid(child, &mut status, libc::WNOHANG) } == child {
            return Err(io::Error::other(format!("the child ended by itself: {status:#x}")));
        }
        std::thread::sleep(Duration::from_micros(30));
    }
    let (done, failed) = (page.done.load(Ordering::Acquire), page.failed.load(Ordering::Acquire));
    // SAFETY: as above.
    unsafe {
        libc::kill(child, libc::SIGKILL);
        libc::waitpid(child, std::ptr::null_mut(), 0);
    }
    match (done, failed) {
        (0, _) => Err(io::Error::other("the child made no end")),
        (_, 0) => Ok(()),
        (_, errno) => Err(io::Error::from_raw_os_error(errno as i32)),
    }
}

/// The child. It cannot end by itself: `exit` is a call too.
unsafe fn run(fprog: &libc::sock_fprog, calls: &[Call], page: &Page, results: *mut [i64; 2]) -> ! {
    // SAFETY: a valid program; `results` has room for every call.
    unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, fprog) != 0 {
            page.failed.store(*libc::__errno_location() as u32, Ordering::Release);
        } else {
            for (i, call) in calls.iter().enumerate() {
                let result = if call.arch == Arch::X86 {
                    call_32(call.nr, &call.args)
                } else {
                    call_64(call.nr, &call.args)
                };
                results.add(i).write_volatile([result.0, result.1 as i64]);
            }
        }
        page.done.store(1, Ordering::Release);
    }
    loop {
        std::hint::spin_loop();
    }
}

#[cfg(target_arch = "x86_64")]
pub(crate) unsafe fn call_64(nr: u32, args: &[u64; 6]) -> (i64, u64) {
    let (result, place): (i64, u64);
    // SAFETY: the filter answers every call with an errno.
    unsafe {
        std::arch::asm!(
            "lea {place}, [rip + 2f]",
            "syscall",
            "2:",
            place = out(reg) place,
            inlateout("rax") u64::from(nr) => result,
            in("rdi") args[0], in("rsi") args[1], in("rdx") args[2],
            in("r10") args[3], in("r8") args[4], in("r9") args[5],
            lateout("rcx") _, lateout("r11") _,
        );
    }
    (result, place)
}

/// What it returns, and the address behind it. A call of the 32-bit ABI from this 64-bit process: `int 0x80` is all that it takes.
#[cfg(target_arch = "x86_64")]
pub(crate) unsafe fn call_32(nr: u32, args: &[u64; 6]) -> (i64, u64) {
    let registers: [u32; 7] = std::array::from_fn(|i| if i == 0 { nr } else { args[i - 1] as u32 });
    let (result, place): (i64, u64);
    // SAFETY: as above. rbx and rbp are the compiler's own, and are put back.
    unsafe {
        std::arch::asm!(
            "push rbx",
            "push rbp",
            "mov eax, [r12]",
            "mov ebx, [r12 + 4]",
            "mov ecx, [r12 + 8]",
            "mov edx, [r12 + 12]",
            "mov esi, [r12 + 16]",
            "mov edi, [r12 + 20]",
            "mov ebp, [r12 + 24]",
            "int 0x80",
            "2:",
            "pop rbp",
            "pop rbx",
            "lea {place}, [rip + 2b]",
            place = lateout(reg) place,
            in("r12") registers.as_ptr(),
            out("rax") result, out("rcx") _, out("rdx") _, out("rsi") _, out("rdi") _,
            out("r8") _, out("r9") _, out("r10") _, out("r11") _,
        );
    }
    (i64::from(result as i32), place)
}

#[cfg(not(target_arch = "x86_64"))]
pub(crate) unsafe fn call_64(_: u32, _: &[u64; 6]) -> (i64, u64) {
    unreachable!("see `missing`")
}

#[cfg(not(target_arch = "x86_64"))]
pub(crate) unsafe fn call_32(_: u32, _: &[u64; 6]) -> (i64, u64) {
    unreachable!("see `missing`")
}
