//! perf: `perf trace`, and its sums (`-s`).
//!
//! Source: the kernel's `tools/perf/builtin-trace.c` (`trace__fprintf_entry_head`,
//! `trace__sys_exit`, `thread__dump_stats`).

use crate::recording::context::{Context, Kind, Section, Tool, with_outcome};
use crate::recording::entry::{AbiHint, Entry, Outcome, Which};
use crate::recording::words;
use crate::syscall::arg_count;

pub(super) fn line(text: &str, context: &mut Context) -> Option<Kind> {
    let lost = text.trim().strip_prefix("LOST ").and_then(|rest| rest.strip_suffix(" events!"));
    if lost.is_some_and(|count| count.bytes().all(|b| b.is_ascii_digit())) {
        return Some(Kind::None);
    }
    if is_frame(text) {
        return Some(Kind::None);
    }
    summary(text, context).or_else(|| trace(text.trim(), context))
}

/// A frame of a stack (`--call-graph`, `--max-stack`), far to the right: `main (/usr/bin/a)`,
/// `[0x12] ([unknown])`, `getrlimit (inlined)` (`tools/perf/util/evsel_fprintf.c`).
fn is_frame(text: &str) -> bool {
    let frame = text.trim();
    let is_right = text.len() - text.trim_start().len() >= 16;
    let place = frame.strip_suffix(')').and_then(|rest| rest.rsplit_once(" ("));
    is_right
        && place.is_some_and(|(name, place)| {
            !name.contains('=') && (place.starts_with(['/', '[']) || place == "inlined")
        })
}

/// `     0.000 ( 0.012 ms): mount/14974 mount(dev_name: 0x55, ...) = -1 EPERM (...)`
fn trace(text: &str, context: &mut Context) -> Option<Kind> {
    let (time, behind) = text.split_once('(')?;
    let time = time.trim();
    if !(time == "?" || (time.contains('.') && time.parse::<f64>().is_ok())) {
        return None;
    }
    let (duration, behind) = behind.split_once("):")?;
    let is_duration = duration.trim().is_empty() || duration.trim_end().ends_with("ms");
    if !is_duration {
        return None;
    }
    let behind = behind.trim_start();
    // `perf trace -F all`: `sh/12 minfault [main+0x28a] => 0x55f1 (?k)`.
    let mut faults =
        [" minfault [", " majfault ["].iter().filter_map(|fault| behind.split_once(fault));
    if faults.next().is_some_and(|(process, _)| !process.contains('(')) {
        return Some(Kind::None);
    }
    // The name of the process stands before the last `/` in front of a number, if it is told.
    let (command, pid, rest) = process(behind);
    if let Some(inner) = rest.trim_start().strip_prefix("... [continued]: ") {
        let name = &inner[..inner.find('(')?];
        let (which, _) = words::call(name)?;
        let outcome = inner.split_once(" = ").and_then(|(_, value)| words::outcome(value));
        let outcome = outcome.unwrap_or(Outcome::Unknown);
        return Some(match context.resume(Tool::Perf, pid.unwrap_or(0), &which) {
            Some(waiting) => {
                context.count(Tool::Perf, &waiting);
                context.emit(with_outcome(waiting, outcome));
                Kind::Continuation
            }
            None if context.is_birth(&which, outcome) => Kind::None,
            None => {
                let entry = Entry { pid, command, outcome, ..Entry::new(which) };
                context.count(Tool::Perf, &entry);
                context.emit(entry)
            }
        });
    }
    let end = rest.find('(')?;
    let (name, arguments) = (rest[..end].trim(), &rest[end + 1..]);
    let (which, abi) = words::call(name)?;
    let mut entry = Entry { pid, command, abi, ..Entry::new(which) };
    let (arguments, result) = match arguments.rfind(" = ") {
        Some(at) => (&arguments[..at], Some(&arguments[at + 3..])),
        None => (arguments, None),
    };
    let is_open = arguments.trim_end().ends_with("...");
    let arguments = arguments.trim_end().trim_end_matches("...").trim_end();
    let arguments = arguments.strip_suffix(')').unwrap_or(arguments);
    let list: Vec<&str> = arguments.split(", ").map(str::trim).filter(|w| !w.is_empty()).collect();
    read(&list, &mut entry, context);
    match result {
        Some(result) => {
            entry.outcome = words::outcome(result)?;
            context.count(Tool::Perf, &entry);
            Some(context.emit(entry))
        }
        None if is_open => Some(context.wait(Tool::Perf, pid.unwrap_or(0), entry)),
        None => {
            context.count(Tool::Perf, &entry);
            Some(context.emit(entry))
        }
    }
}

