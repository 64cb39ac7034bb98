//! For programs: described by `docs/fleet.schema.json`.

use super::summary;
use crate::fleet::{Confinement, Fleet, Group};
use serde_json::{Value, json};

/// The version of the JSON report: it changes with every change that a reader has to know of.
pub const FLEET_JSON_VERSION: u32 = 1;

/// The whole report.
pub fn fleet_json(fleet: &Fleet) -> String {
    let uses: serde_json::Map<String, Value> = Confinement::ALL
        .into_iter()
        .map(|one| (one.name().to_owned(), fleet.containers(one).into()))
        .collect();
    let report = json!({
        "version": FLEET_JSON_VERSION,
        "scopes": fleet.scopes().collect::<Vec<_>>(),
        "summary": summary(fleet),
        "asked": fleet.asked().map(|asked| &asked.question).collect::<Vec<_>>(),
        "profiles": fleet.profiles(),
        "containers": uses,
        "level": fleet.level().map(|level| level.name()),
        "groups": fleet.groups().into_iter().map(group).collect::<Vec<_>>(),
        "uses": fleet.uses(),
        "unread": fleet.unread(),
        "left": fleet.left().collect::<Vec<_>>(),
    });
    format!("{report:#}\n")
}

fn group(group: &Group) -> Value {
    let members: Vec<Value> = group
        .members
        .iter()
        .map(|one| {
            json!({ "name": one.name, "engine": one.engine, "origin": one.origin, "others": one.others, "broken": one.broken })
        })
        .collect();
    json!({
        "fingerprint": group.fingerprint,
        "level": group.level().name(),
        "count": group.members.len(),
        "days_behind": group.days_behind(),
        "facts": group.facts,
        "members": members,
    })
}
