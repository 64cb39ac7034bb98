//! Where in `args.txt` the arguments of each call stand, found by the compiler.

use crate::syscall::facts::{Piece, next_line};
use crate::syscall::table::Syscall;

pub(super) const TEXT: &str = include_str!("../args.txt");

/// The arguments on most ABIs, by the index of the call; `None` for a call without a line.
pub(super) static USUAL: [Option<Piece>; Syscall::count()] = TABLES.0;

/// What differs on some ABIs: the call, the list of ABIs, the arguments.
pub(super) static SPECIAL: [(Option<Syscall>, Piece, Piece); SPECIAL_COUNT] = TABLES.1;

const SPECIAL_COUNT: usize = {
    let (mut count, mut at) = (0, 0);
    while at < TEXT.len() {
        // The comment before the lines has one, too.
        count += (TEXT.as_bytes()[at] == b'@') as usize;
        at += 1;
    }
    count
};

type Tables = ([Option<Piece>; Syscall::count()], [(Option<Syscall>, Piece, Piece); SPECIAL_COUNT]);

const TABLES: Tables = {
    let mut usual = [None; Syscall::count()];
    let mut special = [(None, Piece::EMPTY, Piece::EMPTY); SPECIAL_COUNT];
    let (mut rest, mut specials) = (Piece::new(0, TEXT.len()), 0);
    while let Some((line, behind)) = next_line(TEXT, rest) {
        rest = behind;
        let (head, arguments) = line.cut(TEXT, b' ');
        let arguments = match arguments {
            Some(arguments) => arguments,
            None => Piece::EMPTY,
        };
        let (name, abis) = head.cut(TEXT, b'@');
        let syscall = Syscall::from_bytes(name.of(TEXT).as_bytes());
        match (syscall, abis) {
            (_, Some(abis)) => {
                special[specials] = (syscall, abis, arguments);
                specials += 1;
            }
            (Some(syscall), None) => usual[syscall.index()] = Some(arguments),
            (None, None) => {}
        }
    }
    (usual, special)
};
