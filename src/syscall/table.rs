//! Names and numbers of system calls on every ABI, as libseccomp 2.6.1 resolves them.
//!
//! The numbers are the crate `syscalls`', corrected by the [supplement](super::supplement). The
//! index over them is built once, on first use (about 0.2 ms).

use super::abi::{ABI_COUNT, Abi};
use super::supplement::{ELSEWHERE, NEWEST, SUPPLEMENTS, n32_number};
use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::OnceLock;

/// A name of a system call that libseccomp knows, on whatever ABI. Ordered by name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Syscall(u16);

impl Syscall {
    /// The system call of that name. Case matters.
    pub fn from_name(name: &str) -> Option<Syscall> {
        table().places.get(name).map(|&place| Syscall(place as u16))
    }

    /// The name in the kernel's tables.
    pub fn name(self) -> &'static str {
        table().names[self.index()]
    }

    /// The place of the name among all names: `0..Syscall::count()`, for use as an array index.
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// How many names there are.
    pub fn count() -> usize {
        table().names.len()
    }

    /// Every system call, by name.
    pub fn all() -> impl Iterator<Item = Syscall> {
        (0..Syscall::count()).map(|index| Syscall(index as u16))
    }

    /// The number that a program puts in the register, on x32 with bit 30 set; none where the
    /// ABI has no such call of its own. For a call that also sits behind a multiplexer this is
    /// the direct one (`socket` on x86: 359; `send` there: none).
    pub fn number(self, abi: Abi) -> Option<u32> {
        let number = table().numbers[self.index()][abi as usize];
        (number != NONE).then_some(number)
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
        table().multiplexers[self.index()]
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
    pub fn syscall(self) -> Option<Syscall> {
        // It is asked for with every number of every ABI, and a look-up by name takes a while.
        static CALLS: OnceLock<[Option<Syscall>; 2]> = OnceLock::new();
        let calls = CALLS.get_or_init(|| ["socketcall", "ipc"].map(Syscall::from_name));
        match self {
            Multiplexer::Socketcall => calls[0],
            Multiplexer::Ipc => calls[1],
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
    static NUMBERS: [OnceLock<Vec<(u32, Syscall)>>; ABI_COUNT] =
        [const { OnceLock::new() }; ABI_COUNT];
    NUMBERS[abi as usize].get_or_init(|| {
        // Nearly all numbers are small and dense behind the base: a place each, instead of sorting.
        let mut places = [None; 1024];
        let mut high = Vec::new();
        for (index, row) in table().numbers.iter().enumerate() {
            let (number, call) = (row[abi as usize], Syscall(index as u16));
            match places.get_mut(number.wrapping_sub(base(abi)) as usize) {
                Some(place) => *place = Some((number, call)),
                None if number != NONE => high.push((number, call)),
                None => {}
            }
        }
        high.sort_unstable();
        places.into_iter().flatten().chain(high).collect()
    })
}

/// No number: above every real one (the highest is x32's bit 30 and a few hundred).
const NONE: u32 = u32::MAX;

type Row = [u32; ABI_COUNT];

struct Table {
    /// Sorted.
    names: Vec<&'static str>,
    /// In the order of `names`.
    numbers: Vec<Row>,
    /// In the order of `names`.
    multiplexers: Vec<Option<(Multiplexer, u8)>>,
    /// Where in `names` a name is.
    places: Places,
}

type Places = HashMap<&'static str, usize, BuildHasherDefault<NameHasher>>;

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut builder = Builder::default();
        builder.read_crate();
        builder.derive();
        for supplement in SUPPLEMENTS {
            builder.drop(supplement.abi, supplement.drop);
            builder.set(supplement.abi, supplement.set);
        }
        builder.finish()
    })
}

#[derive(Default)]
struct Builder {
    places: Places,
    rows: Vec<(&'static str, Row)>,
}

impl Builder {
    fn row(&mut self, name: &'static str) -> &mut Row {
        let place = *self.places.entry(name).or_insert_with(|| {
            self.rows.push((name, [NONE; ABI_COUNT]));
            self.rows.len() - 1
        });
        &mut self.rows[place].1
    }

    fn set(&mut self, abi: Abi, pairs: &'static str) {
        let mut words = pairs.split_ascii_whitespace();
        while let (Some(name), Some(number)) = (words.next(), words.next()) {
            self.row(name)[abi as usize] = number.parse().map_or(NONE, |n: u32| n + base(abi));
        }
    }

    fn drop(&mut self, abi: Abi, names: &'static str) {
        for name in names.split_ascii_whitespace() {
            self.row(name)[abi as usize] = NONE;
        }
    }

