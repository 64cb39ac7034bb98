//! Calls as often as they were made.

use super::context::Kind;
use super::deduce::{Deduction, Ground};
use super::entry::{AbiHint, Entry, Outcome, Which};
use crate::syscall::{Abi, Host, Syscall};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// A whole recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// Calls with how often they were made.
    pub calls: BTreeMap<Seen, Tally>,
    /// Names and numbers that are no system call, with how often they were met.
    pub unknown: BTreeMap<String, u64>,
    /// What became of the lines.
    pub lines: Lines,
    /// On which host, and how that is known.
    pub host: (Host, Ground),
    /// The hosts that records name: more than one where recordings of several machines were joined.
    pub named: Vec<Host>,
}

/// A recorded call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    /// Which.
    pub syscall: Syscall,
    /// By which programs.
    pub abi: Abi,
    /// What is known of its arguments.
    pub args: [Option<u64>; 6],
}

/// How often a call was made, and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// In all.
    pub count: u64,
    /// By its end, in which every success is one.
    pub outcomes: BTreeMap<Outcome, u64>,
}

impl Tally {
    /// Adds another.
    pub fn join(&mut self, other: &Tally) {
        self.count = self.count.saturating_add(other.count);
        for (&outcome, count) in &other.outcomes {
            *self.outcomes.entry(outcome).or_insert(0) += count;
        }
    }
}

/// How many lines were what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// Lines with calls.
    pub calls: u64,
    /// Lines that are known to hold none.
    pub none: u64,
    /// Lines that go on with a call before.
    pub continuations: u64,
    /// Lines that nobody understood.
    pub not_understood: u64,
    /// The first of these, by number and with their beginning.
    pub first: Vec<(u64, String)>,
}

impl Lines {
    /// How many of those that were not understood are shown.
    const SHOWN: usize = 3;

    /// All of them.
    pub const fn total(&self) -> u64 {
        self.calls + self.none + self.continuations + self.not_understood
    }

    /// Adds those of another recording.
    pub(super) fn join(&mut self, other: &Lines) {
        self.calls += other.calls;
        self.none += other.none;
        self.continuations += other.continuations;
        self.not_understood += other.not_understood;
        let room = Lines::SHOWN.saturating_sub(self.first.len());
        self.first.extend(other.first.iter().take(room).cloned());
    }

    /// Whether more than a tenth was not understood.
    pub const fn is_doubtful(&self) -> bool {
        self.not_understood > self.total() / 10
    }

    /// So many lines were taken for calls, and are of something else.
    pub(super) fn take_back(&mut self, count: u64) {
        self.calls = self.calls.saturating_sub(count);
        self.not_understood += count;
    }

    /// A line that was taken for a part of one to come is one by itself.
    pub(super) fn ended(&mut self, kind: Kind, line: u64, text: &str) {
        self.continuations = self.continuations.saturating_sub(1);
        self.count(kind, line, text);
    }

    pub(super) fn count(&mut self, kind: Kind, line: u64, text: &str) {
        match kind {
            Kind::Calls => self.calls += 1,
            Kind::None => self.none += 1,
            Kind::Continuation => self.continuations += 1,
            Kind::NotUnderstood => {
                self.not_understood += 1;
                if self.first.len() < Lines::SHOWN {
                    self.first.push((line, text.chars().take(120).collect()));
                }
            }
        }
    }
}

/// How many different arguments of one call are kept.
const KEPT: usize = 1024;
/// How many values one argument may have then.
const VALUES: usize = 128;
/// How many unknown names are kept.
const UNKNOWN: usize = 4096;

/// With [`Entry::may_be_inner`].
type Key = (Which, AbiHint, bool);
type Args = [Option<u64>; 6];

/// What is counted before the machine is known.
#[derive(Debug, Default)]
pub(super) struct Tallies {
    calls: FxHashMap<Key, FxHashMap<Args, Tally>>,
    open: FxHashMap<Key, u8>,
}

impl Tallies {
    pub(super) fn add(&mut self, entry: Entry) {
        let outcome = match entry.outcome {
            Outcome::Returned(_) => Outcome::Returned(0),
            other => other,
        };
        let mut key = (entry.which, entry.abi, entry.may_be_inner);
        if self.calls.len() >= UNKNOWN && !self.calls.contains_key(&key) {
            key = (Which::Name("...".into()), AbiHint::Unknown, false);
        }
        let mut args = entry.args;
        if let Some(&open) = self.open.get(&key) {
            close(&mut args, open);
        }
        let of = self.calls.entry(key.clone()).or_default();
        let tally = of.entry(args).or_default();
        tally.count = tally.count.saturating_add(entry.count);
        let failed = entry.errors.min(entry.count);
        for (outcome, count) in [(outcome, entry.count - failed), (Outcome::Failed(0), failed)] {
            if count > 0 {
                *tally.outcomes.entry(outcome).or_insert(0) += count;
            }
        }
        if of.len() > KEPT {
            self.narrow(&key);
        }
    }

    /// Leaves arguments out that have too many values, as addresses do: they count as not recorded.
    fn narrow(&mut self, key: &Key) {
        let Some(of) = self.calls.get_mut(key) else { return };
        let mut values = [const { BTreeSet::new() }; 6];
        for args in of.keys() {
            for (values, value) in values.iter_mut().zip(args) {
                values.extend(*value);
            }
        }
        let most = values.iter().map(BTreeSet::len).max().unwrap_or(0);
        let bound = most.min(VALUES);
        let open = (0..6).filter(|&i| values[i].len() >= bound).fold(0, |set, i| set | 1 << i);
        let open = self.open.entry(key.clone()).and_modify(|old| *old |= open).or_insert(open);
        for (mut args, tally) in std::mem::take(of) {
            close(&mut args, *open);
            of.entry(args).or_default().join(&tally);
        }
    }

    pub(super) fn settle(self, deduction: Deduction, lines: Lines) -> Recording {
        let mut calls: BTreeMap<Seen, Tally> = BTreeMap::new();
        let mut unknown = BTreeMap::new();
        for ((which, abi, may_be_inner), of) in self.calls {
            let mut entry = Entry { abi, may_be_inner, ..Entry::new(which) };
            for (args, tally) in of {
                entry.args = args;
                let settled = deduction.settle(&entry);
                match settled.syscall {
                    Some(syscall) => {
                        let seen = Seen { syscall, abi: settled.abi, args: settled.args };
                        calls.entry(seen).or_default().join(&tally);
                    }
                    None => {
                        let name = match &entry.which {
                            Which::Name(name) => name.to_string(),
                            Which::Number(number) => format!("{number} on {}", settled.abi.name()),
                            Which::Call(syscall) => syscall.to_string(),
                        };
                        *unknown.entry(name).or_insert(0) += tally.count;
                    }
                }
            }
        }
        Recording { calls, unknown, lines, host: deduction.host(), named: deduction.named() }
    }
}

/// Leaves out the arguments of these bits.
fn close(args: &mut Args, open: u8) {
    for (index, arg) in args.iter_mut().enumerate() {
        if open >> index & 1 == 1 {
            *arg = None;
        }
    }
}
