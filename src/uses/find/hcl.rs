//! Terraform's and Nomad's blocks.

use super::super::read::{Tree, documents};
use super::super::{Found, Given, Runner, Switch, Use};
use super::kubernetes::context::{Context, first_of, switch};
use super::setting::setting;
use super::walk::Walker;
use super::{capability, items, member, options, strings, text_of, value};
use crate::load::{Member, Value, hcl};
use crate::profile::Span;

pub(super) fn find(text: &str, found: &mut Found) {
    let root = hcl::read(text);
    let mut blocks = Blocks { text, found };
    blocks.walk(&root, "");
}

struct Blocks<'f> {
    text: &'f str,
    found: &'f mut Found,
}

impl Blocks<'_> {
    fn walk(&mut self, node: &Tree, name: &str) {
        let blocks = |keys: &[&str]| -> Vec<&Member<'static>> {
            let is = |member: &&Member<'static>| {
                keys.contains(&&*member.key) && matches!(member.value.value, Value::Object(_))
            };
            node.members().iter().filter(is).collect()
        };
        let containers = blocks(&["container", "init_container"]);
        if !containers.is_empty() {
            let pod = Context::read(value(node, &["security_context"]));
            for member in containers {
                let label =
                    value(&member.value, &["name"]).and_then(text_of).unwrap_or("").to_owned();
                Walker::new("", "", self.text, self.found).container(
                    &member.value,
                    &label,
                    &pod,
                    name,
                    false,
                );
            }
        }
        for member in node.members() {
            let label = value(&member.value, &[""]).and_then(text_of);
            let own = match label {
                Some(label) => format!("{name} {}/{label}", member.key).trim().to_owned(),
                None => name.to_owned(),
            };
            match (&*member.key, label) {
                ("resource", Some(label)) if label.starts_with("docker_container/") => {
                    let mut one = self.engine(&member.value, label, Runner::Docker);
                    let capabilities = value(&member.value, &["capabilities"]);
                    let list = |name| strings(capabilities.and_then(|of| value(of, &[name])));
                    one.added.extend(list("add").iter().map(|name| capability(name)));
                    one.dropped.extend(list("drop").iter().map(|name| capability(name)));
                    self.found.uses.push(one);
                }
                ("task", Some(label)) => {
                    let driver = value(&member.value, &["driver"]).and_then(text_of);
                    let config = value(&member.value, &["config"]);
                    let runner = match driver {
                        Some("docker") => Some(Runner::Docker),
                        Some("podman") => Some(Runner::Podman),
                        _ => None,
                    };
                    if let (Some(runner), Some(config)) = (runner, config) {
                        let mut one = self.engine(config, label, runner);
                        one.workload = name.to_owned();
                        one.container = label.to_owned();
                        self.found.uses.push(one);
                    }
                }
                ("container_definitions", _) => self.definitions(&member.value, name),
                ("manifest" | "yaml_body" | "values" | "yaml_content", None) => {
                    self.objects(&member.value, name);
                }
                ("set" | "set_sensitive" | "set_list", None) => {
                    let sets = match &member.value.value {
                        Value::Object(_) => std::slice::from_ref(&member.value),
                        _ => items(&member.value),
                    };
                    for set in sets {
                        let path = value(set, &["name"]).and_then(text_of);
                        if let (Some(path), Some(said)) = (path, value(set, &["value"])) {
                            let place = Span { start: set.span.start, end: said.span.end };
                            self.found.uses.extend(setting(name, path, said, place));
                        }
                    }
                }
                ("container" | "init_container" | "security_context", _) => {}
                ("seccomp_profile" | "seccompProfile", _) => {}
                _ => match &member.value.value {
                    Value::Object(_) => self.walk(&member.value, &own),
                    Value::Array(all) => all.iter().for_each(|item| self.walk(item, &own)),
                    Value::String(text) if options::starts_container(text) => {
                        super::script::shell(
                            text,
                            member.value.span.start as usize,
                            &own,
                            self.found,
                        );
                    }
                    _ => {}
                },
            }
        }
    }

    /// Objects of a cluster, or a chart's values: as values, or as YAML in a text.
    fn objects(&mut self, node: &Tree, name: &str) {
        let before = self.found.uses.len();
        let nodes = match &node.value {
            Value::Object(_) => std::slice::from_ref(node),
            _ => items(node),
        };
        for node in nodes {
            match &node.value {
                Value::Object(_) => {
                    Walker::new("", "", self.text, self.found).document(node);
                }
                Value::String(text) if text.contains('\n') => {
                    let offset = node.span.start as usize;
                    for tree in &documents::read(text, offset, &mut Vec::new()) {
                        Walker::new("", "", self.text, self.found).document(tree);
                    }
                }
                _ => {}
            }
        }
        for one in self.found.uses.iter_mut().skip(before) {
            one.workload = format!("{name} {}", one.workload).trim().to_owned();
        }
    }

    /// A container with Docker's words.
    fn engine(&self, node: &Tree, name: &str, runner: Runner) -> Use {
        let mut one = Use::new(runner, name, "", first_of(node.span));
        if let Some(privileged) = member(node, &["privileged"]) {
            one.privileged = switch(&privileged.value);
            one.place = privileged.key_span;
        }
        if let Some(list) = member(node, &["security_opts", "security_opt"]) {
            options_of(&list.value, &mut one);
        }
        one.added =
            strings(value(node, &["cap_add"])).iter().map(|name| capability(name)).collect();
        one.dropped =
            strings(value(node, &["cap_drop"])).iter().map(|name| capability(name)).collect();
        one
    }

    /// ECS' definitions, as values or as the JSON of a text.
    fn definitions(&mut self, node: &Tree, name: &str) {
        let before = self.found.uses.len();
        match text_of(node) {
            Some(text) => {
                let offset = node.span.start as usize;
                for tree in &documents::read(text, offset, &mut Vec::new()) {
                    Walker::new("", "", self.text, self.found).document(tree);
                }
            }
            None => Walker::new("", "", self.text, self.found).definitions(node),
        }
        for one in self.found.uses.iter_mut().skip(before) {
            name.clone_into(&mut one.workload);
        }
    }
}

fn options_of(list: &Tree, one: &mut Use) {
    if let Value::String(text) = &list.value {
        one.open.push(text.to_string());
    }
    for item in items(list) {
        let text = text_of(item).unwrap_or("");
        if options::security_option(text, false, one) {
            (one.said, one.place) = ("security_opts", item.span);
        }
    }
    if one.given == Given::Nothing && one.privileged == Switch::Off && one.open.is_empty() {
        one.said = "";
    }
}
