//! Where in `constants.txt` everything stands, found by the compiler.

use super::{ConstantKind, Group, Member, Target};
use crate::syscall::facts::{Piece, known_number, next_line};
use crate::syscall::table::Syscall;

pub(super) const TEXT: &str = include_str!("../constants.txt");

/// Constants that belong together, in the order of the text.
pub(super) static GROUPS: [Group; COUNTS.0] = TABLES.0;

/// The arguments of which groups are, by call, and of each in the order of the groups.
pub(super) static TARGETS: [Target; COUNTS.1] = BY_CALL.0;

/// Where in `TARGETS` those of each call begin, by its index, and where the last end.
pub(super) static STARTS: [u16; Syscall::count() + 1] = BY_CALL.1;

const BY_CALL: ([Target; COUNTS.1], [u16; Syscall::count() + 1]) = {
    let (found, mut starts) = (TABLES.1, [0; Syscall::count() + 1]);
    let mut at = 0;
    while at < found.len() {
        if let Some(syscall) = found[at].syscall {
            starts[syscall.index() + 1] += 1;
        }
        at += 1;
    }
    at = 1;
    while at < starts.len() {
        starts[at] += starts[at - 1];
        at += 1;
    }
    let (mut targets, mut next) = (found, starts);
    at = 0;
    while at < found.len() {
        // A call that there is not comes at the end, and a test finds it.
        let call = match found[at].syscall {
            Some(syscall) => syscall.index(),
            None => Syscall::count(),
        };
        targets[next[call] as usize] = found[at];
        next[call] += 1;
        at += 1;
    }
    (targets, starts)
};

/// The constants of all groups, one group after the other.
pub(super) static MEMBERS: [Member; COUNTS.2] = TABLES.2;

/// How many groups, targets and members the text has.
const COUNTS: (usize, usize, usize) = {
    let (mut groups, mut targets, mut members) = (0, 0, 0);
    let (mut rest, mut was_head) = (Piece::new(0, TEXT.len()), false);
    while let Some((line, behind)) = next_line(TEXT, rest) {
        rest = behind;
        match head(line) {
            Some((_, list, _)) => {
                groups += !was_head as usize;
                targets += words(list);
                was_head = true;
            }
            None => {
                members += words(line);
                was_head = false;
            }
        }
    }
    (groups, targets, members)
};

type Tables = ([Group; COUNTS.0], [Target; COUNTS.1], [Member; COUNTS.2]);

const TABLES: Tables = {
    let none = Group { kind: ConstantKind::Value, abis: None, members: (0, 0) };
    let mut groups = [none; COUNTS.0];
    let mut targets = [Target { syscall: None, argument: Piece::EMPTY, group: 0 }; COUNTS.1];
    let mut members = [Member { name: Piece::EMPTY, value: 0, exceptions: Piece::EMPTY }; COUNTS.2];
    let (mut of_groups, mut of_targets, mut of_members) = (0, 0, 0);
    let (mut rest, mut was_head) = (Piece::new(0, TEXT.len()), false);
    while let Some((line, behind)) = next_line(TEXT, rest) {
        rest = behind;
        let mut words = Some(line);
        let head = head(line);
        if let Some((kind, list, abis)) = head {
            // Several heads in a row are one group.
            if !was_head {
                let members = (of_members as u16, of_members as u16);
                groups[of_groups] = Group { kind, abis, members };
                of_groups += 1;
            }
            words = Some(list);
        }
        was_head = head.is_some();
        while let Some(list) = words {
            let (word, behind) = list.cut(TEXT, b' ');
            words = behind;
            if was_head {
                let (call, argument) = word.cut(TEXT, b'.');
                let syscall = Syscall::from_bytes(call.of(TEXT).as_bytes());
                let argument = match argument {
                    Some(argument) => argument,
                    None => Piece::EMPTY,
                };
                targets[of_targets] = Target { syscall, argument, group: of_groups as u16 - 1 };
                of_targets += 1;
            } else {
                members[of_members] = member(word);
                of_members += 1;
                groups[of_groups - 1].members.1 = of_members as u16;
            }
        }
    }
    (groups, targets, members)
};

/// The kind of a group, its arguments, and its ABIs where they are not all; `None` for a line of
/// members.
const fn head(line: Piece) -> Option<(ConstantKind, Piece, Option<Piece>)> {
    let (sign, rest) = line.cut(TEXT, b' ');
    let Some(rest) = rest else { return None };
    let [b'@'] = sign.of(TEXT).as_bytes() else { return None };
    let (kind, rest) = rest.cut(TEXT, b' ');
    let kind = match kind.of(TEXT).as_bytes() {
        b"flags" => ConstantKind::Flags,
        _ => ConstantKind::Value,
    };
    let rest = match rest {
        Some(rest) => rest,
        None => Piece::EMPTY,
    };
    // ` on ` and the ABIs are at the end.
    let mut words = Some(rest);
    while let Some(list) = words {
        let (word, behind) = list.cut(TEXT, b' ');
        if let (b"on", Some(abis)) = (word.of(TEXT).as_bytes(), behind) {
            return Some((kind, rest.before(word), Some(abis)));
        }
        words = behind;
    }
    Some((kind, rest, None))
}

const fn words(list: Piece) -> usize {
    let (mut words, mut rest) = (0, Some(list));
    while let Some(list) = rest {
        words += 1;
        rest = list.cut(TEXT, b' ').1;
    }
    words
}

/// `NAME=number;abis=number;...`
const fn member(word: Piece) -> Member {
    let (usual, exceptions) = word.cut(TEXT, b';');
    let (name, value) = usual.cut(TEXT, b'=');
    let value = match value {
        Some(value) => known_number(value.of(TEXT)),
        None => 0,
    };
    let exceptions = match exceptions {
        Some(exceptions) => exceptions,
        None => Piece::EMPTY,
    };
    Member { name, value, exceptions }
}
