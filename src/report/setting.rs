//! What differs in how two filters are loaded, in words.

use super::{Report, Side};
use crate::diff::{Direction, Setting, SettingChange, Under};
use crate::load::excerpt::visible;
use crate::profile::Span;
use crate::semantics::Flag;
use serde::Serialize;

/// How much of a path or of the data for a listener is shown.
const SHOWN: usize = 60;

/// `other filter settings: listenerPath`
pub(super) fn subject(change: &SettingChange) -> String {
    format!("other filter settings: {}", change.setting.name())
}

/// `not set → set`, `/run/a.sock → /run/b.sock`
pub(super) fn values(change: &SettingChange) -> String {
    let text = |value: &Option<String>| match value {
        None => "not set".to_owned(),
        Some(value) if value.chars().count() > SHOWN => {
            visible(&value.chars().take(SHOWN).collect::<String>()) + "…"
        }
        Some(value) => visible(value),
    };
    format!("{} → {}", text(&change.from), text(&change.to))
}

/// Under which runtimes; empty for all of them.
pub(super) fn under(change: &SettingChange) -> &'static str {
    match (change.under, change.setting) {
        (Under::Said, _) => {
            "by the profile itself; crun, and runc from 1.2.0 on, set it as well where a profile \
             gives no flags"
        }
        (Under::SpecAllow, _) => {
            "under crun, and runc from 1.2.0 on, which set it where a profile gives no flags"
        }
        (Under::Every, Setting::Flag(Flag::Tsync)) => "under crun; runc passes over the flag",
        (Under::Every, _) => "",
    }
}

/// What a weaker setting means; nothing for one that is not weaker.
pub(super) fn danger(change: &SettingChange) -> Option<&'static str> {
    (change.direction == Direction::Weaker).then_some(match change.setting {
        Setting::Flag(Flag::Tsync) => "threads that are there already stay without the filter",
        Setting::Flag(Flag::Log) => "what the filter stops is no longer logged",
        Setting::Flag(Flag::SpecAllow) => {
            "the processor may bypass stores speculatively (Spectre variant 4), which kernels before \
             5.16 stop in filtered processes by default"
        }
        Setting::Flag(Flag::WaitKillableRecv) => "",
        Setting::Listener => "another process answers the calls that are notified",
        Setting::Metadata => "who answers the calls that are notified may go by what it is told",
    })
}

/// In a sentence.
pub(super) fn message(change: &SettingChange) -> String {
    let what = match change.direction {
        Direction::Weaker => "is weaker",
        Direction::Stricter => "is stricter",
        Direction::Other => "is another",
    };
    let (under, values) = (under(change), values(change));
    let gap = if under.is_empty() { "" } else { " " };
    format!("other filter settings: `{}` {what}: {values}{gap}{under}", change.setting.name())
}

/// Where the profiles give it: the new one, or else the old one.
pub(super) fn place<'a>(report: &Report<'a>, change: &SettingChange) -> Option<(Side<'a>, Span)> {
    let new = change.new_span.map(|span| (report.new, span));
    new.or_else(|| change.old_span.map(|span| (report.old, span)))
}

/// The change for programs.
#[derive(Serialize)]
pub(super) struct SettingJson {
    id: String,
    kind: &'static str,
    severity: &'static str,
    setting: &'static str,
    /// `null`: not there; of a flag `set`.
    from: Option<String>,
    to: Option<String>,
    /// Under which runtimes, if not under all.
    #[serde(skip_serializing_if = "Option::is_none")]
    under: Option<&'static str>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    danger: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_line: Option<u32>,
}

impl SettingJson {
    pub fn of(report: &Report, change: &SettingChange) -> SettingJson {
        let line = |side: &Side, span: Option<Span>| {
            span.map(|span| side.loaded.source.position(span.start).line)
        };
        SettingJson {
            id: change.id.clone(),
            kind: change.kind.name(),
            severity: change.severity.name(),
            setting: change.setting.name(),
            from: change.from.clone(),
            to: change.to.clone(),
            under: Some(under(change)).filter(|text| !text.is_empty()),
            message: message(change),
            danger: danger(change),
            old_line: line(&report.old, change.old_span),
            new_line: line(&report.new, change.new_span),
        }
    }
}
