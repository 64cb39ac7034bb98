//! What values say without a Pod around them: a chart's contexts and switches.

use super::Walker;
use crate::load::{Member, Value};
use crate::profile::Span;
use crate::uses::find::kubernetes::context::{self, Context};
use crate::uses::find::setting::setting;
use crate::uses::find::{text_of, value};
use crate::uses::read::Tree;
use crate::uses::{Given, Runner, Switch, Use};

impl<'n> Walker<'n, '_> {
    /// A security context without containers: of a chart's values, or of a patch.
    pub(in crate::uses::find) fn free_context(&mut self, member: &'n Member<'static>) {
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

    pub(in crate::uses::find) fn free(&mut self, given: Given, place: Span, value: &Tree) {
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
    pub(in crate::uses::find) fn switched(&mut self, member: &'n Member<'static>) -> bool {
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
    pub(in crate::uses::find) fn pair(&mut self, node: &'n Tree) {
        let Some(path) = value(node, &["name"]).and_then(text_of) else { return };
        let Some(said) = value(node, &["value"]) else { return };
        let place = Span { start: node.span.start, end: said.span.end };
        let workload = self.workload();
        self.found.uses.extend(setting(&workload, path, said, place));
    }
}
