//! What names in a source of C stand for.

use crate::filter::program::architecture::audit;
use crate::syscall::{Abi, Syscall, errno_number};

/// `linux/filter.h`, `linux/bpf_common.h` and `linux/seccomp.h`.
const CONSTANTS: [(&str, u32); 53] = [
    ("BPF_LD", 0x00),
    ("BPF_LDX", 0x01),
    ("BPF_ST", 0x02),
    ("BPF_STX", 0x03),
    ("BPF_ALU", 0x04),
    ("BPF_JMP", 0x05),
    ("BPF_RET", 0x06),
    ("BPF_MISC", 0x07),
    ("BPF_W", 0x00),
    ("BPF_H", 0x08),
    ("BPF_B", 0x10),
    ("BPF_IMM", 0x00),
    ("BPF_ABS", 0x20),
    ("BPF_IND", 0x40),
    ("BPF_MEM", 0x60),
    ("BPF_LEN", 0x80),
    ("BPF_MSH", 0xa0),
    ("BPF_ADD", 0x00),
    ("BPF_SUB", 0x10),
    ("BPF_MUL", 0x20),
    ("BPF_DIV", 0x30),
    ("BPF_OR", 0x40),
    ("BPF_AND", 0x50),
    ("BPF_LSH", 0x60),
    ("BPF_RSH", 0x70),
    ("BPF_NEG", 0x80),
    ("BPF_MOD", 0x90),
    ("BPF_XOR", 0xa0),
    ("BPF_JA", 0x00),
    ("BPF_JEQ", 0x10),
    ("BPF_JGT", 0x20),
    ("BPF_JGE", 0x30),
    ("BPF_JSET", 0x40),
    ("BPF_K", 0x00),
    ("BPF_X", 0x08),
    ("BPF_A", 0x10),
    ("BPF_TAX", 0x00),
    ("BPF_TXA", 0x80),
    ("SECCOMP_RET_KILL_PROCESS", 0x8000_0000),
    ("SECCOMP_RET_KILL_THREAD", 0),
    ("SECCOMP_RET_KILL", 0),
    ("SECCOMP_RET_TRAP", 0x0003_0000),
    ("SECCOMP_RET_ERRNO", 0x0005_0000),
    ("SECCOMP_RET_USER_NOTIF", 0x7fc0_0000),
    ("SECCOMP_RET_TRACE", 0x7ff0_0000),
    ("SECCOMP_RET_LOG", 0x7ffc_0000),
    ("SECCOMP_RET_ALLOW", 0x7fff_0000),
    ("SECCOMP_RET_ACTION", 0x7fff_0000),
    ("SECCOMP_RET_ACTION_FULL", 0xffff_0000),
    ("SECCOMP_RET_DATA", 0x0000_ffff),
    ("__X32_SYSCALL_BIT", 0x4000_0000),
    ("X32_SYSCALL_BIT", 0x4000_0000),
    ("UINT32_MAX", u32::MAX),
];

/// `linux/audit.h`, behind `AUDIT_ARCH_`.
const ARCHITECTURES: [(&str, Abi); 17] = [
    ("X86_64", Abi::X86_64),
    ("I386", Abi::X86),
    ("AARCH64", Abi::Aarch64),
    ("ARM", Abi::Arm),
    ("LOONGARCH64", Abi::Loongarch64),
    ("MIPS", Abi::Mips),
    ("MIPS64", Abi::Mips64),
    ("MIPS64N32", Abi::Mips64n32),
    ("MIPSEL", Abi::Mipsel),
    ("MIPSEL64", Abi::Mipsel64),
    ("MIPSEL64N32", Abi::Mipsel64n32),
    ("PPC", Abi::Ppc),
    ("PPC64", Abi::Ppc64),
    ("PPC64LE", Abi::Ppc64le),
    ("RISCV64", Abi::Riscv64),
    ("S390", Abi::S390),
    ("S390X", Abi::S390x),
];

/// The architecture that a name means.
pub(super) fn architecture(name: &str) -> Option<Abi> {
    let name = name.strip_prefix("AUDIT_ARCH_")?;
    ARCHITECTURES.iter().find(|(of, _)| *of == name).map(|&(_, abi)| abi)
}

/// What a name stands for; numbers of calls, and errnos that not all machines share, where the program
/// says for which architecture it is.
pub(super) fn constant(name: &str, abi: Option<Abi>) -> Option<u32> {
    if let Some(&(_, value)) = CONSTANTS.iter().find(|(of, _)| *of == name) {
        return Some(value);
    }
    if let Some(abi) = architecture(name) {
        return Some(audit(abi));
    }
    if let Some(call) = call(name) {
        return Syscall::from_name(call)?.number(abi?);
    }
    // Those of `asm-generic/errno-base.h` are the same everywhere.
    let is_shared = |number: u16| number <= 34 || abi.is_some_and(|abi| !has_own_errnos(abi));
    errno_number(name).filter(|number| is_shared(*number)).map(u32::from)
}

/// The call whose number a name is.
pub(super) fn call(name: &str) -> Option<&str> {
    name.strip_prefix("__NR_").or_else(|| name.strip_prefix("SYS_"))
}

/// MIPS and PowerPC number some errors otherwise than the other architectures.
fn has_own_errnos(abi: Abi) -> bool {
    let name = abi.name();
    name.starts_with("mips") || name.starts_with("ppc")
}
