//! Of how many bits a program is, where no line says it.
//!
//! strace writes its remark on it to standard error, also where the calls go to a file (`-o`). But few
//! programs are made of calls alone that both kinds have: `mmap2` is made by 32 bits, `newfstatat` by 64.
//! So the calls of a process wait until one of them tells, or until it becomes another
//! program.

use super::context::Context;
use super::deduce;
use super::entry::{AbiHint, Entry, Outcome, Which};
use crate::syscall::{Abi, arg_name};
use rustc_hash::FxHashMap;

/// How many calls of one process wait.
const OF_ONE: usize = 512;
/// How many calls wait in all.
const OF_ALL: usize = 65_536;

/// The calls that wait.
#[derive(Debug, Default)]
pub(super) struct Widths {
    waiting: FxHashMap<u32, Waiting>,
    count: usize,
    /// Whether a call came before.
    is_begun: bool,
}

/// Those of one process.
#[derive(Debug)]
struct Waiting {
    /// By ABI: whether it has every call.
    possible: u32,
    entries: Vec<Entry>,
}

impl Widths {
    /// Takes a call, and gives those that need to wait no longer.
    pub(super) fn add(&mut self, entry: Entry, context: &mut Context, out: &mut Vec<Entry>) {
        if !entry.is_of_process {
            out.push(entry);
            return;
        }
        let pid = entry.pid;
        let is_new_program = matches!(entry.outcome, Outcome::Returned(0))
            && matches!(&entry.which, Which::Call(call) if matches!(call.name(), "execve" | "execveat"));
        if entry.abi == AbiHint::Unknown {
            self.wait(entry, context, out);
        } else {
            out.push(entry);
        }
        // The first of all is made by the tool, which is likely made for the machine as the program is.
        if is_new_program && self.is_begun {
            self.end(pid, context, out);
        }
        self.is_begun = true;
    }

    /// A process ended, or became another program.
    pub(super) fn end(&mut self, pid: Option<u32>, context: &mut Context, out: &mut Vec<Entry>) {
        if let Some(waiting) = self.waiting.remove(&pid.unwrap_or(0)) {
            self.count -= waiting.entries.len();
            out.extend(waiting.entries);
        }
        context.forget_mode(pid);
    }

    /// What still waits at the end.
    pub(super) fn finish(&mut self) -> Vec<Entry> {
        self.count = 0;
        let mut rest: Vec<Entry> = self.waiting.drain().flat_map(|(_, of)| of.entries).collect();
        rest.sort_by_key(|entry| entry.line);
        rest
    }

    fn wait(&mut self, entry: Entry, context: &mut Context, out: &mut Vec<Entry>) {
        let pid = entry.pid;
        let of = self.waiting.entry(pid.unwrap_or(0)).or_insert_with(|| Waiting {
            possible: context.abis(AbiHint::Unknown).iter().fold(0, |set, &abi| set | bit(abi)),
            entries: Vec::new(),
        });
        let having = having(&entry);
        // Of another machine than the likely ones.
        let possible = if of.possible & having == 0 { having } else { of.possible & having };
        of.possible = possible;
        of.entries.push(entry);
        self.count += 1;
        let hint = if of.possible & NARROW == 0 {
            AbiHint::Native
        } else if of.possible & !NARROW == 0 {
            AbiHint::Bits32
        } else if of.entries.len() >= OF_ONE {
            AbiHint::Unknown
        } else {
            if self.count >= OF_ALL {
                out.extend(self.finish());
            }
            return;
        };
        let entries = std::mem::take(&mut of.entries);
        self.count -= entries.len();
        if hint != AbiHint::Unknown {
            self.waiting.remove(&pid.unwrap_or(0));
            context.deduce_mode(pid, hint);
        }
        out.extend(entries.into_iter().map(|entry| {
            // What strace shows of the oldest `mmap` stands in memory.
            let is_old = hint == AbiHint::Bits32
                && matches!(&entry.which, Which::Call(call) if call.name() == "mmap")
                && context.abis(hint).iter().all(|&abi| {
                    matches!(&entry.which, Which::Call(call) if arg_name(*call, abi, 1).is_none())
                });
            let args = if is_old { [None; 6] } else { entry.args };
            Entry { abi: hint, args, ..entry }
        }));
    }
}

const fn bit(abi: Abi) -> u32 {
    1 << abi as u32
}

/// The ABIs whose registers have 32 bits.
const NARROW: u32 = {
    let (mut set, mut at) = (0, 0);
    while at < Abi::ALL.len() {
        if Abi::ALL[at].has_32bit_registers() {
            set |= bit(Abi::ALL[at]);
        }
        at += 1;
    }
    set
};

/// The ABIs that have the call as it was written.
fn having(entry: &Entry) -> u32 {
    let Which::Call(syscall) = entry.which else { return u32::MAX };
    Abi::ALL.into_iter().filter(|&abi| deduce::has(syscall, abi)).fold(0, |set, abi| set | bit(abi))
}
