//! Constants by name alone, from the headers of C (`headers.txt`): what tools that record calls
//! write for arguments. [`constant_value`](crate::syscall::constant_value) knows which belongs to which
//! argument; of `socket`'s protocol that hangs on its domain, so that no table by argument has it.

use crate::syscall::abi::Abi;
use crate::syscall::facts::{lines, number};
use rustc_hash::FxHashMap;
use std::sync::OnceLock;

/// The value of a constant, where it is the same on every ABI that shares asm-generic's headers:
/// `NETLINK_ROUTE`, `IPPROTO_TCP`, `MAP_PRIVATE`.
pub fn header_constant(abi: Abi, name: &str) -> Option<u64> {
    static CONSTANTS: OnceLock<FxHashMap<&str, u64>> = OnceLock::new();
    // mips and powerpc have numbers of their own for options of sockets and mappings.
    let is_own = abi.name().starts_with("mips") || abi.name().starts_with("ppc");
    let is_hardware = ["SO_", "SOL_", "MAP_", "PROT_", "MADV_"].iter().any(|p| name.starts_with(p));
    if is_own && is_hardware {
        return None;
    }
    let constants = CONSTANTS.get_or_init(|| {
        let pair = |line: &'static str| {
            let (name, value) = line.split_once(' ')?;
            let value: i64 = value.parse().ok()?;
            Some((name, value as u64))
        };
        lines(include_str!("headers.txt")).filter_map(pair).collect()
    });
    constants.get(name).copied()
}

/// The value of a request of `ioctl` (`KVM_RUN`, `BLKGETSIZE64`), from the kernel's headers
/// (`requests.txt`). It holds the size of what is given with it, so that it is not the same on each ABI.
pub fn ioctl_request(abi: Abi, name: &str) -> Option<u64> {
    static REQUESTS: OnceLock<FxHashMap<&str, (u64, Option<u64>)>> = OnceLock::new();
    // These encode requests in another way.
    if ["mips", "ppc"].iter().any(|own| abi.name().starts_with(own)) {
        return None;
    }
    let requests = REQUESTS.get_or_init(|| {
        let row = |line: &'static str| {
            let mut words = line.split(' ');
            let (name, wide) = (words.next()?, number(words.next()?)?);
            let narrow = match words.next() {
                Some(word) => number(word),
                None => Some(wide),
            };
            Some((name, (wide, narrow)))
        };
        let rows = lines(include_str!("requests.txt")).filter(|line| !line.starts_with('@'));
        rows.filter_map(row).collect()
    });
    let &(wide, narrow) = requests.get(name)?;
    match abi {
        Abi::X86 => narrow,
        // Where a structure is larger on one of both, nobody measured it here.
        Abi::Arm | Abi::S390 | Abi::X32 => Some(wide).filter(|_| narrow == Some(wide)),
        _ => Some(wide),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syscall::{Syscall, constants};

    #[test]
    fn values_of_the_headers() {
        let of = |name| header_constant(Abi::X86_64, name);
        assert_eq!((of("NETLINK_ROUTE"), of("NETLINK_KOBJECT_UEVENT")), (Some(0), Some(15)));
        assert_eq!(
            (of("IPPROTO_TCP"), of("PF_VSOCK"), of("AF_ALG")),
            (Some(6), Some(40), Some(38))
        );
        assert_eq!(
            (of("MAP_PRIVATE"), of("SO_REUSEADDR"), of("CLOCK_REALTIME")),
            (Some(2), Some(2), Some(0))
        );
        assert_eq!(header_constant(Abi::Mips64, "SO_REUSEADDR"), None);
        assert_eq!(of("NETLINK_NONE_SUCH"), None);
    }

    /// The table by argument was written by hand.
    #[test]
    fn both_tables_say_the_same() {
        let mut both = 0;
        for call in Syscall::all() {
            for (name, value) in (0..6).flat_map(|index| constants(call, Abi::X86_64, index)) {
                let known = header_constant(Abi::X86_64, name);
                assert!(known.is_none_or(|known| known == value), "{name}: {known:?}, {value}");
                both += usize::from(known.is_some());
            }
        }
        assert!(both > 100, "{both}");
    }
}
