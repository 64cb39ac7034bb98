//! strace, with any of its usual options, and its table of sums (`-c`).
//!
//! Source: strace's `syscall.c` (`print_syscall_resume`, `tprints_arg_begin`), `strace.c`
//! (`printleader`, `print_event_exit`), `count.c` (`call_summary_pers`).

mod leader;
mod sums;

use crate::recording::arch;
use crate::recording::context::{Context, Kind, Tool, with_outcome};
use crate::recording::entry::{AbiHint, Answer, Entry, Outcome, Which};
use crate::recording::words;
use crate::syscall::{Abi, Multiplexer, Syscall};
use leader::Leader;

pub(super) fn line(text: &str, context: &mut Context) -> Option<Kind> {
    let text = text.trim();
    if let Some(kind) = remark(text, context) {
        return Some(kind);
    }
    if let Some(kind) = sums::line(text, context) {
        return Some(kind);
    }
    let (leader, rest) = leader::read(text);
    // The time and the number of the call (`-t`, `-n`) stand before a remark, too.
    if rest.starts_with("[ Process PID=")
        && let Some(kind) = remark(rest, context)
    {
        return Some(kind);
    }
    let pid = leader.pid.unwrap_or(0);
    if rest.starts_with("+++ ") && rest.ends_with("+++") {
        let is_killed = rest.contains("killed by SIGSYS");
        context.let_go(pid, is_killed.then_some(Answer::Kill));
        context.gone(leader.pid);
        return Some(Kind::None);
    }
    if rest.starts_with("--- ") && rest.ends_with("---") {
        return Some(signal(rest, &leader, context));
    }
    // A process died before strace could ask which call it made.
    if rest.starts_with("????(") || rest.starts_with("???(") || rest.starts_with("<... ???") {
        return Some(Kind::None);
    }
    if let Some(inner) = rest.strip_prefix("<... ") {
        context.let_go(pid, None);
        return resumed(inner, leader, context);
    }
    call(rest, leader, context)
}

/// What strace says beside the calls.
fn remark(text: &str, context: &mut Context) -> Option<Kind> {
    let said = text.strip_prefix("strace: ").unwrap_or(text);
    if said.starts_with("[ Process PID=") {
        let pid = said.split_once('=')?.1;
        let pid: u32 = pid[..pid.find(' ')?].parse().ok()?;
        context.set_mode(pid, mode_of(said));
        return Some(Kind::None);
    }
    // strace asks nothing of a new process: it runs as the one that made it.
    let new = said.strip_prefix("Process ").and_then(|rest| rest.split_once(" attached"));
    if let Some(pid) = new.and_then(|(pid, _)| pid.parse().ok()) {
        context.inherit_mode(pid);
        context.met(pid);
    }
    if said.len() < text.len() {
        return Some(Kind::None);
    }
    let is_process = text.strip_prefix("Process ").is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_digit())
            && ["attached", "detached", "resumed", "suspended"].iter().any(|w| rest.contains(w))
    });
    // `-k`, `-kk`: ` > /usr/lib/libc.so.6(__open64+0x5d) [0xf8b2d] a.c:12`.
    let is_stack = text.starts_with("> ") && text.contains(" [0x") || text.starts_with("> BUG IN ");
    (is_process || is_stack).then_some(Kind::None)
}

/// The mode that strace names (`syscall.c`, `personality_designators`).
fn mode_of(text: &str) -> AbiHint {
    if text.contains("32 bit") {
        AbiHint::Bits32
    } else if text.contains("x32") {
        AbiHint::Is(Abi::X32)
    } else {
        AbiHint::Native
    }
}

/// `--- SIGSYS {..., si_syscall=__NR_mount, si_arch=AUDIT_ARCH_X86_64} ---` holds the call that a
/// filter stopped. Where strace printed the call itself, it gave what stood in the register as its result.
fn signal(text: &str, leader: &Leader, context: &mut Context) -> Kind {
    let field = |name: &str| {
        let rest = &text[text.find(name)? + name.len()..];
        Some(&rest[..rest.find([',', '}', ' ']).unwrap_or(rest.len())])
    };
    let process = leader.pid.unwrap_or(0);
    let (Some(name), true) = (field("si_syscall="), text.contains("SIGSYS")) else {
        context.let_go(process, None);
        return Kind::None;
    };
    let number = || Some((Which::Number(words::number(name)? as i64), AbiHint::Unknown));
    let Some((which, hint)) = words::call(name).or_else(number) else { return Kind::None };
    let abi = field("si_arch=").and_then(arch::of_word).map_or(hint, AbiHint::Is);
    if context.is_held(process, &which, abi) {
        context.let_go(process, Some(Answer::Trap));
        return Kind::Continuation;
    }
    context.let_go(process, None);
    let outcome = Outcome::Seccomp(Answer::Trap);
    let (pid, command) = (leader.pid, leader.command.clone());
    context.emit(Entry { abi, outcome, pid, command, ..Entry::new(which) })
}

