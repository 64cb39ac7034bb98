//! The kernel's audit: `SECCOMP` and `SYSCALL` records, raw, by `ausearch -i`, from journald or dmesg.
//!
//! Source: the kernel's `kernel/auditsc.c` (`audit_seccomp`, `audit_log_exit`), audit's
//! `auparse/interpret.c` and `auparse/seccomptab.h`, `include/uapi/linux/audit.h`.

use crate::recording::arch;
use crate::recording::context::{Context, Kind};
use crate::recording::entry::{AbiHint, Answer, Entry, Outcome, Which};
use crate::recording::words;
use crate::syscall::{Abi, Syscall};
use std::borrow::Cow;

pub(super) fn line(text: &str, context: &mut Context) -> Option<Kind> {
    // kernel/audit.c: records were lost.
    let lost =
        ["audit_lost=", "printk_skb: ", "audit: backlog limit exceeded", "audit: rate limit"];
    if lost.iter().any(|words| text.contains(words)) && !text.contains("syscall=") {
        return Some(Kind::None);
    }
    let (kind, record) = record(text)?;
    let found = match kind {
        "SECCOMP" | "1326" => call(record, true, context),
        "SYSCALL" | "1300" => call(record, false, context),
        _ => Some(Kind::None),
    };
    // A record that lacks its call is not understood.
    Some(found.unwrap_or(Kind::NotUnderstood))
}

/// The type of the record, and its fields.
fn record(text: &str) -> Option<(&str, &str)> {
    if let Some(at) = find_word(text, "type=") {
        let rest = &text[at + 5..];
        let (kind, behind) = rest.split_once(' ')?;
        let is_kind =
            kind.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
                || kind.starts_with("UNKNOWN[");
        if is_kind && behind.contains("audit(") {
            return Some((kind, behind));
        }
    }
    // `journalctl -o cat` and `-o json`: the message alone.
    for kind in ["SECCOMP", "SYSCALL"] {
        let fields = text.strip_prefix(kind).and_then(|rest| rest.strip_prefix(' '));
        let is_record = |fields: &&str| fields.contains("arch=") && fields.contains(" syscall=");
        if let Some(fields) = fields.filter(is_record) {
            return Some((kind, fields));
        }
    }
    // journald: `audit[7645]: SECCOMP auid=...`, `audit: SECCOMP auid=...`.
    let at = find_word(text, "audit[").or_else(|| find_word(text, "audit:"))?;
    let (_, behind) = text[at..].split_once(": ")?;
    let (kind, fields) = behind.split_once(' ')?;
    let is_kind = kind.len() > 2 && kind.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    (is_kind && (fields.contains('=') || kind == "CWD")).then_some((kind, fields))
}

/// Where a word begins with this text.
fn find_word(text: &str, start: &str) -> Option<usize> {
    text.match_indices(start)
        .map(|(at, _)| at)
        .find(|&at| at == 0 || matches!(text.as_bytes()[at - 1], b' ' | b'\t' | b'"' | b'>'))
}

fn call(text: &str, is_seccomp: bool, context: &mut Context) -> Option<Kind> {
    // The enriched half follows after 0x1d, which logs lose.
    let cut = text.find('\u{1d}').or_else(|| {
        let at = text.find("AUID=")?;
        (at > 0 && !text.as_bytes()[at - 1].is_ascii_whitespace()).then_some(at)
    });
    let (raw, enriched) = text.split_at(cut.unwrap_or(text.len()));
    let field = |name: &str| field(raw, name);
    let upper = |name: &str| super::audit::field(enriched, name);
    let word = field("syscall").or_else(|| upper("SYSCALL"))?;
    let number = words::number(word).map(|number| number as i64);
    let hint = match field("arch") {
        Some(arch) => match u32::from_str_radix(arch.trim_start_matches("0x"), 16) {
            Ok(of) if arch.len() >= 8 => arch::of_audit(of, number.unwrap_or(0)),
            _ => {
                match arch.strip_prefix("unknown-elf-type(").map(|rest| rest.trim_end_matches(')'))
                {
                    Some(of) => arch::of_word(of),
                    None => arch::of_word(arch),
                }
            }
        },
        None => upper("ARCH").and_then(arch::of_word),
    };
    let mut abi = hint.map_or(AbiHint::Unknown, AbiHint::Is);
    let arch = field("arch").or_else(|| upper("ARCH"));
    let which = match (number, arch) {
        // A number means nothing on a machine that is not known.
        (Some(number), Some(arch)) if hint.is_none() => {
            Which::Name(format!("{number} of arch {arch}").into())
        }
        (Some(number), _) => Which::Number(number),
        (None, _) => named(word, hint),
    };
    if let (AbiHint::Unknown, Some(number)) = (abi, number)
        && let Some((Which::Call(syscall), _)) = upper("SYSCALL").and_then(words::call)
    {
        abi = words::by_pair(syscall, number);
    }
    let mut entry = Entry { abi, ..Entry::new(which) };
    entry.pid = field("pid").and_then(|pid| pid.parse().ok());
    entry.command = field("comm").map(|comm| match is_quoted(raw) {
        true => comm.into(),
        false if number.is_some() => unhexed(comm).unwrap_or_else(|| comm.into()),
        false => comm.into(),
    });
    if is_seccomp {
        let code = field("code").map(|code| match code.strip_prefix("0x") {
            Some(hex) => u32::from_str_radix(hex, 16).ok().and_then(Answer::of_code),
            None => Answer::of_name(code),
        });
        entry.outcome = Outcome::Seccomp(code.flatten().unwrap_or(Answer::Blocked));
    } else {
        let exit = field("exit").unwrap_or("?");
        entry.outcome = match exit.strip_prefix('E').map(|_| format!("-1 {exit}")) {
            Some(words) => words::outcome(&words)?,
            None => words::outcome(exit).unwrap_or(Outcome::Unknown),
        };
        if field("success") == Some("no") && field("exit").is_none() {
            entry.outcome = Outcome::Failed(0);
        }
        let is_raw = number.is_some();
        let list: Vec<Option<&str>> = ["a0", "a1", "a2", "a3"].into_iter().map(field).collect();
        for (index, word) in (0_u8..).zip(list) {
            let Some(word) = word else { continue };
            let value = if is_raw || word.bytes().all(|b| b.is_ascii_hexdigit()) {
                u64::from_str_radix(word.trim_start_matches("0x"), 16).ok()
            } else if let Which::Call(syscall) = entry.which {
                let abis = context.abis(abi);
                let word = socket_word(syscall, index, word);
                context.argument(syscall, &abis, index, &word)
            } else {
                words::number(word)
            };
            entry.args[usize::from(index)] = value;
        }
    }
    Some(context.emit(entry))
}

