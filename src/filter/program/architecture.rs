//! What the kernel writes to `seccomp_data.arch`.

use super::checked::{ByteOrder, Program};
use super::instruction::{Source, Step, Test};
use crate::syscall::{Abi, Host};

const BITS_64: u32 = 0x8000_0000;
const LITTLE: u32 = 0x4000_0000;
const N32: u32 = 0x2000_0000;

/// The architecture of an ABI's calls (`AUDIT_ARCH_...` in `linux/audit.h`, made of the ELF machine and
/// three flags). x32 has that of x86_64, from which it is told by bit 30 of the number.
pub const fn audit(abi: Abi) -> u32 {
    match abi {
        Abi::X86_64 | Abi::X32 => 62 | BITS_64 | LITTLE,
        Abi::X86 => 3 | LITTLE,
        Abi::Aarch64 => 183 | BITS_64 | LITTLE,
        Abi::Arm => 40 | LITTLE,
        Abi::Loongarch64 => 258 | BITS_64 | LITTLE,
        Abi::Mips => 8,
        Abi::Mips64 => 8 | BITS_64,
        Abi::Mips64n32 => 8 | BITS_64 | N32,
        Abi::Mipsel => 8 | LITTLE,
        Abi::Mipsel64 => 8 | BITS_64 | LITTLE,
        Abi::Mipsel64n32 => 8 | BITS_64 | LITTLE | N32,
        Abi::Ppc => 20,
        Abi::Ppc64 => 21 | BITS_64,
        Abi::Ppc64le => 21 | BITS_64 | LITTLE,
        Abi::Riscv64 => 243 | BITS_64 | LITTLE,
        Abi::S390 => 22,
        Abi::S390x => 22 | BITS_64,
    }
}

/// The hosts that a stack seems to be made for: those of its byte order for whose architectures it asks,
/// and of these the ones with the most architectures. Where it asks for none, all of its byte order.
pub(in crate::filter) fn hosts(stack: &[Program]) -> Vec<Host> {
    let is_tested = |abi: Abi| {
        let architecture = audit(abi);
        stack.iter().flat_map(Program::steps).any(|step| {
            matches!(*step, Step::Branch(Test::Equal, Source::Constant(k), ..) if k == architecture)
        })
    };
    let order = stack.first().map_or(ByteOrder::Little, Program::byte_order);
    let fitting: Vec<Host> = Host::ALL
        .into_iter()
        .filter(|host| host.native().is_big_endian() == (order == ByteOrder::Big))
        .collect();
    let count = |host: Host| {
        let mut architectures: Vec<u32> =
            host.abis().iter().filter(|abi| is_tested(**abi)).map(|abi| audit(*abi)).collect();
        architectures.sort_unstable();
        architectures.dedup();
        architectures.len()
    };
    let asked: Vec<Host> =
        fitting.iter().copied().filter(|host| is_tested(host.native())).collect();
    let most = asked.iter().map(|host| count(*host)).max();
    match most {
        None => fitting,
        Some(most) => asked.into_iter().filter(|host| count(*host) == most).collect(),
    }
}
