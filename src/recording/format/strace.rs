//! strace, with any of its usual options, and its table of sums (`-c`).
//!
//! Source: strace's `syscall.c` (`print_syscall_resume`, `tprints_arg_begin`), `strace.c`
//! (`printleader`, `print_event_exit`), `count.c` (`call_summary_pers`).

use crate::recording::arch;
use crate::recording::context::{Context, Kind, Section, Tool, with_outcome};
use crate::recording::entry::{AbiHint, Answer, Entry, Outcome, Which};
use crate::recording::words;
use crate::syscall::{Abi, Syscall};

/// Who made a call, as it stands in front of it.
#[derive(Default)]
struct Leader {
    pid: Option<u32>,
    command: Option<Box<str>>,
    number: Option<i64>,
}

pub(super) fn line(text: &str, context: &mut Context) -> Option<Kind> {
    let text = text.trim();
    if let Some(kind) = remark(text, context) {
        return Some(kind);
    }
    if let Some(kind) = count(text, context) {
        return Some(kind);
    }
    let (leader, rest) = leader(text);
    if rest.starts_with("+++ ") && rest.ends_with("+++") {
        return Some(Kind::None);
    }
    if rest.starts_with("--- ") && rest.ends_with("---") {
        return Some(signal(rest, &leader, context));
    }
    if let Some(inner) = rest.strip_prefix("<... ") {
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
    }
    if said.len() < text.len() {
        return Some(Kind::None);
    }
    let is_process = text.strip_prefix("Process ").is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_digit())
            && ["attached", "detached", "resumed", "suspended"].iter().any(|w| rest.contains(w))
    });
    // `-k`: ` > /usr/lib/libc.so.6(__open64+0x5d) [0xf8b2d]`.
    let is_stack = text.starts_with("> ") && text.ends_with(']') && text.contains("[0x");
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

/// `% time     seconds  usecs/call     calls    errors syscall`.
fn count(text: &str, context: &mut Context) -> Option<Kind> {
    // `System call usage summary for 32 bit mode:`
    let mode = text.strip_prefix("System call usage summary for ");
    if let Some(mode) = mode.and_then(|rest| rest.strip_suffix(" mode:")) {
        context.section = Section::StraceCount(mode_of(mode));
        return Some(Kind::None);
    }
    if text.starts_with("% time") && text.contains("calls") && text.ends_with("syscall") {
        if !matches!(context.section, Section::StraceCount(_)) {
            context.section = Section::StraceCount(AbiHint::Unknown);
        }
        return Some(Kind::None);
    }
    let Section::StraceCount(mode) = context.section else { return None };
    if text.starts_with("------ ") {
        return Some(Kind::None);
    }
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let (&share, &name) = (words.first()?, words.last()?);
    let is_share = share.contains('.') && share.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if !is_share || !(4..=6).contains(&words.len()) {
        return None;
    }
    if name == "total" {
        context.section = Section::None;
        return Some(Kind::None);
    }
    let (which, abi) = words::call(name)?;
    let abi = if abi == AbiHint::Unknown { mode } else { abi };
    let count = words.get(3)?.parse().ok()?;
    let errors = if words.len() == 6 { words[4].parse().ok()? } else { 0 };
    Some(context.emit(Entry { count, errors, abi, ..Entry::new(which) }))
}

