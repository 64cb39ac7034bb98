//! The schema of a profile in Docker's dialect and that of containers-common.
//!
//! What it refuses either does not load or does nothing: `sdiff check` says which of the two and why.
//! The converse does not hold: what a profile means is no matter of its form.

use crate::profile::{ActionName, Capability, Op};
use crate::semantics::{Engine, Flag};
use crate::syscall::{Abi, Host, Syscall};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The schema as a text, with a line end at its end: the same bytes for the same program.
pub fn profile() -> String {
    format!("{:#}\n", schema())
}

fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "seccomp profile of Docker or Podman",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "$schema": said("where an editor finds this schema; no engine reads it", json!({ "type": "string" })),
            "defaultAction": said("what calls get that no rule answers", reference("action")),
            "defaultErrnoRet": said("the errno of a default action SCMP_ACT_ERRNO; without it 1, EPERM", reference("errno")),
            "defaultErrno": said("the same as a number or a name; Podman alone reads it", json!({ "type": "string" })),
            "architectures": said("the ABIs of the filter; the host's own is always there", list(reference("architecture"))),
            "archMap": said("the ABIs of the filter by host, where `architectures` is empty", list(reference("archMapEntry"))),
            "flags": said("how the kernel loads the filter; runc reads it since 1.2", list(json!({ "enum": names(Flag::ALL.map(Flag::name)) }))),
            "listenerPath": said("the socket of the agent that answers SCMP_ACT_NOTIFY", json!({ "type": "string" })),
            "listenerMetadata": said("handed to that agent", json!({ "type": "string" })),
            "syscalls": said("the rules", list(reference("rule"))),
            "extends": said(
                "what this profile is layered on; `sdiff` reads it, no engine does",
                json!({ "anyOf": [{ "type": "string" }, list(json!({ "type": "string" }))] }),
            ),
            "strategy": said(
                "how it is layered on what it extends",
                json!({ "enum": ["override", "replace", "union", "stack"] }),
            ),
        },
        "$defs": {
            "action": { "enum": actions() },
            "errno": { "type": ["integer", "null"], "minimum": 0, "maximum": u32::MAX },
            "architecture": { "enum": names(Abi::ALL.map(Abi::oci_name)) },
            "name": { "enum": names(Syscall::all().map(Syscall::name)) },
            "word": { "type": "integer", "minimum": 0, "maximum": u64::MAX },
            "archMapEntry": object(json!({
                "architecture": reference("architecture"),
                "subArchitectures": list(reference("architecture")),
            })),
            "rule": {
                "type": ["object", "null"],
                "additionalProperties": false,
                "properties": {
                    "names": said("the system calls", list(reference("name"))),
                    "name": said("one system call, in place of `names`", json!({ "anyOf": [reference("name"), { "const": "" }] })),
                    "action": said("what they get", reference("action")),
                    "errnoRet": said("the errno of SCMP_ACT_ERRNO; without it 1, EPERM", reference("errno")),
                    "errno": said("the same as a number or a name; Podman alone reads it", json!({ "type": "string" })),
                    "args": said("conditions on arguments, all of which have to hold", list(reference("condition"))),
                    "comment": { "type": "string" },
                    "includes": said("the containers that the rule is for", reference("environment")),
                    "excludes": said("the containers that the rule is not for", reference("environment")),
                },
            },
            "condition": object(json!({
                "index": said("which argument, from 0", json!({ "type": "integer", "minimum": 0, "maximum": 5 })),
                "value": said("what it is compared with; the mask of SCMP_CMP_MASKED_EQ", reference("word")),
                "valueTwo": said("what the masked argument is compared with", reference("word")),
                "op": { "enum": names(Op::ALL.map(Op::oci_name)) },
            })),
            "environment": object(json!({
                "caps": said("capabilities of the bounding set, all of which `includes` asks for, one of which `excludes` does", list(json!({ "enum": names(Capability::all().map(Capability::name)) }))),
                "arches": said("hosts, in the engine's words", list(json!({ "enum": hosts() }))),
                "minKernel": said("the first kernel, as `4.8`; Docker alone reads it", json!({ "type": "string", "pattern": "^([0-9]+\\.[0-9]+)?$" })),
            })),
        },
    })
}

fn said(description: &str, mut schema: Value) -> Value {
    if let Some(members) = schema.as_object_mut() {
        members.insert("description".to_owned(), description.into());
    }
    schema
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// Go takes `null` for an empty list.
fn list(items: Value) -> Value {
    json!({ "type": ["array", "null"], "items": items })
}

fn object(properties: Value) -> Value {
    json!({ "type": ["object", "null"], "additionalProperties": false, "properties": properties })
}

fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    names.into_iter().collect()
}

/// With the old name of `SCMP_ACT_KILL_THREAD`.
fn actions() -> Vec<&'static str> {
    let mut names: Vec<&str> = ActionName::ALL.map(ActionName::oci_name).to_vec();
    names.push("SCMP_ACT_KILL");
    names
}

/// A host's names: those of moby and those of containers-common.
fn hosts() -> BTreeSet<&'static str> {
    let of = |host: Host| [Engine::Docker, Engine::Podman].map(|engine| engine.token(host));
    Host::ALL.into_iter().flat_map(of).collect()
}
