//! Hosts: the machines that Docker's own table knows.

use super::abi::Abi;
use std::fmt;

/// A kind of machine that runs containers, by Docker's token for it (`amd64`, `arm64`).
///
/// The set is `goToNative` in moby's `profiles/seccomp`: every value that `includes.arches`
/// and `excludes.arches` can match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[allow(missing_docs)] // the variants are the hosts' own names
pub enum Host {
    Amd64,
    Arm64,
    Ppc64le,
    S390x,
    Riscv64,
    Loongarch64,
    Mips64,
    Mips64n32,
    Mipsel64,
    Mipsel64n32,
    Ppc64,
    X86,
    Arm,
    Mipsel,
    Ppc,
    S390,
}

/// How many hosts there are.
pub const HOST_COUNT: usize = 16;

use Host::*;

impl Host {
    /// Every host, the most common first.
    pub const ALL: [Host; HOST_COUNT] = [
        Amd64,
        Arm64,
        Ppc64le,
        S390x,
        Riscv64,
        Loongarch64,
        Mips64,
        Mips64n32,
        Mipsel64,
        Mipsel64n32,
        Ppc64,
        X86,
        Arm,
        Mipsel,
        Ppc,
        S390,
    ];

    /// The name in options and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Amd64 => "amd64",
            Arm64 => "arm64",
            Ppc64le => "ppc64le",
            S390x => "s390x",
            Riscv64 => "riscv64",
            Loongarch64 => "loongarch64",
            Mips64 => "mips64",
            Mips64n32 => "mips64n32",
            Mipsel64 => "mipsel64",
            Mipsel64n32 => "mipsel64n32",
            Ppc64 => "ppc64",
            X86 => "x86",
            Arm => "arm",
            Mipsel => "mipsel",
            Ppc => "ppc",
            S390 => "s390",
        }
    }

    /// The host of that name, or of a common other name for it (`x86_64`, `aarch64`, `386`).
    pub fn from_name(name: &str) -> Option<Host> {
        let name = match name {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            "i386" | "386" | "i686" => "x86",
            "loong64" => "loongarch64",
            "mips64le" => "mipsel64",
            "mips3l64n32" => "mipsel64n32",
            "mipsle" => "mipsel",
            other => other,
        };
        Host::ALL.into_iter().find(|host| host.name() == name)
    }

    /// The ABI of the host's own 64-bit (or only) programs.
    pub const fn native(self) -> Abi {
        match self {
            Amd64 => Abi::X86_64,
            Arm64 => Abi::Aarch64,
            Ppc64le => Abi::Ppc64le,
            S390x => Abi::S390x,
            Riscv64 => Abi::Riscv64,
            Loongarch64 => Abi::Loongarch64,
            Mips64 => Abi::Mips64,
            Mips64n32 => Abi::Mips64n32,
            Mipsel64 => Abi::Mipsel64,
            Mipsel64n32 => Abi::Mipsel64n32,
            Ppc64 => Abi::Ppc64,
            X86 => Abi::X86,
            Arm => Abi::Arm,
            Mipsel => Abi::Mipsel,
            Ppc => Abi::Ppc,
            S390 => Abi::S390,
        }
    }

    /// Every ABI whose programs the host's kernel can run, the native one first. A call by one
    /// that the filter lacks is killed.
    pub const fn abis(self) -> &'static [Abi] {
        match self {
            Amd64 => &[Abi::X86_64, Abi::X86, Abi::X32],
            Arm64 => &[Abi::Aarch64, Abi::Arm],
            Ppc64le => &[Abi::Ppc64le],
            S390x => &[Abi::S390x, Abi::S390],
            Riscv64 => &[Abi::Riscv64],
            Loongarch64 => &[Abi::Loongarch64],
            Mips64 => &[Abi::Mips64, Abi::Mips, Abi::Mips64n32],
            Mips64n32 => &[Abi::Mips64n32, Abi::Mips, Abi::Mips64],
            Mipsel64 => &[Abi::Mipsel64, Abi::Mipsel, Abi::Mipsel64n32],
            Mipsel64n32 => &[Abi::Mipsel64n32, Abi::Mipsel, Abi::Mipsel64],
            Ppc64 => &[Abi::Ppc64, Abi::Ppc],
            X86 => &[Abi::X86],
            Arm => &[Abi::Arm],
            Mipsel => &[Abi::Mipsel],
            Ppc => &[Abi::Ppc],
            S390 => &[Abi::S390],
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
