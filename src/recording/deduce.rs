//! On which machine something was recorded, where its lines do not say it.

use super::arch;
use super::entry::{AbiHint, Entry, Settled, Which};
use crate::syscall::{Abi, Host, Syscall, numbers};

/// What all lines together say of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deduction {
    asked: Option<Host>,
    /// Where no line says it.
    usual: Option<Host>,
    /// By ABI: whether every call that names none exists there.
    possible: u32,
    /// By host: whether a line names an ABI of it.
    named: u32,
    /// By host: whether its ABI for programs of so many bits has every call of such a program.
    fitting: u32,
    /// By host: whether some ABI of it has each call that names none.
    covering: u32,
}

/// Where the host is known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// It was asked for.
    Asked,
    /// A record names it.
    Recorded,
    /// No record says it, and it is the usual one of those who ask.
    Usual,
    /// One alone has the calls that were recorded.
    Deduced,
    /// Nothing says it.
    Guessed,
}

impl Deduction {
    pub(super) fn new(asked: Option<Host>) -> Deduction {
        let (possible, fitting, covering) = (u32::MAX, u32::MAX, u32::MAX);
        Deduction { asked, usual: None, possible, named: 0, fitting, covering }
    }

    /// With the host that is meant where no line says another one.
    pub(super) fn usually(self, usual: Option<Host>) -> Deduction {
        Deduction { usual, ..self }
    }

    /// Learns from a call.
    pub(super) fn learn(&mut self, entry: &Entry) {
        match (entry.abi, &entry.which) {
            (AbiHint::Is(abi), _) => self.named |= 1 << arch::host_of(abi) as u32,
            (AbiHint::Unknown, Which::Call(syscall)) => {
                let having = Abi::ALL.into_iter().filter(|&abi| has(*syscall, abi));
                let having = having.fold(0, |set, abi| set | 1 << abi as u32);
                // A list may mix the calls of several machines.
                if self.possible & having != 0 {
                    self.possible &= having;
                }
                let having = Host::ALL.into_iter().filter(|host| {
                    let mut abis = host.abis().iter();
                    abis.any(|&abi| having >> abi as u32 & 1 == 1)
                });
                self.covering &= having.fold(0, |set, host| set | 1 << host as u32);
            }
            (AbiHint::Native | AbiHint::Bits32, Which::Call(syscall)) => {
                let is_narrow = entry.abi == AbiHint::Bits32;
                let abi = |host: Host| match is_narrow {
                    true => arch::narrow(host),
                    false => Some(host.native()),
                };
                let on = |host: &Host| abi(*host).is_some_and(|abi| has(*syscall, abi));
                let having = Host::ALL.into_iter().filter(on);
                let having = having.fold(0, |set, host| set | 1 << host as u32);
                if self.fitting & having != 0 {
                    self.fitting &= having;
                }
            }
            _ => {}
        }
    }

    /// The host, and how it is known.
    pub fn host(&self) -> (Host, Ground) {
        if let Some(host) = self.asked {
            return (host, Ground::Asked);
        }
        if let Some(host) = Host::ALL.into_iter().find(|&host| self.named >> host as u32 & 1 == 1) {
            return (host, Ground::Recorded);
        }
        let fits = |host: Host| self.fitting >> host as u32 & 1 == 1;
        let has_all =
            |host: &Host| fits(*host) && host.abis().iter().any(|&abi| self.is_possible(abi));
        // Of programs of the other kind alone the machine is guessed as ever.
        let is_native = |host: &Host| has_all(host) && self.is_possible(host.native());
        if let Some(host) = self.usual.filter(is_native) {
            return (host, Ground::Usual);
        }
        if self.is_possible(Abi::X86_64) && fits(Host::Amd64) {
            return (Host::Amd64, Ground::Guessed);
        }
        // x86 before arm: a program of 32 bits on the usual machine.
        let possible =
            Abi::ALL.into_iter().filter(|&abi| self.is_possible(abi) && fits(arch::host_of(abi)));
        let possible = possible.count();
        let usual = [Host::Amd64, Host::Arm64];
        // A list of names is likelier one of both kinds of programs of a usual machine than one of a rare machine.
        let covers = |host: &Host| fits(*host) && self.covering >> *host as u32 & 1 == 1;
        let mixed = || usual.into_iter().find(covers).filter(|_| possible > 1);
        let host = usual.into_iter().find(has_all).or_else(mixed);
        let ground = if possible == 1 { Ground::Deduced } else { Ground::Guessed };
        (host.or_else(|| Host::ALL.into_iter().find(has_all)).unwrap_or(Host::Amd64), ground)
    }

