//! Calls that were recorded: by `strace -f`, by the kernel's audit, or as a list of names.

use super::Call;
use super::call::traced;
use crate::decision::var::Group;
use crate::decision::{Store, TooLarge};
use crate::profile::Action;
use crate::semantics::{self, Policy};
use crate::syscall::{Abi, Host, Syscall, arg_name, numbers};
use std::collections::BTreeMap;

/// A recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// Calls with how often they were made.
    pub calls: BTreeMap<Seen, usize>,
    /// Names that are no system call, with how often they were met.
    pub unknown: BTreeMap<String, usize>,
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

/// A recorded call and what a profile does to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The call.
    pub seen: Seen,
    /// How often.
    pub count: usize,
    /// What it gets: several actions where that hangs on what was not recorded.
    pub actions: Vec<Action>,
}

impl Recorded {
    /// Whether the profile lets it through, whatever was not recorded.
    pub fn passes(&self) -> bool {
        self.actions.iter().all(|action| action.lets_through())
    }
}

/// Reads a recording, each line by itself: `[pid 7] openat(AT_FDCWD, "x", O_RDONLY) = 3`,
/// `type=SECCOMP ... arch=c000003e syscall=165 ...`, or `mount`. `abi` is that of programs for which
/// the line names none.
pub fn read(text: &str, abi: Abi) -> Trace {
    let mut trace = Trace::default();
    for line in text.lines().map(str::trim) {
        if let Some(seen) = audit(line) {
            *trace.calls.entry(seen).or_insert(0) += 1;
        } else if let Some((name, arguments)) = strace(line) {
            match Syscall::from_name(name) {
                Some(syscall) => {
                    let mut args = [None; 6];
                    for (place, word) in split(arguments).into_iter().enumerate() {
                        // `clone(child_stack=NULL, flags=...)`: strace's order is not the kernel's.
                        let (index, word) = match named(syscall, abi, word) {
                            Some(named) => named,
                            None if word.contains('=') => continue,
                            None => (place, word),
                        };
                        if let Some(slot) = args.get_mut(index) {
                            *slot = traced(syscall, abi, index, word);
                        }
                    }
                    *trace.calls.entry(Seen { syscall, abi, args }).or_insert(0) += 1;
                }
                None => *trace.unknown.entry(name.to_owned()).or_insert(0) += 1,
            }
        }
    }
    trace
}

/// What a policy does to the recorded calls on a host.
///
/// # Errors
/// A bound of the store.
pub fn judge(
    store: &mut Store,
    policy: &Policy,
    host: Host,
    trace: &Trace,
) -> Result<Vec<Recorded>, TooLarge> {
    let mut recorded: BTreeMap<Seen, Recorded> = BTreeMap::new();
    for (&seen, &count) in &trace.calls {
        let Some(number) = seen.syscall.number(seen.abi) else { continue };
        let Some(abi) = policy.abi(host, seen.abi) else { continue };
        let decision = abi.decision(number);
        // Calls that differ in what the profile does not look at are one.
        let mut args = [None; 6];
        for (index, arg) in (0..).zip(&mut args) {
            if store.asks(decision, Group::Arg(index)) {
                *arg = seen.args[usize::from(index)];
            }
        }
        let seen = Seen { args, ..seen };
        let call = Call { syscall: seen.syscall, args };
        let fixed = call.fix(store, decision)?;
        let actions = store.leaves(fixed).into_iter().map(semantics::action).collect();
        let new = Recorded { seen, count: 0, actions };
        recorded.entry(seen).or_insert(new).count += count;
    }
    Ok(recorded.into_values().collect())
}

/// The name of the call and the text of its arguments.
fn strace(line: &str) -> Option<(&str, &str)> {
    let mut rest = line;
    if let Some(inner) = rest.strip_prefix("[pid") {
        rest = inner.split_once(']')?.1.trim_start();
    }
    // `-f` without a terminal puts the number of the process first, `-t` and `-r` the time.
    while let Some((first, behind)) = rest.split_once(char::is_whitespace)
        && first.starts_with(|c: char| c.is_ascii_digit())
    {
        rest = behind.trim_start();
    }
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let (name, behind) = rest.split_at(end);
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    match behind.strip_prefix('(') {
        Some(arguments) => Some((name, arguments)),
        // A list of names: nothing but the name, or a count behind it.
        None if behind.trim().bytes().all(|b| b.is_ascii_digit() || b == b',') => Some((name, "")),
        None => None,
    }
}

