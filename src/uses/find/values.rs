//! What values say without a Pod around them: a chart's contexts and switches, and settings by the path of
//! their keys, as `helm --set` has them.

use super::super::read::Tree;
use super::super::{Given, Runner, Switch, Use};
use super::kubernetes::context::{self, Context};
use super::walk::Walker;
use super::{text_of, value};
use crate::load::{Member, Value};
use crate::profile::Span;

impl<'n> Walker<'n, '_> {
    /// A security context without containers: of a chart's values, or of a patch.
    pub(super) fn free_context(&mut self, member: &'n Member<'static>) {
        // What is for all Pods of these values is told with each of them.
        if self.pod_default.is_some_and(|own| std::ptr::eq(own, &member.value)) {
            return;
        }
        let context = Context::read(Some(&member.value));
        let is_open = matches!(&context.given, Some(Given::Open(_)))
            && !matches!(member.value.value, Value::Object(_));
        if context.is_silent() || is_open {
            return;
        }
        let place = context.place.unwrap_or(member.key_span);
        let mut found = self.free_use(place);
        // By the custom of charts nothing of it is rendered then.
        let is_off = value(&member.value, &["enabled"])
            .is_some_and(|node| matches!(node.value, Value::Bool(false)));
        if is_off {
            found.given = Given::Nothing;
            self.found.uses.push(found);
            return;
        }
        found.given = context.given.unwrap_or_else(|| Given::Open("what else says it".to_owned()));
        found.privileged = context.privileged.unwrap_or(Switch::Off);
        (found.added, found.dropped) = (context.added, context.dropped);
        self.found.uses.push(found);
    }

    pub(super) fn free(&mut self, given: Given, place: Span, value: &Tree) {
        let place = Span { end: value.span.end.max(place.end), ..place };
        let mut found = self.free_use(place);
        found.given = given;
        self.found.uses.push(found);
    }

    fn free_use(&mut self, place: Span) -> Use {
        let workload = self.workload();
        let keys = self.keys.join(".");
        let mut found = Use::new(Runner::Kubernetes, &workload, &keys, place);
        found.is_default = true;
        found.is_patch = true;
        found
    }

    /// `seccomp: {enabled: true, type: RuntimeDefault}`, of a chart or a program's settings; whether it is
    /// such a one.
    pub(super) fn switched(&mut self, member: &'n Member<'static>) -> bool {
        let of = |names: &[&str]| value(&member.value, names).and_then(text_of);
        let kind = of(&["type", "profile", "profileType"]).filter(|word| !word.contains('\n'));
        let given = match (of(&["enabled", "enable"]), kind) {
            (Some(words), None) => Given::Open(format!("{}.enabled: {words}", member.key)),
            (Some("true") | None, Some(_)) => context::profile(&member.value),
            (Some(words), Some(kind)) => {
                Given::Open(format!("{kind}, {}.enabled: {words}", member.key))
            }
            (None, None) => return false,
        };
        let given = match (given, kind) {
            (Given::Nothing, Some(kind)) => context::word(kind),
            (given, _) => given,
        };
        self.free(given, member.key_span, &member.value);
        true
    }

    /// `{name: podSecurityContext.seccompProfile.type, value: Unconfined}`, as Argo CD and Terraform hand
    /// values to a chart.
    pub(super) fn pair(&mut self, node: &'n Tree) {
        let Some(path) = value(node, &["name"]).and_then(text_of) else { return };
        let Some(said) = value(node, &["value"]) else { return };
        let place = Span { start: node.span.start, end: said.span.end };
        let workload = self.workload();
        self.found.uses.extend(setting(&workload, path, said, place));
    }
}

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
