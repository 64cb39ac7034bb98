//! Through the values of a document: objects by their kind, and what has a Pod's or a compose file's
//! shape wherever it stands.

mod guard;
mod patch;
mod pod;
mod values;

use super::super::read::{Tree, documents, is_open};
use super::super::{Found, Given, MAX_USES, Runner, Use};
use super::kubernetes::context::{self, Context, first_of};
use super::kubernetes::kubelet;
use super::{items, options, profile_words, script, strings, text_of, value};
use crate::load::{Member, Value};
use crate::profile::Span;

/// Values nested in strings of values deeper than this are passed over.
const MAX_NESTED: usize = 3;

/// Groups whose objects speak of Pods and hold none.
const POLICIES: [&str; 6] = [
    "kyverno.io/",
    "policies.kyverno.io/",
    "constraints.gatekeeper.sh/",
    "templates.gatekeeper.sh/",
    "admissionregistration.k8s.io/",
    "apiextensions.k8s.io/",
];

/// A way through a document.
pub(super) struct Walker<'n, 'f> {
    /// The file's name in lower case, and its path.
    pub name: &'f str,
    pub path: &'f str,
    pub text: &'f str,
    pub found: &'f mut Found,
    /// `Deployment/web`, if the document is an object.
    object: Option<String>,
    /// Keys from the document, and names of what stands in lists.
    pub keys: Vec<String>,
    /// The nearest name around.
    names: Vec<String>,
    /// Annotations around, the nearest last.
    annotations: Vec<&'n Tree>,
    /// What a chart's values say of all Pods.
    pub pod_default: Option<&'n Tree>,
    nested: usize,
}

impl<'n, 'f> Walker<'n, 'f> {
    pub fn new(
        name: &'f str,
        path: &'f str,
        text: &'f str,
        found: &'f mut Found,
    ) -> Walker<'n, 'f> {
        Walker {
            name,
            path,
            text,
            found,
            object: None,
            keys: Vec::new(),
            names: Vec::new(),
            annotations: Vec::new(),
            pod_default: None,
            nested: 0,
        }
    }

    /// The same within an object that is called so.
    pub fn of(mut self, object: &str) -> Walker<'n, 'f> {
        self.object = Some(object.to_owned());
        self
    }

    /// A document of its own.
    pub fn document(&mut self, root: &'n Tree) {
        if self.is_engine_file(root) {
            return;
        }
        // Neither has to say what it is.
        if self.name.starts_with("kustomization.") && self.kustomization(root, "Kustomization") {
            return;
        }
        let is_operation =
            |item: &Tree| value(item, &["op"]).is_some() && value(item, &["path"]).is_some();
        if let Value::Array(all) = &root.value
            && !all.is_empty()
            && all.iter().all(is_operation)
        {
            self.operations(root, "patch");
            return;
        }
        self.walk(root);
    }

    pub(super) fn walk(&mut self, node: &'n Tree) {
        if self.found.uses.len() > MAX_USES {
            return;
        }
        match &node.value {
            Value::Object(_) => self.object(node),
            Value::Array(all) => {
                // Containers alone, as a part of a template is.
                let is_container = |item: &Tree| {
                    value(item, &["image"]).is_some() && value(item, &["name"]).is_some()
                };
                if self.keys.is_empty() && !all.is_empty() && all.iter().all(is_container) {
                    for item in all {
                        let name = value(item, &["name"]).and_then(text_of).unwrap_or("");
                        self.container(item, name, &Context::default(), "", false);
                    }
                    return;
                }
                for item in all {
                    self.walk(item);
                }
            }
            Value::String(text) => self.string(node, text),
            _ => {}
        }
    }

    fn object(&mut self, node: &'n Tree) {
        let kind = value(node, &["kind"]).and_then(text_of);
        let version = value(node, &["apiVersion"]).and_then(text_of).unwrap_or("");
        let metadata = value(node, &["metadata"]);
        let named = |node: Option<&'n Tree>| text_of(value(node?, &["name", "generateName"])?);
        let is_object = kind.is_some() && (!version.is_empty() || metadata.is_some());
        let before = self.object.clone();
        let keys = self.keys.len();
        if let Some(kind) = kind.filter(|_| is_object) {
            let name = named(metadata).unwrap_or("?");
            let object = format!("{kind}/{name}");
            if POLICIES.iter().any(|group| version.starts_with(group)) {
                self.policy(node, &object);
                return;
            }
            if self.is_guard(node, kind, &object) || kind == "SeccompProfile" {
                return;
            }
            // Of an object in another one the outer one is no news.
            self.object = Some(object);
            self.keys.clear();
            if self.kustomization(node, kind) || self.binding(node, kind) {
                self.object = before;
                return;
            }
        }
        let annotations = metadata.and_then(|metadata| value(metadata, &["annotations"]));
        let annotations = annotations
            .or_else(|| value(node, &["annotations"]).filter(|_| value(node, &["spec"]).is_some()));
        self.annotations.extend(annotations);
        let job =
            value(node, &["name"]).and_then(text_of).filter(|_| value(node, &["spec"]).is_some());
        self.names.extend(job.map(str::to_owned));
        let pod_default = self.pod_default;
        let options = value(node, &["defaultPodOptions"]);
        if let Some(options) = options.and_then(|options| value(options, &["securityContext"])) {
            self.pod_default = Some(options);
        }
        self.pair(node);
        let is_pod = super::kubernetes::shape::is_pod(node);
        if is_pod {
            self.pod(node);
        }
        self.engine_shapes(node);
        for member in node.members() {
            if is_pod
                && (super::kubernetes::shape::LISTS.contains(&&*member.key)
                    || member.key == "securityContext")
            {
                continue;
            }
            self.member(node, member);
        }
        self.pod_default = pod_default;
        if annotations.is_some() {
            self.annotations.pop();
        }
        if job.is_some() {
            self.names.pop();
        }
        if is_object {
            self.object = before;
            self.keys.truncate(keys);
        }
    }