/// The arguments. perf leaves those out that are zero (`trace.show_zeros` of its configuration), so that
/// those without names (`trace.show_arg_names`) have a place only where none is missing.
fn read(list: &[&str], entry: &mut Entry, context: &mut Context) {
    let Which::Call(syscall) = entry.which else { return };
    let count = usize::from(arg_count(syscall).unwrap_or(0));
    let is_named = |word: &&str| {
        word.split_once(": ")
            .is_some_and(|(name, _)| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
    };
    let are_named = list.iter().all(is_named);
    if !are_named && list.len() != count {
        return;
    }
    // perf knows the machine's own calls alone.
    let said = std::mem::replace(&mut entry.abi, AbiHint::Native);
    context.arguments(entry, list);
    entry.abi = said;
    if !are_named {
        return;
    }
    // Of these the first argument says which others mean something, and perf leaves the rest out, too
    // (tools/perf/trace/beauty: `arg->mask`).
    const MASKED: [&str; 11] = [
        "clone", "fcntl", "fspick", "futex", "kcmp", "mremap", "open", "openat", "openat2",
        "prctl", "keyctl",
    ];
    let last = if MASKED.contains(&syscall.name()) { 1 } else { count.min(6) };
    let abis = Context::with_call(syscall, &context.abis(AbiHint::Native));
    let given: Vec<u8> = list
        .iter()
        .filter_map(|word| word.split_once(": "))
        .flat_map(|(name, _)| abis.iter().filter_map(move |&abi| words::named(syscall, abi, name)))
        .collect();
    let known = list.len() == given.len() / abis.len().max(1);
    for index in 0..last as u8 {
        let is_narrow = words::register(syscall, &abis, usize::from(index)).is_none();
        if known && !is_narrow && !given.contains(&index) {
            entry.args[usize::from(index)] = Some(0);
        }
    }
}

/// `mount/14974 `, `:14974/14974 `, `14974 `; perf leaves it out where it follows one process.
fn process(text: &str) -> (Option<Box<str>>, Option<u32>, &str) {
    let end = text.find('(').unwrap_or(text.len());
    let end = text.find("... [").map_or(end, |at| end.min(at));
    if let Some(slash) = text[..end].rfind('/')
        && let Some((pid, behind)) = text[slash + 1..].split_once(' ')
        && let Ok(pid) = pid.parse()
    {
        return (Some(text[..slash].into()), Some(pid), behind.trim_start());
    }
    // `--no-comm` leaves the thread alone.
    if let Some((pid, behind)) = text.split_once(' ')
        && let Ok(pid) = pid.parse()
    {
        return (None, Some(pid), behind.trim_start());
    }
    (None, None, text)
}

fn summary(text: &str, context: &mut Context) -> Option<Kind> {
    let trimmed = text.trim();
    if trimmed.starts_with("Summary of events:") {
        context.section = Section::PerfSummary;
        return Some(Kind::None);
    }
    let words: Vec<&str> = trimmed.split_ascii_whitespace().take(10).collect();
    if words.starts_with(&["syscall", "calls"]) {
        context.section = Section::PerfSummary;
        return Some(Kind::None);
    }
    if context.section != Section::PerfSummary {
        return None;
    }
    let is_process = trimmed.contains("), ") && trimmed.contains(" events");
    let is_header = words.first().is_some_and(|w| *w == "(msec)" || w.starts_with("-----"));
    // `--errno-summary`: `ENOENT: 19`, of the call above.
    let is_errno = matches!(words[..], [name, _] if name.starts_with('E') && name.ends_with(':'));
    if is_process || is_header || is_errno || trimmed.starts_with("total,") {
        return Some(Kind::None);
    }
    // Older ones have no column of errors.
    let (which, abi) = words::call(words.first()?)?;
    let count = words.get(1)?.parse().ok()?;
    let errors = words.get(2)?.parse().unwrap_or(0);
    let sum = Entry { count, errors, abi, ..Entry::new(which) };
    (words.len() >= 5).then(|| context.sum(Tool::Perf, sum))
}