/// An entry by name, with the number that `-n` puts before it.
fn entry(name: &str, leader: Leader, context: &mut Context) -> Option<Entry> {
    let (which, mut abi) = match words::call(name) {
        Some(found) if !name.starts_with("SYS_") || matches!(found.0, Which::Number(_)) => found,
        _ => (Which::Name(name.into()), AbiHint::Unknown),
    };
    let mut args = [None; 6];
    let which = match (leader.number, &which) {
        (Some(number), Which::Call(syscall)) => match carrier(*syscall, number) {
            Some((many, call)) => {
                args[0] = call;
                Which::Call(many)
            }
            None => which,
        },
        _ => which,
    };
    let Leader { pid, command, number } = leader;
    if let Some(pid) = pid {
        context.met(pid);
    }
    if abi == AbiHint::Unknown {
        abi = context.mode(pid);
    }
    if let (AbiHint::Unknown, Some(number), Which::Call(syscall)) = (abi, number, &which) {
        abi = context.by_pair(*syscall, number);
    }
    context.last = pid;
    let may_be_inner = number.is_none();
    Some(Entry { abi, pid, command, args, is_of_process: true, may_be_inner, ..Entry::new(which) })
}

/// `[ 102] socket(...)`: strace names what a call of many carries, and the number says that it is one.
/// With the carrier's first argument, where that follows from the name.
fn carrier(syscall: Syscall, number: i64) -> Option<(Syscall, Option<u64>)> {
    let has = |syscall: Syscall| {
        Abi::ALL.into_iter().any(|abi| syscall.number(abi).is_some_and(|n| i64::from(n) == number))
    };
    if has(syscall) {
        return None;
    }
    let inside = syscall.multiplexer();
    let many = [Multiplexer::Socketcall, Multiplexer::Ipc];
    many.into_iter().find_map(|many| {
        let call = inside.filter(|(of, _)| *of == many).map(|(_, call)| u64::from(call));
        many.syscall().filter(|&carrier| has(carrier)).map(|carrier| (carrier, call))
    })
}

/// `wait4 resumed>...) = 7`.
fn resumed(inner: &str, leader: Leader, context: &mut Context) -> Option<Kind> {
    let (name, behind) = inner.split_once(" resumed>")?;
    let new = entry(name.trim(), leader, context)?;
    let pid = new.pid.unwrap_or(0);
    // `<... read resumed> <unfinished ...>`: interrupted again.
    if behind.contains("<unfinished ...>") {
        return Some(Kind::Continuation);
    }
    let outcome = result(behind).unwrap_or(Outcome::Unknown);
    match context.resume(Tool::Strace, pid, &new.which) {
        Some(waiting) => {
            // What follows the name are results of the kernel.
            finished(with_outcome(waiting, outcome), context);
            Some(Kind::Continuation)
        }
        None => Some(finished(with_outcome(new, outcome), context)),
    }
}

/// A call with its end. What a filter skipped has the call's own number as its result on x86, and its
/// first argument on arm: whether it was skipped is said by the next line of the process.
fn finished(entry: Entry, context: &mut Context) -> Kind {
    context.count(Tool::Strace, &entry);
    let is_suspect = match (entry.outcome, &entry.which) {
        (Outcome::Returned(result), Which::Call(call)) if result >= 0 => {
            let is_number = |abi: Abi| call.number(abi).is_some_and(|n| i64::from(n) == result);
            result < 1024 && Abi::ALL.into_iter().any(is_number)
                || result > 0 && entry.args[0] == Some(result as u64)
        }
        (Outcome::Returned(result), Which::Number(number)) => result == *number,
        _ => false,
    };
    if is_suspect { context.hold(entry) } else { context.emit(entry) }
}

/// The result behind the last `) = `.
fn result(text: &str) -> Option<Outcome> {
    let at = text.rfind(")")?;
    // `= -1 EPERM (Operation not permitted)` has parentheses of its own.
    let mut at = at;
    loop {
        let behind = text[at + 1..].trim_start();
        if let Some(value) = behind.strip_prefix("= ") {
            return words::outcome(value);
        }
        at = text[..at].rfind(')')?;
    }
}

