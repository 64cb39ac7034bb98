//! Conformance vectors as JSON: described by `docs/vectors.schema.json`.

use crate::overlay::Vector;
use crate::profile::{Action, Capability};
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// The version of the vectors: it changes with every change that a reader has to know of.
pub const VECTORS_JSON_VERSION: u32 = 1;

/// The vectors, one a line, so that two sets can be compared by lines.
pub fn vectors_json(profiles: &[String], vectors: &[Vector]) -> String {
    let mut text = format!(
        "{{\n\"version\": {VECTORS_JSON_VERSION},\n\"strategy\": \"stack\",\n\"profiles\": {},\n\"vectors\": [\n",
        json!(profiles)
    );
    for (at, vector) in vectors.iter().enumerate() {
        let comma = if at + 1 < vectors.len() { "," } else { "" };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}{comma}", one(vector));
    }
    text + "]\n}\n"
}

fn one(vector: &Vector) -> Value {
    let held = Capability::all().filter(|one| vector.capabilities >> one.bit() & 1 == 1);
    // As text: JSON's readers keep 53 bits of a number.
    let args: Vec<String> = vector.args.iter().map(|value| format!("{value:#x}")).collect();
    json!({
        "host": vector.host.name(),
        "arch": vector.abi.oci_name(),
        "syscall": vector.syscall.name(),
        "nr": vector.number,
        "args": args,
        "capabilities": held.map(Capability::name).collect::<Vec<_>>(),
        "kernel": vector.kernel.to_string(),
        "of": vector.of_layers.iter().map(|action| answer(*action)).collect::<Vec<_>>(),
        "want": answer(vector.action),
    })
}

fn answer(action: Action) -> Value {
    let mut answer = Map::new();
    answer.insert("action".to_owned(), action.name().oci_name().into());
    if let Action::Errno(value) | Action::Trace(value) = action {
        answer.insert("value".to_owned(), value.into());
    }
    Value::Object(answer)
}
