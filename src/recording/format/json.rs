//! Records that are an object: of the Security Profiles Operator, Inspektor Gadget, Falco, laurel;
//! and lines of Docker's and journald's own files, whose text is read in turn. Also klog's
//! `"syscallID"=165 "syscallName"="mount"`.
//!
//! Source: the operator's `internal/pkg/daemon/enricher/` (`enricher.go`, `jsonenricher.go`, `types`),
//! Inspektor Gadget's `gadgets/audit_seccomp/gadget.yaml` and its older `pkg/gadgets/audit/seccomp/types`,
//! Falco's `userspace/engine/formats.cpp`, laurel's `man/laurel-audit-records.7.md`, moby's
//! `daemon/logger/jsonfilelog`, systemd's `journalctl -o json`.

use super::strace::by_pair;
use crate::recording::arch;
use crate::recording::context::{Context, Kind};
use crate::recording::entry::{AbiHint, Answer, Entry, Outcome, Which};
use crate::recording::words;
use serde_json::{Map, Value};

pub(super) enum Found {
    /// Something is known of the line.
    Kind(Kind),
    /// The object only carries this line.
    Line(String),
}

pub(super) fn line(text: &str, context: &mut Context) -> Option<Found> {
    let text = text.trim();
    if text.contains("\"syscallID\"=") || text.contains("\"syscallName\"=") {
        return klog(text, context).map(Found::Kind);
    }
    // A list of names is for the reader of names.
    if !(text.starts_with('{') && text.ends_with('}')) {
        return None;
    }
    let Value::Object(object) = serde_json::from_str(text).ok()? else { return None };
    if let Some(kind) = record(&object, context) {
        return Some(Found::Kind(kind));
    }
    let (name, value) = ["log", "MESSAGE", "message", "msg", "cause"]
        .into_iter()
        .find_map(|name| Some((name, object.get(name)?)))?;
    let line = match value {
        Value::String(text) => text.clone(),
        // journald's for a text with colours, and for one that is too long.
        Value::Array(bytes) => {
            let bytes = bytes.iter().map(|byte| byte.as_u64()?.try_into().ok());
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
        if let Some(before) = context.parts(!is_err) {
            return Some(Found::Line(before + text));
        }
    }
    Some(Found::Line(text.to_owned()))
}

fn record(object: &Map<String, Value>, context: &mut Context) -> Option<Kind> {
    let any = |names: &[&str]| names.iter().find_map(|name| object.get(*name));
    let text = |names: &[&str]| any(names).and_then(Value::as_str);
    if let Some(fields) = object.get("output_fields").and_then(Value::as_object) {
        let (which, abi) = words::call(fields.get("evt.type")?.as_str()?)?;
        let command = fields.get("proc.name").and_then(Value::as_str).map(Into::into);
        let pid =
            fields.get("proc.pid").and_then(Value::as_u64).and_then(|pid| pid.try_into().ok());
        let result = fields.get("evt.res").and_then(Value::as_str);
        let outcome = result.and_then(super::sysdig::outcome).unwrap_or(Outcome::Unknown);
        return Some(context.emit(Entry { abi, command, pid, outcome, ..Entry::new(which) }));
    }
    // laurel puts a record into an object of its type.
    for (kind, is_seccomp) in [("SECCOMP", true), ("SYSCALL", false)] {
        if let Some(of) = object.get(kind).and_then(Value::as_object) {
            return laurel(of, is_seccomp, context);
        }
    }
    let mut entries = Vec::new();
    let id = any(&["syscallID", "syscallId", "syscall_id", "syscall_raw", "syscall_nr"]);
    let id = id.and_then(|id| id.as_i64().or_else(|| id.as_str()?.parse().ok()));
    let names = any(&["syscallName", "syscall", "syscall_name", "SYSCALL"]);
    let listed = object.get("syscalls").and_then(Value::as_array);
    match (names, id, listed) {
        (Some(Value::String(name)), _, _) => {
            let number = || Some((Which::Number(name.parse().ok()?), AbiHint::Unknown));
            let (which, mut abi) = words::call(name)
                .or_else(number)
                .unwrap_or_else(|| (Which::Name((&**name).into()), AbiHint::Unknown));
            if let (Which::Call(syscall), Some(id)) = (&which, id) {
                abi = by_pair(*syscall, id);
            }
            entries.push(Entry { abi, ..Entry::new(which) });
        }
        (Some(Value::Number(number)), _, _) => {
            entries.push(Entry::new(Which::Number(number.as_i64()?)));
        }
        (_, Some(id), _) => entries.push(Entry::new(Which::Number(id))),
        (_, _, Some(list)) => {
            for name in list {
                let name = name.as_str().or_else(|| name.get("name")?.as_str())?;
                let (which, abi) = words::call(name)?;
                entries.push(Entry { abi, ..Entry::new(which) });
            }
        }
        _ => return None,
    }
    if entries.is_empty() {
        return None;
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
    for mut entry in entries {
        entry.pid = pid;
        entry.command.clone_from(&command);
        entry.abi = arch.map_or(entry.abi, AbiHint::Is);
        entry.outcome = answer.map_or(Outcome::Unknown, Outcome::Seccomp);
        context.emit(entry);
    }
    Some(Kind::Calls)
}

fn laurel(of: &Map<String, Value>, is_seccomp: bool, context: &mut Context) -> Option<Kind> {
    let number = of.get("syscall")?.as_i64()?;
    let arch = of.get("arch").and_then(Value::as_str).map(|arch| arch.trim_start_matches("0x"));
    let arch = arch.and_then(|arch| u32::from_str_radix(arch, 16).ok());
    let abi =
        arch.and_then(|arch| arch::of_audit(arch, number)).map_or(AbiHint::Unknown, AbiHint::Is);
    let mut entry = Entry { abi, ..Entry::new(Which::Number(number)) };
    entry.pid = of.get("pid").and_then(Value::as_u64).and_then(|pid| pid.try_into().ok());
    entry.command = of.get("comm").and_then(Value::as_str).map(Into::into);
    entry.outcome = match is_seccomp {
        true => {
            let code = of.get("code").and_then(Value::as_str).map(|c| c.trim_start_matches("0x"));
            let code = code.and_then(|code| u32::from_str_radix(code, 16).ok());
            Outcome::Seccomp(code.and_then(Answer::of_code).unwrap_or(Answer::Blocked))
        }
        false => match of.get("exit").and_then(Value::as_i64) {
            Some(exit) => words::outcome(&exit.to_string())?,
            None => Outcome::Unknown,
        },
    };
    Some(context.emit(entry))
}

/// `I0705 12:08:18.729660 1843190 enricher.go:136] audit "type"="seccomp" ... "syscallID"=10
/// "syscallName"="mprotect"`
fn klog(text: &str, context: &mut Context) -> Option<Kind> {
    let field = |name: &str| {
        let start = format!("\"{name}\"=");
        let rest = &text[text.find(&start)? + start.len()..];
        Some(match rest.strip_prefix('"') {
            Some(quoted) => &quoted[..quoted.find('"')?],
            None => &rest[..rest.find(' ').unwrap_or(rest.len())],
        })
    };
    let id = field("syscallID").and_then(|id| id.parse().ok());
    let mut abi = AbiHint::Unknown;
    let which = match (field("syscallName").and_then(words::call), id) {
        (Some((Which::Call(syscall), _)), Some(id)) => {
            abi = by_pair(syscall, id);
            Which::Call(syscall)
        }
        (Some((which, _)), _) => which,
        (None, id) => Which::Number(id?),
    };
    let pid = field("pid").and_then(|pid| pid.parse().ok());
    let command = field("executable").map(|path| path.rsplit('/').next().unwrap_or(path).into());
    Some(context.emit(Entry { abi, pid, command, ..Entry::new(which) }))
}