    /// The hosts that records name.
    pub(super) fn named(&self) -> Vec<Host> {
        Host::ALL.into_iter().filter(|&host| self.named >> host as u32 & 1 == 1).collect()
    }

    fn is_possible(&self, abi: Abi) -> bool {
        self.possible >> abi as u32 & 1 == 1
    }

    /// Which call of which ABI it is.
    pub fn settle(&self, entry: &Entry) -> Settled {
        let Entry { which, abi: hint, args, .. } = entry;
        let hint = *hint;
        let (host, _) = self.host();
        let abi = match (hint, which) {
            (AbiHint::Is(abi), _) => abi,
            (AbiHint::Bits32, _) => arch::narrow(host).unwrap_or(host.native()),
            (_, Which::Call(syscall)) => {
                let has = |abi: &&Abi| has(*syscall, **abi);
                let all_have = host.abis().iter().filter(|&&abi| self.is_possible(abi));
                let found = all_have.clone().find(has).or_else(|| host.abis().iter().find(has));
                found.copied().unwrap_or(host.native())
            }
            _ => host.native(),
        };
        let host = match hint {
            AbiHint::Is(abi) if !host.abis().contains(&abi) => arch::host_of(abi),
            _ => host,
        };
        let mut args = *args;
        let syscall = match which {
            Which::Call(syscall) => {
                let is_inner = entry.may_be_inner && goes_through_carriers(abi);
                match carrier(*syscall, abi).filter(|_| is_inner || syscall.number(abi).is_none()) {
                    Some((many, call)) => {
                        args = [Some(call), None, None, None, None, None];
                        Some(many)
                    }
                    None => Some(*syscall),
                }
            }
            Which::Number(number) => by_number(abi, *number),
            Which::Name(_) => None,
        };
        Settled { syscall, abi, host, args }
    }
}

/// Whether the C libraries of the ABI make `socketcall` and `ipc` for all that these carry, though the kernel
/// has direct calls as well: those are younger than the kernels that the libraries are built for (glibc's
/// `sysdeps/unix/sysv/linux/{i386,s390}/kernel-features.h`, musl's `arch/i386/syscall_arch.h`).
const fn goes_through_carriers(abi: Abi) -> bool {
    matches!(abi, Abi::X86 | Abi::S390 | Abi::S390x)
}

/// Whether programs of the ABI make the call, or another one that carries it, by whose name tools call it.
pub(super) fn has(syscall: Syscall, abi: Abi) -> bool {
    syscall.number(abi).is_some() || carrier(syscall, abi).is_some()
}

/// The call that carries this one on the ABI, and which of those inside it is: i386's `accept` can only be
/// `socketcall(SYS_ACCEPT, ...)`, and strace prints it by its own name.
fn carrier(syscall: Syscall, abi: Abi) -> Option<(Syscall, u64)> {
    let (many, call) = syscall.multiplexer()?;
    many.number(abi)?;
    Some((many.syscall()?, call.into()))
}

/// The call of a number.
fn by_number(abi: Abi, number: i64) -> Option<Syscall> {
    let number = u32::try_from(number).ok()?;
    let known = numbers(abi);
    let place = known.binary_search_by_key(&number, |&(number, _)| number).ok()?;
    Some(known[place].1)
}
