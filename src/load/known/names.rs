//! Which names exist: system calls, capabilities, hosts, architectures.

use crate::machine::Runtime;
use crate::profile::Capability;
use crate::syscall::{Abi, Syscall, nearest_of};

/// What `arches` may hold: the hosts' names to moby and, for `mipsel64n32`, to libseccomp. x32 is
/// never a host, yet moby's own default writes it.
const HOSTS: [&str; 18] = [
    "x86",
    "amd64",
    "x32",
    "arm",
    "arm64",
    "loongarch64",
    "mips64",
    "mips64n32",
    "mipsel",
    "mipsel64",
    "mips3l64n32",
    "mipsel64n32",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv64",
    "s390",
    "s390x",
];

/// Architectures of the OCI specification beyond those that runc knows on every host.
const OTHER_ARCHITECTURES: [&str; 6] = [
    "SCMP_ARCH_NATIVE",
    "SCMP_ARCH_PARISC",
    "SCMP_ARCH_PARISC64",
    "SCMP_ARCH_M68K",
    "SCMP_ARCH_SH",
    "SCMP_ARCH_SHEB",
];

/// Whether any ABI has a system call of that name.
pub(in crate::load) fn is_syscall(name: &str) -> bool {
    Syscall::from_name(name).is_some()
}

pub(in crate::load) fn nearest_syscall(name: &str) -> Option<&'static str> {
    nearest_of(name, Syscall::all().map(Syscall::name))
}

pub(in crate::load) fn nearest_capability(name: &str) -> Option<&'static str> {
    // `SYS_ADMIN` is what the `docker run --cap-add` option takes.
    let full = format!("CAP_{}", name.to_uppercase());
    let known = || Capability::all().map(Capability::name);
    known().find(|known| *known == full).or_else(|| nearest_of(name, known()))
}

pub(in crate::load) fn is_host(name: &str) -> bool {
    HOSTS.contains(&name)
}

pub(in crate::load) fn nearest_host(name: &str) -> Option<&'static str> {
    match name {
        "x86_64" | "x64" => Some("amd64"),
        "aarch64" => Some("arm64"),
        "i386" | "i686" | "386" => Some("x86"),
        "mips64le" => Some("mipsel64"),
        _ => nearest_of(name, HOSTS),
    }
}

pub(in crate::load) fn is_architecture(name: &str) -> bool {
    Abi::from_oci_name(name).is_some() || OTHER_ARCHITECTURES.contains(&name)
}

/// Whether some runtime understands the name: crun does so in any case, and without `SCMP_ARCH_`.
pub(in crate::load) fn means_architecture(name: &str) -> bool {
    is_architecture(name) || Runtime::CRUN.abi(name).is_some()
}

pub(in crate::load) fn nearest_architecture(name: &str) -> Option<&'static str> {
    let suffix = name.to_uppercase();
    let full = match suffix.as_str() {
        "AMD64" | "SCMP_ARCH_AMD64" => "SCMP_ARCH_X86_64".to_owned(),
        "ARM64" | "SCMP_ARCH_ARM64" => "SCMP_ARCH_AARCH64".to_owned(),
        "386" | "I386" | "SCMP_ARCH_I386" => "SCMP_ARCH_X86".to_owned(),
        _ => format!("SCMP_ARCH_{suffix}"),
    };
    let known = || Abi::ALL.into_iter().map(Abi::oci_name);
    known().find(|known| *known == full).or_else(|| nearest_of(name, known()))
}
