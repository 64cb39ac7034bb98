//! What is known to be dangerous about a system call, in one line.
//!
//! A call is here if letting it through gives a contained process reach beyond its container,
//! over the kernel, or around the filter itself. Published bugs are named where the call itself
//! was the way in.

use crate::syscall::table::Syscall;

/// Why letting the call through is dangerous, if it is known to be: half a sentence that can
/// follow a colon.
pub fn danger(syscall: Syscall) -> Option<&'static str> {
    let place = DANGERS.binary_search_by_key(&syscall.name(), |&(name, _)| name).ok()?;
    Some(DANGERS[place].1)
}

const KEYRINGS: &str = "the kernel's keyrings are shared with the host, not namespaced";
const IO_URING: &str = "the operations that the ring runs (open, connect, send, ...) are seen by \
    no seccomp filter";
const NEW_MOUNT: &str = "part of mounting by file descriptor, which a rule on `mount` does not see";
const MODULE: &str = "loads code into the kernel of the host";
const KERNEL: &str = "boots another kernel in place of the host's";
const CLOCK: &str = "sets the clock of the host, which has no namespace";
const OTHER_MEMORY: &str = "reaches into the memory of other processes without ptrace attaching";
const PORTS: &str = "gives direct access to the hardware's I/O ports";
const SWAP: &str = "manages the swap space of the host";
const NUMA: &str = "moves or binds memory on NUMA nodes, also that of other containers' programs";
const PCI: &str = "gives direct access to PCI devices";
const OBSOLETE: &str = "obsolete; no current program needs it, and old code is little tested";
const NAME_OF_HOST: &str =
    "changes the name of the host where the container shares its UTS namespace";
const VM86: &str = "runs 16-bit code by seldom used parts of the kernel";
const DEVICE: &str = "makes device files, and with them raw access to disks and memory, where the \
    device cgroup allows it";

