//! ABIs: the tables by which a kernel numbers its system calls.

use std::fmt;

/// One system call ABI that a filter can hold: what the OCI specification calls an
/// architecture (`SCMP_ARCH_X86_64`), with its own numbers for the system calls.
///
/// The set is the one that runc accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[allow(missing_docs)] // the variants are the architectures' own names
pub enum Abi {
    X86_64,
    X86,
    X32,
    Aarch64,
    Arm,
    Loongarch64,
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
}

/// How many ABIs there are: `abi as usize` is always below it.
pub const ABI_COUNT: usize = 18;

use Abi::*;

/// Gives every ABI to a macro, in the order of the discriminants.
macro_rules! each_abi {
    ($give:ident) => {
        $give!(
            X86_64,
            X86,
            X32,
            Aarch64,
            Arm,
            Loongarch64,
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
            S390x
        )
    };
}
pub(super) use each_abi;

impl Abi {
    /// Every ABI, in the order of the discriminants.
    pub const ALL: [Abi; ABI_COUNT] = {
        macro_rules! all {
            ($($abi:ident),*) => { [$(Abi::$abi),*] };
        }
        each_abi!(all)
    };

    /// The name that profiles use: `SCMP_ARCH_` and this, in capitals.
    pub const fn oci_name(self) -> &'static str {
        match self {
            X86_64 => "SCMP_ARCH_X86_64",
            X86 => "SCMP_ARCH_X86",
            X32 => "SCMP_ARCH_X32",
            Aarch64 => "SCMP_ARCH_AARCH64",
            Arm => "SCMP_ARCH_ARM",
            Loongarch64 => "SCMP_ARCH_LOONGARCH64",
            Mips => "SCMP_ARCH_MIPS",
            Mips64 => "SCMP_ARCH_MIPS64",
            Mips64n32 => "SCMP_ARCH_MIPS64N32",
            Mipsel => "SCMP_ARCH_MIPSEL",
            Mipsel64 => "SCMP_ARCH_MIPSEL64",
            Mipsel64n32 => "SCMP_ARCH_MIPSEL64N32",
            Ppc => "SCMP_ARCH_PPC",
            Ppc64 => "SCMP_ARCH_PPC64",
            Ppc64le => "SCMP_ARCH_PPC64LE",
            Riscv64 => "SCMP_ARCH_RISCV64",
            S390 => "SCMP_ARCH_S390",
            S390x => "SCMP_ARCH_S390X",
        }
    }

    /// The short name used in reports: `x86_64`, `x86`, `aarch64`.
    pub const fn name(self) -> &'static str {
        match self {
            X86_64 => "x86_64",
            X86 => "x86",
            X32 => "x32",
            Aarch64 => "aarch64",
            Arm => "arm",
            Loongarch64 => "loongarch64",
            Mips => "mips",
            Mips64 => "mips64",
            Mips64n32 => "mips64n32",
            Mipsel => "mipsel",
            Mipsel64 => "mipsel64",
            Mipsel64n32 => "mipsel64n32",
            Ppc => "ppc",
            Ppc64 => "ppc64",
            Ppc64le => "ppc64le",
            Riscv64 => "riscv64",
            S390 => "s390",
            S390x => "s390x",
        }
    }

    /// The ABI that a profile means by `SCMP_ARCH_...`, if runc knows it. Case matters.
    pub fn from_oci_name(name: &str) -> Option<Abi> {
        Abi::ALL.into_iter().find(|abi| abi.oci_name() == name)
    }

    /// The ABI that a person or a tool calls so, in small letters: by its own name or that of the
    /// machine (`amd64`, `i386`, `arm64`, `armhf`).
    pub fn from_name(name: &str) -> Option<Abi> {
        Some(match name {
            "x86_64" | "amd64" | "x64" => X86_64,
            "x86" | "i386" | "i486" | "i586" | "i686" | "ia32" => X86,
            "x32" => X32,
            "aarch64" | "arm64" => Aarch64,
            "arm" | "armel" | "armhf" | "armv6l" | "armv7l" | "armv8l" | "armeabi-v7a" => Arm,
            "loongarch64" => Loongarch64,
            "mips" => Mips,
            "mips64" => Mips64,
            "mips64n32" => Mips64n32,
            "mipsel" => Mipsel,
            "mipsel64" | "mips64el" => Mipsel64,
            "mipsel64n32" | "mips64eln32" => Mipsel64n32,
            "ppc" | "powerpc" => Ppc,
            "ppc64" => Ppc64,
            "ppc64le" => Ppc64le,
            "riscv64" => Riscv64,
            "s390" => S390,
            "s390x" => S390x,
            _ => return None,
        })
    }

    /// Whether libseccomp compares arguments on 32 bits there (its `ARCH_SIZE_32`). x32 and
    /// the n32 ABIs are among them, although the kernel passes 64-bit registers.
    pub const fn is_32bit(self) -> bool {
        matches!(self, X86 | X32 | Arm | Mips | Mips64n32 | Mipsel | Mipsel64n32 | Ppc | S390)
    }

    /// Whether a program has registers of 32 bits. Those of x32 and n32 have 64.
    pub const fn has_32bit_registers(self) -> bool {
        matches!(self, X86 | Arm | Mips | Mipsel | Ppc | S390)
    }

    /// Whether the ABI is big-endian. libseccomp refuses a filter of mixed byte orders.
    pub const fn is_big_endian(self) -> bool {
        matches!(self, Mips | Mips64 | Mips64n32 | Ppc | Ppc64 | S390 | S390x)
    }

    /// Whether sockets and System V IPC can go through the multiplexers `socketcall` and
    /// `ipc`, to which libseccomp then adds the rules of the calls behind them.
    pub const fn has_multiplexers(self) -> bool {
        matches!(self, X86 | Mips | Mipsel | Ppc | Ppc64 | Ppc64le | S390 | S390x)
    }
}

impl fmt::Display for Abi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
