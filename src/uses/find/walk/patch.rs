//! Patches within a kustomization: strategic ones as objects, and lists of operations.

use crate::load::Value;
use crate::uses::find::kubernetes::context::{self, Context};
use crate::uses::find::kubernetes::shape::{LISTS, OF_CONTAINER, OF_POD};
use crate::uses::find::walk::Walker;
use crate::uses::find::{capability, items, strings, text_of, value};
use crate::uses::read::{Tree, documents};
use crate::uses::{Given, Runner, Switch, Use};

impl<'n> Walker<'n, '_> {
    /// The patches of a kustomization.
    pub(in crate::uses::find) fn kustomization(&mut self, node: &'n Tree, kind: &str) -> bool {
        if !matches!(kind, "Kustomization" | "Component") || value(node, &["spec"]).is_some() {
            return false;
        }
        for list in ["patches", "patchesJson6902", "patchesStrategicMerge"] {
            for patch in value(node, &[list]).map_or(&[][..], items) {
                self.patch(patch);
            }
        }
        true
    }

    fn patch(&mut self, patch: &'n Tree) {
        let of = |name| {
            value(patch, &["target"]).and_then(|target| value(target, &[name])).and_then(text_of)
        };
        let target = format!("{}/{}", of("kind").unwrap_or("*"), of("name").unwrap_or("*"));
        let body = value(patch, &["patch"]).unwrap_or(patch);
        let Some(text) = text_of(body).filter(|text| text.contains('\n')) else {
            // Inline as values.
            self.operations(body, &target);
            return;
        };
        let before = self.found.uses.len();
        let trees = documents::read(text, 0, &mut Vec::new());
        for tree in &trees {
            match tree.value {
                Value::Array(_) => {
                    Walker::new(self.name, self.path, text, self.found).operations(tree, &target)
                }
                _ => Walker::new(self.name, self.path, text, self.found).document(tree),
            }
        }
        self.moved(before, body, text);
    }

    /// A list of operations, as JSON patches are.
    pub(in crate::uses::find) fn operations(&mut self, list: &Tree, target: &str) {
        for item in items(list) {
            let Some(path) = value(item, &["path"]).and_then(text_of) else { continue };
            let is_gone = value(item, &["op"]).and_then(text_of) == Some("remove");
            let node = value(item, &["value"]);
            let parts: Vec<String> = path
                .trim_start_matches('/')
                .split('/')
                .map(|part| part.replace("~1", "/").replace("~0", "~"))
                .collect();
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            if let Some(at) = parts.iter().position(|part| *part == "securityContext") {
                let (owner, rest) = parts.split_at(at);
                let rest = rest.get(1..).unwrap_or(&[]);
                self.context_operation(item, target, owner, rest, is_gone);
            } else if let Some(at) = parts.iter().position(|part| *part == "annotations") {
                let name = parts.get(at + 1).copied();
                self.annotation_operation(item, target, name, is_gone);
            } else if let Some(node) = node.filter(|_| !is_gone) {
                let mut inner = Walker::new(self.name, self.path, self.text, self.found).of(target);
                let is_list = |part: &&str| LISTS.contains(part);
                match parts[..] {
                    // A container of its own, in a Pod that is not known.
                    [.., list, _] if is_list(&list) => inner.new_container(node),
                    [.., list] if is_list(&list) => {
                        items(node).iter().for_each(|node| inner.new_container(node));
                    }
                    _ => inner.walk(node),
                }
            }
        }
    }

    fn new_container(&mut self, node: &'n Tree) {
        let name = value(node, &["name"]).and_then(text_of).unwrap_or("");
        let is_patch = value(node, &["image"]).is_none();
        let workload = self.workload();
        self.container(node, name, &Context::default(), &workload, is_patch);
    }

    /// An operation at or below a security context. `owner` is the way to what has it.
    fn context_operation(
        &mut self,
        item: &Tree,
        target: &str,
        owner: &[&str],
        rest: &[&str],
        is_gone: bool,
    ) {
        let owner = match owner {
            [.., list, index] if list.ends_with("ontainers") => match *list {
                "containers" => format!("container {index}"),
                list => format!("{list} {index}"),
            },
            _ => "Pod".to_owned(),
        };
        let patched = || Some(Given::Open("what it patches".to_owned()));
        let mut found = operation(item, target, &owner);
        let given = match (rest, value(item, &["value"])) {
            ([], _) if is_gone => Some(Given::Nothing),
            ([], Some(node)) => {
                let context = Context::read(Some(node));
                found.privileged = context.privileged.unwrap_or(Switch::Off);
                (found.added, found.dropped) = (context.added, context.dropped);
                // What is put there stands instead of all that was.
                Some(context.given.unwrap_or(Given::Nothing))
            }
            (["seccompProfile", ..], _) if is_gone => Some(Given::Nothing),
            (["seccompProfile"], Some(node)) => Some(context::profile(node)),
            (["seccompProfile", "type"], Some(node)) => match text_of(node).unwrap_or("") {
                "Localhost" => Some(Given::Open("Localhost".to_owned())),
                word => Some(context::word(word)),
            },
            (["privileged"], Some(node)) if !is_gone => {
                found.privileged = context::switch(node);
                patched()
            }
            (["capabilities", below @ ..], Some(node)) if !is_gone => {
                let add = match below {
                    [] => strings(value(node, &["add"])),
                    ["add", ..] => strings(Some(node)),
                    _ => Vec::new(),
                };
                found.added = add.iter().map(|name| capability(name)).collect();
                patched().filter(|_| !found.added.is_empty())
            }
            _ => None,
        };
        if let Some(given) = given {
            found.given = given;
            self.found.uses.push(found);
        }
    }

    /// An operation on the annotations before 1.19: on one by its name, or on all.
    fn annotation_operation(
        &mut self,
        item: &Tree,
        target: &str,
        name: Option<&str>,
        is_gone: bool,
    ) {
        let node = value(item, &["value"]);
        let said: Vec<(&str, &str)> = match (name, node) {
            (Some(name), _) if is_gone => vec![(name, "")],
            (Some(name), Some(node)) => vec![(name, text_of(node).unwrap_or(""))],
            (None, Some(node)) => {
                let all = node.members().iter();
                all.map(|member| (&*member.key, text_of(&member.value).unwrap_or(""))).collect()
            }
            _ => Vec::new(),
        };
        for (name, word) in said {
            let owner = match (name, name.strip_prefix(OF_CONTAINER)) {
                (OF_POD, _) => "Pod",
                (_, Some(container)) => container,
                _ => continue,
            };
            let mut found = operation(item, target, owner);
            found.given = context::word(word);
            found.said = "annotation";
            self.found.uses.push(found);
        }
    }
}

/// What an operation says of a container, or of a Pod.
fn operation(item: &Tree, target: &str, owner: &str) -> Use {
    let mut found = Use::new(Runner::Kubernetes, target, owner, context::first_of(item.span));
    (found.is_patch, found.is_default, found.said) = (true, owner == "Pod", "patch");
    found
}
