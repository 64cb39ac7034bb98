//! What the compiler derives from the rows: names in one text, a place for each name by its hash,
//! and the numbers by call and by ABI.

use super::rows::{N, ROWS};
use super::{ABI_COUNT, Abi, Multiplexer, Syscall};
use crate::syscall::abi::each_abi;

/// How many names there are.
pub(super) const COUNT: usize = ROWS.len();

/// The name of that place among all names.
pub(super) const fn name(place: usize) -> &'static str {
    let (before, _) = NAMES.split_at(STARTS[place + 1] as usize);
    before.split_at(STARTS[place] as usize).1
}

/// The names one after the other.
static NAMES: &str = match str::from_utf8(&BYTES) {
    Ok(names) => names,
    Err(_) => "",
};

const LENGTH: usize = {
    let (mut length, mut place) = (0, 0);
    while place < COUNT {
        length += ROWS[place].0.len();
        place += 1;
    }
    length
};

const BYTES: [u8; LENGTH] = {
    let mut bytes = [0; LENGTH];
    let (mut at, mut place) = (0, 0);
    while place < COUNT {
        let name = ROWS[place].0.as_bytes();
        let mut byte = 0;
        while byte < name.len() {
            bytes[at] = name[byte];
            (at, byte) = (at + 1, byte + 1);
        }
        place += 1;
    }
    bytes
};

/// Where in `NAMES` each begins, and where the last ends.
static STARTS: [u16; COUNT + 1] = {
    let mut starts = [0; COUNT + 1];
    let mut place = 0;
    while place < COUNT {
        starts[place + 1] = starts[place] + ROWS[place].0.len() as u16;
        place += 1;
    }
    starts
};

/// A slot of [`PLACES`] without a name.
pub(super) const FREE: u16 = u16::MAX;

/// Places by the hash of the name, each in the first free slot from its own on.
pub(super) static PLACES: [u16; 2048] = {
    let mut places = [FREE; 2048];
    let mut place = 0;
    while place < COUNT {
        let mut slot = slot(ROWS[place].0.as_bytes());
        while places[slot] != FREE {
            slot = (slot + 1) % places.len();
        }
        places[slot] = place as u16;
        place += 1;
    }
    places
};

