//! A setting of the filter that differs.

use crate::diff::SettingChange;
use crate::profile::Span;
use crate::report::account::words::setting::{danger, message, under};
use crate::report::sides::{Report, Side};
use serde::Serialize;

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
