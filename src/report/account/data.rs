//! What was compared, for programs: `docs/report.schema.json` describes it.

mod condition;
mod finding;
mod lint;
mod setting;

use super::words::reason::reason;
use crate::diff::{Change, Kind, SettingChange};
use crate::idle::Idle;
use crate::profile::{self, Capability};
use crate::report::sides::{Acceptable, Report, Side};
use crate::semantics::{Given, SemanticsError};
use crate::starts;
use finding::Finding;
pub(in crate::report) use finding::action;
pub(super) use lint::finding_json;
use serde::Serialize;
use serde_json::Value;
use setting::SettingJson;

/// The version of the report. A field may be added without a new version; none changes its meaning
/// or goes.
pub const JSON_VERSION: u32 = 1;

/// One change as in the report.
pub(super) fn change_json(report: &Report, change: &Change) -> Value {
    // As above.
    serde_json::to_value(Finding::of(report, change)).unwrap_or_default()
}

/// What `finding` says, and that no container starts.
pub(super) fn breaks_json(finding: &Value, breaks: &starts::Breaks) -> Value {
    let mut data = finding.clone();
    // As above.
    data["breaks"] = serde_json::to_value(Breaks::of(breaks)).unwrap_or_default();
    data
}

/// A setting of the filter that differs, as in the report.
pub(super) fn setting_json(report: &Report, change: &SettingChange) -> Value {
    // As above.
    serde_json::to_value(SettingJson::of(report, change)).unwrap_or_default()
}

#[derive(Clone, Debug, Serialize)]
pub struct Document {
    version: u32,
    tool: Tool,
    old: Profile,
    new: Profile,
    settings: Settings,
    hosts: Vec<&'static str>,
    not_compared: Vec<NotCompared>,
    /// That the new profile starts no container where the old one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    breaks: Option<Breaks>,
    verdict: Verdict,
    /// From the findings of the account, as the next.
    pub findings: Vec<Value>,
    /// What differs in how the filters are loaded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filter_settings: Vec<Value>,
    /// Of two texts with one function: what of the change does nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    no_effect: Vec<NoEffect>,
    /// The findings that fail no gate.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    accepted: Vec<Accepted>,
}

#[derive(Clone, Debug, Serialize)]
struct Accepted {
    id: String,
    reason: String,
}

#[derive(Clone, Debug, Serialize)]
struct NoEffect {
    profile: &'static str,
    line: u32,
    name: String,
    reason: String,
}

