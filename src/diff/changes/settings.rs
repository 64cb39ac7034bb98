//! What differs in how two filters are loaded: flags, and who answers a `NOTIFY`.

use super::judge::ID_PREFIX;
use super::kind::{Direction, Kind, Severity};
use crate::profile::Span;
use crate::semantics::{Flag, Policy, Runtime};
use sha2::{Digest, Sha256};

/// A setting of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Setting {
    /// One of `flags`.
    Flag(Flag),
    /// `listenerPath`.
    Listener,
    /// `listenerMetadata`.
    Metadata,
}

/// A setting that two filters have otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingChange {
    /// Names it for as long as it says the same: `weakened-seccomp_filter_flag_log-` and 16
    /// hexadecimal digits.
    pub id: String,
    /// Which one.
    pub setting: Setting,
    /// Weakened, tightened, or changed where neither is weaker.
    pub kind: Kind,
    /// How bad it can be.
    pub severity: Severity,
    /// Whether the new one is weaker.
    pub direction: Direction,
    /// What it was; none where it was not there.
    pub from: Option<String>,
    /// What it is.
    pub to: Option<String>,
    /// Under which runtimes it differs.
    pub under: Under,
    /// Where the old profile gives it.
    pub old_span: Option<Span>,
    /// Where the new profile gives it.
    pub new_span: Option<Span>,
}

/// The runtimes under which a setting differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Under {
    /// All of them.
    Every,
    /// By what the profiles say. What runtimes make of it is the same: where a profile gives no
    /// flags, they set `SPEC_ALLOW`.
    Said,
    /// Those that set `SPEC_ALLOW` where a profile gives no flags: runc from 1.2.0 on, and crun.
    SpecAllow,
}

impl Setting {
    /// The word in profiles.
    pub const fn name(self) -> &'static str {
        match self {
            Setting::Flag(flag) => flag.name(),
            Setting::Listener => "listenerPath",
            Setting::Metadata => "listenerMetadata",
        }
    }
}

/// What differs between the settings of two filters: the weaker first.
pub(in crate::diff) fn compare(old: &Policy, new: &Policy) -> Vec<SettingChange> {
    let mut changes: Vec<SettingChange> =
        Flag::ALL.into_iter().filter_map(|flag| flag_change(old, new, flag)).collect();
    let (old, new) = (old.loaded_with(), new.loaded_with());
    // Where only one of the two asks a listener, the calls that ask say it.
    let is_asked = old.asks_listener && new.asks_listener;
    let texts = [
        (Setting::Listener, &old.listener, &new.listener, Severity::Medium),
        (Setting::Metadata, &old.metadata, &new.metadata, Severity::Low),
    ];
    for (setting, from, to, severity) in texts {
        if from == to {
            continue;
        }
        // Whoever answers now was not trusted with it; where nobody does, the call fails.
        let direction = match (is_asked, to) {
            (false, _) => Direction::Other,
            (true, Some(_)) => Direction::Weaker,
            (true, None) => Direction::Stricter,
        };
        let (from, to) = (from.clone(), to.clone());
        changes.push(change(setting, direction, severity, [from, to], Under::Every));
    }
    changes.sort_by_key(|c| (std::cmp::Reverse(c.severity), c.kind, c.setting));
    changes
}

/// A flag that differs: under the runtimes that were asked for; where none was, by what the
/// profiles say and by what any runtime makes of it.
fn flag_change(old: &Policy, new: &Policy, flag: Flag) -> Option<SettingChange> {
    let is_chosen = |policy: &Policy| policy.settings().chosen.is_some();
    let sides = [old, new];
    let [said, crun] = [
        sides.map(|policy| policy.loaded_with().says(flag)),
        sides.map(|policy| policy.loaded_with().has(flag, Runtime::CRUN)),
    ];
    let differs = |[was, is]: [bool; 2]| was != is;
    let ([was, is], under) = match (differs(said), differs(crun)) {
        _ if sides.into_iter().any(is_chosen) => {
            let runtime = |policy: &Policy| policy.settings().machine.runtime;
            (sides.map(|policy| policy.loaded_with().has(flag, runtime(policy))), Under::Every)
        }
        // Never in opposite ways: only a side without flags is filled in.
        (true, true) => (said, Under::Every),
        (true, false) => (said, Under::Said),
        (false, _) => (crun, Under::SpecAllow),
    };
    if was == is {
        return None;
    }
    let (old, new) = (old.loaded_with(), new.loaded_with());
    let (gained, lost) = match flag {
        Flag::SpecAllow => (Direction::Weaker, Direction::Stricter),
        Flag::Tsync | Flag::Log => (Direction::Stricter, Direction::Weaker),
        Flag::WaitKillableRecv => (Direction::Other, Direction::Other),
    };
    let is_low = flag == Flag::Log || under == Under::Said;
    let severity = if is_low { Severity::Low } else { Severity::Medium };
    let text = |has: bool| has.then(|| "set".to_owned());
    let direction = if is { gained } else { lost };
    let change = change(Setting::Flag(flag), direction, severity, [text(was), text(is)], under);
    Some(SettingChange { old_span: old.span(flag), new_span: new.span(flag), ..change })
}

fn change(
    setting: Setting,
    direction: Direction,
    severity: Severity,
    [from, to]: [Option<String>; 2],
    under: Under,
) -> SettingChange {
    let (kind, severity) = match direction {
        Direction::Weaker => (Kind::Weakened, severity),
        Direction::Stricter => (Kind::Tightened, Severity::Info),
        Direction::Other => (Kind::Changed, Severity::Info),
    };
    // An acceptance names an id, so nobody must find another change with the same one.
    let digest = Sha256::digest(format!("{from:?} {to:?} {under:?}"));
    let hex: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let id = format!("{ID_PREFIX}{kind}-{}-{hex}", setting.name().to_ascii_lowercase());
    let (old_span, new_span) = (None, None);
    SettingChange { id, setting, kind, severity, direction, from, to, under, old_span, new_span }
}
