//! perf: `perf trace`, and its sums (`-s`).
//!
//! Source: the kernel's `tools/perf/builtin-trace.c` (`trace__fprintf_entry_head`,
//! `trace__sys_exit`, `thread__dump_stats`).

use crate::recording::context::{Context, Kind, Section, Tool, with_outcome};
use crate::recording::entry::{Entry, Outcome};
use crate::recording::words;

pub(super) fn line(text: &str, context: &mut Context) -> Option<Kind> {
    let lost = text.trim().strip_prefix("LOST ").and_then(|rest| rest.strip_suffix(" events!"));
    if lost.is_some_and(|count| count.bytes().all(|b| b.is_ascii_digit())) {
        return Some(Kind::None);
    }
    summary(text, context).or_else(|| trace(text.trim(), context))
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
    // The name of the process stands before the last `/` in front of a number, if it is told.
    let (command, pid, rest) = process(behind);
    if let Some(inner) = rest.trim_start().strip_prefix("... [continued]: ") {
        let name = &inner[..inner.find('(')?];
        let (which, _) = words::call(name)?;
        let outcome = inner.split_once(" = ").and_then(|(_, value)| words::outcome(value));
        let outcome = outcome.unwrap_or(Outcome::Unknown);
        return Some(match context.resume(Tool::Perf, pid.unwrap_or(0), &which) {
            Some(waiting) => {
                context.emit(with_outcome(waiting, outcome));
                Kind::Continuation
            }
            None => context.emit(Entry { pid, command, outcome, ..Entry::new(which) }),
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
    context.arguments(&mut entry, &list);
    match result {
        Some(result) => {
            entry.outcome = words::outcome(result)?;
            Some(context.emit(entry))
        }
        None if is_open => Some(context.wait(Tool::Perf, pid.unwrap_or(0), entry)),
        None => Some(context.emit(entry)),
    }
}

/// `mount/14974 `, `:14974/14974 `; perf leaves it out where it follows one process.
fn process(text: &str) -> (Option<Box<str>>, Option<u32>, &str) {
    let end = text.find('(').unwrap_or(text.len());
    let end = text.find("... [").map_or(end, |at| end.min(at));
    if let Some(slash) = text[..end].rfind('/')
        && let Some((pid, behind)) = text[slash + 1..].split_once(' ')
        && let Ok(pid) = pid.parse()
    {
        return (Some(text[..slash].into()), Some(pid), behind.trim_start());
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
    if is_process || is_header || trimmed.starts_with("total,") {
        return Some(Kind::None);
    }
    // Older ones have no column of errors.
    let (which, abi) = words::call(words.first()?)?;
    let count = words.get(1)?.parse().ok()?;
    let errors = words.get(2)?.parse().unwrap_or(0);
    (words.len() >= 5).then(|| context.emit(Entry { count, errors, abi, ..Entry::new(which) }))
}
