//! Units of systemd and Podman's quadlets, `containers.conf`, `crio.conf`, containerd's and GitLab
//! runner's `config.toml`.

use super::super::read::shell::commands;
use super::super::read::{ini, plain};
use super::super::{Found, Given, Runner, Switch, Use};
use super::kubernetes::context;
use super::{capability, options, script};

pub(super) fn find(name: &str, path: &str, text: &str, found: &mut Found) {
    let entries = ini::read(text);
    // A drop-in is put over the unit whose name its folder has.
    let is_drop_in = name.ends_with(".conf")
        && [".container.d/", ".pod.d/", ".kube.d/", ".build.d/"]
            .iter()
            .any(|end| path.contains(end));
    let is_quadlet = is_drop_in
        || [".container", ".pod", ".kube", ".build"].iter().any(|end| name.ends_with(end));
    let mut quadlet = Use::new(Runner::Podman, name, "", super::super::read::span(0, 0));
    let mut runners = 0;
    let mut docker: Option<Use> = None;
    let mut podman: Option<Use> = None;
    for entry in &entries {
        let value = entry.value.trim();
        let section = entry.section.as_str();
        match (section, entry.key.as_str()) {
            ("Container" | "Pod" | "Kube" | "Build", key) if is_quadlet => {
                match key {
                    "SeccompProfile" => {
                        options::security_option(
                            &format!("seccomp={value}"),
                            value.contains(['%', '$']),
                            &mut quadlet,
                        );
                        (quadlet.said, quadlet.place) = ("SeccompProfile=", entry.place);
                    }
                    "PodmanArgs" => {
                        let words = commands(value, entry.value_start).concat();
                        options::apply(&words, &mut quadlet);
                    }
                    "AddCapability" => {
                        quadlet.added.extend(value.split_whitespace().map(capability))
                    }
                    "DropCapability" => {
                        quadlet.dropped.extend(value.split_whitespace().map(capability))
                    }
                    "ContainerName" => quadlet.container = value.to_owned(),
                    _ => {}
                }
                if quadlet.place.end == 0 {
                    quadlet.place = entry.place;
                }
            }
            (_, key) if key.starts_with("Exec") && section == "Service" => {
                let command = entry.value.trim_start_matches([' ', '-', '@', '+', '!', ':', '|']);
                let offset = entry.value_start + (entry.value.len() - command.len());
                script::shell(command, offset, name, found);
            }
            ("containers", "seccomp_profile" | "privileged") => {
                let one = podman.get_or_insert_with(|| defaults(entry.place));
                one.place = entry.place;
                match entry.key.as_str() {
                    "privileged" => {
                        one.privileged = context::switch(&plain(ini::bare(value), entry.place))
                    }
                    _ => drop(options::security_option(
                        &format!("seccomp={}", ini::bare(value)),
                        false,
                        one,
                    )),
                }
            }
            ("crio.runtime", "seccomp_profile") => {
                let mut one =
                    Use::new(Runner::Kubernetes, "crio.conf", "RuntimeDefault", entry.place);
                one.is_default = true;
                one.given = match ini::bare(value) {
                    "" => Given::Default,
                    "unconfined" => Given::Unconfined,
                    path => Given::File(path.to_owned()),
                };
                found.uses.push(one);
            }
            // All that they have, and no more.
            ("containers", "default_capabilities") => {
                let one = podman.get_or_insert_with(|| defaults(entry.place));
                one.added = ini::list(value).iter().map(|name| capability(name)).collect();
                one.dropped = vec!["ALL".to_owned()];
                one.place = entry.place;
            }
            ("settings.kubernetes", "seccomp-default") => {
                let mut one =
                    Use::new(Runner::Kubernetes, "kubelet", "Pods without a profile", entry.place);
                one.is_default = true;
                if context::switch(&plain(ini::bare(value), entry.place)) == Switch::On {
                    one.given = Given::Default;
                }
                found.uses.push(one);
            }
            (_, "unset_seccomp_profile") => {
                let mut one = Use::new(
                    Runner::Kubernetes,
                    "containerd",
                    "Pods without a profile",
                    entry.place,
                );
                one.is_default = true;
                one.given = context::word(ini::bare(value));
                found.uses.push(one);
            }
            (section, key) if section.ends_with("runners.docker") => {
                let one = docker.get_or_insert_with(|| {
                    Use::new(
                        Runner::Docker,
                        "gitlab-runner",
                        &format!("runner {}", runners.max(1)),
                        entry.place,
                    )
                });
                match key {
                    "privileged" => {
                        one.privileged = context::switch(&plain(ini::bare(value), entry.place));
                        one.place = entry.place;
                    }
                    "security_opt" => {
                        for option in ini::list(value) {
                            if options::security_option(&option, false, one) {
                                (one.said, one.place) = ("security_opt", entry.place);
                            }
                        }
                    }
                    "cap_add" => {
                        one.added.extend(ini::list(value).iter().map(|name| capability(name)))
                    }
                    "cap_drop" => {
                        one.dropped.extend(ini::list(value).iter().map(|name| capability(name)))
                    }
                    _ => {}
                }
            }
            (section, "privileged") if section.ends_with("runners.kubernetes") => {
                let name = format!("runner {}", runners.max(1));
                let mut one = Use::new(Runner::Kubernetes, "gitlab-runner", &name, entry.place);
                one.privileged = context::switch(&plain(ini::bare(value), entry.place));
                found.uses.push(one);
            }
            ("runners", "name") => {
                found.uses.extend(docker.take());
                runners += 1;
            }
            _ if value.contains("--seccomp-default") || options::starts_container(value) => {
                let inner = value.trim_matches(['"', '\'']);
                let inner = inner.split_once("=\"").map_or(inner, |(_, rest)| rest);
                let before = found.uses.len();
                script::shell(inner, entry.value_start, name, found);
                found.uses.iter_mut().skip(before).for_each(|one| one.place = entry.place);
            }
            _ => {}
        }
    }
    found.uses.extend(docker);
    found.uses.extend(podman);
    let has_container = entries
        .iter()
        .any(|entry| matches!(&*entry.section, "Container" | "Pod" | "Kube" | "Build"));
    if is_quadlet && has_container {
        if let Switch::On = quadlet.privileged {
            quadlet.said = if quadlet.said.is_empty() { "PodmanArgs=" } else { quadlet.said };
        }
        if is_drop_in {
            quadlet.is_patch = true;
            if quadlet.given == Given::Nothing {
                quadlet.given = Given::Open("the unit that it is put over".to_owned());
            }
        }
        found.uses.push(quadlet);
    }
}

/// What `containers.conf` says of containers that say nothing.
fn defaults(place: crate::profile::Span) -> Use {
    let name = "containers without a profile";
    let mut one = Use::new(Runner::Podman, "containers.conf", name, place);
    one.is_default = true;
    one
}