    fn read_crate(&mut self) {
        // Every table of the crate has its own type. Its `iter` leaves out the last call, so
        // we go by number.
        macro_rules! read {
            ($($arch:ident as $abi:ident),*) => {$({
                use syscalls::$arch::Sysno;
                for number in Sysno::first().id()..=Sysno::last().id() {
                    if let Some(call) = Sysno::new(number as usize) {
                        let name = call.name();
                        let name = name.strip_prefix("r#").unwrap_or(name);
                        self.row(name)[Abi::$abi as usize] = number as u32;
                    }
                }
                self.set(Abi::$abi, NEWEST);
            })*};
        }
        read!(x86_64 as X86_64, x86 as X86, arm as Arm, aarch64 as Aarch64);
        read!(loongarch64 as Loongarch64, riscv64 as Riscv64, s390x as S390x);
        read!(mips as Mips, mips64 as Mips64, powerpc as Ppc, powerpc64 as Ppc64);
    }

    /// Fills the ABIs that the crate lacks from their nearest relatives.
    fn derive(&mut self) {
        for (_, row) in &mut self.rows {
            let derived = |from: Abi, to: Abi, renumber: fn(u32) -> u32| match row[from as usize] {
                NONE => NONE,
                number => renumber(number - base(from)) + base(to),
            };
            let x32 = derived(Abi::X86_64, Abi::X32, |n| n);
            let n32 = derived(Abi::Mips64, Abi::Mips64n32, n32_number);
            let s390 = derived(Abi::S390x, Abi::S390, |n| n);
            row[Abi::X32 as usize] = x32;
            row[Abi::Mips64n32 as usize] = n32;
            row[Abi::S390 as usize] = s390;
        }
    }

    fn finish(mut self) -> Table {
        // Both byte orders of a machine have the same numbers.
        for (_, row) in &mut self.rows {
            row[Abi::Mipsel as usize] = row[Abi::Mips as usize];
            row[Abi::Mipsel64 as usize] = row[Abi::Mips64 as usize];
            row[Abi::Mipsel64n32 as usize] = row[Abi::Mips64n32 as usize];
            row[Abi::Ppc64le as usize] = row[Abi::Ppc64 as usize];
        }
        // Placeholders of the crate end here, without a number on any ABI.
        self.rows.retain(|(_, row)| row.iter().any(|&number| number != NONE));
        let elsewhere = ELSEWHERE.split_ascii_whitespace();
        self.rows.extend(elsewhere.map(|name| (name, [NONE; ABI_COUNT])));
        self.rows.sort_unstable_by_key(|&(name, _)| name);
        let (names, numbers): (Vec<_>, Vec<_>) = self.rows.into_iter().unzip();
        let multiplexers = names.iter().map(|name| multiplexer(name)).collect();
        let places = names.iter().enumerate().map(|(place, &name)| (name, place)).collect();
        Table { names, numbers, multiplexers, places }
    }
}

/// What a call of that name sits behind.
fn multiplexer(name: &str) -> Option<(Multiplexer, u8)> {
    use Multiplexer::{Ipc, Socketcall};
    Some(match name {
        "socket" => (Socketcall, 1),
        "bind" => (Socketcall, 2),
        "connect" => (Socketcall, 3),
        "listen" => (Socketcall, 4),
        "accept" => (Socketcall, 5),
        "getsockname" => (Socketcall, 6),
        "getpeername" => (Socketcall, 7),
        "socketpair" => (Socketcall, 8),
        "send" => (Socketcall, 9),
        "recv" => (Socketcall, 10),
        "sendto" => (Socketcall, 11),
        "recvfrom" => (Socketcall, 12),
        "shutdown" => (Socketcall, 13),
        "setsockopt" => (Socketcall, 14),
        "getsockopt" => (Socketcall, 15),
        "sendmsg" => (Socketcall, 16),
        "recvmsg" => (Socketcall, 17),
        "accept4" => (Socketcall, 18),
        "recvmmsg" => (Socketcall, 19),
        "sendmmsg" => (Socketcall, 20),
        "semop" => (Ipc, 1),
        "semget" => (Ipc, 2),
        "semctl" => (Ipc, 3),
        "semtimedop" => (Ipc, 4),
        "msgsnd" => (Ipc, 11),
        "msgrcv" => (Ipc, 12),
        "msgget" => (Ipc, 13),
        "msgctl" => (Ipc, 14),
        "shmat" => (Ipc, 21),
        "shmdt" => (Ipc, 22),
        "shmget" => (Ipc, 23),
        "shmctl" => (Ipc, 24),
        _ => return None,
    })
}

/// What the numbers of an ABI start from.
const fn base(abi: Abi) -> u32 {
    match abi {
        Abi::X32 => 0x4000_0000,
        Abi::Mips | Abi::Mipsel => 4000,
        Abi::Mips64 | Abi::Mipsel64 => 5000,
        Abi::Mips64n32 | Abi::Mipsel64n32 => 6000,
        _ => 0,
    }
}

/// FNV-1a: our keys are short and our own, so the map needs no defence against collisions and
/// start-up is twice as fast.
struct NameHasher(u64);

impl Default for NameHasher {
    fn default() -> Self {
        NameHasher(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for NameHasher {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
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
            assert!(numbers.windows(2).all(|pair| pair[0].0 < pair[1].0), "{abi}");
        }
    }
}
