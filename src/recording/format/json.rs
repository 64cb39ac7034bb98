//! Records that are an object: of the Security Profiles Operator, Inspektor Gadget, Falco, laurel,
//! Tracee; and lines of Docker's and journald's own files, whose text is read in turn. Also klog's
//! `"syscallID"=165 "syscallName"="mount"`.
//!
//! Source: the operator's `internal/pkg/daemon/enricher/` (`enricher.go`, `jsonenricher.go`, `types`),
//! Inspektor Gadget's `gadgets/audit_seccomp/gadget.yaml` and its older `pkg/gadgets/audit/seccomp/types`,
//! Falco's `userspace/engine/formats.cpp`, laurel's `man/laurel-audit-records.7.md`, moby's
//! `daemon/logger/jsonfilelog`, systemd's `journalctl -o json`.

mod laurel;
mod tracee;

use super::tracepoint::in_order;
use crate::recording::arch;
use crate::recording::context::{Context, Kind};
use crate::recording::entry::{AbiHint, Answer, Entry, Outcome, Which};
use crate::recording::{errors, words};
use serde_json::{Map, Value};

pub(super) enum Found {
    /// Something is known of the line.
    Kind(Kind),
    /// The object only carries this line.
    Line(String),
}

pub(super) fn line(text: &str, context: &mut Context) -> Option<Found> {
    let text = text.trim();
    if text.contains("syscallID") && text.contains('=') && !text.starts_with('{') {
        return klog(text, context).map(Found::Kind);
    }
    // klog's other lines, and those of Go's `log`.
    if is_klog(text) || text.starts_with("20") && text.contains(" Sought /") {
        return Some(Found::Kind(Kind::None));
    }
    // A list of names is for the reader of names.
    if !(text.starts_with('{') && text.ends_with('}')) {
        return None;
    }
    let Value::Object(object) = serde_json::from_str(text).ok()? else { return None };
    if let Some(kind) = record(&object, context) {
        return Some(Found::Kind(kind));
    }
    if let Some(found) = bpftrace(&object, context) {
        return Some(found);
    }
    let (name, value) = ["log", "MESSAGE", "message", "msg", "cause"]
        .into_iter()
        .find_map(|name| Some((name, object.get(name)?)))?;
    let line = match value {
        Value::String(text) => text.clone(),
        // journald's for a text with colours, and for one that is too long.
        Value::Array(bytes) => {
            let bytes = bytes.iter().map(|byte| u8::try_from(byte.as_u64()?).ok());
            String::from_utf8_lossy(&bytes.collect::<Option<Vec<u8>>>()?).into_owned()
        }
        Value::Null if name == "MESSAGE" => return Some(Found::Kind(Kind::None)),
        _ => return None,
    };
    let text = line.trim_end_matches(['\n', '\r']);
    // Docker's json-file cuts lines at 16 KiB.
    let is_err = object.get("stream").and_then(Value::as_str) != Some("stdout");
    if name == "log" {
        if text.len() == line.len() && line.len() >= 16_384 {
            context.keep_part(!is_err, &line);
            return Some(Found::Kind(Kind::Continuation));
        }
        if let Some(whole) = context.whole(!is_err, text) {
            return Some(Found::Line(whole));
        }
    }
    Some(Found::Line(text.to_owned()))
}

/// `bpftrace -f json` (src/output.cpp, `JsonOutput`): `{"type": "map", "data": {"@": {"openat": 3}}}`.
fn bpftrace(object: &Map<String, Value>, context: &mut Context) -> Option<Found> {
    let data = object.get("data")?;
    match (object.get("type")?.as_str()?, data) {
        ("attached_probes" | "lost_events" | "time" | "syscall", _) => {
            Some(Found::Kind(Kind::None))
        }
        ("printf", Value::String(text)) => Some(Found::Line(text.trim_end().to_owned())),
        ("map", Value::Object(maps)) => {
            for (map, rows) in maps {
                for (key, count) in rows.as_object()? {
                    super::tracepoint::row(map, key, count.as_u64()?, context)?;
                }
            }
            Some(Found::Kind(Kind::Calls))
        }
        _ => None,
    }
}

