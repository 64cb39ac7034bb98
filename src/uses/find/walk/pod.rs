//! Pods: containers under `containers`, `initContainers` and `ephemeralContainers`, in whatever object.

use crate::load::{Member, Value};
use crate::uses::find::kubernetes::context::{self, Context, first_of};
use crate::uses::find::kubernetes::shape::{LISTS, OF_CONTAINER, OF_POD};
use crate::uses::find::walk::Walker;
use crate::uses::find::{text_of, value};
use crate::uses::read::{Tree, is_open};
use crate::uses::{Given, Runner, Switch, Use};

impl<'n> Walker<'n, '_> {
    /// Every container of a Pod.
    pub(in crate::uses::find) fn pod(&mut self, spec: &'n Tree) {
        let own = value(spec, &["securityContext"])
            .or_else(|| value(value(spec, &["pod"])?, &["securityContext"]));
        let pod = Context::read(own.or(self.pod_default));
        let lists = LISTS.iter().filter_map(|list| value(spec, &[list]));
        let containers: Vec<(Option<&str>, &Tree)> = lists
            .flat_map(|list| match &list.value {
                Value::Array(items) => items.iter().map(|item| (None, item)).collect::<Vec<_>>(),
                Value::Object(members) => {
                    members.iter().map(|m| (Some(&*m.key), &m.value)).collect()
                }
                _ => Vec::new(),
            })
            .filter(|(_, item)| matches!(item.value, Value::Object(_)))
            .collect();
        // One that names no image changes a container that stands elsewhere.
        let is_map = LISTS.iter().any(|list| {
            value(spec, &[list]).is_some_and(|list| matches!(list.value, Value::Object(_)))
        });
        let is_patch =
            !is_map && containers.iter().all(|(_, item)| value(item, &["image"]).is_none());
        let mut workload = self.workload();
        let path = self.path_words();
        if !path.is_empty() {
            workload = format!("{workload} {path}").trim().to_owned();
        }
        let count = containers.len();
        for (at, (key, container)) in containers.into_iter().enumerate() {
            let name = match key.or_else(|| text_of(value(container, &["name"])?)) {
                Some(name) => name.to_owned(),
                None if count == 1 => String::new(),
                None => format!("container {at}"),
            };
            self.container(container, &name, &pod, &workload, is_patch);
        }
    }

    /// One container, in a Pod that says so much.
    pub(in crate::uses::find) fn container(
        &mut self,
        container: &'n Tree,
        name: &str,
        pod: &Context,
        workload: &str,
        is_patch: bool,
    ) {
        if context::is_deleted(container) {
            return;
        }
        let own = Context::read(value(container, &["securityContext", "security_context"]));
        let named = value(container, &["name"]).map(|node| node.span);
        let place = named.unwrap_or(first_of(container.span));
        let mut found = Use::new(Runner::Kubernetes, workload, name, place);
        let annotated = |key: &str| self.annotation(key);
        // Which of its actions brings a security context along can only be told by its words.
        let action = container.members().iter().find(|member: &&Member| {
            let key = member.key.to_ascii_lowercase();
            key.starts_with("{{") && (key.contains("secur") || key.contains("seccomp"))
        });
        let of_container = [format!("{OF_CONTAINER}{name}"), format!("{OF_CONTAINER}test")];
        let by_container = annotated(&of_container[0])
            .or_else(|| annotated(&of_container[1]).filter(|_| name.is_empty()));
        let by_pod = annotated(OF_POD);
        let is_silent = own.is_null && !is_patch;
        if let Some(given) = own.given.filter(|_| !is_silent) {
            (found.given, found.said) = (given, "container field");
            found.place = own.place.unwrap_or(place);
        } else if let (Some(member), None) = (action, &own.place) {
            (found.given, found.said) = (Given::Open(member.key.to_string()), "");
            found.place = member.key_span;
        } else if let Some(given) = pod.given.clone() {
            (found.given, found.said) = (given, "Pod field");
            found.place = pod.place.unwrap_or(place);
        } else if let Some(node) = by_container.or(by_pod) {
            found.given = context::word(text_of(node).unwrap_or(""));
            (found.said, found.place) = ("annotation", node.span);
        } else if is_patch {
            found.given = Given::Open("what it patches".to_owned());
        }
        if found.given == Given::Nothing {
            // What takes away says something; what says nothing does not.
            found.said = if is_patch && !found.said.is_empty() { "taken away" } else { "" };
        }
        if let Some(privileged) = own.privileged {
            if privileged != Switch::Off {
                found.place = own.place.unwrap_or(place);
            }
            found.privileged = privileged;
        }
        (found.added, found.dropped) = (own.added, own.dropped);
        found.open.extend(found.added.iter().filter(|name| is_open(name)).cloned());
        found.added.retain(|name| !is_open(name));
        found.is_patch = is_patch;
        self.found.uses.push(found);
    }
}