/// `[pid 12]`, `12`, times, `[ 59]` (`-n`), `[00007f12ab]` (`-i`), security contexts.
fn leader(text: &str) -> (Leader, &str) {
    let mut leader = Leader::default();
    let mut rest = text;
    let mut is_first = true;
    loop {
        rest = rest.trim_start();
        if let Some(inner) = rest.strip_prefix("[pid ") {
            let Some((pid, behind)) = inner.split_once(']') else { break };
            (leader.pid, leader.command) = process(pid.trim());
            rest = behind;
        } else if let Some(inner) = rest.strip_prefix('[') {
            let Some((inner, behind)) = inner.split_once(']') else { break };
            let word = inner.trim();
            if word.len() < 8 && !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit()) {
                leader.number = word.parse().ok();
            } else if !(word.contains(':')
                || word.bytes().all(|b| b.is_ascii_hexdigit() || b == b'?'))
            {
                break;
            }
            rest = behind;
        } else if let Some(inner) = rest.strip_prefix("(+") {
            let Some((_, behind)) = inner.split_once(')') else { break };
            rest = behind;
        } else if rest.starts_with(|c: char| c.is_ascii_digit()) {
            let end = rest.find([' ', '\t']).unwrap_or(rest.len());
            let (word, behind) = rest.split_at(end);
            let is_time = word.bytes().all(|b| b.is_ascii_digit() || b".:+-TZ".contains(&b));
            let (pid, command) = process(word);
            if behind.is_empty() || !(is_time || pid.is_some()) {
                break;
            }
            if is_first && pid.is_some() {
                (leader.pid, leader.command) = (pid, command);
            }
            rest = behind;
        } else {
            break;
        }
        is_first = false;
    }
    (leader, rest)
}

/// `12`, `12<sh>` (`-Y`).
fn process(word: &str) -> (Option<u32>, Option<Box<str>>) {
    match word.split_once('<') {
        Some((pid, name)) => (pid.parse().ok(), name.strip_suffix('>').map(Into::into)),
        None => (word.parse().ok(), None),
    }
}

/// `--- SIGSYS {..., si_syscall=__NR_mount, si_arch=AUDIT_ARCH_X86_64} ---` holds the call that a
/// filter stopped.
fn signal(text: &str, leader: &Leader, context: &mut Context) -> Kind {
    let field = |name: &str| {
        let rest = &text[text.find(name)? + name.len()..];
        Some(&rest[..rest.find([',', '}', ' ']).unwrap_or(rest.len())])
    };
    let (Some(name), true) = (field("si_syscall="), text.contains("SIGSYS")) else {
        return Kind::None;
    };
    let number = || Some((Which::Number(words::number(name)? as i64), AbiHint::Unknown));
    let Some((which, hint)) = words::call(name).or_else(number) else { return Kind::None };
    let abi = field("si_arch=").and_then(arch::of_word).map_or(hint, AbiHint::Is);
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
    let which = match (leader.number, &which) {
        (Some(number), Which::Call(syscall)) => carrier(*syscall, number).unwrap_or(which),
        _ => which,
    };
    let Leader { pid, command, number } = leader;
    if abi == AbiHint::Unknown {
        abi = context.mode(pid);
    }
    if let (AbiHint::Unknown, Some(number), Which::Call(syscall)) = (abi, number, &which) {
        abi = context.by_pair(*syscall, number);
    }
    context.last = pid;
    Some(Entry { abi, pid, command, ..Entry::new(which) })
}

/// `[ 102] socket(...)`: strace names what a call of many carries, and the number says that it is one.
fn carrier(syscall: Syscall, number: i64) -> Option<Which> {
    let has = |syscall: Syscall| {
        Abi::ALL.into_iter().any(|abi| syscall.number(abi).is_some_and(|n| i64::from(n) == number))
    };
    if has(syscall) {
        return None;
    }
    ["socketcall", "ipc"]
        .into_iter()
        .filter_map(Syscall::from_name)
        .find(|&many| has(many))
        .map(Which::Call)
}

/// The one ABI on which the call has the number. x32's numbers have bit 30.
pub(super) fn by_pair(syscall: Syscall, number: i64) -> AbiHint {
    let mut found = Abi::ALL
        .into_iter()
        .filter(|&abi| syscall.number(abi).is_some_and(|known| i64::from(known) == number));
    match (found.next(), found.next()) {
        (Some(abi), None) => AbiHint::Is(abi),
        _ => AbiHint::Unknown,
    }
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
            context.emit(with_outcome(waiting, outcome));
            Some(Kind::Continuation)
        }
        None => Some(context.emit(with_outcome(new, outcome))),
    }
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
            Some(context.emit(new))
        }
        End::Unfinished => {
            let pid = new.pid.unwrap_or(0);
            Some(context.wait(Tool::Strace, pid, new))
        }
        End::Open if context.is_cut && is_named => Some(context.emit(new)),
        End::Open => None,
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
