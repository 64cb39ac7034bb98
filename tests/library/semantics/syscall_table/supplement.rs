//! Where the crate `syscalls` and libseccomp 2.6.1 part: what each ABI has more, has less, or
//! numbers otherwise. The test holds the outcome equal to libseccomp's table.

use sdiff::syscall::Abi;

/// One ABI's corrections. Lists are words between blanks; numbers are without the ABI's base.
pub struct Supplement {
    pub abi: Abi,
    /// Pairs of a name and its number.
    pub set: &'static str,
    /// Names that libseccomp does not know there.
    pub drop: &'static str,
}

/// Calls newer than the crate, with one number on every ABI that still gets new ones (s390's
/// 31-bit ABI does not).
pub const NEWEST: &str = "listns 470 rseq_slice_yield 471";

/// Names that libseccomp knows for m68k and PA-RISC alone. A profile that says them names
/// nothing on our ABIs, but does not misspell anything.
pub const ELSEWHERE: &str = "atomic_barrier atomic_cmpxchg_32 getpagesize";

pub const SUPPLEMENTS: &[Supplement] = &[
    // The calls of `arch/arm/kernel/traps.c`, above every other number.
    Supplement {
        abi: Abi::Arm,
        set: "breakpoint 983041 cacheflush 983042 usr26 983043 usr32 983044 set_tls 983045 \
              get_tls 983046",
        drop: "",
    },
    // The generic table calls number 79 `fstatat` in its source, `newfstatat` in user space.
    Supplement {
        abi: Abi::Aarch64,
        set: "newfstatat 79",
        drop: "fstatat clock_gettime64 clock_settime64 clock_adjtime64 clock_getres_time64 \
               clock_nanosleep_time64 timer_gettime64 timer_settime64 timerfd_gettime64 \
               timerfd_settime64 utimensat_time64 pselect6_time64 ppoll_time64 \
               io_pgetevents_time64 recvmmsg_time64 mq_timedsend_time64 \
               mq_timedreceive_time64 semtimedop_time64 rt_sigtimedwait_time64 futex_time64 \
               sched_rr_get_interval_time64",
    },
    Supplement {
        abi: Abi::Loongarch64,
        set: "newfstatat 79",
        drop: "fstatat clock_gettime64 clock_settime64 clock_adjtime64 clock_getres_time64 \
               clock_nanosleep_time64 timer_gettime64 timer_settime64 timerfd_gettime64 \
               timerfd_settime64 utimensat_time64 pselect6_time64 ppoll_time64 \
               io_pgetevents_time64 recvmmsg_time64 mq_timedsend_time64 \
               mq_timedreceive_time64 semtimedop_time64 rt_sigtimedwait_time64 futex_time64 \
               sched_rr_get_interval_time64 renameat getrlimit setrlimit memfd_secret",
    },
    Supplement {
        abi: Abi::Mips,
        set: "",
        drop: "unused18 unused28 unused59 reserved82 unused84 unused109 unused150 reserved221",
    },
    Supplement {
        abi: Abi::Mips64,
        set: "set_mempolicy_home_node 450",
        drop: "reserved177 reserved193",
    },
    // The rest of n32 follows from mips64's numbers: see `n32_number`.
    Supplement {
        abi: Abi::Mips64n32,
        set: "fcntl64 212 statfs64 217 fstatfs64 218 sendfile64 219 clock_gettime64 403 \
              clock_settime64 404 clock_adjtime64 405 clock_getres_time64 406 \
              clock_nanosleep_time64 407 timer_gettime64 408 timer_settime64 409 \
              timerfd_gettime64 410 timerfd_settime64 411 utimensat_time64 412 \
              pselect6_time64 413 ppoll_time64 414 io_pgetevents_time64 416 \
              recvmmsg_time64 417 mq_timedsend_time64 418 mq_timedreceive_time64 419 \
              semtimedop_time64 420 rt_sigtimedwait_time64 421 futex_time64 422 \
              sched_rr_get_interval_time64 423 set_mempolicy_home_node 450",
        drop: "reserved177 reserved193",
    },
    // x86_64's numbers, but for the calls whose structures have another layout on x32.
    Supplement {
        abi: Abi::X32,
        set: "rt_sigaction 512 rt_sigreturn 513 ioctl 514 readv 515 writev 516 recvfrom 517 \
              sendmsg 518 recvmsg 519 execve 520 ptrace 521 rt_sigpending 522 \
              rt_sigtimedwait 523 rt_sigqueueinfo 524 sigaltstack 525 timer_create 526 \
              mq_notify 527 kexec_load 528 waitid 529 set_robust_list 530 \
              get_robust_list 531 vmsplice 532 move_pages 533 preadv 534 pwritev 535 \
              rt_tgsigqueueinfo 536 recvmmsg 537 sendmmsg 538 process_vm_readv 539 \
              process_vm_writev 540 setsockopt 541 getsockopt 542 io_setup 543 \
              io_submit 544 execveat 545 preadv2 546 pwritev2 547",
        drop: "_sysctl create_module epoll_ctl_old epoll_wait_old get_kernel_syms \
               get_thread_area nfsservctl query_module set_thread_area uselib vserver",
    },
    // s390x's numbers, with the calls of 16-bit user ids and 32-bit offsets and times besides.
    Supplement {
        abi: Abi::S390,
        set: "time 13 lchown 16 setuid 23 getuid 24 stime 25 setgid 46 getgid 47 geteuid 49 \
              getegid 50 setreuid 70 setregid 71 getrlimit 76 getgroups 80 setgroups 81 \
              fchown 95 ioperm 101 setfsuid 138 setfsgid 139 _llseek 140 _newselect 142 \
              setresuid 164 getresuid 165 setresgid 170 getresgid 171 chown 182 \
              ugetrlimit 191 mmap2 192 truncate64 193 ftruncate64 194 stat64 195 lstat64 196 \
              fstat64 197 lchown32 198 getuid32 199 getgid32 200 geteuid32 201 \
              getegid32 202 setreuid32 203 setregid32 204 getgroups32 205 setgroups32 206 \
              fchown32 207 setresuid32 208 getresuid32 209 setresgid32 210 getresgid32 211 \
              chown32 212 setuid32 213 setgid32 214 setfsuid32 215 setfsgid32 216 \
              fcntl64 221 sendfile64 223 fadvise64_64 264 fstatat64 293 clock_gettime64 403 \
              clock_settime64 404 clock_adjtime64 405 clock_getres_time64 406 \
              clock_nanosleep_time64 407 timer_gettime64 408 timer_settime64 409 \
              timerfd_gettime64 410 timerfd_settime64 411 utimensat_time64 412 \
              pselect6_time64 413 ppoll_time64 414 io_pgetevents_time64 416 \
              recvmmsg_time64 417 mq_timedsend_time64 418 mq_timedreceive_time64 419 \
              semtimedop_time64 420 rt_sigtimedwait_time64 421 futex_time64 422 \
              sched_rr_get_interval_time64 423",
        drop: "select newfstatat semtimedop listns rseq_slice_yield",
    },
];

/// The number on n32 of the call that has `number` on mips64, both without their base. The two
/// tables grew side by side: n32 has a few calls more, which moved those that came after.
pub const fn n32_number(number: u32) -> u32 {
    match number {
        212..=215 => number + 1,
        216..=294 => number + 4,
        295..=307 => number + 5,
        308 => 299, // getdents64, which n32 got long before mips64
        309..=423 => number + 4,
        _ => number,
    }
}