fn record(object: &Map<String, Value>, context: &mut Context) -> Option<Kind> {
    let any = |names: &[&str]| names.iter().find_map(|name| object.get(*name));
    let text = |names: &[&str]| any(names).and_then(Value::as_str);
    if let Some(fields) = object.get("output_fields").and_then(Value::as_object) {
        return falco(object, fields, context);
    }
    if let Some(kind) = tracee::event(object, context) {
        return Some(kind);
    }
    if let Some(kind) = laurel::event(object, context) {
        return Some(kind);
    }
    let mut entries = Vec::new();
    let id = any(&["syscallID", "syscallId", "syscall_id", "syscall_raw", "syscall_nr"]);
    let id = id.and_then(|id| id.as_i64().or_else(|| id.as_str()?.parse().ok()));
    let names = any(&["syscallName", "syscall", "syscall_name", "SYSCALL"]);
    let listed = object.get("syscalls");
    match (names, id, listed) {
        (Some(Value::String(name)), _, _) => {
            let number = || Some((Which::Number(name.parse().ok()?), AbiHint::Unknown));
            let (which, abi) = words::pair(name, id)
                .or_else(number)
                .unwrap_or_else(|| (Which::Name((&**name).into()), AbiHint::Unknown));
            entries.push(Entry { abi, ..Entry::new(which) });
        }
        (Some(Value::Number(number)), _, _) => {
            entries.push(Entry::new(Which::Number(number.as_i64()?)));
        }
        (_, Some(id), _) => entries.push(Entry::new(Which::Number(id))),
        (_, _, Some(Value::Array(list))) => {
            for name in list {
                let name = name.as_str().or_else(|| name.get("name")?.as_str())?;
                let (which, abi) = words::call(name)?;
                entries.push(Entry { abi, ..Entry::new(which) });
            }
        }
        // The operator's, of a process whose calls have no names.
        (_, _, Some(Value::Null)) if object.contains_key("auditID") => return Some(Kind::None),
        _ => {}
    }
    if entries.is_empty() {
        // Inspektor Gadget before 0.30 tells of itself between the events (`pkg/types`).
        let is_remark =
            matches!(text(&["type"]), Some("debug" | "info" | "warn" | "err" | "ready"));
        return (is_remark && object.contains_key("message")).then_some(Kind::None);
    }
    let nested = |name: &str| {
        let proc = object.get("proc").and_then(Value::as_object);
        any(&[name]).or_else(|| proc?.get(name))
    };
    let pid = nested("pid").and_then(Value::as_u64).and_then(|pid| pid.try_into().ok());
    let command = nested("comm").and_then(Value::as_str).map(Into::into);
    let arch = text(&["arch", "architecture"]).and_then(arch::of_word);
    let answer = any(&["code", "action"]).and_then(|code| match code {
        Value::String(name) => Answer::of_name(name),
        code => Answer::of_code(code.as_u64()?.try_into().ok()?),
    });
    let ended = any(&["ret", "retval"]).map_or(Outcome::Unknown, |ret| match ret {
        Value::String(text) => errors::outcome(text),
        ret => ret
            .as_i64()
            .and_then(|ret| words::outcome(&ret.to_string()))
            .unwrap_or(Outcome::Unknown),
    });
    for mut entry in entries {
        entry.pid = pid;
        entry.command.clone_from(&command);
        entry.abi = arch.map_or(entry.abi, AbiHint::Is);
        entry.outcome = answer.map_or(ended, Outcome::Seccomp);
        traceloop(object, &mut entry, context);
        context.emit(entry);
    }
    Some(Kind::Calls)
}

/// The arguments of Inspektor Gadget's traceloop: `"parameters":"fd=3, flags=0"`, a list of names and
/// values before 0.21.
fn traceloop(object: &Map<String, Value>, entry: &mut Entry, context: &Context) {
    match object.get("parameters") {
        Some(Value::String(text)) => parameters(text, entry, context),
        Some(Value::Array(list)) => {
            let pairs = list.iter().map(|part| {
                let field = |name| part.get(name).and_then(Value::as_str).unwrap_or("");
                (field("name"), field("value"))
            });
            in_order(pairs, words::number, entry, context);
        }
        _ => {}
    }
}

