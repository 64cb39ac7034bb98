//! What the kernel itself refuses with `EPERM`, by the manual: what it is likelier to be where a
//! profile lets a call through.

use crate::syscall::table::Syscall;

/// The capability without which the call fails with `EPERM`, be it in some cases, and the page of the
/// manual whose section ERRORS says so.
pub fn refusal(syscall: Syscall) -> Option<(&'static str, &'static str)> {
    let place = REFUSALS.binary_search_by_key(&syscall.name(), |&(name, ..)| name).ok()?;
    let (_, capability, page) = *REFUSALS.get(place)?;
    Some((capability, page))
}

/// Sorted by name: the Linux man-pages, section 2.
const REFUSALS: &[(&str, &str, &str)] = &[
    ("acct", "CAP_SYS_PACCT", "acct(2)"),
    ("adjtimex", "CAP_SYS_TIME", "adjtimex(2)"),
    ("bpf", "CAP_BPF", "bpf(2)"),
    ("chmod", "CAP_FOWNER", "chmod(2)"),
    ("chown", "CAP_CHOWN", "chown(2)"),
    ("chroot", "CAP_SYS_CHROOT", "chroot(2)"),
    ("clock_settime", "CAP_SYS_TIME", "clock_settime(2)"),
    ("clone", "CAP_SYS_ADMIN", "clone(2)"),
    ("clone3", "CAP_SYS_ADMIN", "clone(2)"),
    ("delete_module", "CAP_SYS_MODULE", "delete_module(2)"),
    ("fanotify_init", "CAP_SYS_ADMIN", "fanotify_init(2)"),
    ("fchmod", "CAP_FOWNER", "chmod(2)"),
    ("fchmodat", "CAP_FOWNER", "chmod(2)"),
    ("fchown", "CAP_CHOWN", "chown(2)"),
    ("fchownat", "CAP_CHOWN", "chown(2)"),
    ("finit_module", "CAP_SYS_MODULE", "init_module(2)"),
    ("init_module", "CAP_SYS_MODULE", "init_module(2)"),
    ("ioperm", "CAP_SYS_RAWIO", "ioperm(2)"),
    ("iopl", "CAP_SYS_RAWIO", "iopl(2)"),
    ("kexec_load", "CAP_SYS_BOOT", "kexec_load(2)"),
    ("kill", "CAP_KILL", "kill(2)"),
    ("lchown", "CAP_CHOWN", "chown(2)"),
    ("mknod", "CAP_MKNOD", "mknod(2)"),
    ("mknodat", "CAP_MKNOD", "mknod(2)"),
    ("mount", "CAP_SYS_ADMIN", "mount(2)"),
    ("move_mount", "CAP_SYS_ADMIN", "move_mount(2)"),
    ("pivot_root", "CAP_SYS_ADMIN", "pivot_root(2)"),
    ("process_vm_readv", "CAP_SYS_PTRACE", "process_vm_readv(2)"),
    ("process_vm_writev", "CAP_SYS_PTRACE", "process_vm_readv(2)"),
    ("ptrace", "CAP_SYS_PTRACE", "ptrace(2)"),
    ("quotactl", "CAP_SYS_ADMIN", "quotactl(2)"),
    ("reboot", "CAP_SYS_BOOT", "reboot(2)"),
    ("sched_setaffinity", "CAP_SYS_NICE", "sched_setaffinity(2)"),
    ("sched_setattr", "CAP_SYS_NICE", "sched_setattr(2)"),
    ("sched_setscheduler", "CAP_SYS_NICE", "sched_setscheduler(2)"),
    ("setdomainname", "CAP_SYS_ADMIN", "getdomainname(2)"),
    ("setgid", "CAP_SETGID", "setgid(2)"),
    ("setgroups", "CAP_SETGID", "getgroups(2)"),
    ("sethostname", "CAP_SYS_ADMIN", "gethostname(2)"),
    ("setns", "CAP_SYS_ADMIN", "setns(2)"),
    ("setpriority", "CAP_SYS_NICE", "getpriority(2)"),
    ("setregid", "CAP_SETGID", "setreuid(2)"),
    ("setresgid", "CAP_SETGID", "setresuid(2)"),
    ("setresuid", "CAP_SETUID", "setresuid(2)"),
    ("setreuid", "CAP_SETUID", "setreuid(2)"),
    ("setrlimit", "CAP_SYS_RESOURCE", "getrlimit(2)"),
    ("settimeofday", "CAP_SYS_TIME", "gettimeofday(2)"),
    ("setuid", "CAP_SETUID", "setuid(2)"),
    ("swapoff", "CAP_SYS_ADMIN", "swapon(2)"),
    ("swapon", "CAP_SYS_ADMIN", "swapon(2)"),
    ("syslog", "CAP_SYSLOG", "syslog(2)"),
    ("umount2", "CAP_SYS_ADMIN", "umount(2)"),
    ("unshare", "CAP_SYS_ADMIN", "unshare(2)"),
    ("vhangup", "CAP_SYS_TTY_CONFIG", "vhangup(2)"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_names_real_calls() {
        assert!(REFUSALS.is_sorted_by(|a, b| a.0 < b.0));
        for (name, capability, page) in REFUSALS {
            assert!(Syscall::from_name(name).is_some(), "{name}");
            assert!(capability.starts_with("CAP_") && page.ends_with("(2)"), "{name}");
        }
        let chown = refusal(Syscall::from_name("fchown").unwrap());
        assert_eq!(chown, Some(("CAP_CHOWN", "chown(2)")));
    }
}
