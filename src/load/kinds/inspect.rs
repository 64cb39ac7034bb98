//! What `docker inspect` and `podman inspect` print of containers: which profile each has, and with
//! which capabilities.
//!
//! Docker keeps a profile that `--security-opt seccomp=FILE` names as text; the last of several
//! counts. Which profile a container gets is `WithSeccomp` in moby's `daemon/seccomp_linux.go`;
//! which capabilities, `TweakCapabilities` in its `oci/caps/utils.go`.

use super::surroundings::{boolean, capability, field, object, strings};
use crate::load::LoadOptions;
use crate::load::error::LoadErrorKind;
use crate::load::values::tree::{Node, Parsed, Value, fault};
use crate::profile::{Capability, Environment, Span};

/// A file with more containers than this is refused.
const MAX_CONTAINERS: usize = 1000;

/// A container.
pub(in crate::load) struct Container {
    /// What it is called, if it has a name.
    pub name: Option<String>,
    pub engine: Engine,
    pub profile: Given,
    pub environment: Environment,
}

/// Who runs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::load) enum Engine {
    Docker,
    Podman,
}

/// The profile that a container is given.
pub(in crate::load) enum Given {
    /// This text, which stands in the file in a string at this place, behind so many bytes.
    Text { text: String, span: Span, skip: usize },
    /// That of the engine.
    Default,
    /// None: seccomp is off, and why.
    Off(&'static str),
}

/// Whether this is what an engine says of containers.
pub(in crate::load) fn is_inspection(root: &Node) -> bool {
    let is_container = |node: &Node| field(node, "HostConfig").is_some();
    match &root.value {
        Value::Array(items) => items.iter().any(is_container),
        _ => is_container(root),
    }
}

/// The one container, or the one that the user chose.
pub(in crate::load) fn container(root: &Node, options: &LoadOptions) -> Parsed<Container> {
    let items = match &root.value {
        Value::Array(items) => &items[..],
        _ => std::slice::from_ref(root),
    };
    let containers = items.iter().filter(|item| field(item, "HostConfig").is_some());
    let containers: Vec<&Node> = containers.collect();
    if let Some(beyond) = containers.get(MAX_CONTAINERS) {
        let span = Span { end: beyond.span.start + 1, ..beyond.span };
        return fault(LoadErrorKind::TooManyProfiles(MAX_CONTAINERS), span);
    }
    let names = || -> Vec<String> {
        let name = |(at, node): (usize, &&Node)| name(node).unwrap_or((at + 1).to_string());
        containers.iter().enumerate().map(name).collect()
    };
    let chosen = match (&options.document, &containers[..]) {
        (None, [only]) => *only,
        (Some(wanted), containers) => match find(containers, wanted) {
            Some(container) => container,
            None => {
                let kind = LoadErrorKind::NoSuchProfile { wanted: wanted.clone(), names: names() };
                return fault(kind, Span { end: root.span.start + 1, ..root.span });
            }
        },
        (None, [_, second, ..]) => {
            let span = Span { end: second.span.start + 1, ..second.span };
            return fault(LoadErrorKind::SeveralProfiles(names()), span);
        }
        (None, []) => {
            let message = "what an engine says of something else than containers".to_owned();
            return fault(LoadErrorKind::NotAProfile(message), root.span);
        }
    };
    read(chosen)
}

/// Docker writes names with a slash.
fn name(container: &Node) -> Option<String> {
    let text = |key| field(container, key)?.as_str();
    let name = text("Name").or_else(|| text("Id"))?;
    Some(name.strip_prefix('/').unwrap_or(name).to_owned())
}

fn find<'n, 'a>(containers: &[&'n Node<'a>], wanted: &str) -> Option<&'n Node<'a>> {
    let is_named = |node: &&&Node| name(node).as_deref() == Some(wanted.trim_start_matches('/'));
    // As Docker shortens it.
    let is_id = |node: &&&Node| {
        let id = field(node, "Id").and_then(Node::as_str);
        wanted.len() >= 12 && id.is_some_and(|id| id.starts_with(wanted))
    };
    let by_number = || containers.get(wanted.parse::<usize>().ok()?.checked_sub(1)?);
    let by_name = containers.iter().find(is_named).or_else(|| containers.iter().find(is_id));
    by_name.or_else(by_number).copied()
}

fn read(container: &Node) -> Parsed<Container> {
    let own = ["BoundingCaps", "OCIConfigPath", "ConmonPidFile"];
    let is_podman = own.iter().any(|key| field(container, key).is_some());
    let engine = if is_podman { Engine::Podman } else { Engine::Docker };
    let Some(host) = object(container, "HostConfig")? else {
        return fault(LoadErrorKind::NotAProfile("no container".to_owned()), container.span);
    };
    let is_privileged = boolean(host, "Privileged")?.unwrap_or_default();
    let mut seccomp = None;
    let mut no_new_privileges = false;
    for (option, node) in strings(host, "SecurityOpt")? {
        if option == "no-new-privileges" {
            no_new_privileges = true;
        }
        // The colon is Docker's old form.
        let split = option.split_once('=').or_else(|| option.split_once(':'));
        match split {
            Some(("seccomp", value)) => seccomp = Some((value, node)),
            Some(("no-new-privileges", value)) => no_new_privileges = is_true(value),
            _ => {}
        }
    }
    let profile = match seccomp {
        Some(("unconfined", _)) => Given::Off("`seccomp=unconfined`"),
        Some(("" | "builtin", _)) | None if is_privileged => Given::Off("`Privileged`"),
        Some(("" | "builtin", _)) | None => Given::Default,
        Some((text, node)) if text.trim_start().starts_with(['{', '[']) => {
            let skip = "seccomp=".len();
            Given::Text { text: text.to_owned(), span: node.span, skip }
        }
        Some((path, node)) => {
            return fault(LoadErrorKind::ProfileByPath(path.to_owned()), node.span);
        }
    };
    let capabilities = match (engine, field(container, "BoundingCaps")) {
        // Podman says what comes out.
        (Engine::Podman, Some(_)) => {
            let mut set = 0;
            for (name, node) in strings(container, "BoundingCaps")? {
                set |= capability(name, node)?;
            }
            Some(set)
        }
        (Engine::Docker, _) => Some(tweaked(host, is_privileged)?),
        (Engine::Podman, None) => None,
    };
    let no_new_privileges = Some(no_new_privileges);
    let environment = Environment { capabilities, no_new_privileges, ..Environment::default() };
    Ok(Container { name: name(container), engine, profile, environment })
}

/// As Go's `strconv.ParseBool` reads it.
fn is_true(value: &str) -> bool {
    ["1", "t", "T", "true", "TRUE", "True"].contains(&value)
}

/// Docker's default set with what is added and dropped.
fn tweaked(host: &Node, is_privileged: bool) -> Parsed<u64> {
    let all = Capability::all().fold(0, |set, capability| set | 1 << capability.bit());
    let default = Capability::all().filter(|capability| capability.is_docker_default());
    let default = default.fold(0, |set, capability| set | 1 << capability.bit());
    let [(adds_all, add), (drops_all, drop)] = [named(host, "CapAdd")?, named(host, "CapDrop")?];
    Ok(match (is_privileged, adds_all, drops_all) {
        (true, ..) => all,
        (_, true, _) => all & !drop,
        (_, _, true) => add,
        _ => default & !drop | add,
    })
}

/// Whether the list has `ALL`, and the others of it.
fn named(host: &Node, list: &'static str) -> Parsed<(bool, u64)> {
    let (mut has_all, mut set) = (false, 0);
    for (name, node) in strings(host, list)? {
        match name.eq_ignore_ascii_case("ALL") {
            true => has_all = true,
            false => set |= capability(name, node)?,
        }
    }
    Ok((has_all, set))
}