    fn member(&mut self, parent: &'n Tree, member: &'n Member<'static>) {
        let plain: String = member.key.to_ascii_lowercase().replace(['_', '-', '.'], "");
        // What describes is no use.
        if matches!(
            &*plain,
            "description"
                | "openapiv3schema"
                | "comment"
                | "message"
                | "apparmorprofile"
                | "annotations"
                | "title"
                | "summary"
        ) {
            return;
        }
        self.keys.push(member.key.to_string());
        match &*plain {
            "seccompdefault" | "kubeletseccompdefault" | "defaultruntimeseccompprofileenabled" => {
                self.kubelet_default(&member.key, &member.value, member.key_span);
            }
            _ if plain.ends_with("securitycontext") => self.free_context(member),
            "seccompprofile" => {
                let given = context::profile(&member.value);
                self.free(given, member.key_span, &member.value);
            }
            "seccompprofiles" => {}
            _ if plain.ends_with("seccomp") && self.switched(member) => {}
            _ if plain.contains("seccomp")
                && !text_of(&member.value).is_some_and(|text| {
                    text.contains("SCMP_") || text.contains('\n') || text.len() > 300
                })
                && text_of(&member.value).is_some()
                && !is_path(&plain) =>
            {
                let given = match text_of(&member.value) {
                    Some(words @ ("true" | "false")) => {
                        Given::Open(format!("{}: {words}", member.key))
                    }
                    words => context::word(words.unwrap_or("")),
                };
                self.free(given, member.key_span, &member.value);
            }
            _ => {
                self.engine_member(parent, member);
                self.walk(&member.value);
            }
        }
        self.keys.pop();
    }

    /// What holds for Pods that say nothing.
    pub(super) fn kubelet_default(&mut self, said: &str, node: &Tree, place: Span) {
        self.found.uses.push(kubelet::default_of(&self.workload(), said, node, place));
    }

    /// Whether it stands in a Kubernetes object's Pods, whose containers have their own words.
    pub(super) fn pod_keys(&self) -> bool {
        let is_pods = |key: &String| key.to_ascii_lowercase().ends_with("containers");
        self.keys.iter().any(is_pods)
    }

    /// What holds a container: the object, or the nearest name.
    pub(super) fn workload(&self) -> String {
        match (&self.object, self.names.last()) {
            (Some(object), None) => object.clone(),
            (Some(object), Some(name)) => format!("{object} {name}"),
            (None, Some(name)) => name.clone(),
            (None, None) => String::new(),
        }
    }

    /// Where in an object a Pod stands, if not where every Pod does.
    pub(super) fn path_words(&self) -> String {
        let path = self.keys.join(".");
        match &*path {
            ""
            | "spec"
            | "spec.template.spec"
            | "spec.jobTemplate.spec.template.spec"
            | "template.spec" => String::new(),
            _ if self.object.is_none() && !self.names.is_empty() => String::new(),
            _ => path,
        }
    }

