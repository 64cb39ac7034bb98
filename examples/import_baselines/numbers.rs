//! moby's `default.json` of its first eleven days (d57816de, 2016-02-08) holds runc's own numbers,
//! which no Docker reads: its default was the code from which the file was generated.

use serde_json::{Map, Value, json};

/// `libcontainer/configs/config.go` of that day, counted from 1.
const ACTIONS: [&str; 5] = ["KILL", "ERRNO", "TRAP", "ALLOW", "TRACE"];
const OPERATORS: [&str; 7] = ["EQ", "NE", "GT", "GE", "LT", "LE", "MASKED_EQ"];
const ARCHITECTURES: [(&str, &str); 3] =
    [("amd64", "SCMP_ARCH_X86_64"), ("x86", "SCMP_ARCH_X86"), ("x32", "SCMP_ARCH_X32")];

/// The same in Docker's words; nothing where the file has none of those numbers.
pub fn in_words(bytes: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    let default = value.get("default_action")?;
    let architectures: Option<Vec<Value>> =
        value.get("architectures")?.as_array()?.iter().map(architecture).collect();
    let rules: Option<Vec<Value>> = value.get("syscalls")?.as_array()?.iter().map(rule).collect();
    let words = json!({
        "defaultAction": word(default, "SCMP_ACT_", &ACTIONS)?,
        "architectures": architectures?,
        "syscalls": rules?,
    });
    Some(words.to_string())
}

fn word(number: &Value, prefix: &str, words: &[&str]) -> Option<String> {
    let at = usize::try_from(number.as_u64()?).ok()?.checked_sub(1)?;
    Some(format!("{prefix}{}", words.get(at)?))
}

fn architecture(name: &Value) -> Option<Value> {
    let known = ARCHITECTURES.iter().find(|(old, _)| name == old);
    known.map(|(_, new)| json!(new))
}

fn rule(rule: &Value) -> Option<Value> {
    let condition = |arg: &Value| {
        let mut condition = Map::new();
        for (old, new) in [("index", "index"), ("value", "value"), ("value_two", "valueTwo")] {
            condition.insert(new.to_owned(), arg.get(old)?.clone());
        }
        condition.insert("op".to_owned(), json!(word(arg.get("op")?, "SCMP_CMP_", &OPERATORS)?));
        Some(Value::Object(condition))
    };
    let args: Option<Vec<Value>> = rule.get("args")?.as_array()?.iter().map(condition).collect();
    Some(json!({
        "name": rule.get("name")?,
        "action": word(rule.get("action")?, "SCMP_ACT_", &ACTIONS)?,
        "args": args?,
    }))
}
