//! What becomes of a default's conditions where people copy it.

use crate::profile::Capability;
use crate::syscall::Host;

/// What becomes of `includes` and `excludes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Seen {
    /// They stand.
    Written,
    /// They are cut off, and the rules stay.
    Stripped,
    /// Those rules stay, without them, that count on a host for these capabilities, on a new kernel.
    Flat(Host, Caps),
}

/// Sets of capabilities for which people flatten a default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Caps {
    /// Those that Docker gives.
    Docker,
    /// Those that Podman gives (containers-common's `containers.conf`).
    Podman,
    /// Every one.
    All,
    /// Not one.
    None,
}

impl Caps {
    pub(super) const EACH: [Caps; 4] = [Caps::Docker, Caps::Podman, Caps::All, Caps::None];

    pub(super) fn has(self, name: &str) -> bool {
        let of_docker = || Capability::from_name(name).is_some_and(Capability::is_docker_default);
        match self {
            Caps::Docker => of_docker(),
            // Podman took these three away in 2020 (containers/common's `pkg/config/default.go`).
            Caps::Podman => {
                of_docker() && !matches!(name, "CAP_NET_RAW" | "CAP_MKNOD" | "CAP_AUDIT_WRITE")
            }
            Caps::All => true,
            Caps::None => false,
        }
    }
}
