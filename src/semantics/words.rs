//! The words in which a question is put: the values of options, and of `sdiff.toml`.

use super::{Engine, Given, Runtime};
use crate::profile::{Capability, KernelVersion};
use crate::syscall::{Host, Library};

/// A host: `amd64`, `arm64`.
///
/// # Errors
/// What is wrong, with what is known.
pub fn host(text: &str) -> Result<Host, String> {
    let lower = text.trim().to_ascii_lowercase();
    Host::from_name(&lower).ok_or_else(|| {
        let names: Vec<&str> = Host::ALL.iter().map(|host| host.name()).collect();
        format!("known hosts are {}", names.join(", "))
    })
}

/// A version of the kernel: `6.1`, or what `uname -r` prints.
///
/// # Errors
/// What is wrong, with what is known.
pub fn kernel(text: &str) -> Result<KernelVersion, String> {
    // A third part, as in `uname -r`, is ignored by Docker too.
    let mut parts = text.trim().splitn(3, ['.', '-']);
    let two = [parts.next(), parts.next()].map(Option::unwrap_or_default);
    let version = KernelVersion::parse(&two.join("."));
    version.ok_or_else(|| "a kernel version is two numbers, as in `6.1`".to_owned())
}

/// An engine: `docker`, `podman`, `kubernetes`.
///
/// # Errors
/// What is wrong, with what is known.
pub fn engine(text: &str) -> Result<Engine, String> {
    let known = "known are docker (also buildkit), docker@next, podman (also buildah), cri-o, and containerd \
                 (also kubernetes)";
    Engine::from_name(&text.trim().to_ascii_lowercase()).ok_or_else(|| known.to_owned())
}

/// A runtime: `runc`, `runc@1.1`, `crun`, `none`.
///
/// # Errors
/// What is wrong, with what is known.
pub fn runtime(text: &str) -> Result<Runtime, String> {
    let word = text.trim().to_ascii_lowercase();
    Runtime::parse(&word).map_err(|error| format!("{error} (`sdiff machines` lists them)"))
}

/// A version of libseccomp: `2.5.4`.
///
/// # Errors
/// What is wrong, with what is known.
pub fn library(text: &str) -> Result<Library, String> {
    let word = text.trim().trim_start_matches('v');
    Library::from_name(word).ok_or_else(|| {
        let nearest = Library::nearest(word);
        format!("not known; the nearest is {nearest} (`sdiff machines` lists them)")
    })
}

/// A bounding set by bit: `docker-default,CAP_SYS_PTRACE`, `none`, `all`.
///
/// # Errors
/// What is wrong, with what is known.
pub fn capabilities(text: &str) -> Result<u64, String> {
    let mut set = 0;
    for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        set |= match &*name.to_ascii_lowercase() {
            "none" => 0,
            "all" => Given::all(),
            "docker-default" | "kubernetes-default" => Given::docker_default(),
            "podman-default" => Given::podman_default(),
            _ => 1 << capability(name)?.bit(),
        };
    }
    // An unset variable of a script is no answer to so grave a question.
    if text.trim_matches([',', ' ']).is_empty() {
        return Err("no capability is given: write `none` for the empty set".to_owned());
    }
    Ok(set)
}

fn capability(name: &str) -> Result<Capability, String> {
    let upper = name.to_ascii_uppercase();
    let full = if upper.starts_with("CAP_") { upper } else { format!("CAP_{upper}") };
    Capability::from_name(&full)
        .ok_or_else(|| format!("`{name}` is no capability (nor `docker-default`, `podman-default`, `kubernetes-default`, `all`, `none`)"))
}
