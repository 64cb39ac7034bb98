//! Why a name in a rule does nothing, in words.

use crate::idle::Reason;
use crate::phrase::action_text;
use crate::profile::Span;
use crate::report::sides::Side;

/// Why a name in a rule of a profile does nothing.
pub(in crate::report) fn reason(side: &Side, reason: &Reason) -> String {
    let line = |span: Span| side.loaded.source.position(span.start).line;
    let there =
        |span: &Option<Span>| span.map_or(String::new(), |span| format!(" in line {}", line(span)));
    match reason {
        Reason::Unknown => "it is no system call".to_owned(),
        Reason::NotRead => format!("{} does not read `name`", side.engine().name()),
        Reason::NeverKept => "no host and no environment keeps the rule".to_owned(),
        Reason::Absent => "no ABI of the filter has the call".to_owned(),
        Reason::EqualsDefault => "it says what the default action says".to_owned(),
        Reason::Impossible(index) => format!("no value of arg{index} fulfils its condition"),
        Reason::Repeated { of } => format!("the rule{} says the same", there(of)),
        Reason::Shadowed { by, action, instead_of } if action != instead_of => format!(
            "the rule without conditions{} answers first, with {} where this one says {}",
            there(by),
            action_text(*action),
            action_text(*instead_of)
        ),
        Reason::Shadowed { by, .. } => {
            format!("the rule without conditions{} covers it", there(by))
        }
        Reason::Overruled { by, action, instead_of } => format!(
            "other rules{} answer, with {} for some calls where this one says {}",
            there(by),
            action_text(*action),
            action_text(*instead_of)
        ),
        Reason::Covered { by, .. } => format!("other rules{} answer alike", there(by)),
    }
}
