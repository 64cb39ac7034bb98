//! Capabilities, by which Docker's rules are included and excluded.

use std::fmt;

/// A Linux capability that the kernel has a bit for (`linux/capability.h`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Capability(u8);

/// How many capabilities Linux has: `CAP_CHECKPOINT_RESTORE` (40) is the last.
pub const CAPABILITY_COUNT: usize = 41;

const NAMES: [&str; CAPABILITY_COUNT] = [
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
];

/// Docker's bounding set for a container without `--cap-add` (`oci/caps/defaults.go` in moby).
const DOCKER_DEFAULT: [&str; 14] = [
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FSETID",
    "CAP_FOWNER",
    "CAP_MKNOD",
    "CAP_NET_RAW",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETFCAP",
    "CAP_SETPCAP",
    "CAP_NET_BIND_SERVICE",
    "CAP_SYS_CHROOT",
    "CAP_KILL",
    "CAP_AUDIT_WRITE",
];

impl Capability {
    /// The capability of that name, as profiles write it: in capitals, with `CAP_`.
    pub fn from_name(name: &str) -> Option<Capability> {
        NAMES.iter().position(|n| *n == name).map(|bit| Capability(bit as u8))
    }

    /// The capability with that bit, which is below [`CAPABILITY_COUNT`].
    pub const fn from_bit(bit: u8) -> Option<Capability> {
        if (bit as usize) < CAPABILITY_COUNT { Some(Capability(bit)) } else { None }
    }

    /// Every capability, by bit.
    pub fn all() -> impl Iterator<Item = Capability> {
        (0..CAPABILITY_COUNT as u8).map(Capability)
    }

    /// Its bit in the kernel's sets.
    pub const fn bit(self) -> u8 {
        self.0
    }

    /// Its name, with `CAP_`.
    pub const fn name(self) -> &'static str {
        NAMES[self.0 as usize]
    }

    /// Whether Docker grants it to a container that asks for nothing.
    pub fn is_docker_default(self) -> bool {
        DOCKER_DEFAULT.contains(&self.name())
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
