//! Tracee's events, in the form before 0.24 (`types/trace/trace.go`) and since (`api/v1beta1/event.proto`).
//! An event that is no call was met inside one, whose name it has.

use crate::recording::context::{Context, Kind};
use crate::recording::entry::{AbiHint, Entry, Outcome};
use crate::recording::format::tracepoint::by_name;
use crate::recording::words;
use serde_json::{Map, Value};

pub(super) fn event(object: &Map<String, Value>, context: &mut Context) -> Option<Kind> {
    let text = |name: &str| object.get(name).and_then(Value::as_str);
    if let (Some(name), Some(_)) = (text("eventName"), object.get("eventId")) {
        let is_compat = object.get("contextFlags").and_then(|flags| flags.get("isCompat"));
        let inside = text("syscall").unwrap_or("");
        let pid = object.get("hostProcessId").or_else(|| object.get("processId"));
        let list = object.get("args").and_then(Value::as_array);
        let result = object.get("returnValue").and_then(Value::as_i64);
        return Some(made(
            name,
            inside,
            is_compat == Some(&Value::Bool(true)),
            pid.and_then(Value::as_u64).and_then(|pid| pid.try_into().ok()),
            text("processName"),
            list.map_or(&[], |list| list),
            result,
            context,
        ));
    }
    let workload = object.get("workload")?;
    let thread = workload.get("process").and_then(|process| process.get("thread"));
    let of = |name: &str| thread.and_then(|thread| thread.get(name));
    let list = object.get("data").and_then(Value::as_array);
    let list: &[Value] = list.map_or(&[], |list| list);
    let result =
        list.iter().find(|part| part.get("name").and_then(Value::as_str) == Some("returnValue"));
    let pid = of("host_tid").or_else(|| of("hostTid")).and_then(|id| id.get("value").or(Some(id)));
    Some(made(
        text("name")?,
        of("syscall").and_then(Value::as_str).unwrap_or(""),
        of("compat") == Some(&Value::Bool(true)),
        pid.and_then(Value::as_u64).and_then(|pid| pid.try_into().ok()),
        of("name").and_then(Value::as_str),
        list,
        result.and_then(value).map(|value| value as i64),
        context,
    ))
}

/// A number in any of protobuf's forms: 64 bits are a text.
fn value(part: &Value) -> Option<u64> {
    let part = part.as_object()?;
    let (_, value) = part.iter().find(|(key, _)| !matches!(&***key, "name" | "type"))?;
    value
        .as_u64()
        .or_else(|| value.as_i64().map(|v| v as u64))
        .or_else(|| words::number(value.as_str()?))
}

#[allow(clippy::too_many_arguments)] // what both forms have
fn made(
    name: &str,
    inside: &str,
    is_compat: bool,
    pid: Option<u32>,
    command: Option<&str>,
    list: &[Value],
    result: Option<i64>,
    context: &mut Context,
) -> Kind {
    let own = words::call(name);
    let Some((which, hint)) = own.clone().or_else(|| words::call(inside)) else {
        return Kind::None;
    };
    let abi = if is_compat { AbiHint::Bits32 } else { hint };
    let command = command.map(Into::into);
    let mut entry = Entry { abi, pid, command, ..Entry::new(which) };
    if own.is_none() {
        return context.emit(entry);
    }
    let pairs = list.iter().filter_map(|part| {
        let name = part.get("name")?.as_str()?;
        let said = part.as_object()?.iter().find(|(key, _)| !matches!(&***key, "name" | "type"))?;
        let word = match (said.1.as_str(), value(part)) {
            (Some(word), _) => word.to_owned(),
            (None, Some(number)) => number.to_string(),
            _ => return None,
        };
        Some((name, word))
    });
    let pairs: Vec<(&str, String)> = pairs.collect();
    let asked = if is_compat { AbiHint::Bits32 } else { AbiHint::Native };
    by_name(pairs.iter().map(|(name, word)| (*name, &**word)), asked, &mut entry, context);
    entry.outcome =
        result.and_then(|result| words::outcome(&result.to_string())).unwrap_or(Outcome::Unknown);
    context.emit(entry)
}
