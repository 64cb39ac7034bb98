//! Settings by the path of their keys, as `helm --set` has them.

use super::super::read::Tree;
use super::super::{Given, Runner, Switch, Use};
use super::kubernetes::context;
use super::text_of;
use crate::profile::Span;

/// A chart's value that is set by the path of its keys, if it says something of a profile.
pub(super) fn setting(workload: &str, path: &str, said: &Tree, place: Span) -> Option<Use> {
    // An environment's variable is called by a word.
    if !path.contains('.') || path.contains(char::is_whitespace) {
        return None;
    }
    let lower = path.to_ascii_lowercase();
    let last = lower.rsplit('.').next().unwrap_or("");
    let word = text_of(said).unwrap_or("");
    let mut one = Use::new(Runner::Kubernetes, workload, path, place);
    (one.is_default, one.is_patch) = (true, true);
    if last == "privileged" {
        one.privileged = context::switch(said);
        one.given = Given::Open("what else says it".to_owned());
    } else if lower.contains("seccomp") && !matches!(last, "localhostprofile" | "enabled") {
        one.given = match word {
            "Localhost" => Given::Open("Localhost".to_owned()),
            word => context::word(word),
        };
    } else if lower.contains("seccomp") {
        one.given = Given::Open(format!("{last}: {word}"));
    } else {
        return None;
    }
    // What nothing says is not known here: the chart's own value is.
    if one.given == Given::Nothing && one.privileged != Switch::On {
        one.given = Given::Open("the chart's own value".to_owned());
    }
    Some(one)
}
