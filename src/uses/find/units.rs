//! Units of systemd and Podman's quadlets, `containers.conf`, `crio.conf`, containerd's and GitLab
//! runner's `config.toml`.

use super::super::read::shell::commands;
use super::super::read::{ini, plain};
use super::super::{Found, Given, Runner, Switch, Use};
use super::kubernetes::context;
use super::{capability, options, script};

pub(super) fn find(name: &str, path: &str, text: &str, found: &mut Found) {
    let entries = ini::read(text);
    let mut quadlet = Quadlet::of(name, path);
    let mut podman: Option<Use> = None;
    let mut runners = Runners::default();
    for entry in &entries {
        let is_read = quadlet.read(entry)
            || command(name, entry, found)
            || podmans(entry, &mut podman)
            || of_kubernetes(entry, found)
            || runners.read(entry, found);
        if !is_read {
            elsewhere(name, entry, found);
        }
    }
    found.uses.extend(runners.docker);
    found.uses.extend(podman);
    found.uses.extend(quadlet.finished(&entries));
}

/// A unit of Podman, as far as it is read.
struct Quadlet {
    one: Use,
    is_quadlet: bool,
    /// It is put over the unit whose name its folder has.
    is_drop_in: bool,
}

/// The sections in which a quadlet speaks of its container.
const QUADLET: [&str; 4] = ["Container", "Pod", "Kube", "Build"];

impl Quadlet {
    fn of(name: &str, path: &str) -> Quadlet {
        let folders = [".container.d/", ".pod.d/", ".kube.d/", ".build.d/"];
        let is_drop_in = name.ends_with(".conf") && folders.iter().any(|end| path.contains(end));
        let ends = [".container", ".pod", ".kube", ".build"];
        let is_quadlet = is_drop_in || ends.iter().any(|end| name.ends_with(end));
        let place = super::super::read::span(0, 0);
        Quadlet { one: Use::new(Runner::Podman, name, "", place), is_quadlet, is_drop_in }
    }

    fn read(&mut self, entry: &ini::Entry) -> bool {
        if !self.is_quadlet || !QUADLET.contains(&entry.section.as_str()) {
            return false;
        }
        let (value, one) = (entry.value.trim(), &mut self.one);
        let names = || value.split_whitespace().map(capability);
        match entry.key.as_str() {
            "SeccompProfile" => {
                let option = format!("seccomp={value}");
                options::security_option(&option, value.contains(['%', '$']), one);
                (one.said, one.place) = ("SeccompProfile=", entry.place);
            }
            "PodmanArgs" => {
                options::apply(&commands(value, entry.value_start).concat(), one);
            }
            "AddCapability" => one.added.extend(names()),
            "DropCapability" => one.dropped.extend(names()),
            "ContainerName" => one.container = value.to_owned(),
            _ => {}
        }
        if one.place.end == 0 {
            one.place = entry.place;
        }
        true
    }

    /// What it comes to, if it has a container.
    fn finished(self, entries: &[ini::Entry]) -> Option<Use> {
        let Quadlet { mut one, is_quadlet, is_drop_in } = self;
        let has_container = entries.iter().any(|entry| QUADLET.contains(&entry.section.as_str()));
        if !is_quadlet || !has_container {
            return None;
        }
        if one.privileged == Switch::On && one.said.is_empty() {
            one.said = "PodmanArgs=";
        }
        if is_drop_in {
            one.is_patch = true;
            if one.given == Given::Nothing {
                one.given = Given::Open("the unit that it is put over".to_owned());
            }
        }
        Some(one)
    }
}

/// What a service starts.
fn command(name: &str, entry: &ini::Entry, found: &mut Found) -> bool {
    if !entry.key.starts_with("Exec") || entry.section != "Service" {
        return false;
    }
    let command = entry.value.trim_start_matches([' ', '-', '@', '+', '!', ':', '|']);
    let offset = entry.value_start + (entry.value.len() - command.len());
    script::shell(command, offset, name, found);
    true
}

