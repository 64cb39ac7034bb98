//! A machine for the classic BPF of seccomp filters (`seccomp_check_filter` in the kernel says
//! which instructions those may hold).

use crate::arch::Arch;
use std::fmt;

/// One instruction (`struct sock_filter`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Insn {
    pub code: u16,
    pub jt: u8,
    pub jf: u8,
    pub k: u32,
}

/// A filter, for machines of one byte order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The instructions.
    pub insns: Vec<Insn>,
    /// Whether its machines are big-endian.
    pub big_endian: bool,
}

/// The most instructions that the kernel takes (`BPF_MAXINSNS`).
pub const MAX_INSNS: usize = 4096;

/// A call as a filter sees it (`struct seccomp_data`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Data {
    /// The number.
    pub nr: u32,
    /// `AUDIT_ARCH_...`.
    pub arch: u32,
    /// The address of the call.
    pub instruction_pointer: u64,
    /// The arguments.
    pub args: [u64; 6],
}

impl Data {
    /// A call on an architecture; its 32-bit registers hold no more.
    pub fn new(arch: Arch, nr: u32, args: &[u64; 6]) -> Data {
        let args = if arch.registers_32bit() { args.map(|a| a & 0xffff_ffff) } else { *args };
        Data { nr, arch: arch.audit(), instruction_pointer: 0, args }
    }

    /// The 32-bit word at a byte offset, as a machine of that byte order loads it.
    fn word(&self, offset: u32, big_endian: bool) -> Option<u32> {
        let index = (offset / 4) as usize;
        if !offset.is_multiple_of(4) {
            return None;
        }
        let double = match index {
            0 => return Some(self.nr),
            1 => return Some(self.arch),
            2 | 3 => self.instruction_pointer,
            4..16 => self.args[(index - 4) / 2],
            _ => return None,
        };
        let high = (index % 2 == 1) != big_endian;
        Some(if high { (double >> 32) as u32 } else { double as u32 })
    }
}

/// Why a program cannot be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Not a whole number of instructions, none, or more than [`MAX_INSNS`].
    Length(usize),
    /// An instruction that seccomp does not allow, or that leads out of the program.
    Insn(usize, Insn),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Length(bytes) => write!(f, "a program of {bytes} bytes"),
            Fault::Insn(at, insn) => write!(f, "instruction {at}: {insn:?}"),
        }
    }
}

impl Program {
    /// Reads what `seccomp_export_bpf` wrote on a little-endian machine. libseccomp writes each
    /// `code` and `k` in the byte order of the filter's architectures.
    pub fn decode(bytes: &[u8], big_endian: bool) -> Result<Program, Fault> {
        let length = bytes.len() / 8;
        if !bytes.len().is_multiple_of(8) || length == 0 {
            return Err(Fault::Length(bytes.len()));
        }
        let insn = |b: &[u8]| {
            let code = [b[0], b[1]];
            let k = [b[4], b[5], b[6], b[7]];
            if big_endian {
                Insn {
                    code: u16::from_be_bytes(code),
                    jt: b[2],
                    jf: b[3],
                    k: u32::from_be_bytes(k),
                }
            } else {
                Insn {
                    code: u16::from_le_bytes(code),
                    jt: b[2],
                    jf: b[3],
                    k: u32::from_le_bytes(k),
                }
            }
        };
        let mut insns: Vec<Insn> = bytes.chunks_exact(8).map(insn).collect();
        if big_endian {
            // Where a jump would be too far, the library copies the return instruction, and
            // converts its value a second time. That is nothing on a big-endian machine, and the
            // wrong byte order here.
            for insn in insns.iter_mut().filter(|insn| insn.code == 0x06) {
                if !is_return(insn.k) && is_return(insn.k.swap_bytes()) {
                    insn.k = insn.k.swap_bytes();
                }
            }
        }
        Ok(Program { insns, big_endian })
    }

