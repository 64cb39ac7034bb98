//! How records name an ABI.

use crate::syscall::{Abi, Host};

/// By the number of `linux/audit.h` (`AUDIT_ARCH_*`): the machine's ELF number, bit 31 for 64 bits,
/// bit 30 for little-endian, bit 29 for mips n32. A number of x86_64 with bit 30 in the call is x32's.
pub(super) fn of_audit(arch: u32, number: i64) -> Option<Abi> {
    Some(match arch {
        0xc000_003e if number >> 30 & 1 == 1 && number > 0 => Abi::X32,
        0xc000_003e => Abi::X86_64,
        0x4000_0003 => Abi::X86,
        0xc000_00b7 => Abi::Aarch64,
        0x4000_0028 => Abi::Arm,
        0xc000_0102 => Abi::Loongarch64,
        0x0000_0008 => Abi::Mips,
        0x8000_0008 => Abi::Mips64,
        0xa000_0008 => Abi::Mips64n32,
        0x4000_0008 => Abi::Mipsel,
        0xc000_0008 => Abi::Mipsel64,
        0xe000_0008 => Abi::Mipsel64n32,
        0x0000_0014 => Abi::Ppc,
        0x8000_0015 => Abi::Ppc64,
        0xc000_0015 => Abi::Ppc64le,
        0xc000_00f3 => Abi::Riscv64,
        0x0000_0016 => Abi::S390,
        0x8000_0016 => Abi::S390x,
        _ => return None,
    })
}

/// By a word: `AUDIT_ARCH_X86_64`, `SCMP_ARCH_ARM`, `arm64` (Android), `x86_64` (auparse), `i386`.
pub(super) fn of_word(word: &str) -> Option<Abi> {
    let lower = word.trim().trim_matches('"').to_ascii_lowercase();
    if let Some(hex) = lower.strip_prefix("0x") {
        return of_audit(u32::from_str_radix(hex, 16).ok()?, 0);
    }
    let name = lower.trim_start_matches("audit_arch_").trim_start_matches("scmp_arch_");
    match name {
        // audit's word for every arm (`lib/machinetab.h`).
        "armeb" => Some(Abi::Arm),
        name => Abi::from_name(name),
    }
}

/// The machine that most likely ran a program of this ABI: a 64-bit one where there is one.
pub fn host_of(abi: Abi) -> Host {
    match abi {
        Abi::X86_64 | Abi::X86 | Abi::X32 => Host::Amd64,
        Abi::Aarch64 | Abi::Arm => Host::Arm64,
        Abi::S390x | Abi::S390 => Host::S390x,
        other => {
            let native = Host::ALL.iter().find(|host| host.native() == other);
            native.copied().unwrap_or(Host::Amd64)
        }
    }
}

/// The host's ABI for programs of 32 bits.
pub(super) fn narrow(host: Host) -> Option<Abi> {
    host.abis().iter().copied().find(|abi| abi.has_32bit_registers())
}
