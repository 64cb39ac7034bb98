//! Each recording of the corpus is read as `EXPECT.jsonl` says, which was written by hand: calls with
//! line, name, ABI, arguments and result, and how many lines were what.

#![allow(clippy::expect_used)] // helpers of tests, too

use sdiff::recording::{Answer, Entry, Kind, Outcome, Reader, Which};
use sdiff::syscall::{Abi, errno_name};
use serde_json::Value;
use std::path::Path;

const TRACES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpus/traces");

#[test]
fn every_recording_is_read_as_a_reader_by_hand_does() {
    let Ok(expected) = std::fs::read_to_string(Path::new(TRACES).join("EXPECT.jsonl")) else {
        assert!(std::env::var_os("SDIFF_REQUIRE_SHARED").is_none(), "no corpus");
        return;
    };
    let mut faults = Vec::new();
    let mut files = 0;
    for line in expected.lines() {
        let expected: Value = serde_json::from_str(line).expect("JSON");
        let name = expected["file"].as_str().expect("a name");
        files += 1;
        faults.extend(faults_of(name, &expected).into_iter().map(|f| format!("{name}: {f}")));
    }
    assert!(files >= 28, "{files}");
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

fn faults_of(name: &str, expected: &Value) -> Vec<String> {
    let bytes = std::fs::read(Path::new(TRACES).join(name)).expect("a recording");
    let mut reader = Reader::new(None);
    let mut entries = Vec::new();
    let mut kinds = [0_u64; 4];
    for line in bytes.strip_suffix(b"\n").unwrap_or(&bytes).split(|&byte| byte == b'\n') {
        let (kind, found) = reader.line(line, false);
        kinds[kind as usize] += 1;
        entries.extend(found);
    }
    entries.extend(reader.finish());
    entries.sort_by_key(|entry| entry.line);
    let mut faults = Vec::new();
    for (kind, field) in [
        (Kind::None, "not_calls"),
        (Kind::Continuation, "continuations"),
        (Kind::NotUnderstood, "not_understandable"),
    ] {
        let (found, wanted) = (kinds[kind as usize], expected[field].as_u64().expect("a number"));
        if found != wanted {
            faults.push(format!("{field}: {found}, not {wanted}"));
        }
    }
    let calls = expected["calls"].as_array().expect("calls");
    if calls.iter().any(|call| call.get("first_line").is_some()) {
        faults.extend(by_name(&reader, &entries, calls));
    } else if calls.len() != entries.len() {
        faults.push(format!("{} calls, not {}: {entries:?}", entries.len(), calls.len()));
    } else {
        for (entry, wanted) in entries.iter().zip(calls) {
            let line = entry.line;
            if wanted["line"] != line {
                faults.push(format!("line {line}, not {}", wanted["line"]));
            }
            faults.extend(
                one(&reader, entry, wanted).into_iter().map(|f| format!("line {line}: {f}")),
            );
        }
    }
    faults
}

/// Sums by name and result.
fn by_name(reader: &Reader, entries: &[Entry], calls: &[Value]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut told = 0;
    for wanted in calls {
        let of_it = entries.iter().filter(|entry| one(reader, entry, wanted).is_empty());
        let of_it: Vec<&Entry> = of_it.collect();
        told += of_it.len() as u64;
        let first = of_it.first().map(|entry| entry.line);
        if Some(of_it.len() as u64) != wanted["count"].as_u64()
            || first != wanted["first_line"].as_u64()
        {
            faults.push(format!("{} from line {first:?}, not {wanted}", of_it.len()));
        }
        if let Some(lists) = wanted["values_list"].as_array() {
            for (entry, list) in of_it.iter().zip(lists) {
                faults.extend(arguments(entry, list, &Value::Null));
            }
        }
    }
    if told != entries.len() as u64 {
        faults.push(format!("{} calls, of which {told} are told of", entries.len()));
    }
    faults
}

fn one(reader: &Reader, entry: &Entry, wanted: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let settled = reader.deduction().settle(entry);
    let name = settled.syscall.map(|call| call.name());
    if name != wanted["name"].as_str() {
        faults.push(format!("{name:?}, not {}", wanted["name"]));
    }
    if let Some(abi) = wanted["abi"].as_str()
        && settled.abi.name() != abi
    {
        faults.push(format!("{}, not {abi}", settled.abi.name()));
    }
    if let Some(any) = wanted["abi_any"].as_array()
        && !any.iter().any(|abi| abi == settled.abi.name())
    {
        faults.push(format!("{}, not of {any:?}", settled.abi.name()));
    }
    if let Some(host) = wanted["host"].as_str()
        && !settled.host.name().starts_with(host)
        && !(settled.host.abis().contains(&settled.abi) && settled.abi == Abi::Mipsel)
    {
        faults.push(format!("on {}, not {host}", settled.host));
    }
    if let (Which::Number(number), Some(wanted)) = (&entry.which, wanted["number"].as_i64())
        && *number != wanted
    {
        faults.push(format!("number {number}, not {wanted}"));
    }
    if entry.count != wanted["count"].as_u64().filter(|_| wanted.get("line").is_some()).unwrap_or(1)
    {
        faults.push(format!("{} times, not {}", entry.count, wanted["count"]));
    }
    if entry.errors != wanted["errors"].as_u64().unwrap_or(0) {
        faults.push(format!("{} errors, not {}", entry.errors, wanted["errors"]));
    }
    faults.extend(result(entry, wanted));
    faults.extend(arguments(entry, &wanted["values"], &wanted["args"]));
    faults
}

fn result(entry: &Entry, wanted: &Value) -> Option<String> {
    let action = wanted["action"].as_str();
    let fits = match (entry.outcome, wanted["result"].as_str()) {
        (Outcome::Unknown, None) => action.is_none(),
        (Outcome::Seccomp(Answer::Log), None) => action == Some("log"),
        (Outcome::Seccomp(answer), Some("blocked")) => {
            answer.stops() && action.is_none_or(|of| format!("{answer:?}").to_lowercase() == of)
        }
        (Outcome::Seccomp(Answer::Kill), Some("killed")) => true,
        (Outcome::Failed(errno), Some(result)) => {
            errno_name(errno).is_some_and(|name| result == format!("-1 {name}"))
        }
        (Outcome::Returned(value), Some(">0")) => value > 0,
        (Outcome::Returned(value), Some(result)) => {
            result == value.to_string() || result == format!("{value:#x}")
        }
        _ => false,
    };
    (!fits).then(|| format!("{:?}, not {} {action:?}", entry.outcome, wanted["result"]))
}

/// A text stands for a value that hangs on the ABI; null is none that can be read.
fn arguments(entry: &Entry, values: &Value, args: &Value) -> Option<String> {
    let list = values.as_array().or(args.as_array())?;
    let fits = list.iter().zip(entry.args).enumerate().all(|(index, (wanted, found))| {
        let is_text = args.get(index).is_some_and(Value::is_string) || wanted.is_string();
        match (wanted.as_u64(), found) {
            // Whether an int is extended hangs on the program.
            (Some(wanted), Some(found)) => {
                wanted == found || (wanted as u32 == found as u32 && found as u32 > i32::MAX as u32)
            }
            (None, None) => true,
            (None, Some(_)) => is_text,
            (Some(_), None) => false,
        }
    });
    (!fits).then(|| format!("{:x?}, not {values} or {args}", entry.args))
}