    /// The nearest annotation of that name.
    pub(super) fn annotation(&self, key: &str) -> Option<&'n Tree> {
        self.annotations.iter().rev().find_map(|all| value(all, &[key]))
    }

    /// A text within: commands, options, or values once more.
    fn string(&mut self, node: &'n Tree, text: &str) {
        let key = self.keys.last().map_or("", String::as_str).to_ascii_lowercase();
        // What a step is called, or says, it does not run.
        if matches!(&*key, "name" | "displayname" | "label" | "msg" | "echo") {
            return;
        }
        if options::starts_container(text) {
            let workload = self.script_name();
            let before = self.found.uses.len();
            script::shell(text, 0, &workload, self.found);
            self.moved(before, node, text);
        } else if options::is_options_key(&key)
            && options::has_options(text)
            && !self.in_job_container()
        {
            let words = super::super::read::shell::commands(text, 0).concat();
            let workload = self.script_name();
            let mut found = Use::new(Runner::Docker, &workload, "", node.span);
            options::apply(&words, &mut found);
            // Without it the same container has its engine's default.
            found.is_default = true;
            self.found.uses.push(found);
        } else if text.contains('\n')
            && ["seccomp", "securityContext", "privileged:"].iter().any(|word| text.contains(word))
            && self.nested < MAX_NESTED
            && !text.contains("SCMP_")
        {
            let before = self.found.uses.len();
            let trees = documents::read(text, 0, &mut Vec::new());
            for tree in &trees {
                let mut inner = Walker::new(self.name, self.path, text, self.found);
                inner.nested = self.nested + 1;
                inner.object = Some(
                    [self.object.clone().unwrap_or_default(), self.keys.join(".")]
                        .join(" ")
                        .trim()
                        .to_owned(),
                );
                inner.walk(tree);
            }
            self.moved(before, node, text);
        }
    }

    pub(super) fn script_name(&self) -> String {
        let keys: Vec<&str> = self.keys.iter().map(String::as_str).collect();
        [self.workload(), keys.join(".")].join(" ").trim().to_owned()
    }

    fn in_job_container(&self) -> bool {
        let mut keys = self.keys.iter().rev();
        keys.next();
        keys.next().is_some_and(|key| key == "container")
            && self.keys.first().is_some_and(|key| key == "jobs")
    }

    /// Places in a text within are places in the file: line by line where it is a block.
    pub(super) fn moved(&mut self, from: usize, node: &Tree, inner: &str) {
        let start = node.span.start as usize;
        let rest = self.text.get(start..).unwrap_or("");
        let skip = match rest.starts_with(['|', '>']) {
            true => rest.find('\n').map_or(0, |end| end + 1),
            false => 0,
        };
        for found in self.found.uses.iter_mut().skip(from) {
            let at = (found.place.start as usize).min(inner.len());
            let line = inner.get(..at).unwrap_or("").matches('\n').count();
            let mut place = start + skip;
            for (count, one) in
                self.text.get(start + skip..).unwrap_or("").split_inclusive('\n').enumerate()
            {
                if count == line {
                    place += one.len() - one.trim_start().len();
                    break;
                }
                place += one.len();
            }
            let place = place.min(self.text.len()) as u32;
            found.place = Span { start: place, end: place };
        }
    }

    /// The operator's `ProfileBinding`.
    fn binding(&mut self, node: &'n Tree, kind: &str) -> bool {
        if kind != "ProfileBinding" {
            return false;
        }
        let spec = value(node, &["spec"]);
        let of = |names: &[&str]| spec.and_then(|spec| value(spec, names));
        let reference = of(&["profileRef"]);
        let text = |node: Option<&'n Tree>, name| {
            node.and_then(|node| value(node, &[name])).and_then(text_of)
        };
        if text(reference, "kind").is_some_and(|kind| kind != "SeccompProfile") {
            return true;
        }
        let place = reference.map_or(first_of(node.span), |node| node.span);
        let image = of(&["image"]).and_then(text_of).unwrap_or("*");
        let mut found =
            Use::new(Runner::Kubernetes, &self.workload(), &format!("image {image}"), place);
        let name = text(reference, "name").unwrap_or("");
        let namespace = text(value(node, &["metadata"]), "namespace").unwrap_or("default");
        found.given = Given::File(format!("operator/{namespace}/{name}.json"));
        found.said = "ProfileBinding";
        found.is_default = true;
        self.found.uses.push(found);
        true
    }

    /// Words such as k3s' `kubelet-arg: ["seccomp-default=true"]`.
    pub(super) fn kubelet_words(&mut self, list: &'n Tree) {
        for item in items(list) {
            let Some(text) = text_of(item) else { continue };
            if let Some(said) = kubelet::said(text) {
                let node = super::super::read::plain(said, item.span);
                self.kubelet_default("--seccomp-default", &node, item.span);
            }
        }
    }

    /// What a policy's text says of profiles: its own words alone, to see that they change.
    fn policy(&mut self, node: &'n Tree, object: &str) {
        let text = self.text.get(node.span.start as usize..node.span.end as usize).unwrap_or("");
        let words = profile_words(text);
        if words.is_empty() || object.starts_with("CustomResourceDefinition") {
            return;
        }
        self.found.guards.push(super::super::Guard {
            name: object.to_owned(),
            allows: Vec::new(),
            words,
            place: first_of(node.span),
        });
    }
}

/// Whether a setting says where profiles lie, and not which one there is.
fn is_path(key: &str) -> bool {
    ["root", "dir", "path", "name", "image", "version", "enabled", "configmap", "folder"]
        .iter()
        .any(|end| key.ends_with(end))
        && !key.ends_with("profilepath")
}

/// Strings of a node, for those who ask for words.
pub(super) fn words_of(node: &Tree) -> Vec<super::super::read::shell::Word> {
    strings(Some(node))
        .into_iter()
        .map(|text| super::super::read::shell::Word {
            is_open: is_open(&text),
            is_quoted: true,
            text,
            place: node.span,
        })
        .collect()
}
