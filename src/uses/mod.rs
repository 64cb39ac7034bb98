//! Which profile each container gets, as files say it that start containers: Pods and what holds
//! them, compose files, daemons' and kubelets' settings, units, scripts, pipelines.
//!
//! A profile weakens nothing by itself: it is one word in such a file, `Unconfined`, that does. This
//! room reads the word, with its place, and judges nothing: it knows no function of any profile, and
//! nothing of git or reports.
//!
//! | who runs it | nothing said | a profile said | `privileged` |
//! |---|---|---|---|
//! | Kubernetes | no filter, unless the kubelet's `seccompDefault` is on | that one; the container's wins over the Pod's | no filter, whatever else is said |
//! | Docker, Podman | the engine's default | that one, instead of the default | no filter, unless a profile is said |
//!
//! What a variable or a template leaves open is [`Given::Open`]: never guessed.
//!
//! ```
//! use sdiff::uses::{Given, find};
//!
//! let text = "services:\n  web:\n    image: nginx\n    security_opt: [\"seccomp=unconfined\"]\n";
//! let found = find("compose.yaml", text);
//! assert_eq!(found.uses[0].container, "web");
//! assert_eq!(found.uses[0].given, Given::Unconfined);
//! ```

mod find;
mod read;

pub use find::find;

use crate::profile::Span;

/// Of a file with more uses than this the rest is left out, and named.
pub const MAX_USES: usize = 20_000;

/// Who starts the container, and hence what its words mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Runner {
    /// A Pod's container: an OCI object by way of a CRI.
    Kubernetes,
    /// Docker, and what speaks as it does: compose, ECS, Nomad, devcontainers.
    Docker,
    /// Podman.
    Podman,
    /// nerdctl: Docker's words, containerd's default.
    Nerdctl,
}

/// The profile that a container is given.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Given {
    /// Nothing is said.
    Nothing,
    /// The engine's default, by that name.
    Default,
    /// No filter, by that name.
    Unconfined,
    /// A file, by the path that is said: below the kubelet's folder for Kubernetes, else as the file
    /// that says it sees it.
    File(String),
    /// What a variable, a template or another file says: its words.
    Open(String),
}

/// Yes, no, or what a variable says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Switch {
    /// Off, or not said.
    Off,
    /// On.
    On,
    /// The words of the variable or template.
    Open(String),
}

/// A container, and what is said of its profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// Who starts it.
    pub runner: Runner,
    /// What holds it: `Deployment/web`, `compose`, `make test`.
    pub workload: String,
    /// Its name in there; a default for all others has none.
    pub container: String,
    /// Whether it is not one container's but what holds for those that say nothing: a kubelet's, a
    /// daemon's setting, a chart's value.
    pub is_default: bool,
    /// Its profile.
    pub given: Given,
    /// Where that is said: `container field`, `Pod field`, `annotation`, `--security-opt`, ...
    pub said: &'static str,
    /// Whether it is privileged.
    pub privileged: Switch,
    /// Capabilities that are added, without `CAP_`, in the order of the alphabet.
    pub added: Vec<String>,
    /// Capabilities that are dropped.
    pub dropped: Vec<String>,
    /// Words among the options whose content is not known.
    pub open: Vec<String>,
    /// Whether the text says only what is to be changed in another one: what it does not say, that
    /// one may.
    pub is_patch: bool,
    /// Whether it stands in a document as an example.
    pub is_example: bool,
    /// Where it is said.
    pub place: Span,
}

/// What a cluster lets Pods ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// What says it: `SecurityContextConstraints/x`, `Namespace/y (enforce)`.
    pub name: String,
    /// What is let in, from `nothing said` to `privileged`.
    pub allows: Vec<&'static str>,
    /// In its own words.
    pub words: String,
    /// Where.
    pub place: Span,
}

/// A part of a file that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Why, in words.
    pub why: String,
    /// Where.
    pub place: Span,
}

/// What a file says of uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Containers, and defaults for them.
    pub uses: Vec<Use>,
    /// What restricts Pods.
    pub guards: Vec<Guard>,
    /// What was not read.
    pub unread: Vec<Unread>,
}

impl Use {
    /// A container of which nothing is said.
    fn new(runner: Runner, workload: &str, container: &str, place: Span) -> Use {
        Use {
            runner,
            workload: workload.to_owned(),
            container: container.to_owned(),
            is_default: false,
            given: Given::Nothing,
            said: "",
            privileged: Switch::Off,
            added: Vec::new(),
            dropped: Vec::new(),
            open: Vec::new(),
            is_patch: false,
            is_example: false,
            place,
        }
    }

    /// Whether the container runs without a filter, whatever is not known of it.
    pub fn is_off(&self) -> bool {
        let is_privileged = self.privileged == Switch::On;
        match (self.runner, &self.given) {
            (_, Given::Unconfined) => true,
            (Runner::Kubernetes, _) => is_privileged || self.given == Given::Nothing,
            (_, given) => is_privileged && matches!(given, Given::Nothing | Given::Default),
        }
    }

    /// What it is called: `web of Deployment/shop`.
    pub fn name(&self) -> String {
        match (&*self.workload, &*self.container) {
            (workload, "") => workload.to_owned(),
            ("", container) => container.to_owned(),
            (workload, container) => format!("{container} of {workload}"),
        }
    }

    /// What it says of its profile: `RuntimeDefault (Pod field)`, `privileged`.
    pub fn words(&self) -> String {
        let profile = match (&self.given, self.runner) {
            (Given::Nothing, _) => "nothing said".to_owned(),
            (Given::Default, Runner::Kubernetes) => "RuntimeDefault".to_owned(),
            (Given::Default, _) => "the engine's default".to_owned(),
            (Given::Unconfined, _) => "Unconfined".to_owned(),
            (Given::File(path), Runner::Kubernetes) => format!("Localhost {path}"),
            (Given::File(path), _) => path.clone(),
            (Given::Open(words), _) => {
                let words: Vec<&str> = words.split_whitespace().collect();
                format!("`{}`", words.join(" "))
            }
        };
        let profile = match self.said {
            "" => profile,
            said => format!("{profile} ({said})"),
        };
        match (&self.privileged, &self.given) {
            (Switch::Off, _) => profile,
            (Switch::On, Given::Nothing) => "privileged".to_owned(),
            (Switch::On, _) => format!("{profile}, privileged"),
            (Switch::Open(words), _) => format!("{profile}, privileged: `{words}`"),
        }
    }
}

/// Whether a text has a word without which nothing is said of a use.
pub fn could_speak(text: &str) -> bool {
    const WORDS: [&str; 14] = [
        "seccomp",
        "privileged",
        "securitycontext",
        "security_context",
        "cap_add",
        "cap-add",
        "add-caps",
        "add_caps",
        "capadd",
        "capabilit",
        "security=insecure",
        "security.insecure",
        "security_opt",
        "security-opt",
    ];
    let lower = text.to_ascii_lowercase();
    WORDS.iter().any(|word| lower.contains(word)) || text.contains("pod-security.kubernetes.io/")
}
