//! One recorded call, as far as its line tells it.

use crate::syscall::{Abi, Host, Syscall};

/// A call as it was recorded, before it is known on which machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Of what line, from 1 on.
    pub line: u64,
    /// Which call.
    pub which: Which,
    /// What is known of the ABI.
    pub abi: AbiHint,
    /// What is known of its arguments, by register; with fewer than 64 bits where less was written.
    pub args: [Option<u64>; 6],
    /// What became of it.
    pub outcome: Outcome,
    /// How often, where the line is a sum; else 1.
    pub count: u64,
    /// How many of these failed, where the line says it.
    pub errors: u64,
    /// The thread or process.
    pub pid: Option<u32>,
    /// The name of the program.
    pub command: Option<Box<str>>,
    /// Whether the other calls of its process say of how many bits the program is.
    pub(super) is_of_process: bool,
    /// Whether the tool may have named what `socketcall` or `ipc` carries, and not the call itself.
    pub(super) may_be_inner: bool,
}

impl Entry {
    /// A call of which nothing else is known.
    pub(super) fn new(which: Which) -> Entry {
        Entry {
            line: 0,
            which,
            abi: AbiHint::Unknown,
            args: [None; 6],
            outcome: Outcome::Unknown,
            count: 1,
            errors: 0,
            pid: None,
            command: None,
            is_of_process: false,
            may_be_inner: false,
        }
    }
}

/// How a line says which call it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Which {
    /// By a name that is known.
    Call(Syscall),
    /// By a number, which means something on an ABI alone; -1 is a call that a tracer skipped.
    Number(i64),
    /// By a name that is none of a system call.
    Name(Box<str>),
}

/// What a line says of the ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AbiHint {
    /// Nothing.
    Unknown,
    /// The machine's own ABI.
    Native,
    /// A program of 32 bits.
    Bits32,
    /// Which it is.
    Is(Abi),
}

/// What a line says of the end of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Nothing, or the call did not return.
    Unknown,
    /// It succeeded, with this result.
    Returned(i64),
    /// It failed with this errno in the generic numbering; 0 where only that it failed is known.
    Failed(u16),
    /// A filter answered.
    Seccomp(Answer),
}

/// What a filter was recorded to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // named for the actions
pub enum Answer {
    Kill,
    Trap,
    Errno,
    Notify,
    Trace,
    /// Logged and let through.
    Log,
    Allow,
    /// Stopped, nobody knows how.
    Blocked,
}

impl Answer {
    /// By the word that a record has (`code=0x50000` of the kernel's audit).
    pub(super) fn of_code(code: u32) -> Option<Answer> {
        match code & 0xffff_0000 {
            0x0000_0000 | 0x8000_0000 => Some(Answer::Kill),
            0x0003_0000 => Some(Answer::Trap),
            0x0005_0000 => Some(Answer::Errno),
            0x7fc0_0000 => Some(Answer::Notify),
            0x7ff0_0000 => Some(Answer::Trace),
            0x7ffc_0000 => Some(Answer::Log),
            0x7fff_0000 => Some(Answer::Allow),
            _ => None,
        }
    }

    /// By the name that tools give it: `SECCOMP_RET_ERRNO`, `kill_process`, `kill-thread`, `errno`.
    pub(super) fn of_name(name: &str) -> Option<Answer> {
        let lower = name.trim().to_ascii_lowercase();
        let word = lower.trim_start_matches("seccomp_ret_").trim_start_matches("scmp_act_");
        match word {
            "kill" | "kill_thread" | "kill_process" | "kill-thread" | "kill-process" => {
                Some(Answer::Kill)
            }
            "trap" => Some(Answer::Trap),
            "errno" => Some(Answer::Errno),
            "user_notif" | "user-notif" | "notify" => Some(Answer::Notify),
            "trace" => Some(Answer::Trace),
            "log" => Some(Answer::Log),
            "allow" => Some(Answer::Allow),
            _ => None,
        }
    }

    /// By a name whose beginning a narrow column cuts: `…_RET_LOG`, `…L_THREAD`.
    pub(super) fn of_cell(name: &str) -> Option<Answer> {
        const NAMES: [&str; 8] = [
            "SECCOMP_RET_KILL_THREAD",
            "SECCOMP_RET_KILL_PROCESS",
            "SECCOMP_RET_TRAP",
            "SECCOMP_RET_ERRNO",
            "SECCOMP_RET_USER_NOTIF",
            "SECCOMP_RET_TRACE",
            "SECCOMP_RET_LOG",
            "SECCOMP_RET_ALLOW",
        ];
        let Some(end) = name.strip_prefix('…') else { return Answer::of_name(name) };
        let mut found = NAMES.into_iter().filter(|name| name.ends_with(end));
        match (found.next(), found.next()) {
            (Some(name), None) => Answer::of_name(name),
            _ => None,
        }
    }

    /// Whether the call did not run.
    pub const fn stops(self) -> bool {
        !matches!(self, Answer::Log | Answer::Allow)
    }
}

/// A call of which everything that a profile asks for is settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The call; none for a number or name that is no call there.
    pub syscall: Option<Syscall>,
    /// By which programs.
    pub abi: Abi,
    /// On which machine.
    pub host: Host,
    /// What is known of its arguments. Of a call that carries the one that was named (`socketcall` i386's
    /// `accept`) the first alone: what was printed stands in memory.
    pub args: [Option<u64>; 6],
}
