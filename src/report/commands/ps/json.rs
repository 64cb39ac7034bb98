//! For programs: `docs/ps.schema.json`.

use super::{Beyond, Found, Judged};
use crate::live::{Group, Member};
use crate::report::account::data::machine_json;
use serde_json::{Value, json};

/// The version of the JSON of `ps`: it changes with every change that a reader has to know of.
pub const PS_JSON_VERSION: u32 = 1;

/// All that was found.
pub fn ps_json(found: &Found) -> String {
    let survey = &found.survey;
    let containers = survey.containers.iter().map(|container| {
        json!({
            "manager": container.manager.name(),
            "id": container.id,
            "name": container.name,
            "image": container.image,
        })
    });
    let groups = survey.groups.iter().zip(&found.judged).map(|(group, judged)| of(group, judged));
    let unread = survey.unread.iter().map(|(member, error)| {
        json!({
            "pid": member.id,
            "name": member.name,
            "container": member.container,
            "why": error.to_string(),
        })
    });
    let report = json!({
        "version": PS_JSON_VERSION,
        "processes": survey.processes,
        "containers": containers.collect::<Vec<_>>(),
        "unconfined": survey.unconfined().map(|member| member.id).collect::<Vec<_>>(),
        "groups": groups.collect::<Vec<_>>(),
        "unread": unread.collect::<Vec<_>>(),
    });
    format!("{report:#}\n")
}

fn of(group: &Group, judged: &Judged) -> Value {
    let lengths = group.stack.iter().map(|program| program.instructions().len());
    let nearest = judged.nearest.as_ref().map(|(name, nearest)| {
        json!({
            "profile": name,
            "engine": nearest.machine.engine.name(),
            "machine": machine_json(nearest.machine),
            "equal": nearest.differs == 0,
            "differs": nearest.differs,
            "filter": nearest.alone,
        })
    });
    let beyond = judged.beyond.as_ref().map(|Beyond { profile, subjects }| {
        let subjects = subjects
            .iter()
            .map(|(subject, kind)| json!({ "subject": subject, "kind": kind.name() }));
        json!({ "profile": profile, "changes": subjects.collect::<Vec<_>>() })
    });
    json!({
        "filters": lengths.map(|count| json!({ "instructions": count })).collect::<Vec<_>>(),
        "fingerprint": judged.fingerprint,
        "nearest": nearest,
        "beyond": beyond,
        "processes": group.members.iter().map(member).collect::<Vec<_>>(),
    })
}

fn member(member: &Member) -> Value {
    json!({ "pid": member.id, "name": member.name, "container": member.container })
}
