//! sysdig's lines, and what Falco's rules print (`evt_type=`).
//!
//! Source: sysdig's default format (`%evt.num %evt.outputtime %evt.cpu %proc.name (%thread.tid)
//! %evt.dir %evt.type %evt.info`, `userspace/sysdig/sysdig.cpp`), libs' `event_table.c`, and Falco's
//! `rules/falco_rules.yaml`.

use crate::recording::context::{Context, Kind, Tool, with_outcome};
use crate::recording::entry::{AbiHint, Entry, Outcome, Which};
use crate::recording::words;
use crate::syscall::{Syscall, constant_kind};

/// Events of sysdig that are no calls.
const OTHERS: [&str; 9] = [
    "switch",
    "procexit",
    "page_fault",
    "signaldeliver",
    "procinfo",
    "drop",
    "container",
    "cpu_hotplug",
    "infra",
];

pub(super) fn line(text: &str, context: &mut Context) -> Option<Kind> {
    event(text.trim(), context).or_else(|| falco(text, context))
}

fn event(text: &str, context: &mut Context) -> Option<Kind> {
    let mut parts = text.splitn(4, ' ');
    let (number, time, cpu) = (parts.next()?, parts.next()?, parts.next()?);
    let is_number = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
    if !is_number(number) || !is_number(cpu) || !time.contains(['.', ':']) {
        return None;
    }
    let rest = parts.next()?;
    let (at, is_exit) = match (rest.find(" > "), rest.find(" < ")) {
        (Some(enter), Some(exit)) if exit < enter => (exit, true),
        (Some(enter), _) => (enter, false),
        (None, Some(exit)) => (exit, true),
        (None, None) => return None,
    };
    let (command, pid) = rest[..at].rsplit_once(' ')?;
    let pid: u32 = pid.trim_matches(['(', ')']).split(['.', ':']).next()?.parse().ok()?;
    // `-pc`: `container (id) program (12:1)`.
    let command = command.rsplit_once(") ").map_or(command, |(_, command)| command);
    let (name, arguments) = rest[at + 3..].split_once(' ').unwrap_or((&rest[at + 3..], ""));
    let name = name.trim();
    if OTHERS.contains(&name) {
        return Some(Kind::None);
    }
    let (which, abi) = if name == "syscall" { other(arguments)? } else { words::call(name)? };
    let command: Option<Box<str>> = Some(command.trim().into());
    let mut entry = Entry { pid: Some(pid), command, abi, ..Entry::new(which) };
    read(arguments, &mut entry, context);
    if !is_exit {
        return Some(context.wait(Tool::Sysdig, pid, entry));
    }
    let result = arguments.split(' ').find_map(|word| {
        // Some calls call their result by what it is.
        ["res=", "fd="].into_iter().find_map(|name| word.strip_prefix(name))
    });
    let outcome = result.and_then(words::outcome).unwrap_or(Outcome::Unknown);
    Some(match context.resume(Tool::Sysdig, pid, &entry.which) {
        Some(mut waiting) => {
            for (slot, value) in waiting.args.iter_mut().zip(entry.args) {
                *slot = slot.or(value);
            }
            context.emit(with_outcome(waiting, outcome));
            Kind::Continuation
        }
        None if context.is_birth(&entry.which, outcome) => Kind::None,
        None => context.emit(with_outcome(entry, outcome)),
    })
}

/// A call that sysdig has no event for: `syscall ID=96(getpriority) nativeID=140` (`ppm_events_public.h`,
/// `PPME_GENERIC_E`).
fn other(arguments: &str) -> Option<(Which, AbiHint)> {
    let field = |name: &str| arguments.split(' ').find_map(|word| word.strip_prefix(name));
    let name = field("ID=").and_then(|id| id.split_once('(')?.1.strip_suffix(')'));
    let named = name.and_then(words::call);
    named.or_else(|| Some((Which::Number(field("nativeID=")?.parse().ok()?), AbiHint::Unknown)))
}

/// Arguments by name. Values of constants are sysdig's own, so that only their names count.
fn read(text: &str, entry: &mut Entry, context: &mut Context) {
    let Which::Call(syscall) = entry.which else { return };
    let abis = Context::with_call(syscall, &context.abis(AbiHint::Unknown));
    for word in text.split(' ') {
        let Some((name, value)) = word.split_once('=') else { continue };
        let mut found = abis.iter().filter_map(|&abi| words::named(syscall, abi, name));
        let Some(index) = found.next().filter(|&index| found.all(|other| other == index)) else {
            continue;
        };
        // The signal that ends a child is no flag of sysdig's, so that its sum is not the argument.
        if matches!(syscall.name(), "clone" | "clone3") && index == 0 {
            continue;
        }
        let value = match value.split_once('(') {
            Some((_, names)) if names.starts_with(|c: char| c.is_ascii_uppercase()) => {
                context.argument(syscall, &abis, index, names.trim_end_matches(')'))
            }
            Some((number, _)) => words::number(number),
            // Zero is no flag in sysdig's numbers, too.
            None => words::number(value).filter(|&v| v == 0 || !is_named(syscall, index, &abis)),
        };
        entry.args[usize::from(index)] = value;
    }
}

fn is_named(syscall: Syscall, index: u8, abis: &[crate::syscall::Abi]) -> bool {
    abis.iter().any(|&abi| constant_kind(syscall, abi, index).is_some())
}

fn falco(text: &str, context: &mut Context) -> Option<Kind> {
    let field = |name: &str| {
        let rest = &text[text.find(name)? + name.len()..];
        Some(&rest[..rest.find([' ', ',', ')', '"']).unwrap_or(rest.len())])
    };
    let Some((which, abi)) =
        field("evt_type=").or_else(|| field("evt.type=")).and_then(words::call)
    else {
        return is_alert(text).then_some(Kind::None);
    };
    let command = field("process=").or_else(|| field("proc.name=")).map(Into::into);
    let result = field("evt_res=").or_else(|| field("evt.res="));
    let outcome = result.and_then(self::outcome).unwrap_or(Outcome::Unknown);
    Some(context.emit(Entry { abi, command, outcome, ..Entry::new(which) }))
}

/// `10:11:12.123456789: Notice ...`: of a rule that does not speak of a call.
fn is_alert(text: &str) -> bool {
    const PRIORITIES: [&str; 8] =
        ["Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug"];
    let Some((time, rest)) = text.trim().split_once(": ") else { return false };
    let is_time = time.len() == 18
        && time.bytes().all(|b| b.is_ascii_digit() || b":.".contains(&b))
        && time.as_bytes()[8] == b'.';
    is_time && PRIORITIES.iter().any(|word| rest.split(' ').next() == Some(word))
}

/// Falco's word for the result: `SUCCESS`, or the errno.
pub(super) fn outcome(word: &str) -> Option<Outcome> {
    match word {
        "SUCCESS" => Some(Outcome::Returned(0)),
        errno if errno.starts_with('E') => words::outcome(&format!("-1 {errno}")),
        _ => None,
    }
}
