//! In which container a process is: by its control groups, else by the processes above it.

use std::fs;

/// A container.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Container {
    /// Who runs it.
    pub manager: Manager,
    /// Its number there; a name under containerd.
    pub id: String,
    /// What people call it, where its engine could be asked.
    pub name: Option<String>,
    /// The image that it was made of, likewise.
    pub image: Option<String>,
}

/// Who runs a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Manager {
    /// Docker.
    Docker,
    /// Podman.
    Podman,
    /// Kubernetes by containerd.
    Kubernetes,
    /// CRI-O.
    CriO,
    /// containerd by itself (`ctr`, `nerdctl`, ...).
    Containerd,
}

impl Manager {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Manager::Docker => "docker",
            Manager::Podman => "podman",
            Manager::Kubernetes => "kubernetes",
            Manager::CriO => "cri-o",
            Manager::Containerd => "containerd",
        }
    }
}

impl Container {
    fn new(manager: Manager, id: &str) -> Container {
        Container { manager, id: id.to_owned(), name: None, image: None }
    }
}

/// A chain of processes is not longer.
const MOST_ABOVE: usize = 64;

/// The container of a process. `parent` tells the parent of a process.
pub(super) fn identify(process: u32, parent: &dyn Fn(u32) -> Option<u32>) -> Option<Container> {
    let groups = fs::read_to_string(format!("/proc/{process}/cgroup")).unwrap_or_default();
    if let Some(container) = of_groups(&groups) {
        return Some(container);
    }
    let mut above = process;
    for _ in 0..MOST_ABOVE {
        above = parent(above).filter(|above| *above > 1)?;
        let line = fs::read(format!("/proc/{above}/cmdline")).unwrap_or_default();
        let line: Vec<_> = line.split(|byte| *byte == 0).map(String::from_utf8_lossy).collect();
        let words: Vec<&str> = line.iter().map(AsRef::as_ref).collect();
        if let Some(container) = of_command(&words) {
            return Some(container);
        }
    }
    None
}

/// By `/proc/PID/cgroup`: engines name groups after containers.
fn of_groups(groups: &str) -> Option<Container> {
    groups.lines().find_map(|line| {
        let path = line.splitn(3, ':').nth(2)?;
        let is_pod = path.contains("kubepods");
        let mut before = "";
        path.split('/').find_map(|part| {
            let folder = std::mem::replace(&mut before, part);
            let part = part.strip_suffix(".scope").unwrap_or(part);
            // `cri-containerd-ID`; `libpod-conmon-ID` is who watches over the container.
            let (prefix, id) = part.rsplit_once('-').unwrap_or(("", part));
            if id.len() != 64 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return None;
            }
            let manager = match (prefix, folder) {
                ("docker", _) | ("", "docker") => Manager::Docker,
                ("libpod", _) | ("", "libpod_parent") => Manager::Podman,
                ("crio", _) => Manager::CriO,
                ("cri-containerd", _) => Manager::Kubernetes,
                ("nerdctl", _) => Manager::Containerd,
                ("", _) if is_pod => Manager::Kubernetes,
                _ => return None,
            };
            Some(Container::new(manager, id))
        })
    })
}

/// Whether this can name a container. Nobody can take it for an option, a pattern or a path then: it
/// is handed to the programs of engines, and anybody can start a process that calls itself conmon.
pub(super) fn is_name(word: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    word.starts_with(|c: char| c.is_ascii_alphanumeric()) && word.chars().all(is_plain)
}

/// By the command of a process above it: containerd's shim, or conmon.
fn of_command(words: &[&str]) -> Option<Container> {
    let program = words.first()?.rsplit('/').next()?;
    let value = |option: &str| {
        let at = words.iter().position(|word| *word == option)?;
        words.get(at + 1).copied().filter(|value| is_name(value))
    };
    if program.starts_with("containerd-shim") {
        let manager = match value("-namespace")? {
            "moby" => Manager::Docker,
            "k8s.io" => Manager::Kubernetes,
            _ => Manager::Containerd,
        };
        return Some(Container::new(manager, value("-id")?));
    }
    if program == "conmon" {
        let is_crio = words.iter().any(|word| word.contains("crio"));
        let manager = if is_crio { Manager::CriO } else { Manager::Podman };
        return Some(Container::new(manager, value("-c").or_else(|| value("--cid"))?));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_tell_the_container() {
        let id = "0123456789abcdef".repeat(4);
        let of = |path: &str| of_groups(&format!("12:pids:{}\n0::/\n", path.replace("ID", &id)));
        for (path, manager) in [
            ("/docker/ID", Manager::Docker),
            ("/system.slice/docker-ID.scope", Manager::Docker),
            ("/system.slice/docker-ID.scope/init", Manager::Docker),
            ("/machine.slice/libpod-ID.scope/container", Manager::Podman),
            ("/libpod_parent/libpod-ID", Manager::Podman),
            ("/kubepods.slice/kubepods-pod1.slice/cri-containerd-ID.scope", Manager::Kubernetes),
            ("/kubepods/burstable/pod7/ID", Manager::Kubernetes),
            ("/kubepods.slice/kubepods-pod1.slice/crio-ID.scope", Manager::CriO),
            ("/system.slice/nerdctl-ID.scope", Manager::Containerd),
        ] {
            assert_eq!(of(path), Some(Container::new(manager, &id)), "{path}");
        }
        for path in ["/", "/user.slice/ID", "/machine.slice/libpod-conmon-ID.scope", "/docker/web"]
        {
            assert_eq!(of(path), None, "{path}");
        }
    }

    #[test]
    fn what_watches_over_a_container_tells_it() {
        let shim = ["/usr/bin/containerd-shim-runc-v2", "-namespace", "moby", "-id", "abc", ""];
        assert_eq!(of_command(&shim), Some(Container::new(Manager::Docker, "abc")));
        let shim = ["containerd-shim-runc-v2", "-namespace", "default", "-id", "web"];
        assert_eq!(of_command(&shim), Some(Container::new(Manager::Containerd, "web")));
        let conmon = ["/usr/bin/conmon", "--api-version", "1", "-c", "abc", "-n", "web"];
        assert_eq!(of_command(&conmon), Some(Container::new(Manager::Podman, "abc")));
        let crio = ["/usr/bin/conmon", "-c", "abc", "--exit-dir", "/var/run/crio/exits"];
        assert_eq!(of_command(&crio), Some(Container::new(Manager::CriO, "abc")));
        assert_eq!(of_command(&["bash", "-c", "x"]), None);
        assert_eq!(of_command(&["conmon", "-c"]), None);
        for odd in ["--format={{.Id}}", "-a", "../x", "a b", "a\n", ""] {
            assert_eq!(of_command(&["conmon", "-c", odd]), None, "{odd}");
        }
        assert_eq!(of_command(&[]), None);
    }
}