/// `fd=3, buf="a, b", flags=0`: numbers in decimal, addresses in hexadecimal, texts in quotes.
pub(super) fn parameters(text: &str, entry: &mut Entry, context: &Context) {
    let mut parts = Vec::new();
    let (mut start, mut is_quoted, mut was) = (0, false, b' ');
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' if was != b'\\' => is_quoted = !is_quoted,
            b',' if !is_quoted => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
        was = if was == b'\\' { b' ' } else { byte };
    }
    parts.push(&text[start..]);
    let pairs = parts.into_iter().map(|part| part.trim().split_once('=').unwrap_or((part, "")));
    in_order(pairs, words::number, entry, context);
}

/// Falco's alert. One of a rule that does not speak of a call holds none.
fn falco(
    object: &Map<String, Value>,
    fields: &Map<String, Value>,
    context: &mut Context,
) -> Option<Kind> {
    let field = |name: &str| fields.get(name).and_then(Value::as_str);
    let Some(kind) = field("evt.type") else {
        let said = object.get("output").and_then(Value::as_str).unwrap_or("");
        let kind = super::sysdig::line(said, context);
        return kind.or_else(|| object.contains_key("rule").then_some(Kind::None));
    };
    let Some((which, abi)) = words::call(kind) else {
        // `container`, `procexit`, `k8saudit`
        return object.contains_key("rule").then_some(Kind::None);
    };
    let command = field("proc.name").map(Into::into);
    let pid = fields.get("proc.pid").and_then(Value::as_u64).and_then(|pid| pid.try_into().ok());
    let result = field("evt.res");
    let outcome = result.and_then(super::sysdig::outcome).unwrap_or(Outcome::Unknown);
    Some(context.emit(Entry { abi, command, pid, outcome, ..Entry::new(which) }))
}

/// `I0705 12:08:18.729660 1843190 enricher.go:136] `
fn is_klog(text: &str) -> bool {
    let Some((head, _)) = text.split_once("] ") else { return false };
    let mut words = head.split_ascii_whitespace();
    let (Some(level), Some(time), Some(_), Some(place)) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return false;
    };
    let bytes = level.as_bytes();
    bytes.len() == 5
        && b"IWEF".contains(&bytes[0])
        && bytes[1..].iter().all(u8::is_ascii_digit)
        && time.len() > 8
        && time.bytes().all(|b| b.is_ascii_digit() || b":.".contains(&b))
        && place.contains(".go:")
        && words.next().is_none()
}

/// `I0705 12:08:18.729660 1843190 enricher.go:136] audit "type"="seccomp" ... "syscallID"=10
/// "syscallName"="mprotect"`; newer ones have the keys without quotes.
fn klog(text: &str, context: &mut Context) -> Option<Kind> {
    let field = |name: &str| {
        let value = |start: &str| Some(&text[text.find(start)? + start.len()..]);
        let rest = value(&format!("\"{name}\"=")).or_else(|| value(&format!(" {name}=")))?;
        Some(match rest.strip_prefix('"') {
            Some(quoted) => &quoted[..quoted.find('"')?],
            None => &rest[..rest.find(' ').unwrap_or(rest.len())],
        })
    };
    let id = field("syscallID").and_then(|id| id.parse().ok());
    let named = field("syscallName").and_then(|name| words::pair(name, id));
    let (which, abi) = match (named, id) {
        (Some(found), _) => found,
        (None, id) => (Which::Number(id?), AbiHint::Unknown),
    };
    let pid = field("pid").and_then(|pid| pid.parse().ok());
    let command = field("executable").map(|path| path.rsplit('/').next().unwrap_or(path).into());
    Some(context.emit(Entry { abi, pid, command, ..Entry::new(which) }))
}
