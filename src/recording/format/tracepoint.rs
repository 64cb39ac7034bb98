//! Tracepoints of system calls: ftrace, trace-cmd, `perf script`, and bpftrace's sums of them.
//!
//! A call that a filter stops reaches `sys_exit`, but no `sys_enter`: the kernel asks seccomp first
//! (`kernel/entry/common.c`, `syscall_trace_enter`). So an exit without an entry is a call of its own.
//!
//! Source: the kernel's `include/trace/events/syscalls.h`, `kernel/trace/trace_syscalls.c`
//! (`print_syscall_enter`), `kernel/trace/trace_output.c`; bpftrace's `src/output.cpp`.

use crate::recording::context::{Context, Kind, Tool, with_outcome};
use crate::recording::entry::{AbiHint, Entry, Outcome, Which};
use crate::recording::words;
use crate::syscall::numbers;

pub(super) fn line(text: &str, context: &mut Context) -> Option<Kind> {
    ftrace(text.trim(), context).or_else(|| bpftrace(text.trim(), context))
}

fn ftrace(text: &str, context: &mut Context) -> Option<Kind> {
    let is_head = text.strip_prefix("cpus=").is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()))
        || text.starts_with("CPU ") && text.ends_with(" is empty");
    if is_head || text.starts_with("CPU:") && text.contains("[LOST ") {
        return Some(Kind::None);
    }
    // `mount-14974   [001] .....  1033.125501: `, `mount 14974 [001] 1033.125501: `
    let open = text.find(" [")?;
    let (cpu, behind) = text[open + 2..].split_once(']')?;
    if cpu.is_empty() || !cpu.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // `my-prog-123   (    99)`: the process stands behind the thread (option `record-tgid`).
    let task = text[..open].trim();
    let task = match task.strip_suffix(')').and_then(|task| task.rsplit_once('(')) {
        Some((task, group)) if group.trim().bytes().all(|b| b.is_ascii_digit() || b == b'-') => {
            task.trim_end()
        }
        _ => task,
    };
    let (command, pid) = task.rsplit_once(['-', ' ', '/'])?;
    let pid: u32 = pid.parse().ok()?;
    // `cat 123/124`: perf's process and thread.
    let command = match command.rsplit_once(' ') {
        Some((name, group)) if group.bytes().all(|b| b.is_ascii_digit()) && !group.is_empty() => {
            name
        }
        _ => command,
    };
    let (stamp, event) = behind.split_once(": ")?;
    let time = stamp.split_ascii_whitespace().last()?;
    time.trim_end_matches(':').parse::<f64>().ok()?;
    let event = event.trim();
    let command: Option<Box<str>> = (command.trim() != "<...>").then(|| command.trim().into());
    let of = |which| Entry { pid: Some(pid), command: command.clone(), ..Entry::new(which) };
    let event = ["raw_syscalls:", "syscalls:"]
        .into_iter()
        .fold(event, |event, prefix| event.strip_prefix(prefix).unwrap_or(event));
    if let Some(rest) = event.strip_prefix("sys_enter: NR ") {
        let (number, arguments) = rest.split_once(' ')?;
        let mut entry = of(Which::Number(number.parse().ok()?));
        let arguments = arguments.trim().strip_prefix('(')?.trim_end_matches(')');
        for (slot, word) in entry.args.iter_mut().zip(arguments.split(',')) {
            *slot = u64::from_str_radix(word.trim().trim_start_matches("0x"), 16).ok();
        }
        return Some(context.wait(Tool::Tracepoint, pid, entry));
    }
    if let Some(rest) = event.strip_prefix("sys_exit: NR ") {
        let (number, result) = rest.split_once(" = ")?;
        let number = number.trim().parse().ok()?;
        let outcome = words::outcome(result)?;
        // The kernel has forgotten the number behind `rt_sigreturn` (arch/x86/kernel/signal.c): the result
        // is that of the call that a signal came into.
        if number == -1 {
            return Some(match context.take(Tool::Tracepoint, pid) {
                Some(waiting) => {
                    context.emit(waiting);
                    Kind::Continuation
                }
                None => Kind::None,
            });
        }
        return Some(exit(pid, of(Which::Number(number)), outcome, context));
    }
    // Not ftrace's `sys_exit_group(error_code: 0)`.
    let exited = event.strip_prefix("sys_exit_").and_then(|rest| rest.split_once(':'));
    if let Some((name, result)) = exited.filter(|(name, _)| !name.contains('(')) {
        return Some(exit(pid, of(which(name)?), words::outcome(result)?, context));
    }
    if let Some((name, result)) = event.strip_prefix("sys_").and_then(|e| e.split_once(" -> ")) {
        return Some(exit(pid, of(which(name)?), words::outcome(result)?, context));
    }
    let enter = event.strip_prefix("sys_enter_").and_then(|rest| rest.split_once(':'));
    let enter = enter.or_else(|| event.strip_prefix("sys_")?.strip_suffix(')')?.split_once('('));
    if let Some((name, arguments)) = enter {
        let mut entry = of(which(name)?);
        named(arguments, &mut entry, context);
        return Some(context.wait(Tool::Tracepoint, pid, entry));
    }
    // Another event: `sched_switch: prev_comm=...`.
    let name = &event[..event.find(':')?];
    let is_event = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b':');
    (is_event && !name.is_empty()).then_some(Kind::None)
}

