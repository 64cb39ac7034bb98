//! The machine on which this runs.

use crate::profile::KernelVersion;
use crate::syscall::Host;
use std::fs;

/// The kernel's version, of two parts as profiles have it.
pub(super) fn kernel() -> Option<KernelVersion> {
    of_release(&fs::read_to_string("/proc/sys/kernel/osrelease").ok()?)
}

fn of_release(release: &str) -> Option<KernelVersion> {
    let mut parts = release.trim().split(|character: char| !character.is_ascii_digit());
    KernelVersion::parse(&format!("{}.{}", parts.next()?, parts.next()?))
}

/// The host that the kernel is for, not the program that asks.
pub(super) fn host() -> Option<Host> {
    // Since Linux 6.1.
    let said = fs::read_to_string("/proc/sys/kernel/arch").ok();
    let name = said.as_deref().map_or(std::env::consts::ARCH, str::trim);
    of_architecture(name, cfg!(target_endian = "little"))
}

/// By the kernel's name (`UTS_MACHINE`) or Rust's.
fn of_architecture(name: &str, is_little_endian: bool) -> Option<Host> {
    Host::from_name(match (name, is_little_endian) {
        ("mips64", true) => "mipsel64",
        ("mips", true) => "mipsel",
        ("powerpc64" | "ppc64", true) => "ppc64le",
        ("powerpc64", false) => "ppc64",
        ("powerpc", _) => "ppc",
        ("armv7l" | "armv8l", _) => "arm",
        (name, _) => name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_and_architectures_have_names() {
        assert_eq!(of_release("6.18.44-fc-v669\n"), KernelVersion::parse("6.18"));
        assert_eq!(of_release("6.1-rc3"), KernelVersion::parse("6.1"));
        assert_eq!(of_release("six"), None);
        assert_eq!(of_architecture("x86_64", true), Some(Host::Amd64));
        assert_eq!(of_architecture("aarch64", true), Some(Host::Arm64));
        assert_eq!(of_architecture("mips64", true), Some(Host::Mipsel64));
        assert_eq!(of_architecture("mips64", false), Some(Host::Mips64));
        assert_eq!(of_architecture("powerpc64", true), Some(Host::Ppc64le));
        assert_eq!(of_architecture("sparc64", false), None);
    }
}