fn is_quoted(text: &str) -> bool {
    text.contains(" comm=\"")
}

/// A command with a space or a quote, which the kernel writes in hexadecimal (`audit_log_untrustedstring`).
fn unhexed(text: &str) -> Option<Box<str>> {
    let is_hex = text.len() >= 2
        && text.len().is_multiple_of(2)
        && text.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b));
    if !is_hex {
        return None;
    }
    let bytes: Option<Vec<u8>> = (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect();
    String::from_utf8(bytes?).ok().map(Into::into)
}

/// Families and protocols of sockets, which ausearch writes as `inet6`, `tcp` (auparse's `famtab.h`).
fn socket_word(syscall: Syscall, index: u8, word: &str) -> Cow<'_, str> {
    let is_small = word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let prefix = match (syscall.name(), index) {
        ("socket" | "socketpair", 0) => "AF_",
        ("socket" | "socketpair", 2) => "IPPROTO_",
        _ => return word.into(),
    };
    let is_word = is_small && word.starts_with(|c: char| c.is_ascii_lowercase());
    if is_word { format!("{prefix}{}", word.to_ascii_uppercase()).into() } else { word.into() }
}

/// The call that audit's library calls so (`lib/*_table.h`): by a name of its own where the usual one
/// is none of the ABI.
fn named(word: &str, abi: Option<Abi>) -> Which {
    let found = words::call(word).map(|(which, _)| which);
    let lacks = |which: &Which| match (which, abi) {
        (Which::Call(call), Some(abi)) => call.number(abi).is_none(),
        _ => false,
    };
    if let Some(which) = &found
        && !lacks(which)
    {
        return which.clone();
    }
    let other = match word {
        "fadvise64_64" => "arm_fadvise64_64",
        "fstatat64" => "newfstatat",
        "getdents" => "getdents64",
        "llseek" => "_llseek",
        "newfstat" => "fstat",
        "newselect" => "_newselect",
        "perf_counter_open" => "perf_event_open",
        "pread" => "pread64",
        "pwrite" => "pwrite64",
        "sched_rr_get_interval64" => "sched_rr_get_interval_time64",
        "sync_file_range" => "arm_sync_file_range",
        "sysctl" => "_sysctl",
        "timerfd" => "timerfd_create",
        _ => word,
    };
    match (Syscall::from_name(other), found) {
        (Some(call), _) => Which::Call(call),
        (None, Some(which)) => which,
        (None, None) => Which::Name(word.into()),
    }
}

/// The value of a field; a quoted one without regard to spaces in it.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (mut from, mut quotes) = (0, 0);
    while let Some(at) = text.get(from..)?.find(name) {
        let at = from + at;
        let end = at + name.len();
        quotes += text[from..at].bytes().filter(|&b| b == b'"').count();
        let starts = (at == 0 || matches!(text.as_bytes()[at - 1], b' ' | b'\t' | b',' | 0x1d))
            // Not in the name of a program.
            && quotes % 2 == 0;
        if starts && text.as_bytes().get(end) == Some(&b'=') {
            let value = &text[end + 1..];
            if let Some(quoted) = value.strip_prefix('"') {
                return Some(&quoted[..quoted.find('"').unwrap_or(quoted.len())]);
            }
            return Some(&value[..value.find([' ', '\t', '\u{1d}']).unwrap_or(value.len())]);
        }
        from = end;
    }
    None
}
