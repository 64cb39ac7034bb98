//! One setting of the filter that differs as an [`Item`].

use crate::diff::SettingChange;
use crate::profile::Span;
use crate::report::account::data::setting_json;
use crate::report::account::item::{bare, level};
use crate::report::account::model::{Effect, Item};
use crate::report::account::origin::{About, OfChange, Origin, Said};
use crate::report::account::region::Region;
use crate::report::account::words::setting::{danger, message, subject, under, values};
use crate::report::sides::{Report, Side};

/// The change as an [`Item`].
pub(super) fn item(report: &Report, at: usize, change: &SettingChange, has_data: bool) -> Item {
    let region =
        |side: &Side, span: Option<Span>| span.map(|span| Region::of(&side.loaded.source, span));
    let place = region(&report.new, change.new_span);
    let old_place = region(&report.old, change.old_span);
    let lines = |region: Option<Region>| region.iter().map(|region| region.line).collect();
    let effect = Effect {
        direction: change.direction,
        actions: values(change),
        words: under(change).to_owned(),
        needs: None,
        proof: None,
        old_lines: lines(old_place),
        new_lines: lines(place),
    };
    let said = match (place, old_place) {
        (None, Some(old)) => Said::Was(vec![old.line]),
        (new, _) => Said::New(lines(new)),
    };
    Item {
        subject: subject(change),
        message: message(change),
        effects: vec![effect],
        dangers: danger(change).map(str::to_owned).into_iter().collect(),
        place,
        old_place,
        origin: Origin::Change(Box::new(OfChange {
            at,
            kind: change.kind,
            about: About::Setting,
            said: vec![said],
            needs: Vec::new(),
        })),
        data: match has_data {
            true => setting_json(report, change),
            false => serde_json::Value::Null,
        },
        ..bare(
            change.id.clone(),
            change.kind.name(),
            level(change.severity),
            change.severity.name(),
        )
    }
}
