//! The words in which a question is put: the values of options, and of `sdiff.toml`.

use super::{Engine, Given, Runtime};
use crate::profile::{Capability, KernelVersion};
use crate::syscall::{Host, Library, nearest_of};

/// What is near to a word among those that are known, as a question before a text.
fn meant<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest_of(word, known).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default()
}

const ENGINES: [&str; 7] =
    ["docker", "podman", "cri-o", "containerd", "kubernetes", "buildkit", "buildah"];
const SETS: [&str; 5] = ["docker-default", "podman-default", "kubernetes-default", "none", "all"];

/// A host: `amd64`, `arm64`.
///
/// # Errors
/// What is wrong, with what is known.
pub fn host(text: &str) -> Result<Host, String> {
    let lower = text.trim().to_ascii_lowercase();
    Host::from_name(&lower).ok_or_else(|| {
        let names: Vec<&str> = Host::ALL.iter().map(|host| host.name()).collect();
        format!("{}known hosts are {}", meant(text, names.iter().copied()), names.join(", "))
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
    Engine::from_name(&text.trim().to_ascii_lowercase()).ok_or_else(|| meant(text, ENGINES) + known)
}

/// A runtime: `runc`, `runc@1.1`, `crun`, `none`.
///
/// # Errors
/// What is wrong, with what is known.
pub fn runtime(text: &str) -> Result<Runtime, String> {
    let word = text.trim().to_ascii_lowercase();
    let near = |error| match word.split_once('@') {
        // What is wrong with a version is said with the nearest one.
        Some(("runc" | "crun", _)) => format!("{error} (`sdiff machines` lists them)"),
        _ => format!(
            "{}{error} (`sdiff machines` lists them)",
            meant(&word, ["runc", "crun", "none"])
        ),
    };
    Runtime::parse(&word).map_err(near)
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
    Capability::from_name(&full).ok_or_else(|| {
        let near = match meant(&full, Capability::all().map(Capability::name)) {
            near if near.is_empty() => meant(name, SETS),
            near => near,
        };
        format!(
            "{near}`{name}` is no capability (nor `docker-default`, `podman-default`, `kubernetes-default`, `all`, `none`)"
        )
    })
}