/// Sorted by name.
const DANGERS: &[(&str, &str)] = &[
    ("_sysctl", OBSOLETE),
    ("acct", "writes a record of every process of the host to a file of the caller's choice"),
    ("add_key", KEYRINGS),
    ("adjtimex", CLOCK),
    (
        "bpf",
        "loads programs into the kernel; bugs of its verifier gave root (CVE-2017-16995, \
         CVE-2020-8835, CVE-2021-3490)",
    ),
    ("chroot", "with CAP_SYS_CHROOT, a second chroot leads out of the first"),
    ("clock_adjtime", CLOCK),
    ("clock_adjtime64", CLOCK),
    ("clock_settime", CLOCK),
    ("clock_settime64", CLOCK),
    (
        "clone",
        "with CLONE_NEWUSER, gives every capability in a new user namespace, and with them much \
         kernel code that root alone could reach",
    ),
    ("clone3", "its flags are behind a pointer, so a filter cannot keep CLONE_NEWUSER out"),
    ("create_module", MODULE),
    ("delete_module", "removes code from the kernel of the host"),
    (
        "fanotify_init",
        "watches, and with the right class decides on, file accesses of the whole mount, other \
         containers' too",
    ),
    ("finit_module", MODULE),
    (
        "fsconfig",
        "part of mounting by file descriptor; a bug in it let user namespaces escape to the host \
         (CVE-2022-0185)",
    ),
    ("fsmount", NEW_MOUNT),
    ("fsopen", NEW_MOUNT),
    ("fspick", NEW_MOUNT),
    ("get_kernel_syms", "tells addresses in the kernel"),
    ("init_module", MODULE),
    ("io_uring_enter", IO_URING),
    ("io_uring_register", IO_URING),
    ("io_uring_setup", IO_URING),
    (
        "ioctl",
        "speaks to every driver that the process has a file of; TIOCSTI types into the terminal",
    ),
    ("ioperm", PORTS),
    ("iopl", PORTS),
    ("kcmp", "compares kernel objects of other processes, which helps an exploit find its way"),
    ("kexec_file_load", KERNEL),
    ("kexec_load", KERNEL),
    (
        "keyctl",
        "the kernel's keyrings are shared with the host, not namespaced; a reference leak in it \
         gave root (CVE-2016-0728)",
    ),
    ("lookup_dcookie", "turns profiler cookies into paths of the host"),
    ("mbind", NUMA),
    (
        "memfd_create",
        "makes files in memory alone, from which a program can be run that no scanner of file \
         systems sees",
    ),
    ("migrate_pages", NUMA),
    ("mknod", DEVICE),
    ("mknodat", DEVICE),
    (
        "modify_ldt",
        "changes the segment table of the processor, seldom used code that has had several bugs",
    ),
    ("mount", "with CAP_SYS_ADMIN, mounts file systems and remounts /proc and /sys writable"),
    ("mount_setattr", NEW_MOUNT),
    ("move_mount", NEW_MOUNT),
    ("move_pages", NUMA),
    ("name_to_handle_at", "makes the file handles that open_by_handle_at opens"),
    ("nfsservctl", OBSOLETE),
    (
        "open_by_handle_at",
        "opens files of the host by inode number, past the container's root (the \"shocker\" \
         escape of 2014)",
    ),
    ("open_tree", NEW_MOUNT),
    ("open_tree_attr", NEW_MOUNT),
    ("pciconfig_iobase", PCI),
    ("pciconfig_read", PCI),
    ("pciconfig_write", PCI),
    (
        "perf_event_open",
        "measures and samples other processes and the kernel; a missing check in it gave root \
         (CVE-2013-2094)",
    ),
    (
        "personality",
        "can switch off address randomisation (ADDR_NO_RANDOMIZE) and make readable memory \
         executable (READ_IMPLIES_EXEC)",
    ),
    ("pidfd_getfd", "takes open files out of another process"),
    ("pivot_root", "exchanges the root file system"),
    ("process_madvise", "changes how another process's memory is kept"),
    ("process_vm_readv", OTHER_MEMORY),
    ("process_vm_writev", OTHER_MEMORY),
    (
        "ptrace",
        "takes over other processes; before Linux 4.8 a tracer could change a call after the \
         filter had passed it",
    ),
    ("query_module", OBSOLETE),
    ("quotactl", "changes disk quotas of the host's file systems"),
    ("quotactl_fd", "changes disk quotas of the host's file systems"),
    ("reboot", "restarts or halts the machine, or in a PID namespace its init"),
    ("request_key", KEYRINGS),
    ("rtas", "calls the firmware of the machine"),
    ("s390_pci_mmio_read", PCI),
    ("s390_pci_mmio_write", PCI),
    ("set_mempolicy", NUMA),
    ("set_mempolicy_home_node", NUMA),
    ("setdomainname", NAME_OF_HOST),
    ("sethostname", NAME_OF_HOST),
    ("setns", "enters namespaces of other processes, the host's among them"),
    ("settimeofday", CLOCK),
    (
        "socket",
        "reaches kernel code by address family: AF_VSOCK the hypervisor and host, AF_ALG the \
         crypto code, AF_PACKET raw frames (CVE-2016-8655, CVE-2017-7308, CVE-2020-14386)",
    ),
    (
        "socketcall",
        "its arguments are behind a pointer, so a filter cannot tell address families apart",
    ),
    ("stime", CLOCK),
    ("swapoff", SWAP),
    ("swapon", SWAP),
    ("sysfs", OBSOLETE),
    ("syslog", "reads and clears the log of the host's kernel"),
    ("umount", "takes mounts away, and shows what masked paths in /proc and /sys hide"),
    ("umount2", "takes mounts away, and shows what masked paths in /proc and /sys hide"),
    (
        "unshare",
        "with CLONE_NEWUSER, gives every capability in a new user namespace, and with them much \
         kernel code that root alone could reach",
    ),
    ("uselib", OBSOLETE),
    (
        "userfaultfd",
        "stops the kernel at a page fault for as long as the caller likes, which makes narrow \
         races wide",
    ),
    ("ustat", OBSOLETE),
    ("vhangup", "hangs up the terminal"),
    ("vm86", VM86),
    ("vm86old", VM86),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_names_real_calls() {
        assert!(DANGERS.is_sorted_by(|a, b| a.0 < b.0));
        for (name, why) in DANGERS {
            assert!(Syscall::from_name(name).is_some(), "{name}");
            assert!(!why.ends_with('.') && !why.contains("  "), "{name}: {why}");
        }
    }

    #[test]
    fn looks_up_by_call() {
        let of = |name| danger(Syscall::from_name(name).unwrap());
        assert!(of("io_uring_setup").unwrap().contains("seccomp"));
        assert!(of("keyctl").unwrap().contains("CVE-2016-0728"));
        assert_eq!(of("read"), None);
    }
}