/// `containers.conf`.
fn podmans(entry: &ini::Entry, podman: &mut Option<Use>) -> bool {
    let value = entry.value.trim();
    if entry.section != "containers"
        || !["seccomp_profile", "privileged", "default_capabilities"].contains(&entry.key.as_str())
    {
        return false;
    }
    let one = podman.get_or_insert_with(|| defaults(entry.place));
    one.place = entry.place;
    match entry.key.as_str() {
        "privileged" => one.privileged = switch(entry),
        "seccomp_profile" => {
            options::security_option(&format!("seccomp={}", ini::bare(value)), false, one);
        }
        // All that they have, and no more.
        _ => {
            one.added = ini::list(value).iter().map(|name| capability(name)).collect();
            one.dropped = vec!["ALL".to_owned()];
        }
    }
    true
}

/// What runtimes of Kubernetes give to Pods that say nothing: `crio.conf`, containerd's `config.toml`,
/// Bottlerocket's settings.
fn of_kubernetes(entry: &ini::Entry, found: &mut Found) -> bool {
    const WITHOUT: &str = "Pods without a profile";
    let value = ini::bare(entry.value.trim());
    let (workload, container, given) = match (entry.section.as_str(), entry.key.as_str()) {
        ("crio.runtime", "seccomp_profile") => {
            let given = match value {
                "" => Given::Default,
                "unconfined" => Given::Unconfined,
                path => Given::File(path.to_owned()),
            };
            ("crio.conf", "RuntimeDefault", Some(given))
        }
        ("settings.kubernetes", "seccomp-default") => {
            ("kubelet", WITHOUT, (switch(entry) == Switch::On).then_some(Given::Default))
        }
        (_, "unset_seccomp_profile") => ("containerd", WITHOUT, Some(context::word(value))),
        _ => return false,
    };
    let mut one = Use::new(Runner::Kubernetes, workload, container, entry.place);
    one.is_default = true;
    one.given = given.unwrap_or(one.given);
    found.uses.push(one);
    true
}

/// GitLab's runners, as far as they are read.
#[derive(Default)]
struct Runners {
    count: usize,
    /// The one that is read.
    docker: Option<Use>,
}

impl Runners {
    fn read(&mut self, entry: &ini::Entry, found: &mut Found) -> bool {
        let name = format!("runner {}", self.count.max(1));
        match (entry.section.as_str(), entry.key.as_str()) {
            (section, key) if section.ends_with("runners.docker") => {
                let one = self.docker.get_or_insert_with(|| {
                    Use::new(Runner::Docker, "gitlab-runner", &name, entry.place)
                });
                of_docker(key, entry, one);
            }
            (section, "privileged") if section.ends_with("runners.kubernetes") => {
                let mut one = Use::new(Runner::Kubernetes, "gitlab-runner", &name, entry.place);
                one.privileged = switch(entry);
                found.uses.push(one);
            }
            ("runners", "name") => {
                found.uses.extend(self.docker.take());
                self.count += 1;
            }
            _ => return false,
        }
        true
    }
}

fn of_docker(key: &str, entry: &ini::Entry, one: &mut Use) {
    let list = || ini::list(entry.value.trim());
    match key {
        "privileged" => (one.privileged, one.place) = (switch(entry), entry.place),
        "security_opt" => {
            for option in list() {
                if options::security_option(&option, false, one) {
                    (one.said, one.place) = ("security_opt", entry.place);
                }
            }
        }
        "cap_add" => one.added.extend(list().iter().map(|name| capability(name))),
        "cap_drop" => one.dropped.extend(list().iter().map(|name| capability(name))),
        _ => {}
    }
}

/// A command in any other value.
fn elsewhere(name: &str, entry: &ini::Entry, found: &mut Found) {
    let value = entry.value.trim();
    if !value.contains("--seccomp-default") && !options::starts_container(value) {
        return;
    }
    let inner = value.trim_matches(['"', '\'']);
    let inner = inner.split_once("=\"").map_or(inner, |(_, rest)| rest);
    let before = found.uses.len();
    script::shell(inner, entry.value_start, name, found);
    found.uses.iter_mut().skip(before).for_each(|one| one.place = entry.place);
}

fn switch(entry: &ini::Entry) -> Switch {
    context::switch(&plain(ini::bare(entry.value.trim()), entry.place))
}

/// What `containers.conf` says of containers that say nothing.
fn defaults(place: crate::profile::Span) -> Use {
    let name = "containers without a profile";
    let mut one = Use::new(Runner::Podman, "containers.conf", name, place);
    one.is_default = true;
    one
}
