//! Names and numbers of system calls on every ABI, as libseccomp 2.6.1 resolves them.
//!
//! The tables are compile-time constants: the [rows] are written by a test from the crate
//! `syscalls` (which builds for Linux alone, and not on every target), and what is looked up in
//! them is derived by the [compiler](built).

mod built;
mod rows;

use super::abi::{ABI_COUNT, Abi};
use std::fmt;

/// How many numbers a row has: the ABIs without those that have the numbers of the other byte order.
const COLUMN_COUNT: usize = 14;

/// A name of a system call that libseccomp knows, on whatever ABI. Ordered by name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Syscall(u16);

impl Syscall {
    /// The system call of that name. Case matters.
    pub fn from_name(name: &str) -> Option<Syscall> {
        let mut slot = built::slot(name.as_bytes());
        loop {
            let place = built::PLACES[slot];
            if place == built::FREE {
                return None;
            }
            if built::name(usize::from(place)) == name {
                return Some(Syscall(place));
            }
            slot = (slot + 1) % built::PLACES.len();
        }
    }

    /// [`Syscall::from_name`], for tables that are made at compile time.
    pub(super) const fn from_bytes(name: &[u8]) -> Option<Syscall> {
        let mut slot = built::slot(name);
        loop {
            let place = built::PLACES[slot];
            if place == built::FREE {
                return None;
            }
            if built::is_same(built::name(place as usize).as_bytes(), name) {
                return Some(Syscall(place));
            }
            slot = (slot + 1) % built::PLACES.len();
        }
    }

    /// The name in the kernel's tables.
    pub fn name(self) -> &'static str {
        built::name(self.index())
    }

    /// The place of the name among all names: `0..Syscall::count()`, for use as an array index.
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The system call of that [`index`](Syscall::index).
    pub fn from_index(index: usize) -> Option<Syscall> {
        let place = u16::try_from(index).ok()?;
        (index < Syscall::count()).then_some(Syscall(place))
    }

    /// How many names there are.
    pub const fn count() -> usize {
        built::COUNT
    }

    /// Every system call, by name.
    pub fn all() -> impl Iterator<Item = Syscall> {
        (0..Syscall::count()).map(|index| Syscall(index as u16))
    }

    /// The number that a program puts in the register, on x32 with bit 30 set; none where the
    /// ABI has no such call of its own. For a call that also sits behind a multiplexer this is
    /// the direct one (`socket` on x86: 359; `send` there: none).
    pub fn number(self, abi: Abi) -> Option<u32> {
        let number = built::NUMBERS[self.index()][abi as usize];
        (number != rows::N).then_some(number)
    }

    /// Where in [`numbers`] of the ABI the call stands.
    pub(crate) fn place(self, abi: Abi) -> Option<usize> {
        let place = built::PLACES_BY_NUMBER[self.index()][abi as usize];
        (place != built::FREE).then_some(usize::from(place))
    }

    /// Its numbers, by ABI; `u32::MAX` for none.
    pub(crate) fn all_numbers(self) -> &'static [u32; ABI_COUNT] {
        &built::NUMBERS[self.index()]
    }

    /// What libseccomp resolves the name to: the number, or the pseudo-number below zero
    /// (`socket`: -101) for a call behind a multiplexer of that ABI, even where there is a
    /// direct call as well. libseccomp's arbitrary pseudo-numbers of absent calls are `None`.
    pub fn resolved(self, abi: Abi) -> Option<i32> {
        match self.multiplexer() {
            Some((multiplexer, call)) if abi.has_multiplexers() => {
                Some(multiplexer.pseudo_base() - i32::from(call))
            }
            _ => self.number(abi).map(|number| number as i32),
        }
    }

    /// The multiplexer that also does the job of this call on some ABIs, and the call's number
    /// inside it: the first argument of `socketcall` (`SYS_SOCKET` is 1) or `ipc`.
    ///
    /// The set is libseccomp's: `recvmmsg` has its place in it although glibc never takes it.
    pub fn multiplexer(self) -> Option<(Multiplexer, u8)> {
        built::MULTIPLEXERS[self.index()]
    }
}

