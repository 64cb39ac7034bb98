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
use crate::syscall::Syscall;

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
        if let Which::Call(syscall) = entry.which {
            named(syscall, arguments, &mut entry, context);
        }
        return Some(context.wait(Tool::Tracepoint, pid, entry));
    }
    // Another event: `sched_switch: prev_comm=...`.
    let name = &event[..event.find(':')?];
    let is_event = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b':');
    (is_event && !name.is_empty()).then_some(Kind::None)
}

/// `dfd: ffffff9c, flags: 80000`: hexadecimal, with or without 0x; all arguments in their order. The
/// kernel has no such tracepoints for 32-bit programs of a 64-bit machine (`ftrace_syscall_enter`).
fn named(syscall: Syscall, text: &str, entry: &mut Entry, context: &Context) {
    let abis = Context::with_call(syscall, &context.abis(AbiHint::Native));
    for (place, part) in text.split(", ").enumerate() {
        let Some((name, value)) = part.trim().split_once(": ") else { continue };
        let mut found = abis.iter().filter_map(|&abi| words::named(syscall, abi, name.trim()));
        let by_name = found.next().filter(|&index| found.all(|other| other == index));
        let Some(index) = by_name.or_else(|| words::register(syscall, &abis, place)) else {
            continue;
        };
        let word = value.trim();
        let word = &word[..word.find(' ').unwrap_or(word.len())];
        entry.args[usize::from(index)] =
            u64::from_str_radix(word.trim_start_matches("0x"), 16).ok();
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
        None => context.emit(with_outcome(new, outcome)),
    }
}

/// `@[tracepoint:syscalls:sys_enter_openat]: 35`, `@calls[mount, 165]: 3`.
fn bpftrace(text: &str, context: &mut Context) -> Option<Kind> {
    let is_banner = text.starts_with("Attaching ") && text.contains("probe")
        || text.starts_with("Attached ") && text.contains("probe");
    let is_lost = text.strip_prefix("Lost ").is_some_and(|rest| rest.ends_with(" events"));
    if is_banner || is_lost || text == "^C" {
        return Some(Kind::None);
    }
    let rest = text.strip_prefix('@')?;
    let (map, rest) = rest.split_once('[')?;
    let (key, count) = rest.rsplit_once("]:")?;
    let count = count.trim().parse().ok()?;
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
    let number = || {
        let number = key.rsplit(',').next()?.trim().parse().ok()?;
        let is_call = map.contains("sys") || map.contains("call") || key.contains("raw_syscalls:");
        is_call.then_some((Which::Number(number), AbiHint::Unknown))
    };
    let (which, abi) = found.or_else(number)?;
    Some(context.emit(Entry { count, abi, ..Entry::new(which) }))
}