/// `dfd: ffffff9c, flags: 80000`: hexadecimal, with or without 0x.
fn named(text: &str, entry: &mut Entry, context: &Context) {
    let pairs = text.split(", ").map(|part| {
        let (name, value) = part.trim().split_once(": ").unwrap_or((part, ""));
        let word = value.trim();
        (name.trim(), &word[..word.find(' ').unwrap_or(word.len())])
    });
    let hex = |word: &str| u64::from_str_radix(word.trim_start_matches("0x"), 16).ok();
    in_order(pairs, hex, entry, context);
}

/// All arguments in the order of the kernel's function, by its names. The kernel has no such tracepoints
/// for 32-bit programs of a 64-bit machine (`ftrace_syscall_enter`).
pub(super) fn in_order<'a>(
    pairs: impl Iterator<Item = (&'a str, &'a str)>,
    value: impl Fn(&str) -> Option<u64>,
    entry: &mut Entry,
    context: &Context,
) {
    let Which::Call(syscall) = entry.which else { return };
    let abis = Context::with_call(syscall, &context.abis(AbiHint::Native));
    for (place, (name, word)) in pairs.enumerate() {
        let mut found = abis.iter().filter_map(|&abi| words::named(syscall, abi, name));
        let by_name = found.next().filter(|&index| found.all(|other| other == index));
        let index = by_name.or_else(|| words::register(syscall, &abis, place));
        if let Some(slot) = index.and_then(|index| entry.args.get_mut(usize::from(index))) {
            *slot = value(word);
        }
    }
}

/// Arguments by the names of the manual, with names of constants.
pub(super) fn by_name<'a>(
    pairs: impl Iterator<Item = (&'a str, &'a str)>,
    abi: AbiHint,
    entry: &mut Entry,
    context: &mut Context,
) {
    let Which::Call(syscall) = entry.which else { return };
    let abis = Context::with_call(syscall, &context.abis(abi));
    for (name, word) in pairs {
        let mut found = abis.iter().filter_map(|&abi| words::named(syscall, abi, name));
        let index = found.next().filter(|&index| found.all(|other| other == index));
        let Some(index) = index else { continue };
        let value = context.argument(syscall, &abis, index, word.trim());
        if let Some(slot) = entry.args.get_mut(usize::from(index)) {
            *slot = value;
        }
    }
}

fn which(name: &str) -> Option<Which> {
    words::kernels(name.trim()).map(Which::Call)
}

