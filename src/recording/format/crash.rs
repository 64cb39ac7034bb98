//! What programs say when a filter stops them: Chromium, Firefox, Android, Go, Java, shells.
//!
//! Source: Chromium's `sandbox/linux/seccomp-bpf-helpers/sigsys_handlers.cc` (four decimal digits;
//! later `nr=0x..`), Firefox' `security/sandbox/linux/Sandbox.cpp`, Android's debuggerd
//! (`libdebuggerd/tombstone_proto.cpp`, `utility.cpp`), Go's `runtime/signal_unix.go`, OpenJDK's
//! `os/posix/signals_posix.cpp`.

use crate::recording::arch;
use crate::recording::context::{Context, Kind};
use crate::recording::entry::{AbiHint, Answer, Entry, Outcome, Which};
use crate::recording::words;
use crate::syscall::Syscall;

pub(super) fn line(text: &str, context: &mut Context) -> Option<Kind> {
    chromium(text, context)
        .or_else(|| firefox(text, context))
        .or_else(|| android(text, context))
        .or_else(|| others(text))
}

fn after<'a>(text: &'a str, words: &str) -> Option<&'a str> {
    Some(&text[text.find(words)? + words.len()..])
}

/// The digits at the start.
fn digits(text: &str) -> Option<i64> {
    let text = text.trim_start();
    text[..text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len())].parse().ok()
}

fn killed(which: Which, abi: AbiHint) -> Entry {
    Entry { abi, outcome: Outcome::Seccomp(Answer::Kill), ..Entry::new(which) }
}

fn chromium(text: &str, context: &mut Context) -> Option<Kind> {
    let rest = after(text, "seccomp-bpf failure in ")?;
    let Some(rest) = rest.strip_prefix("syscall ") else {
        // `... in clone()`
        let syscall = Syscall::from_name(&rest[..rest.find("()")?])?;
        return Some(context.emit(killed(Which::Call(syscall), AbiHint::Unknown)));
    };
    let Some(fields) = rest.strip_prefix("nr=") else {
        // Decimal, with zeros before it.
        return Some(context.emit(killed(Which::Number(digits(rest)?), AbiHint::Unknown)));
    };
    let mut fields = fields.split_ascii_whitespace();
    let number = words::number(fields.next()?)? as i64;
    let mut entry = killed(Which::Number(number), AbiHint::Unknown);
    for field in fields {
        let Some((name, value)) = field.split_once('=') else { continue };
        // From 1 on.
        let index = name.strip_prefix("arg").and_then(|index| index.parse::<usize>().ok());
        let slot = index.and_then(|index| entry.args.get_mut(index.checked_sub(1)?));
        if let Some(slot) = slot {
            *slot = words::number(value);
        }
    }
    Some(context.emit(entry))
}

fn firefox(text: &str, context: &mut Context) -> Option<Kind> {
    let rest = after(text, "seccomp sandbox violation: ")?;
    let number = digits(after(rest, "syscall ")?)?;
    let mut entry = killed(Which::Number(number), AbiHint::Unknown);
    entry.pid = after(rest, "pid ").and_then(digits).and_then(|pid| pid.try_into().ok());
    let arguments = after(rest, "args ").unwrap_or("");
    for (slot, word) in entry.args.iter_mut().zip(arguments.split(' ')) {
        *slot = words::number(word.trim_end_matches('.'));
    }
    Some(context.emit(entry))
}

fn android(text: &str, context: &mut Context) -> Option<Kind> {
    let rest = after(text, "seccomp prevented call to disallowed ")?;
    let (word, rest) = rest.split_once(' ')?;
    let abi = arch::of_word(word).map_or(AbiHint::Unknown, AbiHint::Is);
    let number = digits(rest.strip_prefix("system call ")?)?;
    Some(context.emit(killed(Which::Number(number), abi)))
}

/// Lines that say that it was a filter, and not which call.
fn others(text: &str) -> Option<Kind> {
    const SAID: [&str; 10] = [
        "SIGSYS: bad system call",
        "Bad system call",
        "bad system call",
        "signal 31 (SIGSYS)",
        "SIGSYS (0x1f) at pc=",
        "si_signo: 31 (SIGSYS)",
        "status=31/SYS",
        "Received signal 31 SYS_SECCOMP",
        "SIGSYS (31)",
        "*** *** ***",
    ];
    SAID.iter().any(|said| text.contains(said)).then_some(Kind::None)
}
