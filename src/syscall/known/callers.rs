//! Who asks for a system call first, and what becomes of the program where a filter says no: the
//! facts of `callers.tsv`.
//!
//! Programs try a new call and go on without it where the kernel does not know it, which they tell
//! by the error. Which errors they take for that differs: glibc takes `ENOSYS` alone for `clone3`,
//! and makes no thread on `EPERM`.

use crate::syscall::facts::lines;
use crate::syscall::table::Syscall;
use crate::syscall::values::errno::{errno_name, errno_number};
use std::sync::OnceLock;

/// One program that tries a call first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The call.
    pub syscall: Syscall,
    /// Who tries it: `glibc`, `coreutils' ls`.
    pub program: &'static str,
    /// From which of its versions on, where that is known: `2.34`.
    pub since: Option<&'static str>,
    /// What it does on an error that it bears: `clone`, `/dev/urandom`. None: it does without.
    pub instead: Option<&'static str>,
    /// What is lost on an error that it does not bear, in a sentence. None where it bears any.
    pub fails: Option<&'static str>,
    /// The case of the tests that shows it on the real program.
    pub measured: Option<&'static str>,
    /// Files of the program's source, or a public report.
    pub source: &'static str,
    bears: &'static str,
    older: &'static str,
}

/// What becomes of a program whose call is blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// It goes on, and needs nothing in place of the call.
    DoesWithout,
    /// It does something else instead.
    FallsBack,
    /// What it wanted fails.
    Fails,
}

impl Caller {
    /// The program with its version: `glibc ≥ 2.34`.
    pub fn name(&self) -> String {
        self.since.map_or(self.program.to_owned(), |since| format!("{} ≥ {since}", self.program))
    }

    /// Whether it goes on after every error.
    pub fn bears_any(&self) -> bool {
        self.bears == "any"
    }

    /// The errors after which it goes on, by name, where they are not all: those that filters give
    /// come first.
    pub fn bears(&self) -> impl Iterator<Item = &'static str> {
        self.bears.split(',').filter(|name| !matches!(*name, "any" | "none"))
    }

    /// What becomes of it where the call gives this error, in the generic numbering.
    pub fn fate(&self, errno: u16) -> Fate {
        let is_borne = || errno_name(errno).is_some_and(|name| self.bears().any(|n| n == name));
        match (self.bears_any() || is_borne(), self.instead) {
            (false, _) => Fate::Fails,
            (true, None) => Fate::DoesWithout,
            (true, Some(_)) => Fate::FallsBack,
        }
    }

    /// The calls of which one must be let through for what it does instead, or that did the work
    /// before this version.
    pub fn older(&self) -> impl Iterator<Item = Syscall> {
        self.older.split(',').filter_map(Syscall::from_name)
    }
}

impl Fate {
    /// The word in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Fate::DoesWithout => "does-without",
            Fate::FallsBack => "falls-back",
            Fate::Fails => "fails",
        }
    }
}

/// Every program that is known to try a call first, in the order of the table.
pub fn callers(syscall: Syscall) -> impl Iterator<Item = &'static Caller> {
    let all = all_callers();
    let [from, to] = [
        all.partition_point(|caller| caller.syscall < syscall),
        all.partition_point(|caller| caller.syscall <= syscall),
    ];
    all[from..to].iter()
}

/// The whole table, by call.
pub fn all_callers() -> &'static [Caller] {
    static CALLERS: OnceLock<Vec<Caller>> = OnceLock::new();
    CALLERS.get_or_init(|| lines(include_str!("../callers.tsv")).filter_map(caller).collect())
}

/// A line of the table. A test holds that every line is one.
fn caller(line: &'static str) -> Option<Caller> {
    let some = |field: &'static str| (field != "-").then_some(field);
    let mut fields = line.split('\t');
    let mut next = || fields.next();
    Some(Caller {
        syscall: Syscall::from_name(next()?)?,
        program: next()?,
        since: some(next()?),
        bears: next()?,
        instead: some(next()?),
        older: next()?,
        fails: some(next()?),
        measured: some(next()?),
        source: next()?,
    })
}

/// The number of `ENOSYS` in the generic numbering: the error that nearly all of them bear.
pub fn enosys() -> u16 {
    errno_number("ENOSYS").unwrap_or(38)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_fact() {
        let text = include_str!("../callers.tsv");
        assert_eq!(lines(text).count(), all_callers().len());
        assert!(lines(text).all(|line| line.split('\t').count() == 9));
        let calls: Vec<&str> = all_callers().iter().map(|c| c.syscall.name()).collect();
        assert!(calls.is_sorted());
        let known: std::collections::BTreeSet<&str> = calls.into_iter().collect();
        assert!(known.len() >= 35, "{}", known.len());
        for caller in all_callers() {
            assert!(caller.bears().all(|name| errno_number(name).is_some()), "{caller:?}");
            assert_eq!(caller.fails.is_none(), caller.bears_any(), "{caller:?}");
            let older = caller.older.split(',').filter(|name| *name != "-").count();
            assert_eq!(caller.older().count(), older, "{caller:?}");
            assert!(!caller.source.is_empty() && caller.source != "-", "{caller:?}");
            let sentences = [caller.fails, caller.instead, Some(caller.source)];
            assert!(sentences.into_iter().flatten().all(|text| !text.ends_with('.')));
        }
        let twins = |a: &Caller, b: &Caller| a.syscall == b.syscall && a.program == b.program;
        for (at, caller) in all_callers().iter().enumerate() {
            assert!(all_callers()[..at].iter().all(|other| !twins(other, caller)), "{caller:?}");
        }
    }

    #[test]
    fn what_becomes_of_them() {
        let fate = |call, program: &str, errno| {
            let mut found = callers(Syscall::from_name(call).unwrap());
            found.find(|caller| caller.program == program).unwrap().fate(errno)
        };
        assert_eq!(fate("clone3", "glibc", 1), Fate::Fails);
        assert_eq!(fate("clone3", "glibc", enosys()), Fate::FallsBack);
        assert_eq!(fate("rseq", "glibc", 1), Fate::DoesWithout);
        assert_eq!(fate("newfstatat", "glibc", enosys()), Fate::Fails);
        assert_eq!(fate("getrandom", "Python", 13), Fate::Fails);
        assert_eq!(fate("getrandom", "Python", 1), Fate::FallsBack);
    }
}