fn exit(pid: u32, new: Entry, outcome: Outcome, context: &mut Context) -> Kind {
    match context.resume(Tool::Tracepoint, pid, &new.which) {
        Some(waiting) => {
            context.emit(with_outcome(waiting, outcome));
            Kind::Continuation
        }
        None if context.is_birth(&new.which, outcome) => Kind::None,
        None => context.emit(with_outcome(new, outcome)),
    }
}

/// `@[tracepoint:syscalls:sys_enter_openat]: 35`, `@calls[mount, 165]: 3`, `@[257]: 12`.
fn bpftrace(text: &str, context: &mut Context) -> Option<Kind> {
    let is_banner = text.starts_with("Attaching ") && text.contains("probe")
        || text.starts_with("Attached ") && text.contains("probe");
    // Its own syscount.bt.
    let is_title = matches!(
        text,
        "Counting syscalls... Hit Ctrl-C to end." | "Top 10 syscalls IDs:" | "Top 10 processes:"
    );
    let is_lost = text.strip_prefix("Lost ").is_some_and(|rest| rest.ends_with(" events"));
    if is_banner || is_title || is_lost || text == "^C" {
        return Some(Kind::None);
    }
    let Some(rest) = text.strip_prefix('@') else { return printed(text, context) };
    let (map, rest) = rest.split_once('[')?;
    let (key, count) = rest.rsplit_once("]:")?;
    let count = count.trim().parse().ok()?;
    row(map, key, count, context)
}

/// `printf("%s %s\n", comm, probe)`: a word that is the probe.
fn printed(text: &str, context: &mut Context) -> Option<Kind> {
    let mut found = text.split_ascii_whitespace().filter_map(|word| {
        let name = word.trim_matches(['(', ')', '[', ']', ',', ':', ';', '"']);
        which(name.strip_prefix("tracepoint:syscalls:sys_enter_")?)
    });
    let (Some(which), None) = (found.next(), found.next()) else { return None };
    Some(context.emit(Entry::new(which)))
}

/// A row of a map: its name, its key and a count.
pub(super) fn row(map: &str, key: &str, count: u64, context: &mut Context) -> Option<Kind> {
    let map = map.trim_start_matches('@');
    // Programs are called what calls are called, too: `@process[mount]: 3`.
    let is_of_calls = map.contains("sys") || map.contains("call");
    let is_of_programs =
        !is_of_calls && ["proc", "comm", "task"].iter().any(|name| map.starts_with(name));
    if is_of_programs && !key.contains(',') && !key.contains("sys_e") {
        return Some(Kind::None);
    }
    let mut found = None;
    for part in key.split(',').map(str::trim) {
        let last = part.rsplit(':').next().unwrap_or(part);
        let name = ["sys_enter_", "sys_exit_"].into_iter().find_map(|p| last.strip_prefix(p));
        let of = match name {
            Some(name) => which(name).map(|which| (which, AbiHint::Unknown)),
            None => words::call(last),
        };
        // The name of a program can be that of a call: the last one counts, which is how the
        // scripts write it (`@[comm, probe]`).
        found = of.or(found);
    }
    if let Some((which, abi)) = found {
        return Some(context.emit(Entry { count, abi, ..Entry::new(which) }));
    }
    let number = key.rsplit(',').next()?.trim().parse().ok()?;
    if is_of_calls || key.contains("raw_syscalls:") {
        return Some(context.emit(Entry { count, ..Entry::new(Which::Number(number)) }));
    }
    let is_call = !key.contains(',') && is_number(number, context);
    let may_be_calls = map.is_empty() && context.unnamed.add(context.line, number, is_call, count);
    may_be_calls.then_some(Kind::Calls)
}

/// Whether it is the number of a call (`@[args.id]`), and not a result or a process (`@[pid]`).
fn is_number(number: i64, context: &Context) -> bool {
    let has = |abi| numbers(abi).iter().any(|&(known, _)| i64::from(known) == number);
    context.abis(AbiHint::Unknown).into_iter().any(has)
}