#[derive(Clone, Debug, Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Clone, Debug, Serialize)]
struct Profile {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<Baseline>,
    engine: &'static str,
    machine: Machine,
    default_action: String,
    warnings: Vec<Warning>,
    /// What the file says of its container.
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<Environment>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Environment {
    #[serde(skip_serializing_if = "Option::is_none")]
    capabilities: Option<Vec<&'static str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    no_new_privileges: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hosts: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kernel: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Baseline {
    product: &'static str,
    version: &'static str,
    date: &'static str,
}

#[derive(Clone, Debug, Serialize)]
struct Warning {
    line: u32,
    column: u32,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

/// What loads a profile that the engine has read.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct Machine {
    runtime: &'static str,
    /// `null` with no runtime.
    version: Option<String>,
    libseccomp: &'static str,
}

#[derive(Clone, Debug, Serialize)]
struct Settings {
    runtime: &'static str,
    /// `null`: every set.
    capabilities: Option<Vec<&'static str>>,
    /// `null`: every version.
    kernel: Option<String>,
    only: Vec<&'static str>,
}

#[derive(Clone, Debug, Serialize)]
struct NotCompared {
    host: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Breaks {
    runtime: &'static str,
    version: Option<String>,
    measured: String,
    /// With `no_new_privs`, without it; `null` for both.
    no_new_privs: Option<bool>,
    needs: Vec<Needed>,
    message: String,
}

#[derive(Clone, Debug, Serialize)]
struct Needed {
    syscall: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    instead: Vec<&'static str>,
}

impl Breaks {
    fn of(breaks: &starts::Breaks) -> Breaks {
        Breaks {
            runtime: breaks.runtime.program(),
            version: breaks.runtime.version().map(|version| version.to_string()),
            measured: breaks.measured.to_string(),
            no_new_privs: breaks.cases.no_new_privs(),
            needs: breaks.calls.iter().map(Needed::of).collect(),
            message: breaks.sentence(),
        }
    }
}

impl Needed {
    fn of(blocked: &starts::Blocked) -> Needed {
        let instead = blocked.instead.iter().map(|call| call.name()).collect();
        Needed { syscall: blocked.syscall.name(), instead }
    }
}

#[derive(Clone, Debug, Serialize)]
struct Verdict {
    same_policy: bool,
    within: bool,
    counts: Counts,
}

#[derive(Clone, Debug, Serialize)]
struct Counts {
    added: usize,
    weakened: usize,
    removed: usize,
    tightened: usize,
    changed: usize,
}

impl Accepted {
    fn of(accepted: &Acceptable) -> Accepted {
        Accepted { id: accepted.id.clone(), reason: accepted.reason.clone() }
    }
}

impl Document {
    /// All of it but the findings.
    pub(super) fn of(report: &Report) -> Document {
        let comparison = report.comparison;
        let reason = |error: &Option<SemanticsError>| Some(error.as_ref()?.to_string());
        let not_compared = comparison.not_compared.iter().map(|host| NotCompared {
            host: host.host.name(),
            old: reason(&host.old),
            new: reason(&host.new),
        });
        Document {
            version: JSON_VERSION,
            tool: Tool { name: "sdiff", version: env!("CARGO_PKG_VERSION") },
            old: Profile::of(&report.old),
            new: Profile::of(&report.new),
            settings: Settings::of(report),
            hosts: comparison.hosts.iter().map(|host| host.name()).collect(),
            not_compared: not_compared.collect(),
            breaks: comparison.breaks.as_ref().map(Breaks::of),
            verdict: Verdict::of(report),
            findings: Vec::new(),
            filter_settings: Vec::new(),
            no_effect: no_effect(report),
            accepted: report.accepted.iter().map(Accepted::of).collect(),
        }
    }
}

fn no_effect(report: &Report) -> Vec<NoEffect> {
    let Some(hints) = report.hints else { return Vec::new() };
    let sides = [("old", &report.old, &hints.old), ("new", &report.new, &hints.new)];
    let of_side = |(profile, side, idle): (&'static str, &Side, &Vec<Idle>)| {
        let found = idle.iter().map(|idle| NoEffect {
            profile,
            line: side.loaded.source.position(idle.name.span.start).line,
            name: idle.name.value.clone(),
            reason: reason(side, &idle.reason),
        });
        found.collect::<Vec<_>>()
    };
    sides.into_iter().flat_map(of_side).collect()
}

impl Profile {
    fn of(side: &Side) -> Profile {
        let loaded = side.loaded;
        let baseline = loaded.baseline.map(|release| Baseline {
            product: release.product.name(),
            version: release.version,
            date: release.date,
        });
        let warnings = loaded.warnings.iter().map(|warning| {
            let at = warning.position(&loaded.source);
            let (message, help) = (warning.message(), warning.help());
            Warning { line: at.line, column: at.column, message, help }
        });
        Profile {
            name: loaded.source.name.to_string(),
            baseline,
            engine: side.engine().name(),
            machine: Machine::of(side.machine()),
            default_action: action(side.policy.default_action()),
            warnings: warnings.collect(),
            environment: Environment::of(&loaded.environment),
            notes: loaded.notes.clone(),
        }
    }
}

impl Environment {
    /// Nothing for a profile alone.
    fn of(said: &profile::Environment) -> Option<Environment> {
        let hosts = said.hosts.iter().map(|host| host.name());
        (*said != profile::Environment::default()).then(|| Environment {
            capabilities: said.capabilities.map(capability_names),
            no_new_privileges: said.no_new_privileges,
            hosts: hosts.collect(),
            kernel: said.kernel.map(|kernel| kernel.to_string()),
        })
    }
}

fn capability_names(set: u64) -> Vec<&'static str> {
    let held = Capability::all().filter(|capability| set >> capability.bit() & 1 == 1);
    held.map(Capability::name).collect()
}

/// What loads a profile, as in the report.
pub(in crate::report) fn machine_json(machine: crate::semantics::Machine) -> Value {
    // As above.
    serde_json::to_value(Machine::of(machine)).unwrap_or_default()
}

impl Machine {
    pub(in crate::report) fn of(machine: crate::semantics::Machine) -> Machine {
        Machine {
            runtime: machine.runtime.program(),
            version: machine.runtime.version().map(|version| version.to_string()),
            libseccomp: machine.library.name(),
        }
    }
}

impl Settings {
    fn of(report: &Report) -> Settings {
        let settings = report.new.policy.settings();
        let Given { capabilities, kernel } = settings.given;
        Settings {
            runtime: settings.machine.runtime.program(),
            capabilities: capabilities.map(capability_names),
            kernel: kernel.map(|version| version.to_string()),
            only: report.only.iter().map(|kind| kind.name()).collect(),
        }
    }
}

impl Verdict {
    /// Of the whole comparison, whatever is asked to be shown.
    fn of(report: &Report) -> Verdict {
        let count = |kind| report.comparison.count(kind);
        Verdict {
            same_policy: report.comparison.is_same_policy(),
            within: report.is_within(),
            counts: Counts {
                added: count(Kind::Added),
                weakened: count(Kind::Weakened),
                removed: count(Kind::Removed),
                tightened: count(Kind::Tightened),
                changed: count(Kind::Changed),
            },
        }
    }
}
