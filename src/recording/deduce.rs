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
        Deduction { asked, usual: None, possible: u32::MAX, named: 0, fitting: u32::MAX }
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
                let having = Abi::ALL.into_iter().filter(|&abi| syscall.number(abi).is_some());
                let having = having.fold(0, |set, abi| set | 1 << abi as u32);
                // A list may mix the calls of several machines.
                if self.possible & having != 0 {
                    self.possible &= having;
                }
            }
            (AbiHint::Native | AbiHint::Bits32, Which::Call(syscall)) => {
                let is_narrow = entry.abi == AbiHint::Bits32;
                let abi = |host: Host| match is_narrow {
                    true => arch::narrow(host),
                    false => Some(host.native()),
                };
                let has = |host: &Host| abi(*host).is_some_and(|abi| syscall.number(abi).is_some());
                let having = Host::ALL.into_iter().filter(has);
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
        let ground = if possible == 1 { Ground::Deduced } else { Ground::Guessed };
        let usual = [Host::Amd64, Host::Arm64];
        let host = usual.into_iter().chain(Host::ALL).find(has_all);
        (host.unwrap_or(Host::Amd64), ground)
    }

    /// The hosts that records name.
    pub(super) fn named(&self) -> Vec<Host> {
        Host::ALL.into_iter().filter(|&host| self.named >> host as u32 & 1 == 1).collect()
    }

    fn is_possible(&self, abi: Abi) -> bool {
        self.possible >> abi as u32 & 1 == 1
    }

    /// Which call of which ABI it is.
    pub fn settle(&self, which: &Which, hint: AbiHint) -> Settled {
        let (host, _) = self.host();
        let abi = match (hint, which) {
            (AbiHint::Is(abi), _) => abi,
            (AbiHint::Bits32, _) => arch::narrow(host).unwrap_or(host.native()),
            (_, Which::Call(syscall)) => {
                let has = |abi: &&Abi| syscall.number(**abi).is_some();
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
        let syscall = match which {
            Which::Call(syscall) => Some(*syscall),
            Which::Number(number) => by_number(abi, *number),
            Which::Name(_) => None,
        };
        Settled { syscall, abi, host }
    }
}

/// The call of a number.
fn by_number(abi: Abi, number: i64) -> Option<Syscall> {
    let number = u32::try_from(number).ok()?;
    let known = numbers(abi);
    let place = known.binary_search_by_key(&number, |&(number, _)| number).ok()?;
    Some(known[place].1)
}
