//! Architectures and hosts, as libseccomp, runc, moby and containers-common name them.

use Arch::*;
use libseccomp_sys as sys;

/// What the OCI specification calls an architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Arch {
    X86_64,
    X86,
    X32,
    Aarch64,
    Arm,
    Mips,
    Mips64,
    Mips64n32,
    Mipsel,
    Mipsel64,
    Mipsel64n32,
    Ppc,
    Ppc64,
    Ppc64le,
    Riscv64,
    S390,
    S390x,
    Loongarch64,
}

impl Arch {
    /// All of them. libseccomp has the last since 2.6.0.
    pub const ALL: [Arch; 18] = [
        X86_64,
        X86,
        X32,
        Aarch64,
        Arm,
        Mips,
        Mips64,
        Mips64n32,
        Mipsel,
        Mipsel64,
        Mipsel64n32,
        Ppc,
        Ppc64,
        Ppc64le,
        Riscv64,
        S390,
        S390x,
        Loongarch64,
    ];

    /// The part of the OCI name behind `SCMP_ARCH_`.
    pub fn short(self) -> &'static str {
        match self {
            X86_64 => "X86_64",
            X86 => "X86",
            X32 => "X32",
            Aarch64 => "AARCH64",
            Arm => "ARM",
            Mips => "MIPS",
            Mips64 => "MIPS64",
            Mips64n32 => "MIPS64N32",
            Mipsel => "MIPSEL",
            Mipsel64 => "MIPSEL64",
            Mipsel64n32 => "MIPSEL64N32",
            Ppc => "PPC",
            Ppc64 => "PPC64",
            Ppc64le => "PPC64LE",
            Riscv64 => "RISCV64",
            S390 => "S390",
            S390x => "S390X",
            Loongarch64 => "LOONGARCH64",
        }
    }

    /// The OCI name.
    pub fn oci(self) -> String {
        format!("SCMP_ARCH_{}", self.short())
    }

    /// The architecture of that OCI name; case matters, as in runc's table.
    pub fn from_oci(name: &str) -> Option<Arch> {
        let short = name.strip_prefix("SCMP_ARCH_")?;
        Arch::ALL.into_iter().find(|arch| arch.short() == short)
    }

    /// libseccomp's token for it.
    pub fn token(self) -> u32 {
        match self {
            X86_64 => sys::SCMP_ARCH_X86_64,
            X86 => sys::SCMP_ARCH_X86,
            X32 => sys::SCMP_ARCH_X32,
            Aarch64 => sys::SCMP_ARCH_AARCH64,
            Arm => sys::SCMP_ARCH_ARM,
            Mips => sys::SCMP_ARCH_MIPS,
            Mips64 => sys::SCMP_ARCH_MIPS64,
            Mips64n32 => sys::SCMP_ARCH_MIPS64N32,
            Mipsel => sys::SCMP_ARCH_MIPSEL,
            Mipsel64 => sys::SCMP_ARCH_MIPSEL64,
            Mipsel64n32 => sys::SCMP_ARCH_MIPSEL64N32,
            Ppc => sys::SCMP_ARCH_PPC,
            Ppc64 => sys::SCMP_ARCH_PPC64,
            Ppc64le => sys::SCMP_ARCH_PPC64LE,
            Riscv64 => sys::SCMP_ARCH_RISCV64,
            S390 => sys::SCMP_ARCH_S390,
            S390x => sys::SCMP_ARCH_S390X,
            Loongarch64 => sys::SCMP_ARCH_LOONGARCH64,
        }
    }

    /// What the kernel writes to `seccomp_data.arch`: x32 is told from x86_64 by the number alone.
    pub fn audit(self) -> u32 {
        if self == X32 { X86_64.token() } else { self.token() }
    }

    /// Whether the machine is big-endian.
    pub fn big_endian(self) -> bool {
        matches!(self, Mips | Mips64 | Mips64n32 | Ppc | Ppc64 | S390 | S390x)
    }

    /// Whether the kernel passes 32-bit registers to a filter. (Those of x32 and n32 have 64 bits,
    /// although libseccomp compares the low 32 only.)
    pub fn registers_32bit(self) -> bool {
        matches!(self, X86 | Arm | Mips | Mipsel | Ppc | S390)
    }
}

/// A kind of machine that runs containers.
#[derive(Debug, PartialEq, Eq)]
pub struct Host {
    /// Its name here and in `sdiff`.
    pub name: &'static str,
    /// moby's token: the values of `goToNative`.
    pub docker: &'static str,
    /// containers-common's token: `ScmpArch.String()` of libseccomp-golang.
    pub podman: &'static str,
    /// Whether moby's `nativeToSeccomp` has the token. Its keys are `mipsle` and `loong64` where
    /// `goToNative` yields `mipsel` and `loongarch64`.
    pub docker_arch_map: bool,
    /// Whether containers-common's `nativeToSeccomp` has the token.
    pub podman_arch_map: bool,
    /// The ABIs that its kernel can run, the native one first.
    pub abis: &'static [Arch],
}

impl Host {
    /// The host's own architecture.
    pub fn native(&self) -> Arch {
        self.abis[0]
    }

    /// The host of that name.
    pub fn named(name: &str) -> Option<&'static Host> {
        HOSTS.iter().find(|host| host.name == name)
    }
}

const fn host(
    name: &'static str,
    docker_arch_map: bool,
    podman_arch_map: bool,
    abis: &'static [Arch],
) -> Host {
    Host { name, docker: name, podman: name, docker_arch_map, podman_arch_map, abis }
}

/// The hosts of moby's table.
pub static HOSTS: [Host; 16] = [
    host("amd64", true, true, &[X86_64, X86, X32]),
    host("arm64", true, true, &[Aarch64, Arm]),
    host("ppc64le", true, false, &[Ppc64le]),
    host("s390x", true, true, &[S390x, S390]),
    host("riscv64", true, false, &[Riscv64]),
    host("mips64", true, true, &[Mips64, Mips, Mips64n32]),
    host("mips64n32", true, true, &[Mips64n32, Mips, Mips64]),
    host("mipsel64", true, true, &[Mipsel64, Mipsel, Mipsel64n32]),
    Host {
        docker: "mips3l64n32",
        ..host("mipsel64n32", true, true, &[Mipsel64n32, Mipsel, Mipsel64])
    },
    host("ppc64", true, false, &[Ppc64, Ppc]),
    host("x86", true, false, &[X86]),
    host("arm", true, false, &[Arm]),
    host("mipsel", false, false, &[Mipsel]),
    host("ppc", true, false, &[Ppc]),
    host("s390", true, false, &[S390]),
    Host { podman: "loong64", ..host("loongarch64", false, false, &[Loongarch64]) },
];
