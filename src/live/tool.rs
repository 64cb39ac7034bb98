//! The programs of engines.

/// A program that knows containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tool {
    /// Docker's client.
    Docker,
    /// Podman.
    Podman,
    /// containerd's own.
    Ctr,
    /// Kubernetes' for the node's engine.
    Crictl,
    /// Docker's words for containerd.
    Nerdctl,
}

impl Tool {
    /// Each.
    pub const ALL: [Tool; 5] = [Tool::Docker, Tool::Podman, Tool::Ctr, Tool::Crictl, Tool::Nerdctl];

    /// The program's name.
    pub const fn name(self) -> &'static str {
        match self {
            Tool::Docker => "docker",
            Tool::Podman => "podman",
            Tool::Ctr => "ctr",
            Tool::Crictl => "crictl",
            Tool::Nerdctl => "nerdctl",
        }
    }
}
