//! One change.

use super::condition::Condition;
use crate::diff::{self, Change, Direction, Effect, Subject};
use crate::phrase::description_text;
use crate::phrase::needs;
use crate::profile::{Action, Capability};
use crate::report::account::words::witness::proof;
use crate::report::sides::{Report, Side};
use crate::semantics::Mention;
use crate::syscall::danger;
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Finding {
    id: String,
    kind: &'static str,
    severity: &'static str,
    subject: SubjectName,
    #[serde(skip_serializing_if = "Option::is_none")]
    danger: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    needs: Vec<serde_json::Value>,
    effects: Vec<EffectData>,
    /// For a subject of many calls.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    calls: Vec<&'static str>,
}

#[derive(Serialize)]
struct SubjectName {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'static str>,
}

#[derive(Serialize)]
struct EffectData {
    direction: &'static str,
    from: String,
    to: String,
    condition: Condition,
    needs_capability: bool,
    places: Vec<PlaceData>,
    #[serde(skip_serializing_if = "Option::is_none")]
    boundary: Option<Boundary>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    opens: Vec<Opens>,
    witness: Witness,
    old_lines: Vec<u32>,
    new_lines: Vec<u32>,
}

#[derive(Serialize)]
struct PlaceData {
    host: &'static str,
    abi: &'static str,
}

/// What is blocked when called directly, and reached this way.
#[derive(Serialize)]
struct Opens {
    syscall: &'static str,
    abi: &'static str,
    text: String,
}

/// `null`: no boundary there.
#[derive(Serialize)]
struct Boundary {
    old: Option<u32>,
    new: Option<u32>,
}

#[derive(Serialize)]
struct Witness {
    host: &'static str,
    abi: &'static str,
    number: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    syscall: Option<&'static str>,
    /// In decimal, as text: JSON's numbers are exact up to 2^53 for many readers.
    args: Vec<String>,
    capabilities: Vec<&'static str>,
    kernel: String,
    from: String,
    to: String,
    text: String,
}

impl Finding {
    pub fn of(report: &Report, change: &Change) -> Finding {
        let (kind, name, known) = match change.subject {
            Subject::Syscall(syscall) => ("syscall", Some(syscall.name()), danger(syscall)),
            Subject::Abi(abi) => ("abi", Some(abi.name()), None),
            Subject::Default => ("default-action", None, None),
            Subject::Boundary => ("enosys-boundary", None, None),
        };
        Finding {
            id: change.id.clone(),
            kind: change.kind.name(),
            severity: change.severity.name(),
            subject: SubjectName { kind, name },
            danger: known.filter(|_| change.kind.is_weaker()),
            needs: needs::json(&needs::of_change(change)),
            effects: change.effects.iter().map(|e| EffectData::of(report, change, e)).collect(),
            calls: change.calls.iter().map(|call| call.name()).collect(),
        }
    }
}

impl EffectData {
    fn of(report: &Report, change: &Change, effect: &Effect) -> EffectData {
        let places = effect.places.iter();
        EffectData {
            direction: match effect.direction {
                Direction::Weaker => "weaker",
                Direction::Stricter => "stricter",
                Direction::Other => "other",
            },
            from: action(effect.from),
            to: action(effect.to),
            condition: Condition::of(change.subject, effect),
            needs_capability: effect.needs_capability,
            places: places.map(|p| PlaceData { host: p.host.name(), abi: p.abi.name() }).collect(),
            boundary: effect.boundary.map(|(old, new)| Boundary { old, new }),
            opens: effect.opens.iter().map(Opens::of).collect(),
            witness: Witness::of(report, &effect.witness),
            old_lines: lines(&report.old, &effect.old_mentions),
            new_lines: lines(&report.new, &effect.new_mentions),
        }
    }
}

impl Opens {
    fn of(opened: &diff::Opened) -> Opens {
        let (syscall, abi) = (opened.syscall, opened.abi);
        let text = description_text(&opened.when, syscall, abi);
        Opens { syscall: syscall.name(), abi: abi.name(), text }
    }
}

impl Witness {
    fn of(report: &Report, witness: &diff::Witness) -> Witness {
        let diff::Witness { place, number, syscall, point, from, to, .. } = witness;
        Witness {
            host: place.host.name(),
            abi: place.abi.name(),
            number: *number,
            syscall: syscall.map(|syscall| syscall.name()),
            args: point.args.iter().map(u64::to_string).collect(),
            capabilities: point.capability_list().map(Capability::name).collect(),
            kernel: point.kernel.to_string(),
            from: action(*from),
            to: action(*to),
            text: proof(report, witness),
        }
    }
}

/// `SCMP_ACT_ALLOW`, `SCMP_ACT_ERRNO(1)`: the name in profiles, and the value where there is one.
pub(in crate::report) fn action(action: Action) -> String {
    let name = action.name().oci_name();
    match action {
        Action::Errno(value) | Action::Trace(value) => format!("{name}({value})"),
        _ => name.to_owned(),
    }
}

fn lines(side: &Side, mentions: &[Mention]) -> Vec<u32> {
    let source = &side.loaded.source;
    let mut lines: Vec<u32> = mentions.iter().map(|m| source.position(m.span.start).line).collect();
    lines.sort_unstable();
    lines.dedup();
    lines
}