    /// The 32-bit value that the filter returns for a call.
    pub fn run(&self, data: &Data) -> Result<u32, Fault> {
        let (mut a, mut x, mut mem) = (0u32, 0u32, [0u32; 16]);
        let mut pc = 0usize;
        loop {
            let Some(&insn) = self.insns.get(pc) else {
                return Err(Fault::Length(pc * 8));
            };
            let bad = || Fault::Insn(pc, insn);
            let Insn { code, jt, jf, k } = insn;
            let slot = (k as usize) % mem.len();
            let branch = |taken: bool| usize::from(if taken { jt } else { jf });
            let mut skip = 0;
            match code {
                0x20 => a = data.word(k, self.big_endian).ok_or_else(bad)?,
                0x00 => a = k,
                0x01 => x = k,
                0x80 => a = 64, // sizeof(struct seccomp_data)
                0x81 => x = 64,
                0x60 => a = mem[slot],
                0x61 => x = mem[slot],
                0x02 => mem[slot] = a,
                0x03 => mem[slot] = x,
                0x07 => x = a,
                0x87 => a = x,
                0x04 => a = a.wrapping_add(k),
                0x0c => a = a.wrapping_add(x),
                0x14 => a = a.wrapping_sub(k),
                0x1c => a = a.wrapping_sub(x),
                0x24 => a = a.wrapping_mul(k),
                0x2c => a = a.wrapping_mul(x),
                0x34 => a = a.checked_div(k).ok_or_else(bad)?,
                0x3c => match a.checked_div(x) {
                    Some(quotient) => a = quotient,
                    None => return Ok(0), // as the kernel's conversion to eBPF has it
                },
                0x44 => a |= k,
                0x4c => a |= x,
                0x54 => a &= k,
                0x5c => a &= x,
                0xa4 => a ^= k,
                0xac => a ^= x,
                0x64 => a = a.checked_shl(k).ok_or_else(bad)?,
                0x6c => a = a.wrapping_shl(x),
                0x74 => a = a.checked_shr(k).ok_or_else(bad)?,
                0x7c => a = a.wrapping_shr(x),
                0x84 => a = a.wrapping_neg(),
                0x05 => skip = k as usize,
                0x15 => skip = branch(a == k),
                0x1d => skip = branch(a == x),
                0x25 => skip = branch(a > k),
                0x2d => skip = branch(a > x),
                0x35 => skip = branch(a >= k),
                0x3d => skip = branch(a >= x),
                0x45 => skip = branch(a & k != 0),
                0x4d => skip = branch(a & x != 0),
                0x06 => return Ok(k),
                0x16 => return Ok(a),
                _ => return Err(bad()),
            }
            pc += 1 + skip;
        }
    }

    /// The action for a call.
    pub fn judge(&self, data: &Data) -> Result<Action, Fault> {
        self.run(data).map(Action::from_return)
    }
}

/// Whether libseccomp writes that return value: values below 4095 for `ERRNO`, any for `TRACE`,
/// and none for the rest.
fn is_return(value: u32) -> bool {
    let data = value & 0xffff;
    match value >> 16 {
        0x0005 => data < 4095,
        0x7ff0 => true,
        0x0000 | 0x0003 | 0x7fc0 | 0x7ffc | 0x7fff | 0x8000 => data == 0,
        _ => false,
    }
}

/// What the kernel does with a return value (`__seccomp_filter`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Action {
    KillProcess,
    KillThread,
    Trap,
    /// At most 4095 (`MAX_ERRNO`): the kernel cuts higher values.
    Errno(u16),
    Notify,
    Trace(u16),
    Log,
    Allow,
}

impl Action {
    /// The meaning of a filter's return value.
    pub fn from_return(value: u32) -> Action {
        let data = value as u16;
        match value & 0xffff_0000 {
            0x0000_0000 => Action::KillThread,
            0x0003_0000 => Action::Trap,
            0x0005_0000 => Action::Errno(data.min(4095)),
            0x7fc0_0000 => Action::Notify,
            0x7ff0_0000 => Action::Trace(data),
            0x7ffc_0000 => Action::Log,
            0x7fff_0000 => Action::Allow,
            _ => Action::KillProcess, // 0x8000_0000, and all that the kernel does not know
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(insns: &[(u16, u8, u8, u32)], big_endian: bool) -> Program {
        let insns = insns.iter().map(|&(code, jt, jf, k)| Insn { code, jt, jf, k }).collect();
        Program { insns, big_endian }
    }

    #[test]
    fn loads_arguments_in_the_byte_order_of_the_target() {
        let data = Data::new(Arch::X86_64, 1, &[0x1111_1111_2222_2222, 0, 0, 0, 0, 0]);
        for (big_endian, first) in [(false, 0x2222_2222), (true, 0x1111_1111)] {
            let load = program(&[(0x20, 0, 0, 16), (0x16, 0, 0, 0)], big_endian);
            assert_eq!(load.run(&data), Ok(first));
        }
    }

    #[test]
    fn faults_are_not_answers() {
        let data = Data::new(Arch::X86_64, 1, &[0; 6]);
        assert!(program(&[(0x20, 0, 0, 64), (0x06, 0, 0, 0)], false).run(&data).is_err());
        assert!(program(&[(0x05, 0, 0, 9)], false).run(&data).is_err());
        assert!(program(&[(0x40, 0, 0, 0)], false).run(&data).is_err());
    }
}