/// The argument that strace names, and its value.
fn named(syscall: Syscall, abi: Abi, word: &str) -> Option<(usize, &str)> {
    let (name, value) = word.split_once('=')?;
    let index = (0..6).find(|&index| arg_name(syscall, abi, index) == Some(name))?;
    Some((usize::from(index), value))
}

/// The arguments, split at the commas that are in no string, structure or array.
fn split(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let (mut depth, mut start, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            _ if in_string => {}
            '(' | '[' | '{' => depth += 1,
            ')' if depth == 0 => {
                words.push(text[start..at].trim());
                return words;
            }
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                words.push(text[start..at].trim());
                start = at + 1;
            }
            '<' if depth == 0 && text[at..].starts_with("<unfinished") => {
                words.push(text[start..at].trim());
                return words;
            }
            _ => {}
        }
    }
    words
}

/// A line of the kernel's audit: `arch` is the number of `linux/audit.h`.
fn audit(line: &str) -> Option<Seen> {
    if !line.contains("type=SECCOMP") && !line.contains("type=1326") {
        return None;
    }
    let field = |name: &str| {
        line.split_ascii_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    };
    let arch = u32::from_str_radix(field("arch")?, 16).ok()?;
    let number: u32 = field("syscall")?.parse().ok()?;
    let abi = match (arch, number >> 30 & 1) {
        (0xc000_003e, 1) => Abi::X32,
        (0xc000_003e, _) => Abi::X86_64,
        (0x4000_0003, _) => Abi::X86,
        (0xc000_00b7, _) => Abi::Aarch64,
        (0x4000_0028, _) => Abi::Arm,
        (0xc000_0015, _) => Abi::Ppc64le,
        (0x8000_0016, _) => Abi::S390x,
        (0x0000_0016, _) => Abi::S390,
        (0xc000_00f3, _) => Abi::Riscv64,
        (0xc000_0102, _) => Abi::Loongarch64,
        _ => return None,
    };
    let known = numbers(abi);
    let place = known.binary_search_by_key(&number, |&(number, _)| number).ok()?;
    Some(Seen { syscall: known[place].1, abi, args: [None; 6] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(line: &str) -> (String, [Option<u64>; 6]) {
        let trace = read(line, Abi::X86_64);
        let (seen, _) = trace.calls.iter().next().unwrap();
        (seen.syscall.name().to_owned(), seen.args)
    }

    #[test]
    fn lines_of_strace() {
        let (name, args) = one("[pid  12] socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0) = 3");
        assert_eq!((&*name, &args[..3]), ("socket", &[Some(1), Some(0x80001), Some(0)][..]));
        let (name, args) = one("7 openat(AT_FDCWD, \"a,\\\"b)\", O_RDONLY) = -1 ENOENT");
        assert_eq!((&*name, args[1]), ("openat", None));
        assert_eq!(one("12:00:01.5 wait4(-1,  <unfinished ...>").1[0], Some(u64::MAX));
        let clone =
            "7 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f) = 8";
        assert_eq!(one(clone).1[0], Some(0x0100_0011));
        assert_eq!(one("getpid()                     = 7").0, "getpid");
        assert!(read("<... wait4 resumed>) = 7", Abi::X86_64).calls.is_empty());
        assert!(read("--- SIGCHLD {si_signo=SIGCHLD} ---", Abi::X86_64).calls.is_empty());
        assert!(read("+++ exited with 0 +++", Abi::X86_64).calls.is_empty());
    }

    #[test]
    fn lines_of_the_audit_and_names() {
        let line =
            "type=SECCOMP msg=audit(1.2:3): auid=0 sig=31 arch=c000003e syscall=165 compat=0";
        assert_eq!(one(line).0, "mount");
        assert_eq!(one("keyctl").0, "keyctl");
        assert_eq!(read("keyctll\n", Abi::X86_64).unknown.len(), 1);
    }
}
