//! What programs say when a filter stops them: Chromium, Firefox, Android, Go, Java, shells.
//!
//! Source: Chromium's `sandbox/linux/seccomp-bpf-helpers/sigsys_handlers.cc` (four decimal digits;
//! later `nr=0x..`), Firefox' `security/sandbox/linux/Sandbox.cpp`, Android's debuggerd
//! (`libdebuggerd/tombstone_proto.cpp`, `utility.cpp`), Go's `runtime/signal_unix.go`, OpenJDK's
//! `os/posix/signals_posix.cpp`.

use crate::recording::arch;
use crate::recording::context::{Context, Kind, Section};
use crate::recording::entry::{AbiHint, Answer, Entry, Outcome, Which};
use crate::recording::words;
use crate::syscall::Syscall;

pub(super) fn line(text: &str, context: &mut Context) -> Option<Kind> {
    chromium(text, context)
        .or_else(|| firefox(text, context))
        .or_else(|| android(text, context))
        .or_else(|| go(text, context))
        .or_else(|| others(text))
}

/// Go's crash (`runtime/panic.go`, `traceback.go`): the first frame that makes a call has its number and
/// its arguments, but for those with a `?`, which a register lost.
fn go(text: &str, context: &mut Context) -> Option<Kind> {
    let trimmed = text.trim();
    if trimmed == "SIGSYS: bad system call" || trimmed.starts_with("[signal SIGSYS") {
        context.section = Section::GoCrash(false);
        return Some(Kind::None);
    }
    if trimmed.starts_with("fatal error: unexpected signal") {
        return Some(Kind::None);
    }
    let Section::GoCrash(is_found) = context.section else { return None };
    let frame = ["syscall.", "unix."].iter().find_map(|package| after(trimmed, package));
    let frame = frame.and_then(|frame| frame.strip_suffix(')')?.split_once('('));
    const MAKERS: [&str; 5] =
        ["Syscall", "Syscall6", "RawSyscall", "RawSyscall6", "RawSyscallNoError"];
    if let Some((_, arguments)) = frame.filter(|(name, _)| !is_found && MAKERS.contains(name)) {
        let mut words = arguments.split(", ").map(words::number);
        if let Some(number) = words.next().flatten() {
            context.section = Section::GoCrash(true);
            let mut entry = killed(Which::Number(number as i64), AbiHint::Unknown);
            for (slot, word) in entry.args.iter_mut().zip(words) {
                *slot = word;
            }
            return Some(context.emit(entry));
        }
    }
    let is_register = || {
        let mut words = trimmed.split_ascii_whitespace();
        words.next().is_some_and(|word| word.len() <= 6)
            && words.next().is_some_and(|word| word.starts_with("0x"))
            && words.next().is_none()
    };
    let is_frame = trimmed.ends_with(')') && trimmed.contains('.') && trimmed.contains('(');
    let is_known = ["PC=", "goroutine ", "created by ", "exit status ", "runtime."]
        .iter()
        .any(|start| trimmed.starts_with(start))
        || text.starts_with('\t')
        || trimmed.starts_with('/') && trimmed.contains(".go:")
        || trimmed.starts_with('/') && trimmed.contains(".s:");
    (is_known || is_frame || is_register()).then_some(Kind::None)
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
    // What stands around the line with the call: debuggerd's tombstone.cpp, Chromium's
    // stack_trace_posix.cc, Python's faulthandler.c.
    const AROUND: [&str; 11] = [
        "Received signal ",
        "[end of stack trace]",
        "Abort message: ",
        "Build fingerprint: ",
        "Revision: '",
        "ABI: '",
        "Timestamp: ",
        "Process uptime: ",
        "Cmdline: ",
        "backtrace:",
        "Current thread 0x",
    ];
    let trimmed = text.trim();
    let is_around = AROUND.iter().any(|said| trimmed.starts_with(said))
        || trimmed.starts_with("pid: ") && trimmed.contains(", name: ")
        || trimmed.starts_with("File \"") && trimmed.contains(", line ")
        || are_registers(trimmed);
    let is_said = SAID.iter().any(|said| text.contains(said))
        || text.contains("SIGSYS") && !text.contains("syscall");
    (is_said || is_around).then_some(Kind::None)
}

/// `x0  000000000000007f  x1  0000000000000000`, ` r8: 0000000000000000  r9: 00000000000000ff`
fn are_registers(text: &str) -> bool {
    let words: Vec<&str> = text.split_ascii_whitespace().take(9).collect();
    words.len() >= 4
        && words.len().is_multiple_of(2)
        && words.chunks(2).all(|pair| {
            let (name, value) = (pair[0].trim_end_matches(':'), pair[1]);
            (2..=4).contains(&name.len())
                && name.starts_with(|c: char| c.is_ascii_lowercase())
                && matches!(value.len(), 8 | 16)
                && value.bytes().all(|b| b.is_ascii_hexdigit())
        })
}
