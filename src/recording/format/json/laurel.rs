//! laurel's events: an object a record, several of one kind in an array (`src/coalesce.rs`,
//! man/laurel-about.7.md). With `translate.universal` its numbers are words.

use crate::recording::arch;
use crate::recording::context::{Context, Kind};
use crate::recording::entry::{AbiHint, Answer, Entry, Outcome, Which};
use crate::recording::words;
use serde_json::{Map, Value};

pub(super) fn event(object: &Map<String, Value>, context: &mut Context) -> Option<Kind> {
    let records = |kind: &str| match object.get(kind) {
        Some(Value::Object(record)) => vec![record],
        Some(Value::Array(records)) => records.iter().filter_map(Value::as_object).collect(),
        _ => Vec::new(),
    };
    let stopped = records("SECCOMP");
    let made = records("SYSCALL");
    if stopped.is_empty() && made.is_empty() {
        // Of something else than a call.
        let is_event = object.get("ID").and_then(Value::as_str).is_some_and(|id| id.contains(':'));
        return (is_event && object.len() > 1).then_some(Kind::None);
    }
    let mut entries = Vec::new();
    for record in &made {
        entries.push(call(record, false)?);
    }
    for record in &stopped {
        let entry = call(record, true)?;
        // One event is one call: the other record has its arguments.
        match entries.iter_mut().find(|made| made.which == entry.which && made.abi == entry.abi) {
            Some(made) => made.outcome = entry.outcome,
            None => entries.push(entry),
        }
    }
    for entry in entries {
        context.emit(entry);
    }
    Some(Kind::Calls)
}

fn call(of: &Map<String, Value>, is_seccomp: bool) -> Option<Entry> {
    let text = |name: &str| of.get(name).and_then(Value::as_str);
    let hex = |text: &str| u64::from_str_radix(text.trim_start_matches("0x"), 16).ok();
    let word = of.get("syscall").or_else(|| of.get("SYSCALL"))?;
    let number = word.as_i64();
    let arch = text("arch").or_else(|| text("ARCH"));
    let abi = arch.and_then(|arch| {
        match hex(arch).filter(|_| arch.trim_start_matches("0x").len() == 8) {
            Some(of) => arch::of_audit(of.try_into().ok()?, number.unwrap_or(0)),
            None => arch::of_word(arch),
        }
    });
    let which = match (number, abi, arch) {
        (Some(number), None, Some(arch)) => Which::Name(format!("{number} of arch {arch}").into()),
        (Some(number), ..) => Which::Number(number),
        (None, ..) => words::call(word.as_str()?)?.0,
    };
    let mut entry = Entry { abi: abi.map_or(AbiHint::Unknown, AbiHint::Is), ..Entry::new(which) };
    entry.pid = of.get("pid").and_then(Value::as_u64).and_then(|pid| pid.try_into().ok());
    entry.command = text("comm").map(Into::into);
    if is_seccomp {
        let code = text("code").and_then(|code| match code.strip_prefix("0x") {
            Some(code) => Answer::of_code(u32::from_str_radix(code, 16).ok()?),
            None => Answer::of_name(code),
        });
        entry.outcome = Outcome::Seccomp(code.unwrap_or(Answer::Blocked));
        return Some(entry);
    }
    let list = of.get("ARGV").and_then(Value::as_array);
    for (index, name) in ["a0", "a1", "a2", "a3"].into_iter().enumerate() {
        let value = of.get(name).or_else(|| list?.get(index));
        entry.args[index] = value.and_then(|value| value.as_u64().or_else(|| hex(value.as_str()?)));
    }
    entry.outcome = match of.get("exit") {
        Some(Value::String(name)) if name.starts_with('E') => {
            words::outcome(&format!("-1 {name}"))?
        }
        Some(exit) => exit.as_i64().and_then(|exit| words::outcome(&exit.to_string()))?,
        None if text("success") == Some("no") => Outcome::Failed(0),
        None => Outcome::Unknown,
    };
    Some(entry)
}
