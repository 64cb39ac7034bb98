//! Patches within a kustomization: strategic ones as objects, and lists of operations.

use super::super::read::{Tree, documents};
use super::super::{Given, Runner, Switch, Use};
use super::context::{self, Context};
use super::walk::Walker;
use super::{items, text_of, value};
use crate::load::Value;

impl<'n> Walker<'n, '_> {
    /// The patches of a kustomization.
    pub(super) fn kustomization(&mut self, node: &'n Tree, kind: &str) -> bool {
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
    pub(super) fn operations(&mut self, list: &Tree, target: &str) {
        for item in items(list) {
            let Some(path) = value(item, &["path"]).and_then(text_of) else { continue };
            let kind = value(item, &["op"]).and_then(text_of).unwrap_or("");
            let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
            let Some(at) = parts.iter().position(|part| *part == "securityContext") else {
                continue;
            };
            let owner = match parts.get(..at).unwrap_or(&[]) {
                [.., list, index] if list.ends_with("ontainers") => match *list {
                    "containers" => format!("container {index}"),
                    list => format!("{list} {index}"),
                },
                _ => "Pod".to_owned(),
            };
            let node = value(item, &["value"]);
            let mut found = Use::new(Runner::Kubernetes, target, &owner, item.span);
            found.place.end = found.place.end.min(found.place.start + 1);
            (found.is_patch, found.is_default, found.said) = (true, owner == "Pod", "patch");
            let rest = parts.get(at + 1..).unwrap_or(&[]);
            let is_gone = kind == "remove";
            let given = match (rest, node) {
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
                (["privileged"], Some(node)) => {
                    found.privileged = context::switch(node);
                    Some(Given::Open("what it patches".to_owned()))
                }
                _ => None,
            };
            if let Some(given) = given {
                found.given = given;
                self.found.uses.push(found);
            }
        }
    }
}