/// `name(arguments) = result`.
fn call(text: &str, leader: Leader, context: &mut Context) -> Option<Kind> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))?;
    let (name, behind) = text.split_at(end);
    let arguments = behind.strip_prefix('(')?;
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    context.let_go(leader.pid.unwrap_or(0), None);
    let mut list = Vec::new();
    let end = split(arguments, &mut list);
    let mut new = entry(name, leader, context)?;
    let is_named = !matches!(new.which, Which::Name(_));
    let is_carried = matches!(&new.which, Which::Call(call) if matches!(call.name(), "socketcall" | "ipc"))
        && !matches!(name, "socketcall" | "ipc");
    // Arguments of these stand in memory; `read(2)` is a page of the manual.
    let is_page =
        list == ["2"] && matches!(&end, End::Closed(at) if arguments[*at..].trim().is_empty());
    if !is_carried && !is_page && name != "old_mmap" {
        // No page is no byte.
        let is_start = name == "mmap2" && list.get(5) == Some(&"0");
        list.truncate(if is_start { 6 } else { in_place(name) });
        context.arguments(&mut new, &list);
    }
    match end {
        End::Closed(at) => {
            let rest = arguments[at..].trim();
            let outcome = match rest.strip_prefix('=') {
                Some(value) => words::outcome(value)?,
                None if rest.is_empty() && is_named => Outcome::Unknown,
                // `-T` without a result: a call that never returned.
                None if rest.starts_with('<') && rest.ends_with('>') => Outcome::Unknown,
                None => return None,
            };
            new.outcome = outcome;
            if let (Outcome::Returned(child), Which::Call(call)) = (outcome, &new.which)
                && matches!(call.name(), "clone" | "clone3" | "fork" | "vfork")
                && let Ok(child) = child.try_into()
            {
                context.inherit_mode_of(new.pid, child);
            }
            Some(finished(new, context))
        }
        End::Unfinished => {
            let pid = new.pid.unwrap_or(0);
            Some(context.wait(Tool::Strace, pid, new))
        }
        End::Open if context.is_cut && is_named => Some(context.emit(new)),
        End::Open => None,
    }
}

/// How many of its arguments strace writes in their registers' places: those behind are moved (`futex.c`
/// leaves arguments out that an operation does not have; `lseek.c` and `io.c` join the halves of an
/// offset) or are changed (`mem.c` makes bytes of the pages of `mmap2`).
fn in_place(name: &str) -> usize {
    match name {
        "_llseek" => 1,
        "futex" | "futex_time64" => 2,
        "preadv" | "pwritev" | "preadv2" | "pwritev2" => 3,
        "mmap2" => 5,
        _ => usize::MAX,
    }
}

/// Where the arguments end.
enum End {
    /// Behind the parenthesis.
    Closed(usize),
    /// `<unfinished ...>`
    Unfinished,
    /// Nowhere.
    Open,
}

/// The arguments, split at the commas that are in no string, structure, array or description of a
/// file (`3</a,b>`).
fn split<'a>(text: &'a str, words: &mut Vec<&'a str>) -> End {
    let bytes = text.as_bytes();
    let (mut depth, mut start, mut at, mut in_string) = (0_usize, 0, 0, false);
    let push = |words: &mut Vec<&'a str>, start: usize, end: usize| {
        let word = text.get(start..end).unwrap_or_default().trim();
        if !(word.is_empty() && words.is_empty()) && words.len() < 12 {
            words.push(word);
        }
    };
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if in_string => at += 1,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'/' if bytes[at..].starts_with(b"/*") => {
                at += text.get(at..).and_then(|rest| rest.find("*/")).map_or(1, |end| end + 1);
            }
            b'<' if text.get(at..).is_some_and(|rest| rest.starts_with("<unfinished")) => {
                push(words, start, at);
                if words.last().is_some_and(|word| word.is_empty()) {
                    words.pop();
                }
                return End::Unfinished;
            }
            b'<' if at > 0 && bytes[at - 1] != b'<' && bytes.get(at + 1) != Some(&b'<') => {
                at += description(&bytes[at..]);
            }
            b'(' | b'[' | b'{' => depth += 1,
            b')' if depth == 0 => {
                push(words, start, at);
                return End::Closed(at + 1);
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                push(words, start, at);
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    push(words, start, bytes.len());
    End::Open
}

/// How far a `<...>` reaches: to the first `>` behind which the argument ends.
fn description(bytes: &[u8]) -> usize {
    let end = (1..bytes.len().min(8192)).find(|&at| {
        let next = bytes.get(at + 1).copied().unwrap_or(b')');
        bytes[at] == b'>'
            && bytes[at - 1] != b'-'
            && matches!(next, b',' | b')' | b' ' | b']' | b'}')
    });
    end.unwrap_or(0)
}
