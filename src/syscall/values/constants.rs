//! Named constants of arguments (`AF_VSOCK`, `CLONE_NEWUSER`), from `constants.txt`.

mod built;

use super::args::arg_name;
use super::constants::built::{GROUPS, MEMBERS, STARTS, TARGETS, TEXT};
use crate::syscall::abi::{ABI_COUNT, Abi};
use crate::syscall::facts::{Piece, among, number};
use crate::syscall::table::Syscall;
use std::sync::OnceLock;

/// How the constants of an argument are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConstantKind {
    /// The argument is one of them.
    Value,
    /// The argument is any combination of them.
    Flags,
}

/// How the argument's constants are meant, if it has any. Where one of a list is combined with
/// flags (`SOCK_STREAM|SOCK_CLOEXEC`), the list counts.
pub fn constant_kind(syscall: Syscall, abi: Abi, index: u8) -> Option<ConstantKind> {
    let mut groups = groups(syscall, abi, index).peekable();
    groups.peek()?;
    let listed = groups.any(|group| GROUPS[group].kind == ConstantKind::Value);
    Some(if listed { ConstantKind::Value } else { ConstantKind::Flags })
}

/// The constant that is the whole value: `AF_VSOCK` for argument 0 of `socket` and 40.
pub fn constant_name(syscall: Syscall, abi: Abi, index: u8, value: u64) -> Option<&'static str> {
    members(syscall, abi, index).find(|&(_, known)| known == value).map(|(name, _)| name)
}

