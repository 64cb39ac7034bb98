//! Which cases libseccomp never finishes. Some sets of rules tie a list inside it into a ring,
//! on which `seccomp_rule_add_array` then walks for ever: the container never starts.

use crate::arch::Arch;
use crate::cases::Case;
use crate::library::libraries;
use crate::subject::oracle;
use std::sync::atomic::{AtomicUsize, Ordering};

/// For each case, whether the library is still busy after a second of CPU time, where others take
/// a millisecond. They are tried in a child, which a timer kills.
pub fn endless(cases: &[Case]) -> Vec<bool> {
    // What is set up once must be set up before the fork: a child would wait for ever for a thread
    // that it does not have.
    for library in libraries() {
        drop(library.filter(0, Arch::X86_64));
        library.numbers(Arch::X86_64, "read");
    }
    let mut found = vec![false; cases.len()];
    let mut from = 0;
    while from < cases.len() {
        from = try_from(cases, from);
        if let Some(endless) = found.get_mut(from) {
            *endless = true;
            from += 1;
        }
    }
    found
}

/// The first case from there on that does not end; the number of cases if all do.
fn try_from(cases: &[Case], from: usize) -> usize {
    // SAFETY: a new mapping, shared with the child and unmapped below. The child allocates memory,
    // which glibc allows after a fork of a process with threads, and takes no other lock.
    unsafe {
        let (size, prot) = (size_of::<AtomicUsize>(), libc::PROT_READ | libc::PROT_WRITE);
        let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
        let map = libc::mmap(std::ptr::null_mut(), size, prot, flags, -1, 0);
        assert!(map != libc::MAP_FAILED, "mmap failed");
        let at = &*map.cast::<AtomicUsize>();
        at.store(from, Ordering::Release);
        let child = libc::fork();
        assert!(child >= 0, "fork failed");
        if child == 0 {
            for (i, case) in cases.iter().enumerate().skip(from) {
                at.store(i, Ordering::Release);
                let second = libc::timeval { tv_sec: 1, tv_usec: 0 };
                let none = libc::timeval { tv_sec: 0, tv_usec: 0 };
                let timer = libc::itimerval { it_interval: none, it_value: second };
                // Should it wait for something all the same, that ends too, as a failed test.
                libc::alarm(30);
                libc::setitimer(libc::ITIMER_PROF, &timer, std::ptr::null_mut());
                let _ = oracle(case);
            }
            at.store(cases.len(), Ordering::Release);
            libc::_exit(0);
        }
        libc::waitpid(child, std::ptr::null_mut(), 0);
        let reached = at.load(Ordering::Acquire);
        libc::munmap(map, size);
        reached
    }
}