/// The slot in which the search for a name begins: FNV-1a.
pub(super) const fn slot(name: &[u8]) -> usize {
    let mut hash: u32 = 0x811c_9dc5;
    let mut at = 0;
    while at < name.len() {
        hash = (hash ^ name[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    ((hash ^ hash >> 16) % 2048) as usize
}

pub(super) const fn is_same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// The number of each call on each ABI; [`N`] for none.
pub(super) static NUMBERS: [[u32; ABI_COUNT]; COUNT] = {
    let mut numbers = [[N; ABI_COUNT]; COUNT];
    let mut place = 0;
    while place < COUNT {
        let mut at = 0;
        while at < ABI_COUNT {
            numbers[place][at] = number(place, Abi::ALL[at]);
            at += 1;
        }
        place += 1;
    }
    numbers
};

const fn number(place: usize, abi: Abi) -> u32 {
    match ROWS[place].1[column(abi)] {
        N => N,
        number => number + base(abi),
    }
}

/// Both byte orders of a machine have the same numbers.
const fn column(abi: Abi) -> usize {
    match abi {
        Abi::X86_64 => 0,
        Abi::X86 => 1,
        Abi::X32 => 2,
        Abi::Aarch64 => 3,
        Abi::Arm => 4,
        Abi::Loongarch64 => 5,
        Abi::Mips | Abi::Mipsel => 6,
        Abi::Mips64 | Abi::Mipsel64 => 7,
        Abi::Mips64n32 | Abi::Mipsel64n32 => 8,
        Abi::Ppc => 9,
        Abi::Ppc64 | Abi::Ppc64le => 10,
        Abi::Riscv64 => 11,
        Abi::S390 => 12,
        Abi::S390x => 13,
    }
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

/// For each ABI its numbers in ascending order.
pub(super) static BY_NUMBER: [&[(u32, Syscall)]; ABI_COUNT] = {
    macro_rules! lists {
        ($($abi:ident),*) => {
            [$({
                const LIST: [(u32, Syscall); count(Abi::$abi)] = by_number(Abi::$abi);
                &LIST
            }),*]
        };
    }
    each_abi!(lists)
};

/// Where in [`BY_NUMBER`] each call stands; [`FREE`] for one that the ABI lacks.
pub(super) static PLACES_BY_NUMBER: [[u16; ABI_COUNT]; COUNT] = {
    let mut places = [[FREE; ABI_COUNT]; COUNT];
    let mut abi = 0;
    while abi < ABI_COUNT {
        let mut at = 0;
        while at < BY_NUMBER[abi].len() {
            places[BY_NUMBER[abi][at].1.index()][abi] = at as u16;
            at += 1;
        }
        abi += 1;
    }
    places
};

const fn count(abi: Abi) -> usize {
    let (mut count, mut place) = (0, 0);
    while place < COUNT {
        if ROWS[place].1[column(abi)] != N {
            count += 1;
        }
        place += 1;
    }
    count
}

const fn by_number<const COUNT_OF_ABI: usize>(abi: Abi) -> [(u32, Syscall); COUNT_OF_ABI] {
    // Nearly all numbers are small and dense: a slot each, instead of sorting.
    const SLOTS: usize = 1024;
    let mut slots = [FREE; SLOTS];
    let mut list = [(N, Syscall(0)); COUNT_OF_ABI];
    let (mut high, mut place) = (COUNT_OF_ABI, 0);
    while place < COUNT {
        let number = ROWS[place].1[column(abi)];
        if number as usize >= SLOTS && number != N {
            // The few above are put in order from the end of the list.
            high -= 1;
            let new = (number + base(abi), Syscall(place as u16));
            let mut at = high;
            while at + 1 < COUNT_OF_ABI && list[at + 1].0 < new.0 {
                list[at] = list[at + 1];
                at += 1;
            }
            list[at] = new;
        } else if number != N {
            slots[number as usize] = place as u16;
        }
        place += 1;
    }
    let (mut at, mut slot) = (0, 0);
    while slot < SLOTS {
        if slots[slot] != FREE {
            list[at] = (slot as u32 + base(abi), Syscall(slots[slot]));
            at += 1;
        }
        slot += 1;
    }
    list
}

/// What each call sits behind.
pub(super) static MULTIPLEXERS: [Option<(Multiplexer, u8)>; COUNT] = {
    let mut multiplexers = [None; COUNT];
    let mut place = 0;
    while place < COUNT {
        multiplexers[place] = multiplexer(ROWS[place].0.as_bytes());
        place += 1;
    }
    multiplexers
};

const fn multiplexer(name: &[u8]) -> Option<(Multiplexer, u8)> {
    use Multiplexer::{Ipc, Socketcall};
    Some(match name {
        b"socket" => (Socketcall, 1),
        b"bind" => (Socketcall, 2),
        b"connect" => (Socketcall, 3),
        b"listen" => (Socketcall, 4),
        b"accept" => (Socketcall, 5),
        b"getsockname" => (Socketcall, 6),
        b"getpeername" => (Socketcall, 7),
        b"socketpair" => (Socketcall, 8),
        b"send" => (Socketcall, 9),
        b"recv" => (Socketcall, 10),
        b"sendto" => (Socketcall, 11),
        b"recvfrom" => (Socketcall, 12),
        b"shutdown" => (Socketcall, 13),
        b"setsockopt" => (Socketcall, 14),
        b"getsockopt" => (Socketcall, 15),
        b"sendmsg" => (Socketcall, 16),
        b"recvmsg" => (Socketcall, 17),
        b"accept4" => (Socketcall, 18),
        b"recvmmsg" => (Socketcall, 19),
        b"sendmmsg" => (Socketcall, 20),
        b"semop" => (Ipc, 1),
        b"semget" => (Ipc, 2),
        b"semctl" => (Ipc, 3),
        b"semtimedop" => (Ipc, 4),
        b"msgsnd" => (Ipc, 11),
        b"msgrcv" => (Ipc, 12),
        b"msgget" => (Ipc, 13),
        b"msgctl" => (Ipc, 14),
        b"shmat" => (Ipc, 21),
        b"shmdt" => (Ipc, 22),
        b"shmget" => (Ipc, 23),
        b"shmctl" => (Ipc, 24),
        _ => return None,
    })
}
