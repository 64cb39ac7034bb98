//! What differs in how two filters are loaded, in words.

use crate::diff::{Direction, Setting, SettingChange, Under};
use crate::load::excerpt::visible;
use crate::semantics::Flag;

/// How much of a path or of the data for a listener is shown.
const SHOWN: usize = 60;

/// `other filter settings: listenerPath`
pub(in crate::report) fn subject(change: &SettingChange) -> String {
    format!("other filter settings: {}", change.setting.name())
}

/// `not set → set`, `/run/a.sock → /run/b.sock`
pub(in crate::report) fn values(change: &SettingChange) -> String {
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
pub(in crate::report) fn under(change: &SettingChange) -> &'static str {
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
pub(in crate::report) fn danger(change: &SettingChange) -> Option<&'static str> {
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
pub(in crate::report) fn message(change: &SettingChange) -> String {
    let what = match change.direction {
        Direction::Weaker => "is weaker",
        Direction::Stricter => "is stricter",
        Direction::Other => "is another",
    };
    let (under, values) = (under(change), values(change));
    let gap = if under.is_empty() { "" } else { " " };
    format!("other filter settings: `{}` {what}: {values}{gap}{under}", change.setting.name())
}
