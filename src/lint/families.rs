//! Calls that do the work of others: a rule that blocks one and leaves the other open blocks
//! little.
//!
//! Each pair is directed: the second can do what the first does, or enough of it. The source is a
//! manual page of man-pages 6, where nothing else is said.

/// Calls of which each can do the work of the others, or of the first.
#[derive(Debug)]
pub(super) struct Family {
    /// The calls that are blocked to little effect.
    pub blocked: &'static [&'static str],
    /// The calls that do the same.
    pub twins: &'static [&'static str],
    /// What for, as in "can be used to ...".
    pub what: &'static str,
    /// Where that is said.
    pub source: &'static str,
}

const fn same(calls: &'static [&'static str], what: &'static str, source: &'static str) -> Family {
    Family { blocked: calls, twins: calls, what, source }
}

const fn way_round(
    blocked: &'static [&'static str],
    twins: &'static [&'static str],
    what: &'static str,
    source: &'static str,
) -> Family {
    Family { blocked, twins, what, source }
}

pub(super) const FAMILIES: &[Family] = &[
    same(&["open", "creat", "openat", "openat2"], "open files", "open(2), openat2(2)"),
    way_round(
        &["open", "openat", "openat2"],
        &["open_by_handle_at"],
        "open files by handle",
        "open_by_handle_at(2)",
    ),
    way_round(
        &[
            "open",
            "openat",
            "openat2",
            "socket",
            "connect",
            "accept",
            "accept4",
            "send",
            "sendto",
            "sendmsg",
            "recv",
            "recvfrom",
            "recvmsg",
            "bind",
            "listen",
            "unlinkat",
            "renameat2",
            "mkdirat",
            "symlinkat",
            "linkat",
            "setxattr",
            "fsetxattr",
        ],
        &["io_uring_setup"],
        "run such operations in the kernel, where no filter sees them",
        "io_uring_enter(2)",
    ),
    same(&["chmod", "fchmod", "fchmodat", "fchmodat2"], "change modes of files", "chmod(2)"),
    same(
        &["chown", "chown32", "fchown", "fchown32", "lchown", "lchown32", "fchownat"],
        "change owners of files",
        "chown(2)",
    ),
    way_round(
        &["clone", "unshare"],
        &["clone3"],
        "make namespaces, by flags that no filter sees",
        "clone(2)",
    ),
    way_round(&["clone"], &["unshare"], "make namespaces", "unshare(2)"),
    way_round(
        &["fork", "vfork"],
        &["fork", "vfork", "clone", "clone3"],
        "make processes",
        "fork(2), vfork(2), clone(2)",
    ),
    way_round(
        &["mount"],
        &["fsmount", "move_mount", "open_tree", "mount_setattr"],
        "mount by file descriptor",
        "mount_setattr(2), Linux include/uapi/linux/mount.h",
    ),
    same(&["umount", "umount2"], "take mounts away", "umount(2)"),
    same(&["rename", "renameat", "renameat2"], "rename files", "rename(2)"),
    same(&["link", "linkat"], "make hard links", "link(2)"),
    same(&["symlink", "symlinkat"], "make symbolic links", "symlink(2)"),
    same(&["unlink", "unlinkat"], "delete files", "unlink(2)"),
    way_round(&["rmdir"], &["unlinkat"], "delete directories with AT_REMOVEDIR", "unlink(2)"),
    same(&["mkdir", "mkdirat"], "make directories", "mkdir(2)"),
    same(&["mknod", "mknodat"], "make device files", "mknod(2)"),
    same(&["execve", "execveat"], "run programs", "execveat(2)"),
    same(
        &["kill", "tkill", "tgkill", "pidfd_send_signal"],
        "send signals",
        "kill(2), tkill(2), pidfd_send_signal(2)",
    ),
    way_round(
        &["ptrace"],
        &["process_vm_readv", "process_vm_writev"],
        "reach into another process's memory",
        "process_vm_readv(2)",
    ),
    same(
        &["process_vm_readv", "process_vm_writev"],
        "copy memory between processes",
        "process_vm_readv(2)",
    ),
    same(&["init_module", "finit_module"], "load kernel modules", "init_module(2)"),
    same(&["kexec_load", "kexec_file_load"], "load another kernel", "kexec_load(2)"),
    same(&["accept", "accept4"], "accept connections", "accept(2)"),
    same(&["truncate", "truncate64"], "cut files", "truncate(2)"),
    same(&["ftruncate", "ftruncate64"], "cut files", "truncate(2)"),
    same(&["getdents", "getdents64"], "list directories", "getdents(2)"),
    same(
        &["utime", "utimes", "futimesat", "utimensat", "utimensat_time64"],
        "change times of files",
        "utime(2), utimensat(2)",
    ),
    same(&["setrlimit", "prlimit64"], "set limits", "getrlimit(2)"),
    same(&["dup2", "dup3"], "copy file descriptors to a number", "dup(2)"),
    same(&["pipe", "pipe2"], "make pipes", "pipe(2)"),
    same(&["eventfd", "eventfd2"], "make event descriptors", "eventfd(2)"),
    same(&["signalfd", "signalfd4"], "take signals by descriptor", "signalfd(2)"),
    same(&["inotify_init", "inotify_init1"], "watch files", "inotify_init(2)"),
    same(
        &["setuid", "setuid32", "setreuid", "setreuid32", "setresuid", "setresuid32"],
        "change the user",
        "setuid(2), setresuid(2)",
    ),
    same(
        &["setgid", "setgid32", "setregid", "setregid32", "setresgid", "setresgid32"],
        "change the group",
        "setgid(2), setresgid(2)",
    ),
    same(&["quotactl", "quotactl_fd"], "manage quotas", "quotactl(2)"),
    same(
        &[
            "settimeofday",
            "stime",
            "clock_settime",
            "clock_settime64",
            "adjtimex",
            "clock_adjtime",
            "clock_adjtime64",
        ],
        "set the clock",
        "settimeofday(2), clock_settime(2), adjtimex(2)",
    ),
    same(&["futex", "futex_time64"], "wait on memory", "Linux 5.1, time64 calls"),
    same(
        &["clock_nanosleep", "clock_nanosleep_time64", "nanosleep"],
        "sleep",
        "clock_nanosleep(2)",
    ),
    same(&["recvmmsg", "recvmmsg_time64"], "receive messages", "recvmmsg(2)"),
    same(&["ppoll", "ppoll_time64", "poll"], "wait on descriptors", "poll(2)"),
    same(
        &["pselect6", "pselect6_time64", "select", "_newselect"],
        "wait on descriptors",
        "select(2)",
    ),
    same(
        &["io_pgetevents", "io_pgetevents_time64", "io_getevents"],
        "read asynchronous results",
        "io_getevents(2)",
    ),
    same(&["semtimedop", "semtimedop_time64", "semop"], "operate on semaphores", "semop(2)"),
    same(&["timer_settime", "timer_settime64"], "arm timers", "timer_settime(2)"),
    same(&["timerfd_settime", "timerfd_settime64"], "arm timers", "timerfd_create(2)"),
    same(&["mq_timedsend", "mq_timedsend_time64"], "send to message queues", "mq_send(3)"),
    same(&["mq_timedreceive", "mq_timedreceive_time64"], "read message queues", "mq_receive(3)"),
    same(
        &[
            "stat",
            "lstat",
            "fstat",
            "newfstatat",
            "stat64",
            "lstat64",
            "fstat64",
            "fstatat64",
            "statx",
        ],
        "read attributes of files",
        "stat(2), statx(2)",
    ),
    same(&["access", "faccessat", "faccessat2"], "ask for access to files", "access(2)"),
    same(
        &["setxattr", "lsetxattr", "fsetxattr", "setxattrat"],
        "set extended attributes",
        "setxattr(2)",
    ),
    same(&["memfd_create", "memfd_secret"], "make files in memory", "memfd_create(2)"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syscall::Syscall;

    #[test]
    fn every_name_is_a_call() {
        for family in FAMILIES {
            for name in family.blocked.iter().chain(family.twins) {
                assert!(Syscall::from_name(name).is_some(), "{name}");
            }
        }
    }
}
