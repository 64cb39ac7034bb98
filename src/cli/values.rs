//! Values of options.

use sdiff::diff::Kind;
use sdiff::overlay::{Favor, Strategy};
use sdiff::profile::{Capability, Format, KernelVersion};
use sdiff::semantics::{Engine, Given, Runtime};
use sdiff::syscall::{Host, Library};

pub(super) fn host(text: &str) -> Result<Host, String> {
    let lower = text.trim().to_ascii_lowercase();
    Host::from_name(&lower).ok_or_else(|| {
        let names: Vec<&str> = Host::ALL.iter().map(|host| host.name()).collect();
        format!("known hosts are {}", names.join(", "))
    })
}

pub(super) fn kernel(text: &str) -> Result<KernelVersion, String> {
    // A third part, as in `uname -r`, is ignored by Docker too.
    let mut parts = text.trim().splitn(3, ['.', '-']);
    let two = [parts.next(), parts.next()].map(Option::unwrap_or_default);
    let version = KernelVersion::parse(&two.join("."));
    version.ok_or_else(|| "a kernel version is two numbers, as in `6.1`".to_owned())
}

pub(super) fn engine(text: &str) -> Result<Engine, String> {
    let known = "known are docker (also buildkit), docker@next, podman (also buildah), cri-o, and containerd \
                 (also kubernetes)";
    Engine::from_name(&text.trim().to_ascii_lowercase()).ok_or_else(|| known.to_owned())
}

pub(super) fn runtime(text: &str) -> Result<Runtime, String> {
    let word = text.trim().to_ascii_lowercase();
    Runtime::parse(&word).map_err(|error| format!("{error} (`sdiff machines` lists them)"))
}

pub(super) fn library(text: &str) -> Result<Library, String> {
    let word = text.trim().trim_start_matches('v');
    Library::from_name(word).ok_or_else(|| {
        let nearest = Library::nearest(word);
        format!("not known; the nearest is {nearest} (`sdiff machines` lists them)")
    })
}

/// A bounding set, by bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Capabilities(pub u64);

pub(super) fn capabilities(text: &str) -> Result<Capabilities, String> {
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
    Ok(Capabilities(set))
}

fn capability(name: &str) -> Result<Capability, String> {
    let upper = name.to_ascii_uppercase();
    let full = if upper.starts_with("CAP_") { upper } else { format!("CAP_{upper}") };
    Capability::from_name(&full)
        .ok_or_else(|| format!("`{name}` is no capability (nor `docker-default`, `podman-default`, `kubernetes-default`, `all`, `none`)"))
}

/// The formats of the commands that have no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum TextOrJson {
    /// For a terminal
    Text,
    /// For programs
    Json,
}

/// Options whose values are a few fixed words.
macro_rules! words {
    ($name:ident, $to:ty, $($variant:ident = $value:expr, $help:literal;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
        pub(super) enum $name {
            $(#[doc = $help] $variant,)*
        }

        impl From<$name> for $to {
            fn from(word: $name) -> $to {
                match word { $($name::$variant => $value,)* }
            }
        }
    };
}

words! { FormatWord, Format,
    Docker = Format::Docker, "Docker's JSON, old or new";
    ContainersCommon = Format::ContainersCommon, "Podman's dialect of it";
    Oci = Format::Oci, "An OCI runtime's config.json";
    Operator = Format::Operator, "The Security Profiles Operator's SeccompProfile";
}

words! { KindWord, Kind,
    Added = Kind::Added, "Calls are let through, none was before";
    Weakened = Kind::Weakened, "Some calls get a more permissive action";
    Removed = Kind::Removed, "Calls were let through, none is now";
    Tightened = Kind::Tightened, "Some calls get a stricter action, none a more permissive one";
    Changed = Kind::Changed, "Another errno: neither weaker nor stricter";
}

words! { StrategyWord, Strategy,
    Override = Strategy::Override, "The last layer with a rule for a call answers";
    Replace = Strategy::Replace, "A call that a layer names is answered by that layer alone";
    Union = Strategy::Union, "The most permissive answer";
    Stack = Strategy::Stack, "The strictest answer, as with stacked filters";
}

words! { FavorWord, Favor,
    Mine = Favor::Mine, "One's own change";
    Upstream = Favor::Upstream, "Upstream's change";
}
