//! Docker's words in YAML and JSON: compose files, daemons' settings, devcontainers, ECS, Ansible,
//! workflows.

use super::super::read::Tree;
use super::super::{Given, Runner, Switch, Use};
use super::kubernetes::context::{first_of, switch};
use super::walk::{Walker, words_of};
use super::{capability, items, member, options, strings, text_of, value};
use crate::load::{Member, Value};
use crate::uses::read::is_open;

impl<'n> Walker<'n, '_> {
    /// A file that is one engine's alone; whether it was one.
    pub(super) fn is_engine_file(&mut self, root: &'n Tree) -> bool {
        let has = |key: &str| value(root, &[key]).is_some();
        let is_object = has("kind") && has("apiVersion");
        if is_object {
            return false;
        }
        if has("seccomp-profile") || self.name.starts_with("daemon.json") {
            self.daemon(root);
            return true;
        }
        if self.name.contains("devcontainer") || has("runArgs") {
            self.devcontainer(root);
            return true;
        }
        if matches!(value(root, &["jobs"]).map(|jobs| &jobs.value), Some(Value::Object(_))) {
            self.workflow(root);
            return false;
        }
        if let Value::Array(all) = &root.value
            && all.iter().any(is_definition)
        {
            self.definitions(root);
            return true;
        }
        let services = value(root, &["services"]);
        let is_service = |member: &Member<'static>| {
            ["image", "build", "security_opt", "privileged", "cap_add", "extends", "cap_drop"]
                .iter()
                .any(|key| value(&member.value, &[key]).is_some())
        };
        if let Some(services) =
            services.filter(|services| services.members().iter().any(is_service))
        {
            for service in services.members() {
                self.service(services, service);
            }
            return true;
        }
        false
    }

    fn daemon(&mut self, root: &'n Tree) {
        let said = member(root, &["seccomp-profile"]);
        let place = said.map_or(first_of(root.span), |said| said.value.span);
        let mut one = Use::new(Runner::Docker, "dockerd", "containers without a profile", place);
        one.is_default = true;
        if let Some(said) = said {
            let text = text_of(&said.value).unwrap_or("");
            options::security_option(&format!("seccomp={text}"), false, &mut one);
            one.said = "seccomp-profile";
        }
        self.found.uses.push(one);
    }

    fn devcontainer(&mut self, root: &'n Tree) {
        let mut one = Use::new(Runner::Docker, "devcontainer", "", first_of(root.span));
        if let Some(list) = value(root, &["runArgs"]) {
            for word in items(list) {
                if options::has_options(text_of(word).unwrap_or("")) {
                    one.place = word.span;
                }
            }
            let place = one.place;
            options::apply(&words_of(list), &mut one);
            one.place = place;
        }
        self.docker_words(root, &mut one);
        self.found.uses.push(one);
        // Its commands can start others.
        for key in ["initializeCommand", "postCreateCommand", "postStartCommand"] {
            if let Some(text) =
                value(root, &[key]).and_then(text_of).filter(|text| options::starts_container(text))
            {
                super::script::shell(text, 0, key, self.found);
            }
        }
    }

    /// `security_opt`, `privileged`, `cap_add`, `cap_drop` of an object, in any spelling.
    fn docker_words(&self, node: &'n Tree, one: &mut Use) {
        if let Some(privileged) = member(node, &["privileged"]) {
            one.privileged = switch(&privileged.value);
            if one.privileged != Switch::Off {
                one.place = privileged.key_span;
            }
        }
        let names = [
            "security_opt",
            "security_opts",
            "securityOpt",
            "dockerSecurityOptions",
            "SecurityOpt",
            "security-opts",
            "security-opt",
        ];
        for list in node.members().iter().filter(|member| names.contains(&&*member.key)) {
            if let Value::String(text) = &list.value.value
                && is_open(text)
            {
                one.open.push(text.to_string());
                continue;
            }
            for item in items(&list.value) {
                if options::security_option(text_of(item).unwrap_or(""), false, one) {
                    (one.said, one.place) = ("security_opt", item.span);
                }
            }
        }
        let of = |names: &[&str]| strings(value(node, names));
        for name in of(&["cap_add", "capAdd", "capabilities", "CapAdd", "add-caps"]) {
            match is_open(&name) {
                true => one.open.push(name),
                false => one.added.push(capability(&name)),
            }
        }
        let dropped = of(&["cap_drop", "capDrop", "CapDrop", "drop-caps"]);
        one.dropped.extend(dropped.iter().map(|name| capability(name)));
    }

    /// A service of a compose file; one that extends another of the same file has that one's words.
    fn service(&mut self, services: &'n Tree, service: &'n Member<'static>) {
        let mut one = Use::new(Runner::Docker, "compose", &service.key, service.key_span);
        let extends = value(&service.value, &["extends"]);
        if let Some(extends) = extends {
            let file = value(extends, &["file"]).and_then(text_of);
            let name = value(extends, &["service"]).and_then(text_of).or(text_of(extends));
            match (file, name.and_then(|name| value(services, &[name]))) {
                (None, Some(base)) => self.docker_words(base, &mut one),
                _ => one.given = Given::Open("what it extends".to_owned()),
            }
            one.place = service.key_span;
        }
        self.docker_words(&service.value, &mut one);
        let has = |key: &str| value(&service.value, &[key]).is_some();
        one.is_patch = !has("image") && !has("build") && !has("extends");
        if one.is_patch && one.given == Given::Nothing && one.privileged != Switch::On {
            one.given = Given::Open("what it is put over".to_owned());
        }
        self.found.uses.push(one);
        self.build(service);
        for key in ["command", "entrypoint"] {
            if let Some(text) = value(&service.value, &[key])
                .and_then(text_of)
                .filter(|text| options::starts_container(text))
            {
                super::script::shell(text, 0, &format!("compose {}", service.key), self.found);
            }
        }
    }

    /// What a service's build says of the containers of its steps.
    fn build(&mut self, service: &'n Member<'static>) {
        let Some(build) = value(&service.value, &["build"]) else { return };
        let asked = member(build, &["entitlements"]).filter(|list| {
            strings(Some(&list.value)).iter().any(|name| name == "security.insecure")
        });
        let privileged = member(build, &["privileged"]);
        let Some(said) = asked.or(privileged) else { return };
        let name = format!("build of {}", service.key);
        let mut one = Use::new(Runner::Docker, "compose", &name, said.key_span);
        one.privileged = privileged.map_or(Switch::Off, |said| switch(&said.value));
        if asked.is_some() {
            one.given = Given::Open("a step with --security=insecure".to_owned());
        }
        one.is_default = true;
        self.found.uses.push(one);
    }

    /// The containers in which jobs run.
    fn workflow(&mut self, root: &'n Tree) {
        let Some(jobs) = value(root, &["jobs"]) else { return };
        for job in jobs.members() {
            let workload = format!("job {}", job.key);
            if let Some(container) = member(&job.value, &["container"]) {
                self.job_container(container, &workload, "container");
            }
            for service in value(&job.value, &["services"]).map_or(&[][..], Tree::members) {
                self.job_container(service, &workload, &service.key);
            }
        }
    }

    fn job_container(&mut self, container: &'n Member<'static>, workload: &str, name: &str) {
        let mut one = Use::new(Runner::Docker, workload, name, container.key_span);
        if let Some(said) = member(&container.value, &["options"]) {
            let words =
                super::super::read::shell::commands(text_of(&said.value).unwrap_or(""), 0).concat();
            options::apply(&words, &mut one);
            one.place = said.key_span;
        }
        self.found.uses.push(one);
    }

    /// A container of some engine's, by what it says: an image, or a name in a list of such, beside words
    /// of `docker run`. Molecule's platforms, pipelines' steps, services without a `services`.
    fn is_container(&mut self, node: &'n Tree) -> bool {
        let words = [
            "privileged",
            "security_opt",
            "security_opts",
            "cap_add",
            "securityOpt",
            // Buildkite's plugin has Docker's words in the plural.
            "security-opts",
            "add-caps",
        ];
        let Some(said) = member(node, &words) else { return false };
        let text = |name: &str| value(node, &[name]).and_then(text_of);
        if text("image").is_none() && !(text("name").is_some() && text("dockerfile").is_some()) {
            return false;
        }
        // Those are read as what they are.
        let own = self.keys.last().map(|key| key.to_ascii_lowercase());
        let is_known = ["docker_container", "podman_container", "docker_swarm_service"];
        let is_read = own.as_deref().is_some_and(|key| {
            key == "containerdefinitions"
                || key.starts_with("docker#")
                || key.contains("/docker-buildkite-plugin")
                || is_known.iter().any(|end| key.ends_with(end))
        });
        if is_read || self.pod_keys() {
            return false;
        }
        let own = self.keys.last().map(String::as_str);
        let name = text("name").or(text("container_name")).or(own).unwrap_or("");
        let workload = self.workload();
        let mut one = Use::new(Runner::Docker, &workload, name, said.key_span);
        self.docker_words(node, &mut one);
        self.found.uses.push(one);
        true
    }

    /// Objects that have an engine's shape, wherever they stand.
    pub(super) fn engine_shapes(&mut self, node: &'n Tree) {
        if self.is_container(node) {
            return;
        }
        if let Some(list) = value(node, &["containerDefinitions", "ContainerDefinitions"]) {
            self.definitions(list);
        }
        // A job's container: Azure's, whose jobs are a list.
        if let Some(container) = member(node, &["container"])
            && value(node, &["job", "deployment"]).is_some()
            && value(&container.value, &["image"]).is_some()
        {
            let job = value(node, &["job", "deployment"]).and_then(text_of).unwrap_or("");
            self.job_container(container, &format!("job {job}"), "container");
        }
        // Containers of a pipeline, by name: Azure's.
        if let (Some(name), Some(_), Some(said)) = (
            value(node, &["container"]).and_then(text_of),
            value(node, &["image"]),
            member(node, &["options"]),
        ) {
            let mut one = Use::new(Runner::Docker, "pipeline", name, said.key_span);
            let words =
                super::super::read::shell::commands(text_of(&said.value).unwrap_or(""), 0).concat();
            options::apply(&words, &mut one);
            one.place = said.key_span;
            self.found.uses.push(one);
        }
    }

    /// ECS' container definitions.
    pub(super) fn definitions(&mut self, list: &'n Tree) {
        for item in items(list) {
            if !matches!(item.value, Value::Object(_)) {
                continue;
            }
            let name = value(item, &["name", "Name"]).and_then(text_of).unwrap_or("");
            let mut one = Use::new(Runner::Docker, "ECS", name, first_of(item.span));
            self.docker_words(item, &mut one);
            let linux = value(item, &["linuxParameters", "LinuxParameters"]);
            let capabilities =
                linux.and_then(|linux| value(linux, &["capabilities", "Capabilities"]));
            let of = |names: &[&str]| strings(capabilities.and_then(|of| value(of, names)));
            one.added.extend(of(&["add", "Add"]).iter().map(|name| capability(name)));
            one.dropped.extend(of(&["drop", "Drop"]).iter().map(|name| capability(name)));
            if let Some(privileged) = member(item, &["Privileged"]) {
                one.privileged = switch(&privileged.value);
            }
            self.found.uses.push(one);
        }
    }

    /// Options that a variable keeps for a container elsewhere: `web_security_opts: [seccomp=...]`.
    fn kept_options(&mut self, member: &'n Member<'static>, plain: &str) {
        let is_kept = ["securityopt", "securityopts"].iter().any(|end| plain.ends_with(end));
        if !is_kept || plain == "securityopt" || plain == "securityopts" {
            return;
        }
        let workload = self.workload();
        let mut one = Use::new(Runner::Docker, &workload, &member.key, member.key_span);
        for item in items(&member.value) {
            if options::security_option(text_of(item).unwrap_or(""), false, &mut one) {
                (one.said, one.place) = ("security_opt", item.span);
            }
        }
        (one.is_default, one.is_patch) = (true, true);
        if one.given != Given::Nothing {
            self.found.uses.push(one);
        }
    }

    /// Ansible's modules, and arguments for a kubelet.
    pub(super) fn engine_member(&mut self, parent: &'n Tree, member: &'n Member<'static>) {
        let key = member.key.to_ascii_lowercase();
        let plain = key.replace(['_', '-'], "");
        if plain.ends_with("kubeletarg")
            || plain.ends_with("kubeletextraargs")
            || plain.ends_with("kubeletargs")
        {
            self.kubelet_words(&member.value);
            for argument in items(&member.value) {
                let name = value(argument, &["name"]).and_then(text_of);
                if let (Some("seccomp-default"), Some(said)) = (name, value(argument, &["value"])) {
                    self.kubelet_default("seccomp-default", said, argument.span);
                }
            }
        }
        // Buildkite's plugin is named with its version.
        if key.starts_with("docker#") || key.contains("/docker-buildkite-plugin") {
            let label = value(parent, &["label", "key"]).and_then(text_of).unwrap_or("");
            let image = value(&member.value, &["image"]).and_then(text_of).unwrap_or(label);
            let mut one = Use::new(Runner::Docker, "Buildkite", image, member.key_span);
            self.docker_words(&member.value, &mut one);
            self.found.uses.push(one);
            return;
        }
        let runner = match key.rsplit('.').next() {
            Some("docker_container" | "docker_swarm_service") => Runner::Docker,
            Some("podman_container") => Runner::Podman,
            _ => {
                self.kept_options(member, &plain);
                if options::is_options_key(&key) && matches!(member.value.value, Value::Array(_)) {
                    let words = words_of(&member.value);
                    if words.iter().any(|word| options::has_options(&word.text)) {
                        let workload = self.script_name();
                        let mut one = Use::new(Runner::Docker, &workload, "", member.key_span);
                        options::apply(&words, &mut one);
                        self.found.uses.push(one);
                    }
                }
                return;
            }
        };
        let of = |name: &str| value(&member.value, &[name]).and_then(text_of);
        if matches!(of("state"), Some("absent" | "stopped")) {
            return;
        }
        let task = value(parent, &["name"]).and_then(text_of).unwrap_or("");
        let name = of("name").unwrap_or(task);
        let mut one = Use::new(runner, "Ansible", name, member.key_span);
        self.docker_words(&member.value, &mut one);
        self.found.uses.push(one);
    }
}

fn is_definition(node: &Tree) -> bool {
    let has = |key: &str| value(node, &[key]).is_some();
    has("name")
        && has("image")
        && (has("essential")
            || has("linuxParameters")
            || has("portMappings")
            || has("logConfiguration"))
}
