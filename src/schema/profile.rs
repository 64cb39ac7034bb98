//! The schemas of profiles: in Docker's dialect and that of containers-common, as the object of a container's
//! OCI configuration, as an object of the Security Profiles Operator.
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
    let mut members = shared();
    for (name, schema) in [
        ("$schema", said("where an editor finds this schema; no engine reads it", text())),
        ("defaultErrno", said("the same as a number or a name; Podman alone reads it", text())),
        (
            "archMap",
            said(
                "the ABIs of the filter by host, where `architectures` is empty",
                list(reference("archMapEntry")),
            ),
        ),
        (
            "extends",
            said(
                "what this profile is layered on; `sdiff` reads it, no engine does",
                json!({ "anyOf": [text(), list(text())] }),
            ),
        ),
        (
            "strategy",
            said(
                "how it is layered on what it extends",
                json!({ "enum": ["override", "replace", "union", "stack"] }),
            ),
        ),
    ] {
        members.insert(name.to_owned(), schema);
    }
    let mut rule = rule();
    for (name, schema) in [
        (
            "name",
            said(
                "one system call, in place of `names`",
                json!({ "anyOf": [reference("name"), { "const": "" }] }),
            ),
        ),
        ("errno", said("the same as a number or a name; Podman alone reads it", text())),
        ("comment", text()),
        ("includes", said("the containers that the rule is for", reference("environment"))),
        ("excludes", said("the containers that the rule is not for", reference("environment"))),
    ] {
        rule.insert(name.to_owned(), schema);
    }
    let own = json!({
        "archMapEntry": object(json!({
            "architecture": reference("architecture"),
            "subArchitectures": list(reference("architecture")),
        })),
        "environment": object(json!({
            "caps": said(
                "capabilities of the bounding set, all of which `includes` asks for, one of which `excludes` does",
                list(json!({ "enum": names(Capability::all().map(Capability::name)) })),
            ),
            "arches": said("hosts, in the engine's words", list(json!({ "enum": hosts() }))),
            "minKernel": said(
                "the first kernel, as `4.8`; Docker alone reads it",
                json!({ "type": "string", "pattern": "^([0-9]+\\.[0-9]+)?$" }),
            ),
        })),
    });
    whole("seccomp profile of Docker or Podman", members.into(), definitions(rule, own))
}

/// The object `linux.seccomp` of a container's OCI configuration, which containerd and Kubernetes take, too.
pub(super) fn oci() -> String {
    let title = "seccomp object of an OCI runtime configuration (config.json, linux.seccomp)";
    whole(title, shared().into(), definitions(rule(), json!({})))
}

/// An object of the Security Profiles Operator.
pub(super) fn operator() -> String {
    let mut spec = shared();
    // The operator's rules have no errno of their own for what no rule answers.
    spec.shift_remove("defaultErrnoRet");
    for (name, schema) in [
        ("baseProfileName", said("another SeccompProfile, whose rules come first", text())),
        (
            "state",
            said("whether the operator installs it", json!({ "enum": ["Enabled", "Disabled"] })),
        ),
        ("disabled", said("the older word for that", json!({ "type": "boolean" }))),
    ] {
        spec.insert(name.to_owned(), schema);
    }
    let members = json!({
        "apiVersion": { "type": "string", "pattern": "^security-profiles-operator\\.x-k8s\\.io/v1(alpha1|beta1)?$" },
        "kind": { "const": "SeccompProfile" },
        "metadata": { "type": "object" },
        "spec": object(spec.into()),
        "status": { "type": "object" },
    });
    let title = "SeccompProfile of the Security Profiles Operator";
    let mut whole = root(title, members, definitions(rule(), json!({})));
    whole["required"] = json!(["apiVersion", "kind", "spec"]);
    printed(&whole)
}

/// The fields of a profile that every reader knows.
fn shared() -> Members {
    members(json!({
        "defaultAction": said("what calls get that no rule answers", reference("action")),
        "defaultErrnoRet": said("the errno of a default action SCMP_ACT_ERRNO; without it 1, EPERM", reference("errno")),
        "architectures": said("the ABIs of the filter; the host's own is always there", list(reference("architecture"))),
        "flags": said(
            "how the kernel loads the filter; runc reads it since 1.2",
            list(json!({ "enum": names(Flag::ALL.map(Flag::name)) })),
        ),
        "listenerPath": said("the socket of the agent that answers SCMP_ACT_NOTIFY", text()),
        "listenerMetadata": said("handed to that agent", text()),
        "syscalls": said("the rules", list(reference("rule"))),
    }))
}

/// The fields of a rule that every reader knows.
fn rule() -> Members {
    members(json!({
        "names": said("the system calls", list(reference("name"))),
        "action": said("what they get", reference("action")),
        "errnoRet": said("the errno of SCMP_ACT_ERRNO; without it 1, EPERM", reference("errno")),
        "args": said("conditions on arguments, all of which have to hold", list(reference("condition"))),
    }))
}

fn definitions(rule: Members, own: Value) -> Members {
    let mut all = members(json!({
        "action": { "enum": actions() },
        "errno": { "type": ["integer", "null"], "minimum": 0, "maximum": u32::MAX },
        "architecture": { "enum": names(Abi::ALL.map(Abi::oci_name)) },
        "name": { "enum": names(Syscall::all().map(Syscall::name)) },
        "word": { "type": "integer", "minimum": 0, "maximum": u64::MAX },
        "rule": object(rule.into()),
        "condition": object(json!({
            "index": said("which argument, from 0", json!({ "type": "integer", "minimum": 0, "maximum": 5 })),
            "value": said("what it is compared with; the mask of SCMP_CMP_MASKED_EQ", reference("word")),
            "valueTwo": said("what the masked argument is compared with", reference("word")),
            "op": { "enum": names(Op::ALL.map(Op::oci_name)) },
        })),
    }));
    all.extend(members(own));
    all
}

type Members = serde_json::Map<String, Value>;

fn members(value: Value) -> Members {
    match value {
        Value::Object(members) => members,
        _ => Members::new(),
    }
}

fn whole(title: &str, properties: Value, definitions: Members) -> String {
    printed(&root(title, properties, definitions))
}

fn root(title: &str, properties: Value, definitions: Members) -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "$defs": definitions,
    })
}

fn printed(schema: &Value) -> String {
    format!("{schema:#}\n")
}

fn text() -> Value {
    json!({ "type": "string" })
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