impl fmt::Display for Syscall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Debug for Syscall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A system call that stands for a family of others, chosen by its first argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Multiplexer {
    /// `socketcall(2)`: the sockets. The arguments are behind a pointer.
    Socketcall,
    /// `ipc(2)`: System V semaphores, messages and shared memory.
    Ipc,
}

impl Multiplexer {
    /// The multiplexer as a system call of its own.
    pub const fn syscall(self) -> Option<Syscall> {
        const CALLS: [Option<Syscall>; 2] =
            [Syscall::from_bytes(b"socketcall"), Syscall::from_bytes(b"ipc")];
        match self {
            Multiplexer::Socketcall => CALLS[0],
            Multiplexer::Ipc => CALLS[1],
        }
    }

    /// Its number, where libseccomp spreads rules to it.
    pub fn number(self, abi: Abi) -> Option<u32> {
        if abi.has_multiplexers() { self.syscall()?.number(abi) } else { None }
    }

    /// What libseccomp counts the pseudo-numbers of the calls inside down from.
    const fn pseudo_base(self) -> i32 {
        match self {
            Multiplexer::Socketcall => -100,
            Multiplexer::Ipc => -200,
        }
    }
}

/// Every number that has a name on the ABI, in ascending order. No ABI has two names for one
/// number.
pub fn numbers(abi: Abi) -> &'static [(u32, Syscall)] {
    built::BY_NUMBER[abi as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(name: &str) -> Syscall {
        Syscall::from_name(name).unwrap()
    }

    #[test]
    fn names_are_dense_and_sorted() {
        for (index, call) in Syscall::all().enumerate() {
            assert_eq!(call.index(), index);
            assert_eq!(Syscall::from_name(call.name()), Some(call));
        }
        assert!(call("accept") < call("bind"));
        assert_eq!(Syscall::from_name("Socket"), None);
        assert_eq!(Syscall::from_name("unused18"), None);
        assert_eq!(Syscall::from_name("fstatat"), None);
    }

    #[test]
    fn a_call_behind_a_multiplexer_resolves_to_its_pseudo_number() {
        assert_eq!(call("socket").number(Abi::X86), Some(359));
        assert_eq!(call("socket").resolved(Abi::X86), Some(-101));
        assert_eq!(call("socket").resolved(Abi::X86_64), Some(41));
        assert_eq!(call("send").number(Abi::X86), None);
        assert_eq!(call("send").resolved(Abi::X86), Some(-109));
        assert_eq!(call("semtimedop").resolved(Abi::S390), Some(-204));
        assert_eq!(call("shmctl").resolved(Abi::Mipsel), Some(-224));
        assert_eq!(call("shmctl").multiplexer(), Some((Multiplexer::Ipc, 24)));
        assert_eq!(Multiplexer::Socketcall.number(Abi::X86), Some(102));
        assert_eq!(Multiplexer::Ipc.number(Abi::Mips), Some(4117));
        assert_eq!(Multiplexer::Ipc.number(Abi::X86_64), None);
    }

    #[test]
    fn bases_and_private_calls() {
        assert_eq!(call("execve").number(Abi::X32), Some(0x4000_0000 + 520));
        assert_eq!(call("uselib").number(Abi::X32), None);
        assert_eq!(call("read").number(Abi::Mipsel64n32), Some(6000));
        assert_eq!(call("set_tls").number(Abi::Arm), Some(0xf0005));
        assert_eq!(call("break").number(Abi::X86), Some(17));
        assert_eq!(call("getpagesize").resolved(Abi::X86_64), None);
    }

    #[test]
    fn no_number_has_two_names() {
        for abi in Abi::ALL {
            let numbers = numbers(abi);
            for call in Syscall::all() {
                let place = numbers.iter().position(|&(_, of)| of == call);
                assert_eq!(call.place(abi), place, "{call} on {abi}");
                let number = call.number(abi).unwrap_or(u32::MAX);
                assert_eq!(call.all_numbers()[abi as usize], number);
            }
            assert!(numbers.windows(2).all(|pair| pair[0].0 < pair[1].0), "{abi}");
        }
    }
}
