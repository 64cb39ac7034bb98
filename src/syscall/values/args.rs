//! The names of the arguments of system calls, from `args.txt`.

mod built;

use crate::syscall::abi::Abi;
use crate::syscall::facts::{Piece, among};
use crate::syscall::table::Syscall;

/// The name of the argument in the register `index` (0 to 5). None where the register holds no
/// argument, or only half of one, or where the name is not known.
pub fn arg_name(syscall: Syscall, abi: Abi, index: u8) -> Option<&'static str> {
    let mut register = 0;
    for argument in arguments(syscall, abi)?.split_ascii_whitespace() {
        let (name, width) = match argument.strip_suffix(":64") {
            Some(name) if splits_long_arguments(abi) => {
                if aligns_pairs(abi) {
                    register += register % 2;
                }
                (name, 2)
            }
            Some(name) => (name, 1),
            None => (argument, 1),
        };
        if (register..register + width).contains(&index) {
            return (width == 1).then_some(name);
        }
        register += width;
    }
    None
}

/// How many arguments the call takes, where that is known. A 64-bit argument counts once, also
/// where it fills two registers.
pub fn arg_count(syscall: Syscall) -> Option<u8> {
    Some(usual(syscall)?.split_ascii_whitespace().count() as u8)
}

fn usual(syscall: Syscall) -> Option<&'static str> {
    built::USUAL[syscall.index()].map(|arguments| arguments.of(built::TEXT))
}

fn arguments(syscall: Syscall, abi: Abi) -> Option<&'static str> {
    let is_special = |(call, abis, _): &&(Option<Syscall>, Piece, Piece)| {
        *call == Some(syscall) && among(abi, abis.of(built::TEXT))
    };
    match built::SPECIAL.iter().find(is_special) {
        Some((_, _, arguments)) => Some(arguments.of(built::TEXT)),
        None => usual(syscall),
    }
}

/// Whether a 64-bit argument takes two registers.
const fn splits_long_arguments(abi: Abi) -> bool {
    abi.has_32bit_registers()
}

/// Whether such a pair starts at an even register, so that one may stay empty before it
/// (syscall(2), "Architecture calling conventions").
const fn aligns_pairs(abi: Abi) -> bool {
    matches!(abi, Abi::Arm | Abi::Mips | Abi::Mipsel | Abi::Ppc)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syscall::facts::{is_abi_list, lines};

    fn name(call: &str, abi: Abi, index: u8) -> Option<&'static str> {
        arg_name(Syscall::from_name(call).unwrap(), abi, index)
    }

    #[test]
    fn the_text_is_sorted_and_names_real_calls_and_abis() {
        let heads: Vec<&str> =
            lines(include_str!("args.txt")).map(|line| line.split(' ').next().unwrap()).collect();
        assert!(heads.is_sorted());
        for head in heads {
            let (name, abis) = head.split_once('@').unwrap_or((head, "x86"));
            assert!(Syscall::from_name(name).is_some(), "{name}");
            assert!(is_abi_list(abis), "{head}");
        }
        // What the compiler found is what the lines say.
        for line in lines(include_str!("args.txt")) {
            let (head, arguments) = line.split_once(' ').unwrap_or((line, ""));
            let found = match head.split_once('@') {
                None => usual(Syscall::from_name(head).unwrap()).unwrap(),
                Some((name, abis)) => {
                    let call = Syscall::from_name(name);
                    let is_it = |of: &&(Option<Syscall>, Piece, Piece)| {
                        of.0 == call && of.1.of(built::TEXT) == abis
                    };
                    built::SPECIAL.iter().find(is_it).unwrap().2.of(built::TEXT)
                }
            };
            assert_eq!(found, arguments, "{head}");
        }
        for call in Syscall::all() {
            assert!(arg_count(call).is_none_or(|count| count <= 6), "{call}");
        }
    }

    #[test]
    fn every_call_of_x86_64_is_known_but_those_that_do_nothing() {
        let unknown: Vec<&str> = Syscall::all()
            .filter(|call| call.number(Abi::X86_64).is_some() && arg_count(*call).is_none())
            .map(Syscall::name)
            .collect();
        assert_eq!(
            unknown,
            ["afs_syscall", "getpmsg", "putpmsg", "security", "tuxcall", "vserver"]
        );
    }

    #[test]
    fn the_flags_of_clone_are_its_second_argument_on_s390() {
        assert_eq!(name("clone", Abi::X86_64, 0), Some("flags"));
        assert_eq!(name("clone", Abi::X86_64, 3), Some("child_tid"));
        assert_eq!(name("clone", Abi::Aarch64, 3), Some("tls"));
        assert_eq!(name("clone", Abi::S390x, 0), Some("stack"));
        assert_eq!(name("clone", Abi::S390x, 1), Some("flags"));
    }

    #[test]
    fn long_arguments_move_those_behind_them() {
        assert_eq!(name("readahead", Abi::X86_64, 2), Some("count"));
        assert_eq!(name("readahead", Abi::X86, 1), None);
        assert_eq!(name("readahead", Abi::X86, 3), Some("count"));
        assert_eq!(name("readahead", Abi::Arm, 4), Some("count"));
        assert_eq!(name("fallocate", Abi::X32, 3), Some("len"));
    }

    #[test]
    fn the_usual_names() {
        assert_eq!(name("socket", Abi::X86_64, 0), Some("domain"));
        assert_eq!(name("ioctl", Abi::X86_64, 1), Some("request"));
        assert_eq!(name("personality", Abi::X86_64, 0), Some("persona"));
        assert_eq!(name("personality", Abi::X86_64, 1), None);
        assert_eq!(name("socketcall", Abi::X86, 0), Some("call"));
        assert_eq!(name("mmap", Abi::X86, 1), None);
    }
}