/// The names of single bits, lowest first, where the argument is or has a word of flags.
pub fn flag_names(syscall: Syscall, abi: Abi, index: u8) -> Option<&'static [(u64, &'static str)]> {
    type Bits = Vec<(u64, &'static str)>;
    // By the place of the group and the ABI.
    static BITS: [[OnceLock<Bits>; ABI_COUNT]; GROUPS.len()] =
        [const { [const { OnceLock::new() }; ABI_COUNT] }; GROUPS.len()];
    let is_flags = |&group: &usize| GROUPS[group].kind == ConstantKind::Flags;
    let group = groups(syscall, abi, index).find(is_flags)?;
    let bits = BITS[group][abi as usize].get_or_init(|| {
        let members = GROUPS[group].members(abi).filter(|(_, value)| value.is_power_of_two());
        let mut bits: Vec<_> = members.map(|(name, value)| (value, name)).collect();
        bits.sort_unstable();
        bits
    });
    Some(bits)
}

/// The whole value in constants: `SOCK_STREAM|SOCK_CLOEXEC`, `PER_LINUX32|UNAME26`. None where
/// a part of it has no name.
pub fn constant_expression(syscall: Syscall, abi: Abi, index: u8, value: u64) -> Option<String> {
    if let Some(name) = constant_name(syscall, abi, index, value) {
        return Some(name.to_owned());
    }
    let mut rest = value;
    let mut flags = Vec::new();
    for &(bit, name) in flag_names(syscall, abi, index)? {
        if rest & bit != 0 {
            rest &= !bit;
            flags.push(name);
        }
    }
    if flags.is_empty() {
        return None;
    }
    // A zero of the list (`PER_LINUX`, `O_RDONLY`) adds nothing to the flags.
    if rest != 0 {
        flags.insert(0, constant_name(syscall, abi, index, rest)?);
    }
    Some(flags.join("|"))
}

/// The value of a constant of that argument. Case matters.
pub fn constant_value(syscall: Syscall, abi: Abi, index: u8, name: &str) -> Option<u64> {
    members(syscall, abi, index).find(|&(known, _)| known == name).map(|(_, value)| value)
}

/// All constants of that argument, in the order of the table.
pub fn constants(syscall: Syscall, abi: Abi, index: u8) -> Vec<(&'static str, u64)> {
    members(syscall, abi, index).collect()
}

/// Constants that belong together, of one or several arguments.
#[derive(Clone, Copy)]
struct Group {
    kind: ConstantKind,
    abis: Option<Piece>,
    /// From where to where in `MEMBERS`.
    members: (u16, u16),
}

/// An argument of a call, and one group of its constants.
#[derive(Clone, Copy)]
struct Target {
    syscall: Option<Syscall>,
    argument: Piece,
    /// Its place in `GROUPS`.
    group: u16,
}

#[derive(Clone, Copy)]
struct Member {
    name: Piece,
    value: u64,
    /// `abi,abi=number` between semicolons.
    exceptions: Piece,
}

impl Member {
    fn value(&self, abi: Abi) -> Option<u64> {
        if self.exceptions.is_empty() {
            return Some(self.value);
        }
        let exceptions = self.exceptions.of(TEXT).split(';');
        let mut exceptions = exceptions.filter_map(|part| part.split_once('='));
        match exceptions.find(|(abis, _)| among(abi, abis)) {
            Some((_, value)) => number(value),
            None => Some(self.value),
        }
    }
}

impl Group {
    fn members(&self, abi: Abi) -> impl Iterator<Item = (&'static str, u64)> + use<> {
        let members = &MEMBERS[usize::from(self.members.0)..usize::from(self.members.1)];
        members.iter().filter_map(move |member| Some((member.name.of(TEXT), member.value(abi)?)))
    }
}

fn members(syscall: Syscall, abi: Abi, index: u8) -> impl Iterator<Item = (&'static str, u64)> {
    groups(syscall, abi, index).flat_map(move |group| GROUPS[group].members(abi))
}

/// The groups of an argument, as places in `GROUPS`.
fn groups(syscall: Syscall, abi: Abi, index: u8) -> impl Iterator<Item = usize> {
    let [from, to] = [0, 1].map(|next| usize::from(STARTS[syscall.index() + next]));
    let of_call = &TARGETS[from..to];
    let argument = of_call.first().and_then(|_| arg_name(syscall, abi, index));
    of_call
        .iter()
        .filter(move |target| argument == Some(target.argument.of(TEXT)))
        .map(|target| usize::from(target.group))
        .filter(move |&group| GROUPS[group].abis.is_none_or(|abis| among(abi, abis.of(TEXT))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syscall::facts::{is_abi_list, lines};
    use std::collections::HashSet;

    fn call(name: &str) -> Syscall {
        Syscall::from_name(name).unwrap()
    }

    fn x86_64(name: &str, index: u8, value: u64) -> Option<&'static str> {
        constant_name(call(name), Abi::X86_64, index, value)
    }

    /// What the compiler found is what the lines say.
    #[test]
    fn every_line_is_well_formed() {
        let (mut members, mut groups) = (MEMBERS.iter(), 0);
        let (mut was_head, mut heads) = (false, Vec::new());
        for line in lines(TEXT) {
            let Some(head) = line.strip_prefix("@ ") else {
                was_head = false;
                for word in line.split(' ') {
                    let (usual, exceptions) = word.split_once(';').unwrap_or((word, ""));
                    let (name, value) = usual.split_once('=').unwrap();
                    let member = members.next().unwrap();
                    assert_eq!(member.name.of(TEXT), name);
                    assert_eq!(Some(member.value), number(value), "{word}");
                    assert_eq!(member.exceptions.of(TEXT), exceptions, "{word}");
                    for exception in exceptions.split_terminator(';') {
                        let (abis, value) = exception.split_once('=').unwrap();
                        assert!(is_abi_list(abis), "{word}");
                        assert!(value == "-" || number(value).is_some(), "{word}");
                    }
                }
                continue;
            };
            let (kind, list) = head.split_once(' ').unwrap();
            assert!(matches!(kind, "value" | "flags"), "{head}");
            let (list, abis) = list.split_once(" on ").map_or((list, None), |(l, a)| (l, Some(a)));
            assert!(abis.is_none_or(is_abi_list), "{head}");
            groups += usize::from(!was_head);
            was_head = true;
            for word in list.split(' ') {
                let (syscall, argument) = word.split_once('.').unwrap();
                let known = Abi::ALL.into_iter().any(|abi| {
                    (0..6).any(|index| arg_name(call(syscall), abi, index) == Some(argument))
                });
                assert!(known, "{word}");
                heads.push((call(syscall), groups - 1, argument));
                let group = &GROUPS[groups - 1];
                assert_eq!(group.abis.map(|abis| abis.of(TEXT)), abis, "{head}");
                assert_eq!(group.kind == ConstantKind::Flags, kind == "flags", "{head}");
            }
        }
        assert!(members.next().is_none() && groups == GROUPS.len());
        heads.sort_by_key(|&(call, group, _)| (call, group));
        let found = TARGETS
            .iter()
            .map(|of| (of.syscall.unwrap(), usize::from(of.group), of.argument.of(TEXT)));
        assert!(found.eq(heads));
        for call in Syscall::all() {
            let [from, to] = [0, 1].map(|next| usize::from(STARTS[call.index() + next]));
            let of_call = TARGETS.iter().filter(|of| of.syscall == Some(call)).count();
            assert_eq!(TARGETS[from..to].len(), of_call, "{call}");
            assert!(TARGETS[from..to].iter().all(|of| of.syscall == Some(call)));
        }
        // Each group's members follow those of the group before it.
        let ends = GROUPS.iter().map(|group| group.members.1);
        assert!(GROUPS.iter().skip(1).map(|group| group.members.0).eq(ends.take(GROUPS.len() - 1)));
        assert_eq!(usize::from(GROUPS[GROUPS.len() - 1].members.1), MEMBERS.len());
    }

    #[test]
    fn a_name_or_value_is_said_once_for_an_argument() {
        for call in Syscall::all() {
            for (abi, index) in Abi::ALL.into_iter().flat_map(|abi| (0..6).map(move |i| (abi, i))) {
                let all = constants(call, abi, index);
                let names: HashSet<_> = all.iter().map(|(name, _)| name).collect();
                let values: HashSet<_> = all.iter().map(|(_, value)| value).collect();
                assert_eq!(names.len(), all.len(), "{call} {index} on {abi}: names");
                assert_eq!(values.len(), all.len(), "{call} {index} on {abi}: {all:?}");
                let groups = groups(call, abi, index);
                let flags = groups.filter(|&g| GROUPS[g].kind == ConstantKind::Flags);
                assert!(flags.count() <= 1, "{call} {index}");
            }
        }
    }

    #[test]
    fn values_by_name_and_back() {
        assert_eq!(x86_64("socket", 0, 40), Some("AF_VSOCK"));
        assert_eq!(x86_64("socket", 0, 38), Some("AF_ALG"));
        assert_eq!(x86_64("ioctl", 1, 0x5412), Some("TIOCSTI"));
        assert_eq!(x86_64("prctl", 0, 38), Some("PR_SET_NO_NEW_PRIVS"));
        assert_eq!(x86_64("personality", 0, 8), Some("PER_LINUX32"));
        assert_eq!(x86_64("personality", 0, 0xffff_ffff), Some("query"));
        assert_eq!(x86_64("ptrace", 0, 16), Some("PTRACE_ATTACH"));
        assert_eq!(x86_64("socket", 5, 40), None);
        assert_eq!(constant_value(call("socketcall"), Abi::X86, 0, "SYS_SOCKET"), Some(1));
        assert_eq!(constant_value(call("socket"), Abi::X86, 0, "AF_NONE"), None);
    }

    #[test]
    fn abis_have_their_own_values() {
        let o_direct = |abi| constant_value(call("openat"), abi, 2, "O_DIRECT");
        assert_eq!(o_direct(Abi::X86_64), Some(0x4000));
        assert_eq!(o_direct(Abi::Aarch64), Some(0x10000));
        assert_eq!(o_direct(Abi::Mipsel64), Some(0x8000));
        assert_eq!(constant_name(call("socket"), Abi::Mips, 1, 2), Some("SOCK_STREAM"));
        assert_eq!(constant_name(call("ioctl"), Abi::Ppc64le, 1, 0x5413), None);
        assert_eq!(constant_value(call("kill"), Abi::Mips, 1, "SIGSTKFLT"), None);
    }

    #[test]
    fn flags_of_clone_follow_their_argument() {
        let of = |abi, index| flag_names(call("clone"), abi, index);
        assert!(of(Abi::X86_64, 0).unwrap().contains(&(0x1000_0000, "CLONE_NEWUSER")));
        assert!(of(Abi::S390x, 1).unwrap().contains(&(0x1000_0000, "CLONE_NEWUSER")));
        assert_eq!(of(Abi::S390x, 0), None);
        assert!(of(Abi::X86_64, 0).unwrap().is_sorted());
    }

    #[test]
    fn expressions_name_every_bit_or_nothing() {
        let say = |name, index, value| constant_expression(call(name), Abi::X86_64, index, value);
        assert_eq!(say("personality", 0, 131_080).as_deref(), Some("PER_LINUX32|UNAME26"));
        assert_eq!(say("socket", 1, 0x80001).as_deref(), Some("SOCK_STREAM|SOCK_CLOEXEC"));
        assert_eq!(say("openat", 2, 0x241).as_deref(), Some("O_WRONLY|O_CREAT|O_TRUNC"));
        assert_eq!(say("unshare", 0, 0x1000_0001), None);
        assert_eq!(say("socket", 0, 99), None);
    }
}
