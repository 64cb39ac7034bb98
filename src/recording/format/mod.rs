//! One file a family of formats.

mod audit;
mod crash;
mod json;
mod names;
mod perf;
mod strace;
mod sysdig;
mod table;
mod tracepoint;

use super::context::{Context, Kind};
use super::prefix;

/// Of these the report tells which it can read.
pub const FORMATS: &str = "strace (any options, also -c), perf trace (also -s), perf script, ftrace, \
    bpftrace, audit and ausearch records, the Security Profiles Operator's log, Inspektor Gadget, \
    sysdig, falco, Tracee, laurel, amicontained, messages of Chromium, Firefox and Android, lists of names or numbers";

/// Reads a line. Content alone tells the format, line by line.
pub(super) fn line(text: &str, context: &mut Context) -> Kind {
    let kind = match prefix::cri(text) {
        Some((stream, is_part, rest)) => {
            let is_out = stream == "stdout";
            if is_part {
                context.keep_part(is_out, rest);
                return Kind::Continuation;
            }
            match context.whole(is_out, rest) {
                Some(whole) => read(&whole, context, 3),
                None => read(rest, context, 3),
            }
        }
        None => read(text, context, 3),
    };
    kind.unwrap_or(Kind::NotUnderstood)
}

/// Reads a line of which the last part never came.
pub(super) fn unended(text: &str, context: &mut Context) -> Kind {
    read(text, context, 3).unwrap_or(Kind::NotUnderstood)
}

fn read(text: &str, context: &mut Context, depth: u8) -> Option<Kind> {
    if text.trim().is_empty() {
        return Some(Kind::None);
    }
    match prefix::journal(text) {
        Some(prefix::Journal::Nothing) => return Some(Kind::None),
        Some(prefix::Journal::Message(message)) => {
            return read(message, context, depth.checked_sub(1)?);
        }
        None => {}
    }
    match json::line(text, context) {
        Some(json::Found::Kind(kind)) => return Some(kind),
        Some(json::Found::Line(line)) if depth > 0 => return read(&line, context, depth - 1),
        Some(json::Found::Line(_)) => return None,
        None => {}
    }
    // Before prefixes are taken away: `audit[7645]: ` looks like one.
    if (text.contains("audit") || text.starts_with("SECCOMP ") || text.starts_with("SYSCALL "))
        && let Some(kind) = audit::line(text, context)
    {
        return Some(kind);
    }
    // ausearch puts these between records; ftrace's head begins with `#`.
    let is_head = text.starts_with("time->") || text.starts_with("# ");
    if is_head || matches!(text.trim(), "----" | "<no matches>") {
        return Some(Kind::None);
    }
    // Compose speaks of its services.
    let is_said = text.starts_with("Attaching to ") || text.contains(" exited with code ");
    if is_said && !text.contains(['(', '"', '{']) {
        return Some(Kind::None);
    }
    let bare = prefix::strip(text);
    if bare.len() < text.len() && (bare.trim_start().starts_with('{') || bare.contains("\"syscall"))
    {
        return read(bare, context, depth.checked_sub(1)?);
    }
    strace::line(bare, context)
        .or_else(|| perf::line(bare, context))
        .or_else(|| tracepoint::line(text, context))
        .or_else(|| sysdig::line(bare, context))
        .or_else(|| crash::line(bare, context))
        .or_else(|| table::line(bare, context))
        .or_else(|| names::line(bare, context))
}
